"""Units a store has sold that we do not hold yet (A52)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import HoldReason
from channels.models import Channel
from inventory.models import Product
from inventory_sync.lib.quantities import QuantityField


class StoreHold(models.Model):
    """Subtracted from this store's sync quantity until the owner is captured, cancelled or gone."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="holds")
    product = models.ForeignKey(Product, models.CASCADE, related_name="holds")
    owner_key = models.CharField(max_length=100)
    reason = models.CharField(max_length=12, choices=HoldReason.choices)
    quantity = QuantityField()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("store hold")
        verbose_name_plural = _("store holds")
        constraints = [
            models.UniqueConstraint(fields=["channel", "product", "owner_key", "reason"], name="hold_once_per_owner"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_of_something"),
        ]

    def __str__(self) -> str:
        return self.owner_key
