"""Advancing an activity by one step (JOB-2)."""

from datetime import datetime

from django.utils.translation import gettext as _

from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.registry import JobOutcome, registry
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Run
from inventory.services import runs


def advance_run(channel: Channel, *, platform: Platform, key: str, now: datetime) -> JobOutcome:
    """One step of the activity `key`; the same cursor may be stepped twice. Store errors are the drain's to answer."""
    run = Run.objects.filter(pk=int(key), scope_key=channel.scope_key).first() if key.isdecimal() else None
    if run is None or run.state not in RUN_OPEN:
        return JobOutcome(key=key, verdict="nothing")
    if run.cancel_requested:
        runs.finish_run(run, state=RunState.CANCELLED, message=_("Cancelled."), now=now)
        return JobOutcome(key=key, verdict="done")
    step = registry.run_steps.get(run.kind)
    if step is None:
        message = _("This version does not know this kind of activity.")
        runs.finish_run(run, state=RunState.FAILED, message=message, now=now)
        return JobOutcome(key=key, verdict="done")
    try:
        result = step(channel, platform, run)
    except runs.RunClosed:  # cancelled before anything was sent
        return JobOutcome(key=key, verdict="nothing")
    run = runs.record_step(
        run,
        outcomes=result.outcomes,
        cursor=result.cursor,
        total=result.total,
        message=result.message,
        passed=result.passed,
        finished=result.finished,
        now=now,
    )
    return JobOutcome(key=key, verdict="again" if run.state in RUN_OPEN else "done")


def end_failed_run(job: SyncJob, *, now: datetime) -> None:
    """An activity whose step is given up ends as failed, so that it is never stuck."""
    run = Run.objects.filter(pk=int(job.key), state__in=RUN_OPEN).first() if job.key.isdecimal() else None
    if run is not None:
        runs.finish_run(run, state=RunState.FAILED, message=job.message, now=now)
