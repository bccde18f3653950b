"""Two workers at the same activity at once: each item is done once (SPEC JOB-2, JOB-5)."""

import pytest
from django.utils import timezone

from inventory.models import Brand, Run
from inventory.registry import registry
from inventory.services import house_runs
from tests.factories.inventory import NOW
from tests.inventory.test_house_runs import KIND, Brands


@pytest.mark.req("JOB-2")
@pytest.mark.req("JOB-5")
def test_four_workers_do_each_item_once(race) -> None:
    registry.house_steps[KIND] = Brands()
    run = house_runs.start_house_run(kind=KIND, title="Brands", user=None, now=NOW)
    try:
        outcomes = race([lambda: house_runs.advance_house_run(run.pk, now_fn=timezone.now)] * 4)
    finally:
        del registry.house_steps[KIND]

    assert outcomes == [None] * 4
    run = Run.objects.get(pk=run.pk)
    assert (run.state, run.done, run.steps, Brand.objects.count()) == ("done", 25, 3, 25)
