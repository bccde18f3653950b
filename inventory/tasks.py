"""Entry points of the job queue: each calls one service and tolerates rows that are gone."""

from django.utils import timezone

from inventory.services import house_runs


def advance_house_run(run_id: int) -> None:
    """A slice of an activity without a channel."""
    house_runs.advance_house_run(run_id, now_fn=timezone.now)
