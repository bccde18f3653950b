"""The lease: killed, late and second processes do no harm."""

from collections.abc import Sequence

import pytest

from channels.enums import JobState
from channels.models import Channel, SyncJob
from channels.outbox import mark
from channels.ports import Platform
from channels.registry import JobOutcome
from channels.services.drain import drain_channel
from channels.services.leases import LEASE_SECONDS, take_lease
from tests.channels.conftest import Clock, Handlers, all_done, jobs_of

pytestmark = pytest.mark.django_db


@pytest.mark.req("JOB-5")
def test_a_job_that_kills_its_worker_ends_as_failed(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    class Killed(BaseException):
        """As a signal: nothing of ours runs after it."""

    def kills(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if any(job.key == "poison" for job in jobs):
            raise Killed
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(kills, batch=64)
    mark([channel.pk], kind="order", keys=["poison", *map(str, range(30))])
    kills_seen = 0
    for _ in range(40):
        try:
            drain_channel(channel.pk, now_fn=clock)
        except Killed:
            kills_seen += 1
        clock.forward(minutes=3)

    assert list(jobs_of(channel)) == ["order poison"]
    assert jobs_of(channel)["order poison"].state == JobState.FAILED
    assert kills_seen == 3


@pytest.mark.req("JOB-5")
def test_a_killed_drainers_lease_expires(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    handlers.add(all_done)
    mark([channel.pk], kind="order", keys=["1"])
    assert take_lease(channel.pk, clock=clock) is not None, "taken by a process that is killed now"

    clock.forward(seconds=LEASE_SECONDS)
    drain_channel(channel.pk, now_fn=clock)
    assert handlers.seen == []
    clock.forward(seconds=1)
    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["1"]]


@pytest.mark.req("JOB-5")
def test_who_lost_the_lease_writes_no_job_and_calls_no_store(
    channel: Channel, clock: Clock, handlers: Handlers, store: object
) -> None:
    def slow(_channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        clock.forward(seconds=LEASE_SECONDS + 1)
        assert take_lease(channel.pk, clock=clock) is not None, "another process took over"
        platform.lists.tax_classes()
        raise AssertionError("the call must not leave")

    handlers.add(slow)
    mark([channel.pk], kind="order", keys=["1"])

    drain_channel(channel.pk, now_fn=clock)

    assert store.calls == []  # type: ignore[attr-defined]
    job = jobs_of(channel)["order 1"]
    assert (job.attempts, job.stops, job.state) == (1, 1, JobState.QUEUED)
    channel.refresh_from_db()
    assert channel.lease_token != "", "the other's lease stays"
