"""The one organization whose stock this is (SPEC INV-17)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory_sync.lib.money import CurrencyField


class Organization(models.Model):
    """Single row (pk 1), made by the first-run page."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=256)
    address = models.TextField(_("address"), blank=True, max_length=1000)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166 code"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    base_currency = CurrencyField(_("base currency"), default="EUR")
    default_location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, blank=True, related_name="+")
    default_sales_account = models.ForeignKey(
        "inventory.Account", models.PROTECT, null=True, blank=True, related_name="+"
    )
    default_terms = models.ForeignKey("inventory.PaymentTerm", models.PROTECT, null=True, blank=True, related_name="+")
    max_connections = models.PositiveIntegerField(
        _("most connected stores"), null=True, blank=True, help_text=_("Empty: as many as you like.")
    )
    next_proof_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organization")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="organization_is_one_row")]

    def __str__(self) -> str:
        return self.name


class DocumentNumber(models.Model):
    """Counter of one kind of document; the row is taken last in the transaction that authorizes it."""

    kind = models.CharField(max_length=20, primary_key=True)
    prefix = models.CharField(_("prefix"), max_length=12, blank=True)
    next_number = models.PositiveBigIntegerField(_("next number"), default=1)

    class Meta:
        verbose_name = _("document numbering")
        verbose_name_plural = _("document numbering")

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_number}"
