"""What the store calls things, mapped to our reference books."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.enums import TaxKind
from channels.models.channel import Channel
from inventory.models import Account, Location, TaxRule


class TaxMapping(models.Model):
    """A store's tax class → our rule (SPEC TAX-1). Without a rule it is unmapped."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="tax_mappings")
    kind = models.CharField(max_length=10, choices=TaxKind.choices, default=TaxKind.CLASS)
    remote_key = models.CharField(max_length=200)
    label = models.CharField(_("in the store"), max_length=300)
    rule = models.ForeignKey(TaxRule, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["kind", "label", "pk"]
        verbose_name = _("tax mapping")
        verbose_name_plural = _("tax mappings")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_key"], name="tax_mapping_once")]

    def __str__(self) -> str:
        return self.label


class PaymentMapping(models.Model):
    """A store's payment method → the account its money goes to (SPEC PAY-1)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="payment_mappings")
    remote_key = models.CharField(max_length=200)
    label = models.CharField(_("in the store"), max_length=300)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["label", "pk"]
        verbose_name = _("payment mapping")
        verbose_name_plural = _("payment mappings")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_key"], name="payment_mapping_once")]

    def __str__(self) -> str:
        return self.label


class LocationMapping(models.Model):
    """A store's location → ours (SPEC SET-32). `receives_stock`: pushes go to this location of the store."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="location_mappings")
    remote_key = models.CharField(max_length=200)
    label = models.CharField(_("in the store"), max_length=300)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    receives_stock = models.BooleanField(default=False)

    class Meta:
        ordering = ["label", "pk"]
        verbose_name = _("location mapping")
        verbose_name_plural = _("location mappings")
        constraints = [
            models.UniqueConstraint(fields=["channel", "remote_key"], name="location_mapping_once"),
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(receives_stock=True), name="location_mapping_one_receives_stock"
            ),
        ]

    def __str__(self) -> str:
        return self.label
