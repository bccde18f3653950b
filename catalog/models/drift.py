"""Where store and record differ (NEW-1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.enums import DriftCause, DriftKind
from catalog.models.listings import Listing
from channels.models import Channel
from inventory.models import Product


class Drift(models.Model):
    """One difference, as the last comparison found it; gone once a comparison or a repair finds none.

    `key` is the store's variant for quantity and price, its product for the rest. `ours` and `theirs` are as shown.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="drifts")
    kind = models.CharField(_("what"), max_length=10, choices=DriftKind.choices)
    key = models.CharField(max_length=100)
    field = models.CharField(_("field"), max_length=50, blank=True)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="drifts")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="+")
    label = models.CharField(_("item"), max_length=600)
    ours = models.CharField(_("here"), max_length=500, blank=True)
    theirs = models.CharField(_("in the store"), max_length=500, blank=True)
    cause = models.CharField(_("cause"), max_length=14, choices=DriftCause.choices)
    words = models.CharField(_("reason"), max_length=1000, blank=True)
    found_at = models.DateTimeField(_("first seen"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        ordering = ["label", "pk"]
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [models.UniqueConstraint(fields=["channel", "kind", "key", "field"], name="drift_once")]
        indexes = [models.Index(fields=["channel", "cause"], name="drift_cause")]

    def __str__(self) -> str:
        return self.label
