"""Does the worker still work? Its monitor process stores a result for every finished job: the newest is the pulse."""

from datetime import datetime

from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

_GROUP = "heartbeat"


def beat() -> None:
    """The job that does nothing: its stored result says that queue, worker and monitor are alive."""


def ask_for_beat() -> None:
    """Queue one heartbeat unless the queue has work already, which is as good."""
    if not OrmQ.objects.filter(lock__lte=timezone.now()).exists():
        async_task("inventory_sync.heartbeat.beat", group=_GROUP)


def last_beat() -> datetime | None:
    """When the worker last stored a result; None before the first."""
    newest: datetime | None = Task.objects.order_by("-stopped").values_list("stopped", flat=True).first()
    return newest
