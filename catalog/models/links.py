"""People of a store ↔ our customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from inventory.models import Customer


class CustomerLink(models.Model):
    """A store's customer ↔ ours (A56); a link wins over every other match."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="customer_links")
    remote_id = models.CharField(max_length=100)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="links")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("customer link")
        verbose_name_plural = _("customer links")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_id"], name="customer_link_once")]

    def __str__(self) -> str:
        return self.remote_id
