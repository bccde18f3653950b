"""People of a store ↔ our customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.enums import ConflictDecision
from channels.models import Channel
from inventory.models import Customer


class CustomerLink(models.Model):
    """A store's customer ↔ ours (A56); a link wins over every other match."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="customer_links")
    remote_id = models.CharField(max_length=100)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="links")
    fingerprint = models.CharField(max_length=64, blank=True, help_text=_("Of the store's details when last taken."))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("customer link")
        verbose_name_plural = _("customer links")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_id"], name="customer_link_once")]

    def __str__(self) -> str:
        return self.remote_id


class CustomerConflict(models.Model):
    """A customer of the store that could be several of ours, or differs too much to be taken for one (A56).

    Never merged silently. `candidates` are ids of ours; `decision` is what staff want done about it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="customer_conflicts")
    remote_id = models.CharField(max_length=100)
    name = models.CharField(_("name"), max_length=256)
    email = models.CharField(_("email"), max_length=254, blank=True)
    words = models.CharField(_("reason"), max_length=1000, blank=True)
    candidates = models.JSONField(default=list, blank=True)
    details = models.JSONField(default=dict, blank=True, help_text=_("What the store says of them."))
    decision = models.CharField(max_length=8, choices=ConflictDecision.choices, blank=True)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("customer conflict")
        verbose_name_plural = _("customer conflicts")
        constraints = [models.UniqueConstraint(fields=["channel", "remote_id"], name="customer_conflict_once")]

    def __str__(self) -> str:
        return self.name
