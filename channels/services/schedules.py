"""The schedules of the job queue are the code's: one row, found by name."""

from typing import Any

from django_q.models import Schedule


def ensure_schedules(**_kwargs: Any) -> None:
    """Receiver of post_migrate: the tick every minute. Idempotent; leaves the next due time alone."""
    wanted = {"func": "channels.tasks.tick", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
    if not Schedule.objects.filter(name="tick").update(**wanted):
        Schedule.objects.create(name="tick", **wanted)
