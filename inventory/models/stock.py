"""The stock ledger and its projections (SPEC INV-3, INV-4; ADRs 3, 6). Written by `inventory.services.stock` only."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import OWNED_BUCKETS, Bucket, PostingKind
from inventory.models.books import Location
from inventory.models.products import Product
from inventory_sync.lib.money import MoneyField
from inventory_sync.lib.quantities import QuantityField


class StockPosting(models.Model):
    """One act that moved stock. `key` makes it happen once; a reversal points at the posting it undoes."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PostingKind.choices)
    document_key = models.CharField(_("document"), max_length=100, db_index=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    at = models.DateTimeField(_("time"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock posting")
        verbose_name_plural = _("stock postings")
        permissions = [("adjust_stock", "Adjust stock")]

    def __str__(self) -> str:
        return self.key


class Movement(models.Model):
    """Immutable row of the ledger: so much, of what, where, in which bucket; for allocated and picked also for whom."""

    posting = models.ForeignKey(StockPosting, models.PROTECT, related_name="movements")
    product = models.ForeignKey(Product, models.PROTECT, related_name="movements")
    location = models.ForeignKey(Location, models.PROTECT, related_name="movements")
    bucket = models.CharField(_("bucket"), max_length=10, choices=Bucket.choices)
    quantity = QuantityField(_("quantity"))
    owner_key = models.CharField(max_length=100, blank=True)
    unit_cost = MoneyField(_("unit cost"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        indexes = [
            models.Index(fields=["product", "location", "bucket"], name="movement_level"),
            models.Index(fields=["owner_key"], name="movement_owner", condition=~Q(owner_key="")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something"),
            models.CheckConstraint(
                condition=Q(bucket__in=OWNED_BUCKETS) ^ Q(owner_key=""), name="movement_owner_iff_owned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bucket} {self.quantity}"


class StockLevel(models.Model):
    """Sums of the ledger per product and location. Available = on hand − allocated and may be negative.

    `picked` are units on hand that a pick has taken and no shipment yet: it never exceeds on hand, so two orders never
    pick the same unit (SPEC INV-4), whatever the database locks.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, models.PROTECT, related_name="levels")
    on_hand = QuantityField(_("on hand"), default=0)
    allocated = QuantityField(_("allocated"), default=0)
    on_order = QuantityField(_("on order"), default=0)
    picked = QuantityField(_("picked"), default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        indexes = [
            models.Index(fields=["id"], name="stock_level_oversold", condition=Q(allocated__gt=F("on_hand"))),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "location"], name="stock_level_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_on_hand_not_negative"),
            models.CheckConstraint(condition=Q(allocated__gte=0), name="stock_allocated_not_negative"),
            models.CheckConstraint(condition=Q(on_order__gte=0), name="stock_on_order_not_negative"),
            models.CheckConstraint(condition=Q(picked__gte=0), name="stock_picked_not_negative"),
            models.CheckConstraint(condition=Q(picked__lte=F("on_hand")), name="stock_picked_within_on_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} / {self.allocated}"

    @property
    def available(self) -> Decimal:
        """On hand − allocated; negative when oversold."""
        available: Decimal = self.on_hand - self.allocated
        return available


class Allocation(models.Model):
    """Units held for an owner. The owner (a line of a captured order) stays; the document it shows may change.

    `picked` of them are taken from the shelf: they cannot be released, only put back or shipped.
    """

    owner_key = models.CharField(max_length=100)
    document_key = models.CharField(_("document"), max_length=100, db_index=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="allocations")
    location = models.ForeignKey(Location, models.PROTECT, related_name="allocations")
    quantity = QuantityField(_("quantity"))
    picked = QuantityField(_("picked"), default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["owner_key", "product", "location"], name="allocation_once_per_owner"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="allocation_not_negative"),
            models.CheckConstraint(condition=Q(picked__gte=0), name="allocation_picked_not_negative"),
            models.CheckConstraint(condition=Q(picked__lte=F("quantity")), name="allocation_picked_within_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_key} {self.quantity}"
