"""One call of a job handler: counting the attempt, asking the handler, keeping its answers."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from channels.enums import JobState
from channels.errors import (
    AddressRefused,
    AuthenticationFailed,
    LeaseLost,
    MalformedResponse,
    RateLimited,
    StoreError,
    TryLater,
)
from channels.models import Channel, SyncJob
from channels.ports import Limits, Platform
from channels.registry import JobHandler, JobOutcome
from channels.services import breaker
from channels.services.leases import Lease
from channels.services.marks import count_start
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip

logger = logging.getLogger(__name__)

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
MOST_STOPS = 3
"""A job whose worker ended this often without an answer is given up."""
_STOPPED_WAIT = timedelta(minutes=2)
_SHRINK = 8


@dataclass
class Batch:
    """Jobs of one kind, the handler, and what has become of them so far."""

    lease: Lease
    channel: Channel
    platform: Platform
    handler: JobHandler
    jobs: Sequence[SyncJob]
    deadline: datetime
    trouble: StoreError | None = None
    """What the store did to us; the rest of the batch is then not tried."""
    untried: set[str] = field(default_factory=set)

    def is_over(self) -> bool:
        return self.trouble is not None or self.lease.clock() >= self.deadline


def batch_size(handler: JobHandler, *, stops: int, limits: Limits) -> int:
    """Jobs that ended their worker are tried in ever smaller company, so that the culprit is found."""
    most = min(handler.batch, handler.most(limits)) if handler.most else handler.batch
    return max(1, most // int(_SHRINK**stops))


def run_batch(batch: Batch) -> None:
    """Raises LeaseLost; every other failure ends as the state of a job."""
    now = batch.lease.clock()
    hopeless = [job for job in batch.jobs if job.stops >= MOST_STOPS or job.attempts >= batch.handler.attempts]
    if hopeless:
        _record(batch, hopeless, [_stopped(job) for job in hopeless], now)
    jobs = [job for job in batch.jobs if job not in hopeless]
    if not jobs:
        return
    count_start(batch.lease, job_ids=[job.pk for job in jobs], until=now + _STOPPED_WAIT)
    calls = batch.lease.calls
    outcomes = _ask(batch, jobs)
    now = batch.lease.clock()
    _record(batch, jobs, outcomes, now)
    if batch.trouble:
        breaker.note_trouble(batch.channel, error=batch.trouble, now=now)
    elif batch.lease.calls > calls and any(outcome.verdict != "retry" for outcome in outcomes):
        breaker.note_answer(batch.channel)


def _stopped(job: SyncJob) -> JobOutcome:
    message = _("Given up: the worker ended each time it tried this.")
    return JobOutcome(key=job.key, verdict="failed", message=message, detail=job.detail)


def _ask(batch: Batch, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    """Outcomes of these jobs. A batch that breaks is split in halves until the broken job is alone."""
    if batch.is_over():
        batch.untried.update(job.key for job in jobs)
        return []
    try:
        return list(batch.handler.handle(batch.channel, batch.platform, jobs))
    except LeaseLost:
        raise
    except (TryLater, AuthenticationFailed, AddressRefused) as error:
        batch.trouble = error
        return [_later(job, error) for job in jobs]
    except ProductError as error:
        if len(jobs) > 1:
            return _ask_halves(batch, jobs)
        if isinstance(error, MalformedResponse):
            batch.trouble = error
            return [_later(jobs[0], error)]
        return [JobOutcome(key=jobs[0].key, verdict="failed", message=error.message, detail=error.detail)]
    except Exception as error:
        logger.exception(
            "A %s job of channel %s broke", batch.handler.kind, batch.channel.pk, extra={"channel": batch.channel.pk}
        )
        if len(jobs) > 1:
            return _ask_halves(batch, jobs)
        detail = f"{type(error).__name__}: {error}"
        return [JobOutcome(key=jobs[0].key, verdict="retry", message=_("An unexpected error."), detail=detail)]


def _ask_halves(batch: Batch, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    middle = len(jobs) // 2
    return _ask(batch, jobs[:middle]) + _ask(batch, jobs[middle:])


def _later(job: SyncJob, error: StoreError) -> JobOutcome:
    return JobOutcome(key=job.key, verdict="retry", message=error.message, detail=error.detail)


def _record(batch: Batch, jobs: Sequence[SyncJob], outcomes: Sequence[JobOutcome], now: datetime) -> None:
    """Keeps the answers if the channel is still ours: done jobs go, the others wait, go on, or are given up."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    gone: list[int] = []
    kept: list[SyncJob] = []
    given_up: list[SyncJob] = []
    for job in jobs:
        outcome = by_key.get(job.key)
        if outcome and outcome.verdict in {"done", "nothing"}:
            gone.append(job.pk)
            continue
        kept.append(job)
        if _decide(batch, job, outcome, now):
            given_up.append(job)
    with transaction.atomic():
        batch.lease.renew()
        SyncJob.objects.filter(pk__in=gone).delete()
        fields = ["state", "attempts", "stops", "not_before", "message", "detail", "remote_version"]
        SyncJob.objects.bulk_update(kept, fields, batch_size=100)
        if batch.handler.on_failed:
            for job in given_up:
                batch.handler.on_failed(batch.channel, job)


def _decide(batch: Batch, job: SyncJob, outcome: JobOutcome | None, now: datetime) -> bool:
    """The job's next state; True when it is given up. `job.attempts` does not count the present attempt yet."""
    was_tried = job.key not in batch.untried
    job.stops = 0
    if outcome is None:
        job.not_before = now
        if not was_tried:
            return False
        outcome = JobOutcome(key=job.key, verdict="retry", message=_("No answer for this one."))
    job.message, job.detail = clip(str(outcome.message), 1000), clip(outcome.detail, 10_000)
    if outcome.verdict == "again":
        job.attempts, job.not_before = 0, outcome.retry_at or now
        return False
    job.attempts += 0 if _is_free(batch.trouble) else 1
    if outcome.verdict == "failed" or job.attempts >= batch.handler.attempts:
        job.state, job.remote_version = JobState.FAILED, ""
        return True
    job.not_before = outcome.retry_at or now + _wait(job, batch.trouble)
    return False


def _is_free(trouble: StoreError | None) -> bool:
    """Neither a used-up quota nor refused credentials are the job's fault: the attempt does not count."""
    return isinstance(trouble, RateLimited | AuthenticationFailed)


def _wait(job: SyncJob, trouble: StoreError | None) -> timedelta:
    if isinstance(trouble, AuthenticationFailed):
        return timedelta(0)  # the channel rests as a whole
    if isinstance(trouble, RateLimited):
        return breaker.quota_rest(trouble)
    wait = BACK_OFF[min(job.attempts, len(BACK_OFF)) - 1]
    spread = wait * (job.pk % 10) / 100  # jobs that failed together do not come back together
    asked = trouble.retry_after if isinstance(trouble, TryLater) and trouble.retry_after else 0
    return max(wait + spread, timedelta(seconds=asked))
