"""Invoice and payments."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Account
from inventory_sync.lib.money import CurrencyField, MoneyField
from orders.enums import PaymentState, StageState
from orders.models.sales import Sale


class Invoice(models.Model):
    """Numbered without gaps at authorization; its lines are the sale's."""

    sale = models.OneToOneField(Sale, models.CASCADE, related_name="invoice")
    number = models.CharField(_("invoice"), max_length=40, unique=True, null=True, blank=True)
    state = models.CharField(max_length=14, choices=StageState.choices, default=StageState.NOT_AVAILABLE)
    invoice_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    currency = CurrencyField()
    total_before_tax = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    paid = MoneyField(default=0)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="authorized") | Q(number__isnull=False), name="invoice_authorized_has_number"
            )
        ]

    def __str__(self) -> str:
        return self.number or "–"


class Payment(models.Model):
    """Money received for a sale. `source_key` makes a store's payment arrive once."""

    sale = models.ForeignKey(Sale, models.CASCADE, related_name="payments")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = MoneyField()
    paid_at = models.DateTimeField()
    reference = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=PaymentState.choices)
    source_key = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["paid_at", "pk"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["sale", "source_key"], condition=~Q(source_key=""), name="payment_source_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
