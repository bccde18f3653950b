"""The link between what we sell and its counterpart in a channel's store."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import ConflictDecision, ConflictKind, ListingState, Tracking
from channels.models import Channel
from inventory.models import Family, Product
from inventory_sync.lib.quantities import QuantityField


class Listing(models.Model):
    """A family or single product ↔ one product of the store."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="listings")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="listings")
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="listings")
    remote_id = models.CharField(max_length=100)
    remote_name = models.CharField(max_length=512, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    state = models.CharField(_("status"), max_length=8, choices=ListingState.choices, default=ListingState.LISTED)
    seen_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text=_("Of the store's content when last seen."))
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Content or price changed here since it was last in step with the store.")
    )
    sent_at = models.DateTimeField(_("last listed or updated"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        permissions = [
            ("download_catalog", "Download products from stores"),
            ("push_stock", "Send stock levels to stores"),
            ("unlink_listing", "Unlink products from stores"),
            ("list_product", "List and update products in stores"),
            ("remove_listing", "Remove products from stores"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "remote_id"], name="listing_remote_once"),
            models.UniqueConstraint(
                fields=["channel", "product"], condition=Q(product__isnull=False), name="listing_product_once"
            ),
            models.UniqueConstraint(
                fields=["channel", "family"], condition=Q(family__isnull=False), name="listing_family_once"
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=True) ^ Q(family__isnull=True), name="listing_product_xor_family"
            ),
        ]

    def __str__(self) -> str:
        return self.remote_name or self.remote_id


class ListingItem(models.Model):
    """A product ↔ one variant of the store, with its stock sync."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="items")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="listing_items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="listing_items")
    remote_product_id = models.CharField(max_length=100)
    remote_id = models.CharField(max_length=100, help_text=_("The store's variant."))
    remote_sku = models.CharField(max_length=255, blank=True)
    tracking = models.CharField(max_length=8, choices=Tracking.choices, default=Tracking.VARIANT)
    sync_stock = models.BooleanField(_("send stock"), default=True)
    pushed_quantity = QuantityField(_("last sent"), null=True, blank=True)
    pushed_buffer = models.PositiveIntegerField(null=True, blank=True, help_text=_("Buffer that was last taken off."))
    pushed_at = models.DateTimeField(null=True, blank=True)
    push_error = models.CharField(max_length=1000, blank=True, help_text=_("In the store's words."))
    is_gone = models.BooleanField(default=False, help_text=_("The store said that it no longer has it."))
    seen_quantity = QuantityField(_("last seen"), null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_safety_stock = QuantityField(
        _("safety stock in the store"), default=0, help_text=_("What the store itself keeps from selling, if it does.")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("listed item")
        verbose_name_plural = _("listed items")
        constraints = [
            models.UniqueConstraint(fields=["channel", "product"], name="item_product_once"),
            models.UniqueConstraint(fields=["channel", "remote_id"], name="item_remote_once"),
        ]
        indexes = [
            models.Index(fields=["channel", "remote_product_id"], name="item_remote_product"),
            models.Index(fields=["channel"], condition=~Q(push_error=""), name="item_push_refused"),
            models.Index(fields=["channel", "pushed_buffer"], name="item_pushed_buffer"),
        ]

    def __str__(self) -> str:
        return self.remote_sku or self.remote_id


class CatalogConflict(models.Model):
    """A product of the store that could not be matched without guessing (A25); gone when a download resolves it.

    Staff decide: link it to products of ours, create new ones, or ignore it, which stays until they take it back.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="catalog_conflicts")
    remote_id = models.CharField(max_length=100)
    remote_name = models.CharField(max_length=512)
    sku = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=14, choices=ConflictKind.choices)
    words = models.CharField(_("reason"), max_length=1000, blank=True)
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="+")
    is_family = models.BooleanField(default=False)
    variants = models.JSONField(
        default=list, blank=True, help_text=_("Id, SKU and name of each, as the store has them.")
    )
    seen_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=ConflictDecision.choices, blank=True)
    choices = models.JSONField(default=dict, blank=True, help_text=_("What each variant shall be, by the store's id."))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["remote_name", "pk"]
        verbose_name = _("catalog conflict")
        verbose_name_plural = _("catalog conflicts")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_id"], name="conflict_remote_once")]

    def __str__(self) -> str:
        return self.remote_name
