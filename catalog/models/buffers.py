"""Units of a product kept back from one store (SPEC BUF-2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from inventory.models import Product


class ProductBuffer(models.Model):
    """A row is the product level setting, even of 0, and overrides the channel's buffer (SPEC BUF-3); listed or not."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="buffers")
    product = models.ForeignKey(Product, models.CASCADE, related_name="buffers")
    quantity = models.PositiveIntegerField(_("buffer"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("product buffer")
        verbose_name_plural = _("product buffers")
        constraints = [models.UniqueConstraint(fields=["channel", "product"], name="buffer_once_per_product")]

    def __str__(self) -> str:
        return str(self.quantity)
