"""Pick, pack and ship."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Location, Product
from inventory_sync.lib.money import MoneyField
from inventory_sync.lib.quantities import QuantityField
from orders.enums import StageState
from orders.models.sales import Sale, SaleLine


class Fulfillment(models.Model):
    """One round of pick, pack and ship; number 1 is the sale's own. `revision` ends its ledger keys.

    Further ones are what suppliers sent (A61): shipped as they are, without pick and pack; `dispatch_key` (`receipt:7`)
    makes each arrive once, `supplier` is who sent it.
    """

    sale = models.ForeignKey(Sale, models.CASCADE, related_name="fulfillments")
    number = models.PositiveSmallIntegerField(default=1)
    pick_state = models.CharField(max_length=14, choices=StageState.choices, default=StageState.NOT_AVAILABLE)
    pack_state = models.CharField(max_length=14, choices=StageState.choices, default=StageState.NOT_AVAILABLE)
    ship_state = models.CharField(max_length=14, choices=StageState.choices, default=StageState.NOT_AVAILABLE)
    carrier = models.CharField(_("carrier"), max_length=200, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=200, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    shipped_by_mode = models.BooleanField(
        default=False, help_text=_("Authorized by the channel's automatic mode only (A44).")
    )
    revision = models.PositiveSmallIntegerField(default=0)
    pick_posting = models.CharField(max_length=200, blank=True, help_text=_("Ledger key of the authorized pick."))
    ship_posting = models.CharField(max_length=200, blank=True, help_text=_("Ledger key of the authorized shipment."))
    supplier = models.CharField(_("sent by"), max_length=256, blank=True)
    dispatch_key = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["sale", "number"]
        verbose_name = _("fulfillment")
        verbose_name_plural = _("fulfillments")
        constraints = [
            models.UniqueConstraint(fields=["sale", "number"], name="fulfillment_once"),
            models.UniqueConstraint(
                fields=["dispatch_key"], condition=~Q(dispatch_key=""), name="fulfillment_once_per_dispatch"
            ),
        ]
        indexes = [models.Index(fields=["ship_state", "pick_state"], name="fulfillment_states")]

    def __str__(self) -> str:
        return f"{self.sale_id}/{self.number}"


class FulfillmentLine(models.Model):
    """What is picked for a line, from where. A short draft pick holds what is there (A8).

    What a supplier sent comes from no location of ours; `unit_cost` is its cost of goods in the base currency. The
    cost of what we shipped stands in the ledger.
    """

    fulfillment = models.ForeignKey(Fulfillment, models.CASCADE, related_name="lines")
    sale_line = models.ForeignKey(SaleLine, models.CASCADE, related_name="fulfillment_lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = QuantityField()
    unit_cost = MoneyField(_("unit cost"), null=True, blank=True)
    box = models.CharField(_("box"), max_length=50, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("fulfillment line")
        verbose_name_plural = _("fulfillment lines")
        constraints = [
            models.UniqueConstraint(fields=["fulfillment", "sale_line", "location"], name="fulfillment_line_once")
        ]

    def __str__(self) -> str:
        return str(self.quantity)
