"""Marks and jobs: how a change reaches a store (docs/architecture.md; ADRs 4 and 5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.enums import JobState
from channels.models.channel import Channel


class ChangeMark(models.Model):
    """Says *that* something changed, in the transaction of the change. No uniqueness: coalescing is the drainer's."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    remote_version = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("change mark")
        verbose_name_plural = _("change marks")

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SyncJob(models.Model):
    """Remote work that is due, written only by the holder of the channel's lease. Done jobs are deleted."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="jobs")
    kind = models.CharField(_("kind"), max_length=20)
    key = models.CharField(_("for"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    remote_version = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    stops = models.PositiveSmallIntegerField(
        default=0, help_text=_("Times in a row its worker ended without an answer.")
    )
    not_before = models.DateTimeField(_("not before"))
    created_at = models.DateTimeField(auto_now_add=True)
    message = models.CharField(_("last error"), max_length=1000, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [models.UniqueConstraint(fields=["channel", "kind", "key"], name="job_once")]
        indexes = [models.Index(fields=["channel", "state", "not_before"], name="job_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
