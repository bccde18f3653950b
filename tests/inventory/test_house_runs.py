"""Activities without a channel: one worker at a time, killed ones go on, broken steps end (SPEC JOB-2, JOB-5)."""

from datetime import timedelta

import pytest
from django_q.models import OrmQ

from inventory.enums import Outcome, RunState
from inventory.models import Brand, Run
from inventory.registry import registry
from inventory.services import house_runs, runs
from inventory.services.house_runs import Portion, StepDone
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError
from tests.factories.inventory import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.req("JOB-2")]
KIND = "test.brands"


class Killed(BaseException):
    """The worker's process ends here."""


def item(n: int, outcome: Outcome = Outcome.DONE) -> ItemOutcome:
    return ItemOutcome(key=str(n), label=f"Brand {n}", outcome=outcome)


class Brands:
    """Makes 25 brands, ten a step at most; `trouble` may raise for a brand."""

    def __init__(self, trouble=None) -> None:
        self.trouble = trouble
        self.most: list[int] = []

    def __call__(self, run: Run, portion: Portion) -> StepDone:
        self.most.append(portion.most)
        start = run.cursor.get("next", 0)
        if portion.is_hopeless:
            return StepDone(outcomes=[item(start, Outcome.FAILED)], cursor={"next": start + 1}, finished=False)
        numbers = range(start, min(start + min(10, portion.most), 25))
        for n in numbers:
            Brand.objects.create(name=f"Brand {n}")
            if self.trouble:
                self.trouble(n)
        end = start + len(numbers)
        return StepDone(outcomes=[item(n) for n in numbers], cursor={"next": end}, finished=end == 25, total=25)


@pytest.fixture
def step(request):
    brands = Brands()
    registry.house_steps[KIND] = brands
    yield brands
    del registry.house_steps[KIND]


def start() -> Run:
    return house_runs.start_house_run(kind=KIND, title="Brands", user=None, now=NOW)


def clock():
    return NOW


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_a_slice_does_all_steps_and_leaves_no_lease(step) -> None:
    run = start()
    assert OrmQ.objects.count() == 1

    house_runs.advance_house_run(run.pk, now_fn=clock)

    run = fresh(run)
    assert (run.state, run.done, run.total, run.steps, run.lease_token) == ("done", 25, 25, 3, "")
    assert Brand.objects.count() == 25
    assert OrmQ.objects.count() == 1


def test_a_slice_that_is_over_queues_the_next_one(step) -> None:
    run = start()
    times = iter([NOW, NOW, NOW, NOW, *[NOW + house_runs.SLICE] * 9])

    house_runs.advance_house_run(run.pk, now_fn=lambda: next(times))

    assert (fresh(run).state, fresh(run).done, fresh(run).lease_token) == ("running", 10, "")
    assert OrmQ.objects.count() == 2


def test_a_second_worker_leaves_a_held_activity_alone(step) -> None:
    run = start()
    Run.objects.filter(pk=run.pk).update(lease_token="other", lease_until=NOW + timedelta(seconds=1))

    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).done, fresh(run).lease_token, Brand.objects.count()) == (0, "other", 0)


def test_a_step_that_was_overtaken_leaves_nothing(step) -> None:
    run = start()

    def lose_the_lease(n: int) -> None:
        Run.objects.filter(pk=run.pk).update(lease_token="other")

    step.trouble = lose_the_lease
    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).done, Brand.objects.count()) == (0, 0)


@pytest.mark.req("JOB-5")
def test_a_killed_worker_is_followed_by_the_next_minute(step) -> None:
    run = start()

    def killed(n: int) -> None:
        if n == 14:
            raise Killed

    step.trouble = killed
    with pytest.raises(Killed):
        house_runs.advance_house_run(run.pk, now_fn=clock)
    assert (fresh(run).done, Brand.objects.count()) == (10, 10)
    OrmQ.objects.all().delete()

    assert house_runs.pick_up(now=NOW + timedelta(seconds=10)) == 0
    assert house_runs.pick_up(now=NOW + timedelta(minutes=3)) == 1
    step.trouble = None
    house_runs.advance_house_run(run.pk, now_fn=lambda: NOW + timedelta(minutes=3))
    assert (fresh(run).state, fresh(run).done, Brand.objects.count()) == ("done", 25, 25)
    assert house_runs.pick_up(now=NOW + timedelta(hours=1)) == 0


def test_one_bad_item_does_not_stop_the_others(step) -> None:
    run = start()

    def breaks(n: int) -> None:
        if n == 7:
            raise ZeroDivisionError

    step.trouble = breaks
    house_runs.advance_house_run(run.pk, now_fn=clock)

    run = fresh(run)
    assert (run.state, run.done, run.failed) == ("done", 24, 1)
    assert list(run.items.filter(outcome="failed").values_list("key", flat=True)) == ["7"]
    assert not Brand.objects.filter(name="Brand 7").exists()
    assert step.most[:4] == [200, 25, 3, 200]


def test_a_step_that_always_breaks_ends_as_failed(step) -> None:
    run = start()

    def hopeless(run: Run, portion: Portion) -> StepDone:
        raise ZeroDivisionError

    registry.house_steps[KIND] = hopeless
    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).state, fresh(run).message) == ("failed", "Given up: every attempt at this step broke.")


def test_a_refusal_in_words_ends_the_activity_with_these_words(step) -> None:
    run = start()

    def refused(n: int) -> None:
        raise ProductError("The file is empty.")

    step.trouble = refused
    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).state, fresh(run).message, Brand.objects.count()) == ("failed", "The file is empty.", 0)


def test_cancel_ends_it_after_its_step(step) -> None:
    run = start()

    def cancel(n: int) -> None:
        if n == 3:
            Run.objects.filter(pk=run.pk).update(cancel_requested=True)

    step.trouble = cancel
    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).state, fresh(run).done, Brand.objects.count()) == (RunState.CANCELLED, 10, 10)


def test_a_cancel_reaches_an_activity_whose_worker_died(step) -> None:
    run = start()
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, started_at=NOW)
    runs.request_cancel(fresh(run), user=None, now=NOW)

    house_runs.advance_house_run(run.pk, now_fn=clock)

    assert (fresh(run).state, Brand.objects.count()) == ("cancelled", 0)
