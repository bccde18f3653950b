"""The preview of the first stock push (A13)."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from channels.models import Channel
from inventory.enums import RUN_OPEN, Outcome, RunState
from inventory.models import Run, RunItem

READ_STORE = "catalog.read_store"
FIRST_PUSH = "catalog.first_push"


@dataclass(frozen=True, kw_only=True)
class PreviewCounts:
    """What a plan would do."""

    change: int
    same: int
    to_zero: int


def open_plans(channel: Channel) -> QuerySet[Run]:
    """Plans that nobody has confirmed or dropped, newest first."""
    return Run.objects.filter(scope_key=channel.scope_key, kind=FIRST_PUSH, state=RunState.PLANNED).order_by("-pk")


def reader_of(plan: Run) -> Run | None:
    """The activity that reads the store into this plan."""
    readers = Run.objects.filter(scope_key=plan.scope_key, kind=READ_STORE, options__plan=plan.pk)
    return readers.order_by("-pk").first()


def is_read(plan: Run) -> bool:
    """Whether the store was read to the end for this plan and nobody has applied it."""
    reader = reader_of(plan)
    return plan.state == RunState.PLANNED and reader is not None and reader.state == RunState.DONE


def is_reading(reader: Run | None) -> bool:
    return reader is not None and reader.state in RUN_OPEN


def to_zero(plan: Run) -> QuerySet[RunItem]:
    """Rows where the store has some and would get none."""
    return plan_rows(plan).filter(_TO_ZERO)


def changing(plan: Run) -> QuerySet[RunItem]:
    """Rows that something is sent for."""
    return plan_rows(plan).filter(outcome=Outcome.PENDING)


def plan_rows(plan: Run) -> QuerySet[RunItem]:
    """Rows that change first, in the order of the catalog."""
    return RunItem.objects.filter(run=plan).order_by("-outcome", "pk")


def preview_counts(plan: Run) -> PreviewCounts:
    """One statement."""
    counts = RunItem.objects.filter(run=plan).aggregate(
        change=Count("pk", filter=Q(outcome=Outcome.PENDING)),
        same=Count("pk", filter=Q(outcome=Outcome.NOTHING)),
        to_zero=Count("pk", filter=_TO_ZERO),
    )
    return PreviewCounts(**counts)


_TO_ZERO = Q(outcome=Outcome.PENDING, after="0") & ~Q(before="0") & ~Q(before=None)
