"""Polls, the hourly check, and what the minute's tick picks up again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from channels.enums import ChannelState, JobKind, JobState, Verdict
from channels.errors import TemporarilyUnavailable
from channels.models import ChangeMark, Channel, Notice, SyncJob
from channels.outbox import mark
from channels.registry import StepResult, registry
from channels.remote import OrderRef
from channels.services import upkeep
from channels.services.activities import start_channel_run
from channels.services.drain import drain_channel
from channels.services.schedules import ensure_schedules
from inventory.enums import Outcome, RunState
from inventory.models import Run
from inventory.services.runs import AlreadyRunning, ItemOutcome, request_cancel
from tests.channels.conftest import Clock, Handlers, all_done
from tests.channels.fake_store import FakeStore
from tests.factories.channels import NOW, ChannelFactory

pytestmark = pytest.mark.django_db


def ref(number: int, minutes_ago: int, version: str = "v1") -> OrderRef:
    return OrderRef(id=str(number), version=version, modified_at=NOW - timedelta(minutes=minutes_ago))


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(key, version) of the order jobs that were handled."""
    from channels.registry import JobHandler, JobOutcome

    seen: list[tuple[str, str]] = []

    def handle(_channel: object, _platform: object, jobs: list[SyncJob]) -> list[JobOutcome]:
        seen.extend((job.key, job.remote_version) for job in jobs)
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    monkeypatch.setitem(registry.handlers, "order", JobHandler(kind="order", priority=10, batch=50, handle=handle))
    return seen


@pytest.mark.req("JOB-1")
def test_a_poll_finds_what_changed_with_an_overlap_and_moves_the_cursor(
    channel: Channel, clock: Clock, store: FakeStore, orders: list[tuple[str, str]]
) -> None:
    store.refs = [ref(1, 75), ref(2, 65), ref(3, 30), ref(4, 5, "v9")]
    store.page_size = 2
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])

    drain_channel(channel.pk, now_fn=clock)

    assert store.calls == ["changed_since 10:50", "changed_since 10:50 2"]
    assert orders == [("2", "v1"), ("3", "v1"), ("4", "v9")]
    channel.refresh_from_db()
    assert channel.poll_cursor == NOW - timedelta(minutes=5)
    assert channel.last_poll_at is not None


@pytest.mark.req("JOB-1")
def test_the_cursor_stays_when_a_poll_fails_and_nothing_is_lost(
    channel: Channel, clock: Clock, store: FakeStore, orders: list[tuple[str, str]]
) -> None:
    before = channel.poll_cursor
    store.refs = [ref(1, 30), ref(2, 20), ref(3, 10)]
    store.page_size = 2
    store.during_call = lambda: (
        store.failures.append(TemporarilyUnavailable("Down.")) if len(store.calls) == 2 else None
    )
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])

    drain_channel(channel.pk, now_fn=clock)
    channel.refresh_from_db()
    assert channel.poll_cursor == before
    assert [key for key, _ in orders] == ["1", "2"], "the page that came is worked on"

    clock.forward(minutes=2)
    drain_channel(channel.pk, now_fn=clock)
    assert {key for key, _ in orders} == {"1", "2", "3"}


@pytest.mark.req("SET-35")
def test_what_happened_before_the_connection_is_not_looked_at(
    channel: Channel, clock: Clock, store: FakeStore, orders: list[tuple[str, str]]
) -> None:
    Channel.objects.filter(pk=channel.pk).update(connected_at=NOW, poll_cursor=NOW)
    store.refs = [ref(1, 5), ref(2, 0)]
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])

    drain_channel(channel.pk, now_fn=clock)

    assert [key for key, _ in orders] == ["2"]


