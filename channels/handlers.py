"""Job handlers of channels: polls, lists, the hourly check, steps of activities."""

from collections.abc import Sequence

from django.utils import timezone

from channels.enums import JobKind
from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.registry import JobHandler, JobOutcome
from channels.services import health, mappings, polling, steps


def poll(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    for job in jobs:
        at_night = job.key == polling.NIGHT_KEY
        overlap = polling.NIGHT_OVERLAP if at_night else polling.OVERLAP
        polling.poll_orders(channel, platform=platform, now=timezone.now(), overlap=overlap)
        if at_night:
            polling.compare_recent(channel, platform=platform, now=timezone.now())
    return [JobOutcome(key=job.key, verdict="done") for job in jobs]


def load_lists(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    mappings.save_names(channel, names=mappings.read_names(platform, slug=channel.platform))
    return [JobOutcome(key=job.key, verdict="done") for job in jobs]


def check(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    health.check_channel(channel, platform=platform, now=timezone.now())
    return [JobOutcome(key=job.key, verdict="done") for job in jobs]


def step(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    now = timezone.now()
    return [steps.advance_run(channel, platform=platform, key=job.key, now=now) for job in jobs]


def step_given_up(_channel: Channel, job: SyncJob) -> None:
    steps.end_failed_run(job, now=timezone.now())


HANDLERS = (
    JobHandler(kind=JobKind.POLL, priority=5, batch=1, handle=poll),
    JobHandler(kind=JobKind.LISTS, priority=6, batch=1, handle=load_lists),
    JobHandler(kind=JobKind.HEALTH, priority=80, batch=1, handle=check),
    JobHandler(kind=JobKind.RUN_STEP, priority=90, batch=1, handle=step, on_failed=step_given_up, attempts=4),
)
