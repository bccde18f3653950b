"""Activities: once per kind and scope, counted once, cancelled, retried (SPEC JOB-2)."""

from datetime import timedelta

import pytest

from inventory.enums import Outcome, RunState
from inventory.models import Run
from inventory.services import runs
from tests.factories.inventory import NOW, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("JOB-2")]
LATER = NOW + timedelta(minutes=1)


def start(kind="download", scope="channel:1", **extra) -> Run:
    return runs.start_run(kind=kind, title="Download", scope_key=scope, user=None, now=NOW, **extra)


def outcome(key: str, what: Outcome) -> runs.ItemOutcome:
    return runs.ItemOutcome(key=key, label=f"Item {key}", outcome=what, reason="r")


def step(run: Run, *outcomes, finished=False, **extra) -> Run:
    return runs.record_step(run, outcomes=outcomes, cursor={"page": 2}, finished=finished, now=LATER, **extra)


def test_one_of_a_kind_runs_for_a_scope() -> None:
    first = start()

    with pytest.raises(runs.AlreadyRunning) as refused:
        start()

    assert refused.value.run == first
    start(scope="channel:2")
    start(kind="push")
    step(first, finished=True)
    start()


def test_a_step_recorded_twice_counts_once() -> None:
    run = start()
    outcomes = [outcome("1", Outcome.DONE), outcome("2", Outcome.FAILED), outcome("3", Outcome.NOTHING)]

    step(run, *outcomes, total=5)
    step(run, *outcomes, total=5)

    assert (run.state, run.done, run.failed, run.unchanged, run.handled, run.total) == ("running", 1, 1, 1, 3, 5)
    assert (run.cursor, run.started_at, run.finished_at) == ({"page": 2}, LATER, None)
    assert run.items.count() == 3


def test_an_item_that_succeeds_later_is_no_failure_any_more() -> None:
    run = start()
    step(run, outcome("1", Outcome.FAILED))
    step(run, outcome("1", Outcome.DONE), finished=True)

    assert (run.done, run.failed, run.state, run.finished_at) == (1, 0, "done", LATER)


def test_a_late_step_changes_nothing_of_a_closed_activity() -> None:
    run = start()
    runs.finish_run(run, state=RunState.FAILED, message="The store is gone.", now=NOW)

    step(run, outcome("1", Outcome.DONE))

    assert (run.state, run.message, run.handled) == ("failed", "The store is gone.", 0)
    assert runs.finish_run(run, state=RunState.DONE, now=LATER) is False


def test_cancel_stops_at_once_what_waits_and_after_its_step_what_runs() -> None:
    user = UserFactory(first_name="Ada", last_name="Byron")
    waiting, running = start(), start(kind="push")
    step(running, outcome("1", Outcome.DONE))

    runs.request_cancel(waiting, user=user, now=NOW)
    runs.request_cancel(running, user=user, now=NOW)
    assert (waiting.state, waiting.message) == ("cancelled", "Cancelled by Ada Byron.")
    assert (running.state, running.cancel_requested) == ("running", True)
    step(running, outcome("2", Outcome.DONE))
    assert (running.state, running.done) == ("cancelled", 2)
    with pytest.raises(runs.RunClosed):
        runs.request_cancel(running, user=user, now=NOW)


def test_a_preview_is_applied_once() -> None:
    plan = runs.plan_run(kind="push", title="Preview", scope_key="channel:1", user=None, now=NOW)
    assert plan.state == "planned"

    runs.start_planned(plan, user=None, now=NOW)

    assert plan.state == "queued"
    with pytest.raises(runs.RunClosed):
        runs.start_planned(plan, user=None, now=NOW)
    other = runs.plan_run(kind="push", title="Preview", scope_key="channel:1", user=None, now=NOW)
    with pytest.raises(runs.AlreadyRunning):
        runs.start_planned(other, user=None, now=NOW)


def test_retry_starts_a_new_activity_for_what_failed() -> None:
    run = start(options={"force": True})
    step(run, outcome("1", Outcome.DONE), outcome("2", Outcome.FAILED), finished=True)

    again = runs.retry_failed(run, user=None, now=LATER)

    assert again.options == {"force": True, "only": ["2"]}
    assert (again.kind, again.scope_key, again.state) == ("download", "channel:1", "queued")
    runs.finish_run(again, state=RunState.DONE, now=LATER)
    with pytest.raises(runs.RunClosed):
        runs.retry_failed(again, user=None, now=LATER)
