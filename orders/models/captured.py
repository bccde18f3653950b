"""Orders of stores as captured here: the pending order and, later, the log entry."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from inventory.models import Account, Customer, Location, Product, TaxRule
from inventory_sync.lib.money import CurrencyField, MoneyField
from inventory_sync.lib.quantities import QuantityField
from orders.enums import CapturedBy, CapturedState, ChargeKind, IssueCode, LineKind


class CapturedOrder(models.Model):
    """One order of one store. Unique per channel and remote id, so it is captured once whatever arrives how often."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="captured_orders")
    remote_id = models.CharField(max_length=100)
    number = models.CharField(_("order"), max_length=100)
    state = models.CharField(_("state"), max_length=14, choices=CapturedState.choices)
    captured_by = models.CharField(max_length=8, choices=CapturedBy.choices, default=CapturedBy.NOTICE)
    remote_status = models.CharField(_("status in the store"), max_length=100, blank=True)
    remote_version = models.CharField(max_length=100, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text=_("Of what was captured, to notice later changes.")
    )
    placed_at = models.DateTimeField(_("placed"))
    captured_at = models.DateTimeField(
        _("captured"), null=True, blank=True, help_text=_("When the order met the condition (A40).")
    )
    first_seen_at = models.DateTimeField()
    currency = CurrencyField()
    prices_include_tax = models.BooleanField(default=False)
    total = MoneyField(_("total"))
    total_tax = MoneyField()
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    customer_remote_id = models.CharField(max_length=100, blank=True)
    customer_name = models.CharField(_("customer"), max_length=256, blank=True)
    customer_company = models.CharField(max_length=256, blank=True)
    customer_email = models.CharField(max_length=254, blank=True)
    customer_phone = models.CharField(max_length=50, blank=True)
    billing = models.JSONField(default=dict, blank=True)
    shipping = models.JSONField(default=dict, blank=True, help_text=_("Empty: the store gave none."))
    needs_shipping = models.BooleanField(default=True)
    carrier = models.CharField(max_length=200, blank=True)
    customer_note = models.TextField(blank=True)
    staff_note = models.TextField(blank=True)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    units = QuantityField(default=0)
    search = models.TextField(blank=True, editable=False)
    claim_token = models.CharField(max_length=40, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    sale = models.ForeignKey("orders.Sale", models.PROTECT, null=True, blank=True, related_name="captured_orders")
    revision = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_("Counts changes; every change claims the row by it, ledger keys end in it."),
    )
    cancellation_kept = models.BooleanField(
        default=False, editable=False, help_text=_("Staff decided to keep the sale of an order cancelled in the store.")
    )

    class Meta:
        ordering = ["-placed_at", "-pk"]
        verbose_name = _("captured order")
        verbose_name_plural = _("captured orders")
        permissions = [
            ("process_order", "Process pending orders"),
            ("delete_log_entry", "Delete log entries"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "remote_id"], name="captured_once"),
            models.CheckConstraint(condition=~Q(state="sale") | Q(sale__isnull=False), name="captured_sale_has_a_sale"),
        ]
        indexes = [
            models.Index(fields=["channel", "-placed_at"], name="captured_channel_placed"),
            models.Index(fields=["channel", "state", "-placed_at"], name="captured_channel_state"),
            models.Index(fields=["number"], name="captured_number"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def document_key(self) -> str:
        return f"order:{self.pk}"


class CapturedLine(models.Model):
    """A line as the store has it. Its `owner_key` owns the allocation and stays the owner in the sale."""

    order = models.ForeignKey(CapturedOrder, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    remote_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    sku = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=512)
    quantity = QuantityField()
    unit_price = MoneyField()
    total = MoneyField(help_text=_("Without tax, before order discounts."))
    tax = MoneyField()
    tax_key = models.CharField(max_length=200)
    tax_rule = models.ForeignKey(TaxRule, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("captured line")
        verbose_name_plural = _("captured lines")
        constraints = [models.UniqueConstraint(fields=["order", "remote_id"], name="captured_line_once")]

    def __str__(self) -> str:
        return self.sku or self.name

    @property
    def owner_key(self) -> str:
        return f"order-line:{self.pk}"


class CapturedCharge(models.Model):
    """Shipping, handling, wrapping, fee, discount, coupon, rounding: money of the whole order."""

    order = models.ForeignKey(CapturedOrder, models.CASCADE, related_name="charges")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ChargeKind.choices)
    label = models.CharField(max_length=300)
    amount = MoneyField()
    tax = MoneyField()
    tax_key = models.CharField(max_length=200)
    tax_rule = models.ForeignKey(TaxRule, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("captured charge")
        verbose_name_plural = _("captured charges")
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="captured_charge_once")]

    def __str__(self) -> str:
        return self.label


class CapturedPayment(models.Model):
    """Money the store says it received (SPEC PAY-3, PAY-4)."""

    order = models.ForeignKey(CapturedOrder, models.CASCADE, related_name="payments")
    remote_id = models.CharField(max_length=200)
    method_key = models.CharField(max_length=200)
    method_label = models.CharField(max_length=300)
    amount = MoneyField()
    paid_at = models.DateTimeField(null=True, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("captured payment")
        verbose_name_plural = _("captured payments")
        constraints = [models.UniqueConstraint(fields=["order", "remote_id"], name="captured_payment_once")]

    def __str__(self) -> str:
        return self.method_label


class OrderIssue(models.Model):
    """Something a person must fix; removed when it no longer holds. `key` names the cause (the tax class, the SKU)."""

    order = models.ForeignKey(CapturedOrder, models.CASCADE, related_name="issues")
    code = models.CharField(max_length=20, choices=IssueCode.choices)
    key = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=500, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("order issue")
        verbose_name_plural = _("order issues")
        constraints = [models.UniqueConstraint(fields=["order", "code", "key"], name="issue_once")]
        indexes = [models.Index(fields=["code", "key"], name="issue_cause")]

    def __str__(self) -> str:
        return self.get_code_display()
