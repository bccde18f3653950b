"""Stocktakes and transfers (SPEC INV-6), reorder levels (INV-18) and average cost (INV-13)."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import StocktakeState, TransferState
from inventory.models.books import Location
from inventory.models.products import Product
from inventory_sync.lib.money import MoneyField
from inventory_sync.lib.quantities import QuantityField


class Transfer(models.Model):
    """Goods from one location to another, in one posting. `revision` ends its ledger keys."""

    number = models.CharField(_("number"), max_length=50, unique=True)
    source = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("from"))
    target = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("to"))
    state = models.CharField(_("state"), max_length=8, choices=TransferState.choices, default=TransferState.DRAFT)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    revision = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two_locations"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def own_key(self) -> str:
        """Its document key in the ledger."""
        return f"transfer:{self.number}"


class TransferLine(models.Model):
    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = QuantityField(_("quantity"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "product"], name="transfer_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_of_something"),
        ]

    def __str__(self) -> str:
        return str(self.quantity)


class Stocktake(models.Model):
    """A count at one location. Differences are those at the moment of counting, so sales may go on meanwhile."""

    number = models.CharField(_("number"), max_length=50, unique=True)
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=StocktakeState.choices, default=StocktakeState.OPEN)
    note = models.CharField(_("note"), max_length=500, blank=True)
    scope = models.CharField(_("what is counted"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")

    def __str__(self) -> str:
        return self.number

    @property
    def own_key(self) -> str:
        """Its document key in the ledger."""
        return f"stocktake:{self.number}"


class StocktakeLine(models.Model):
    """`expected` is on hand when the line was counted; None while it is not."""

    stocktake = models.ForeignKey(Stocktake, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    counted = QuantityField(_("counted"), null=True, blank=True)
    expected = QuantityField(_("on hand when counted"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("stocktake line")
        verbose_name_plural = _("stocktake lines")
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "product"], name="stocktake_line_once"),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="stocktake_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True, expected__isnull=True)
                | Q(counted__isnull=False, expected__isnull=False),
                name="stocktake_counted_with_expected",
            ),
        ]

    def __str__(self) -> str:
        return str(self.counted)

    @property
    def difference(self) -> Decimal | None:
        """Counted − on hand when counted; None while it is not counted."""
        if self.counted is None or self.expected is None:
            return None
        difference: Decimal = self.counted - self.expected
        return difference

    @property
    def typed(self) -> str:
        """What was counted as a person types it."""
        if self.counted is None:
            return ""
        return f"{self.counted.normalize():f}" if self.counted else "0"


class ReorderLevel(models.Model):
    """At this many available at a location, or fewer, a product is low there (SPEC INV-18)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="reorder_levels")
    location = models.ForeignKey(Location, models.CASCADE, related_name="+")
    level = QuantityField(_("reorder level"))
    quantity = QuantityField(_("order up to"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("reorder level")
        verbose_name_plural = _("reorder levels")
        constraints = [
            models.UniqueConstraint(fields=["product", "location"], name="reorder_level_once"),
            models.CheckConstraint(condition=Q(level__gte=0), name="reorder_level_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.level)


class ProductCost(models.Model):
    """Moving average cost of one unit in the base currency (SPEC INV-13); `version` makes its change conditional."""

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="cost")
    average = MoneyField(_("average cost"), default=Decimal(0))
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("average cost")
        verbose_name_plural = _("average costs")
        constraints = [models.CheckConstraint(condition=Q(average__gte=0), name="average_cost_not_negative")]

    def __str__(self) -> str:
        return str(self.average)
