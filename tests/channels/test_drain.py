"""Marks become jobs, jobs are done or kept with a reason, and nothing is lost on the way."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django_q.models import OrmQ

from channels.enums import ChannelState, JobState
from channels.errors import (
    AuthenticationFailed,
    MalformedResponse,
    RateLimited,
    RemoteRejected,
    TemporarilyUnavailable,
)
from channels.models import ChangeMark, Channel, SyncJob
from channels.outbox import mark
from channels.ports import Platform
from channels.registry import JobOutcome, platform_spec
from channels.services.drain import drain_channel
from channels.services.marks import discard_jobs, retry_jobs
from tests.channels.conftest import Clock, Handlers, all_done, jobs_of
from tests.factories.channels import NOW, ChannelFactory, SyncJobFactory

pytestmark = pytest.mark.django_db


@pytest.mark.req("JOB-3")
def test_many_marks_of_one_thing_are_one_job(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    handlers.add(all_done)
    for _ in range(5):
        mark([channel.pk], kind="order", keys=["7", "8"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7", "8"]]
    assert not ChangeMark.objects.exists()
    assert not SyncJob.objects.exists()


@pytest.mark.req("JOB-3")
def test_orders_come_before_stock_and_stock_before_activities(
    channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    for kind, priority in (("run.step", 90), ("stock", 20), ("order", 10)):
        handlers.add(all_done, kind=kind, priority=priority)
        mark([channel.pk], kind=kind, keys=[kind])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["order"], ["stock"], ["run.step"]]


@pytest.mark.req("JOB-3")
def test_an_order_marked_while_stock_is_pushed_comes_before_the_rest_of_the_stock(
    channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    def push(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if jobs[0].key == "0":
            mark([channel.pk], kind="order", keys=["new"])
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(push, kind="stock", priority=20, batch=2)
    handlers.add(all_done)
    mark([channel.pk], kind="stock", keys=["0", "1", "2"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["0", "1"], ["new"], ["2"]]


@pytest.mark.req("JOB-5")
def test_a_mark_made_while_its_job_runs_is_worked_on_again(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def change_meanwhile(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if len(handlers.seen) == 1:
            mark([channel.pk], kind="order", keys=["7"])
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(change_meanwhile)
    mark([channel.pk], kind="order", keys=["7"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7"], ["7"]]
    assert not SyncJob.objects.exists()


@pytest.mark.req("JOB-5")
def test_a_poke_that_finds_the_lease_taken_is_not_lost(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def poke_meanwhile(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if jobs[0].key == "7":
            mark([channel.pk], kind="order", keys=["8"])
            drain_channel(channel.pk, now_fn=clock)
            assert handlers.seen == [["7"]], "the second drainer must not work beside the first"
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(poke_meanwhile)
    mark([channel.pk], kind="order", keys=["7"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7"], ["8"]]


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(
    ("attempt", "minutes"), [(1, 1), (2, 5), (3, 30), (4, 120), (5, 360)], ids="1st 2nd 3rd 4th 5th".split()
)
def test_a_failing_job_waits_longer_each_time(
    channel: Channel, clock: Clock, handlers: Handlers, attempt: int, minutes: int
) -> None:
    handlers.add(lambda _c, _p, jobs: [JobOutcome(key=job.key, verdict="retry", message="Not yet.") for job in jobs])
    job = SyncJob.objects.create(channel=channel, kind="order", key="7", not_before=NOW, attempts=attempt - 1)

    drain_channel(channel.pk, now_fn=clock)

    job.refresh_from_db()
    spread = timedelta(minutes=minutes) * (job.pk % 10) / 100
    assert job.not_before == NOW + timedelta(minutes=minutes) + spread
    assert (job.state, job.attempts, job.message) == (JobState.QUEUED, attempt, "Not yet.")


@pytest.mark.req("JOB-4")
def test_after_the_sixth_attempt_a_job_is_failed_and_a_new_mark_revives_it(
    channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    handlers.add(lambda _c, _p, jobs: [JobOutcome(key=job.key, verdict="retry", message="No.") for job in jobs])
    job = SyncJob.objects.create(channel=channel, kind="order", key="7", not_before=NOW, attempts=5)

    drain_channel(channel.pk, now_fn=clock)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, 6)
    drain_channel(channel.pk, now_fn=clock)
    assert handlers.seen == [["7"]]

    mark([channel.pk], kind="order", keys=["7"])
    drain_channel(channel.pk, now_fn=clock)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)


@pytest.mark.req("JOB-4")
def test_staff_retry_and_discard_failed_jobs_only(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    handlers.add(all_done)
    failed = SyncJob.objects.create(channel=channel, kind="order", key="7", not_before=NOW, state=JobState.FAILED)
    waiting = SyncJob.objects.create(channel=channel, kind="order", key="8", not_before=NOW + timedelta(hours=1))

    assert discard_jobs(channel, job_ids=[waiting.pk]) == 0
    assert retry_jobs(channel, job_ids=[failed.pk, waiting.pk]) == 1
    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7"]]
    assert list(jobs_of(channel)) == ["order 8"]


@pytest.mark.req("JOB-4")
def test_a_broken_job_is_found_and_the_others_are_done(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def breaks_on_poison(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if any(job.key == "poison" for job in jobs):
            raise ZeroDivisionError("a defect")
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(breaks_on_poison)
    mark([channel.pk], kind="order", keys=["1", "2", "poison", "3", "4"])

    drain_channel(channel.pk, now_fn=clock)

    assert list(jobs_of(channel)) == ["order poison"]
    job = jobs_of(channel)["order poison"]
    assert (job.attempts, job.stops, job.detail) == (1, 0, "ZeroDivisionError: a defect")


@pytest.mark.req("JOB-4")
def test_what_the_store_refuses_for_good_fails_with_its_words(
    channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    def refuses_2(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if any(job.key == "2" for job in jobs):
            raise RemoteRejected("The store refused: SKU unknown", detail="HTTP 422")
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(refuses_2)
    mark([channel.pk], kind="order", keys=["1", "2", "3"])

    drain_channel(channel.pk, now_fn=clock)

    job = jobs_of(channel)["order 2"]
    assert (job.state, job.message, job.detail) == (JobState.FAILED, "The store refused: SKU unknown", "HTTP 422")
    assert len(jobs_of(channel)) == 1


@pytest.mark.req("JOB-4")
def test_a_handler_that_forgets_a_job_keeps_it(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    handlers.add(lambda _c, _p, jobs: [JobOutcome(key=jobs[0].key, verdict="done")])
    mark([channel.pk], kind="order", keys=["1", "2"])

    drain_channel(channel.pk, now_fn=clock)

    assert list(jobs_of(channel)) == ["order 2"]
    assert jobs_of(channel)["order 2"].attempts == 1


@pytest.mark.req("JOB-4")
def test_retry_after_is_respected_and_costs_no_attempt(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def limited(*_: object) -> list[JobOutcome]:
        raise RateLimited("Slow down.", retry_after=90)

    handlers.add(limited, batch=1)
    mark([channel.pk], kind="order", keys=["1", "2"])

    drain_channel(channel.pk, now_fn=clock)

    channel.refresh_from_db()
    assert channel.closed_until == NOW + timedelta(seconds=90)
    assert handlers.seen == [["1"]], "the rest is not even tried"
    assert [job.attempts for job in jobs_of(channel).values()] == [0, 0]
    clock.forward(seconds=89)
    drain_channel(channel.pk, now_fn=clock)
    assert len(handlers.seen) == 1
    clock.forward(seconds=1)
    drain_channel(channel.pk, now_fn=clock)
    assert len(handlers.seen) == 2


@pytest.mark.req("JOB-4")
def test_a_store_that_is_down_rests_and_other_channels_work(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    other = ChannelFactory()

    def down(asked: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if asked.pk == channel.pk:
            raise TemporarilyUnavailable("The store cannot be reached.")
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(down, batch=1)
    mark([channel.pk, other.pk], kind="order", keys=["1", "2", "3", "4"])

    drain_channel(channel.pk, now_fn=clock)
    drain_channel(other.pk, now_fn=clock)

    channel.refresh_from_db()
    assert (channel.failures, channel.closed_until) == (3, NOW + timedelta(seconds=30))
    assert channel.state_reason == "The store cannot be reached."
    assert sorted(job.attempts for job in jobs_of(channel).values()) == [0, 1, 1, 1]
    assert jobs_of(other) == {}


@pytest.mark.req("JOB-4")
def test_a_good_answer_ends_the_rest(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def call(_channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        platform.lists.tax_classes()
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(call)
    Channel.objects.filter(pk=channel.pk).update(failures=5, state_reason="Down.", closed_until=NOW)
    mark([channel.pk], kind="order", keys=["1"])

    drain_channel(channel.pk, now_fn=clock)

    channel.refresh_from_db()
    assert (channel.failures, channel.closed_until, channel.state_reason) == (0, None, "")


@pytest.mark.req("A62")
def test_one_refused_sign_in_pauses_nothing_three_in_ten_minutes_do(
    channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    def refused(*_: object) -> list[JobOutcome]:
        raise AuthenticationFailed("The store refuses the access token.")

    handlers.add(refused)
    mark([channel.pk], kind="order", keys=["1"])
    states = []
    for _ in range(4):
        drain_channel(channel.pk, now_fn=clock)
        channel.refresh_from_db()
        states.append((channel.state, channel.sign_in_failures))
        clock.forward(minutes=5)

    connected, needs = ChannelState.CONNECTED, ChannelState.NEEDS_SIGN_IN
    assert states == [(connected, 1), (connected, 2), (needs, 3), (needs, 3)]
    assert channel.state_reason == "The store refuses the access token."
    assert jobs_of(channel)["order 1"].state == JobState.QUEUED, "the work waits for the new sign-in"


@pytest.mark.req("A62")
def test_three_refusals_within_a_minute_pause_nothing(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def refused(*_: object) -> list[JobOutcome]:
        raise AuthenticationFailed("No.")

    handlers.add(refused)
    mark([channel.pk], kind="order", keys=["1"])
    for _ in range(3):
        drain_channel(channel.pk, now_fn=clock)
        clock.forward(seconds=20)
        Channel.objects.filter(pk=channel.pk).update(closed_until=None)

    channel.refresh_from_db()
    assert (channel.state, channel.sign_in_failures) == (ChannelState.CONNECTED, 3)


@pytest.mark.req("JOB-4")
def test_nonsense_of_the_store_waits_and_is_not_lost(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def nonsense(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        if any(job.key == "1" for job in jobs):
            raise MalformedResponse("Not readable.")
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(nonsense)
    mark([channel.pk], kind="order", keys=["1", "2"])

    drain_channel(channel.pk, now_fn=clock)
    drain_channel(channel.pk, now_fn=clock)

    assert list(jobs_of(channel)) == ["order 1"]
    assert jobs_of(channel)["order 1"].attempts == 1


def test_a_slice_ends_after_a_minute_and_asks_for_the_next(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def slow(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        clock.forward(seconds=40)
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    handlers.add(slow, batch=1)
    mark([channel.pk], kind="order", keys=["1", "2", "3"])
    OrmQ.objects.all().delete()

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["1"], ["2"]]
    assert list(jobs_of(channel)) == ["order 3"]
    assert OrmQ.objects.count() == 1


@pytest.mark.req("JOB-5")
def test_again_goes_on_at_once_and_starts_counting_anew(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    def three_steps(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        return [JobOutcome(key=jobs[0].key, verdict="again" if len(handlers.seen) < 3 else "done")]

    handlers.add(three_steps, kind="run.step", batch=1)
    mark([channel.pk], kind="run.step", keys=["1"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["1"]] * 3
    assert jobs_of(channel) == {}


@pytest.mark.parametrize("state", [ChannelState.PAUSED, ChannelState.NEEDS_SIGN_IN])
def test_a_paused_channel_collects_work_and_calls_nobody(
    channel: Channel, clock: Clock, handlers: Handlers, state: ChannelState
) -> None:
    handlers.add(all_done)
    Channel.objects.filter(pk=channel.pk).update(state=state)
    mark([channel.pk], kind="order", keys=["1"])

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == []
    assert list(jobs_of(channel)) == ["order 1"]
    assert not ChangeMark.objects.exists()


def test_a_platform_that_takes_few_at_once_gets_few_at_once(channel: Channel, clock: Clock, handlers: Handlers) -> None:
    """So that an order does not wait behind thousands of stock levels that take many calls."""
    limit = platform_spec(channel.platform).limits.orders_by_id
    handlers.add(all_done, batch=limit * 10, most=lambda limits: limits.orders_by_id)
    for number in range(limit + 1):
        SyncJobFactory(channel=channel, key=str(number))

    drain_channel(channel.pk, now_fn=clock)

    assert [len(keys) for keys in handlers.seen] == [limit, 1]
