"""Every delivery of a store, stored as it came; the row itself is the mark (ADR 8)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.enums import SignatureResult, Verdict
from channels.models.channel import Channel


class Notice(models.Model):
    """One delivery. `absorbed_at` is set when the drainer turned it into a job; duplicates are only labeled so."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="notices_received")
    kind = models.CharField(max_length=20, blank=True)
    key = models.CharField(max_length=200, blank=True)
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    delivery_id = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"))
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    signature = models.CharField(_("signature"), max_length=12, choices=SignatureResult.choices)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    absorbed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["channel", "id"], name="notice_to_absorb", condition=Q(absorbed_at__isnull=True)),
            models.Index(fields=["received_at"], name="notice_received"),
            models.Index(fields=["channel", "delivery_id"], name="notice_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
