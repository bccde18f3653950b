"""Long jobs with progress and outcomes (SPEC JOB-2); staff see them as activities."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import Outcome, RunState


class Run(models.Model):
    """One long job. `scope_key` says for what (`channel:3`, or empty); `cursor` is where the next step starts."""

    kind = models.CharField(_("kind"), max_length=50)
    title = models.CharField(_("title"), max_length=200)
    scope_key = models.CharField(max_length=50, blank=True)
    scope_label = models.CharField(_("for"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    options = models.JSONField(default=dict, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(_("total"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    unchanged = models.PositiveIntegerField(_("nothing to do"), default=0)
    passed = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Of them counted only: a row for each would say nothing.")
    )
    steps = models.PositiveIntegerField(default=0, editable=False)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    message = models.CharField(_("message"), max_length=500, blank=True)
    cancel_requested = models.BooleanField(default=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    advanced_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_token = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("For activities without a channel: who works on it.")
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            models.Index(fields=["state"], name="run_open", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["scope_key", "-id"], name="run_scope"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope_key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(scope_key=""),
                name="run_one_open_per_kind_and_scope",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def handled(self) -> int:
        return self.done + self.unchanged + self.skipped + self.failed


class RunItem(models.Model):
    """What became of one item; for a preview also before, after and the fingerprint it was planned on."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="items")
    key = models.CharField(max_length=200)
    label = models.CharField(_("item"), max_length=600)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.PENDING)
    reason = models.CharField(_("reason"), max_length=2000, blank=True)
    fix_label = models.CharField(max_length=200, blank=True)
    fix_url = models.CharField(max_length=500, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="run_item_once")]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="run_item_outcome")]

    def __str__(self) -> str:
        return self.label
