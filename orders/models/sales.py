"""The sale: one document with stages (SPEC INV-12)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import (
    Account,
    Customer,
    Location,
    PaymentTerm,
    PriceTier,
    Product,
    SalesRepresentative,
    TaxRule,
)
from inventory_sync.lib.money import CurrencyField, MoneyField
from inventory_sync.lib.quantities import QuantityField
from orders.enums import ChargeKind, LineKind, SaleStatus, SaleType, StageState


class Sale(models.Model):
    """Header. The order stage lives here; pick, pack and ship in `Fulfillment`; the invoice in `Invoice`."""

    number = models.CharField(_("sale"), max_length=40, unique=True)
    type = models.CharField(_("type"), max_length=8, choices=SaleType.choices, default=SaleType.SIMPLE)
    status = models.CharField(_("status"), max_length=12, choices=SaleStatus.choices, default=SaleStatus.DRAFT)
    order_state = models.CharField(max_length=14, choices=StageState.choices, default=StageState.DRAFT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="sales")
    contact = models.CharField(max_length=256, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    customer_reference = models.CharField(_("reference"), max_length=200, blank=True)
    billing = models.JSONField(default=dict, blank=True)
    shipping = models.JSONField(default=dict, blank=True)
    ship_to_company = models.CharField(max_length=256, blank=True)
    ship_to_contact = models.CharField(max_length=256, blank=True)
    needs_shipping = models.BooleanField(default=True)
    shipping_notes = models.TextField(blank=True)
    comments = models.TextField(blank=True)
    price_tier = models.ForeignKey(PriceTier, models.PROTECT, null=True, blank=True, related_name="+")
    terms = models.ForeignKey(PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+")
    sales_representative = models.CharField(max_length=256, blank=True)
    representative = models.ForeignKey(SalesRepresentative, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    carrier = models.CharField(max_length=200, blank=True)
    sale_date = models.DateField(_("date"))
    required_by = models.DateField(null=True, blank=True)
    currency = CurrencyField()
    prices_include_tax = models.BooleanField(default=False)
    total_before_tax = MoneyField()
    tax = MoneyField()
    total = MoneyField(_("total"))
    source_label = models.CharField(_("source"), max_length=300, blank=True)
    source_key = models.CharField(max_length=50, blank=True, help_text=_("`channel:3` while that channel exists."))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    search = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        permissions = [
            ("authorize_stage", "Authorize stages of a sale"),
            ("undo_stage", "Undo stages of a sale"),
            ("void_sale", "Void sales"),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="sale_status"),
            models.Index(fields=["source_key", "-id"], name="sale_source"),
            models.Index(fields=["sale_date"], name="sale_date"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def document_key(self) -> str:
        return f"sale:{self.pk}"


class SaleLine(models.Model):
    """Money is the store's own; nothing is recalculated (SPEC TAX-3). `owner_key` is who owns its allocation."""

    sale = models.ForeignKey(Sale, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="sale_lines")
    sku = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=512)
    quantity = QuantityField()
    unit_price = MoneyField()
    total = MoneyField()
    tax = MoneyField()
    tax_rule = models.ForeignKey(TaxRule, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    owner_key = models.CharField(max_length=100, blank=True, db_index=True)
    note = models.CharField(max_length=1000, blank=True)
    drop_ship = models.BooleanField(
        _("sent by the supplier"), default=False, help_text=_("Holds no units, has no pick, pack, ship (INV-8).")
    )

    class Meta:
        ordering = ["position"]
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints = [
            models.UniqueConstraint(fields=["sale", "position"], name="sale_line_once"),
            models.CheckConstraint(
                condition=Q(drop_ship=False) | Q(product__isnull=False), name="sale_line_dropped_is_a_product"
            ),
        ]
        indexes = [models.Index(fields=["product"], name="sale_line_dropped", condition=Q(drop_ship=True))]

    def __str__(self) -> str:
        return self.sku or self.name


class SaleCharge(models.Model):
    sale = models.ForeignKey(Sale, models.CASCADE, related_name="charges")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ChargeKind.choices)
    label = models.CharField(max_length=300)
    amount = MoneyField()
    tax = MoneyField()
    tax_rule = models.ForeignKey(TaxRule, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position"]
        verbose_name = _("additional charge")
        verbose_name_plural = _("additional charges")
        constraints = [models.UniqueConstraint(fields=["sale", "position"], name="sale_charge_once")]

    def __str__(self) -> str:
        return self.label


class SaleSource(models.Model):
    """Which store order a sale came from; outlives the channel, so a reconnected store is recognized (A3).

    Unique while active: automatic capture stops at it (SPEC LOG-5); voiding the sale deactivates it.
    """

    platform = models.CharField(max_length=20)
    store_identity = models.CharField(max_length=300)
    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100, blank=True)
    sale = models.ForeignKey(Sale, models.CASCADE, related_name="sources")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("sale source")
        verbose_name_plural = _("sale sources")
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "store_identity", "remote_id"],
                condition=Q(active=True),
                name="sale_source_active_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.remote_id}"
