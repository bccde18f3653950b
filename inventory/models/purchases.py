"""What is bought from suppliers (SPEC INV-9), and what they send to customers for us (INV-8)."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import PurchaseState
from inventory.models.books import Location, Supplier
from inventory.models.products import Product
from inventory_sync.lib.money import CurrencyField, MoneyField
from inventory_sync.lib.quantities import ZERO, QuantityField


class Purchase(models.Model):
    """A purchase order: draft, ordered (raises on order), received in whole or part (raises on hand).

    With a `document_key` (`sale:1042`) the supplier sends it to that sale's customer: it never moves our stock, and
    `ship_to` is the customer's address. One for each sale and supplier.
    """

    number = models.CharField(_("number"), max_length=50, unique=True)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="purchases")
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="+", help_text=_("Where it arrives.")
    )
    state = models.CharField(_("state"), max_length=10, choices=PurchaseState.choices, default=PurchaseState.DRAFT)
    document_key = models.CharField(_("for"), max_length=100, blank=True, db_index=True)
    ship_to = models.JSONField(_("ship to"), default=dict, blank=True)
    currency = CurrencyField(_("currency"), blank=True, help_text=_("Empty: the base currency."))
    rate = models.DecimalField(
        _("exchange rate"), max_digits=18, decimal_places=8, default=1, help_text=_("Base currency for one of it.")
    )
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    supplier_reference = models.CharField(_("supplier’s number"), max_length=100, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("created"))
    ordered_at = models.DateTimeField(_("ordered"), null=True, blank=True)
    request_key = models.CharField(
        max_length=100, blank=True, editable=False, help_text=_("Of the form or list it was drafted from, once.")
    )
    revision = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        permissions = [("receive_purchase", "Order from and receive from suppliers")]
        constraints = [
            models.UniqueConstraint(
                fields=["document_key", "supplier"],
                condition=~Q(document_key="") & ~Q(state=PurchaseState.VOIDED),
                name="purchase_once_per_document_and_supplier",
            ),
            models.UniqueConstraint(
                fields=["request_key"], condition=~Q(request_key=""), name="purchase_once_per_request"
            ),
            models.CheckConstraint(
                condition=~Q(document_key="") | Q(location__isnull=False), name="purchase_arrives_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def own_key(self) -> str:
        """Its own document key in the ledger."""
        return f"purchase:{self.number}"

    @property
    def is_drop_ship(self) -> bool:
        return bool(self.document_key)


class PurchaseLine(models.Model):
    """So many of a product at a price without tax. `closed` will not come any more (short delivery)."""

    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="purchase_lines")
    quantity = QuantityField(_("quantity"))
    received = QuantityField(_("received"), default=ZERO)
    closed = QuantityField(_("not delivered"), default=ZERO)
    unit_cost = MoneyField(_("unit cost"), null=True, blank=True)
    owner_key = models.CharField(max_length=100, blank=True, help_text=_("Sale line that it is sent for."))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("purchase line")
        verbose_name_plural = _("purchase lines")
        constraints = [
            models.UniqueConstraint(fields=["purchase", "product", "owner_key"], name="purchase_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_line_of_something"),
            models.CheckConstraint(
                condition=Q(received__gte=0) & Q(closed__gte=0) & Q(quantity__gte=F("received") + F("closed")),
                name="purchase_received_within_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity}"

    @property
    def outstanding(self) -> Decimal:
        """What is still to come."""
        left: Decimal = self.quantity - self.received - self.closed
        return left


class Receipt(models.Model):
    """What arrived at once, or what the supplier sent to the customer (A61). `key` makes it happen once."""

    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="receipts")
    number = models.PositiveSmallIntegerField(_("number"))
    key = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField(_("time"))
    carrier = models.CharField(_("carrier"), max_length=200, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=200, blank=True)
    posting_key = models.CharField(max_length=200, blank=True, help_text=_("Ledger key; empty for drop shipping."))
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["purchase", "number"], name="receipt_once")]

    def __str__(self) -> str:
        return f"{self.purchase_id}/{self.number}"


class ReceiptLine(models.Model):
    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="lines")
    line = models.ForeignKey(PurchaseLine, models.PROTECT, related_name="receipt_lines")
    quantity = QuantityField(_("quantity"))
    unit_cost = MoneyField(_("unit cost, base currency"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line"], name="receipt_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_line_of_something"),
        ]

    def __str__(self) -> str:
        return str(self.quantity)