@pytest.mark.req("JOB-1")
def test_a_due_poll_is_claimed_once(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(next_poll_at=NOW, poll_minutes=10, last_poll_at=NOW)
    ChannelFactory(next_poll_at=NOW, state=ChannelState.PAUSED)

    assert [upkeep.claim_due_polls(now=NOW), upkeep.claim_due_polls(now=NOW)] == [1, 0]

    channel.refresh_from_db()
    assert channel.next_poll_at == NOW + timedelta(minutes=10)
    assert list(ChangeMark.objects.values_list("channel_id", "kind")) == [(channel.pk, JobKind.POLL)]


@pytest.mark.req("APP-11")
def test_once_an_hour_the_store_and_its_notices_are_checked(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(next_poll_at=NOW, last_poll_at=NOW - timedelta(minutes=61))

    upkeep.claim_due_polls(now=NOW)

    assert set(ChangeMark.objects.values_list("kind", flat=True)) == {JobKind.POLL, JobKind.HEALTH}


@pytest.mark.req("APP-11")
def test_a_copy_of_the_store_under_the_same_keys_is_warned_about(
    channel: Channel, clock: Clock, store: FakeStore
) -> None:
    mark([channel.pk], kind=JobKind.HEALTH, keys=["store"])

    drain_channel(channel.pk, now_fn=clock)

    channel.refresh_from_db()
    assert channel.warnings == [
        "The store behind these keys is not the one you connected: it may be a copy. Now at https://fake.example."
    ]


@pytest.mark.req("JOB-5")
def test_the_sweep_pokes_what_nobody_works_on(channel: Channel) -> None:
    busy, resting, paused = ChannelFactory(), ChannelFactory(), ChannelFactory(state=ChannelState.PAUSED)
    for number, each in enumerate((channel, busy, resting, paused)):
        SyncJob.objects.create(channel=each, kind="run.step", key=str(number), not_before=NOW)
    Channel.objects.filter(pk=busy.pk).update(lease_token="t", lease_until=NOW + timedelta(minutes=1))
    Channel.objects.filter(pk=resting.pk).update(closed_until=NOW + timedelta(minutes=1))
    OrmQ.objects.all().delete()

    assert upkeep.sweep_work(now=NOW) == 1
    assert OrmQ.objects.count() == 1

    ChangeMark.objects.create(channel=paused, kind="order", key="1")
    assert upkeep.sweep_work(now=NOW) == 2, "marks are gathered also while paused"


def test_old_notices_are_forgotten_and_waiting_ones_never(channel: Channel) -> None:
    def notice(days: int, verdict: Verdict = Verdict.ACCEPTED, absorbed: bool = True) -> int:
        at = NOW - timedelta(days=days)
        return Notice.objects.create(
            channel=channel, received_at=at, signature="valid", verdict=verdict, absorbed_at=at if absorbed else None
        ).pk

    kept = [notice(29), notice(40, absorbed=False), notice(6, Verdict.REJECTED)]
    notice(31), notice(8, Verdict.REJECTED)

    assert upkeep.forget_old_notices(now=NOW) == 2
    assert sorted(Notice.objects.values_list("pk", flat=True)) == kept


def test_the_schedule_is_one_row_that_keeps_its_due_time(db: None) -> None:
    Schedule.objects.all().delete()
    ensure_schedules()
    due = timezone.now() + timedelta(hours=1)
    Schedule.objects.update(next_run=due, func="old.name")
    ensure_schedules()

    row = Schedule.objects.get()
    assert (row.name, row.func, row.minutes, row.next_run) == ("tick", "channels.tasks.tick", 1, due)


# --- activities


@pytest.mark.req("JOB-2")
def test_an_activity_advances_step_by_step_and_ends(
    channel: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(_channel: object, _platform: object, run: Run) -> StepResult:
        page = run.cursor.get("page", 0)
        item = ItemOutcome(key=str(page), label=f"Page {page}", outcome=Outcome.DONE)
        return StepResult(outcomes=[item], cursor={"page": page + 1}, finished=page == 2, total=3)

    monkeypatch.setitem(registry.run_steps, "test", step)
    run = start_channel_run(channel, kind="test", title="Test", user=None, now=NOW)
    with pytest.raises(AlreadyRunning):
        start_channel_run(channel, kind="test", title="Test", user=None, now=NOW)

    drain_channel(channel.pk, now_fn=clock)

    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.cursor) == (RunState.DONE, 3, 3, {"page": 3})
    assert not SyncJob.objects.exists()


@pytest.mark.req("JOB-2")
def test_an_activity_that_breaks_ends_as_failed(
    channel: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(*_: object) -> StepResult:
        raise ZeroDivisionError("a defect")

    monkeypatch.setitem(registry.run_steps, "test", step)
    run = start_channel_run(channel, kind="test", title="Test", user=None, now=NOW)
    for _ in range(5):
        drain_channel(channel.pk, now_fn=clock)
        clock.forward(hours=1)

    run.refresh_from_db()
    assert (run.state, run.message) == (RunState.FAILED, "An unexpected error.")
    assert SyncJob.objects.get().state == JobState.FAILED


@pytest.mark.req("JOB-2")
def test_a_cancelled_activity_stops_before_its_next_step(
    channel: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(_channel: object, _platform: object, run: Run) -> StepResult:
        request_cancel(run, user=None, now=NOW)
        return StepResult(cursor={"page": 1})

    monkeypatch.setitem(registry.run_steps, "test", step)
    run = start_channel_run(channel, kind="test", title="Test", user=None, now=NOW)

    drain_channel(channel.pk, now_fn=clock)

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not SyncJob.objects.exists()


@pytest.mark.req("JOB-2")
def test_an_activity_nobody_advances_is_picked_up_or_closed(channel: Channel) -> None:
    gone = ChannelFactory(state=ChannelState.DISCONNECTED)
    runs = [start_channel_run(each, kind="test", title="T", user=None, now=NOW) for each in (channel, gone)]
    ChangeMark.objects.all().delete()

    upkeep.sweep_runs(now=NOW + timedelta(minutes=3))

    assert list(ChangeMark.objects.values_list("kind", "key")) == [("run.step", str(runs[0].pk))]
    runs[1].refresh_from_db()
    assert runs[1].state == RunState.CANCELLED


def test_a_tick_does_all_of_it_and_may_run_twice(channel: Channel, handlers: Handlers, clock: Clock) -> None:
    handlers.add(all_done, kind="poll", priority=5)
    Channel.objects.filter(pk=channel.pk).update(next_poll_at=NOW)

    upkeep.keep_up(now=NOW)
    upkeep.keep_up(now=NOW)
    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["orders"]]
