"""The preview of a stock update: the first one (A13), and any later one that staff want to see first (NEW-2)."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast

from catalog.models import ListingItem
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
    """Rows where the store has some and would get none; one that owes some has none."""
    return plan_rows(plan).filter(_TO_ZERO)


def changing(plan: Run) -> QuerySet[RunItem]:
    """Rows that something is sent for."""
    return plan_rows(plan).filter(outcome=Outcome.PENDING)


def plan_rows(plan: Run) -> QuerySet[RunItem]:
    """Rows that change first, in the order of the catalog."""
    return _with_text(plan).order_by("-outcome", "pk")


def preview_counts(plan: Run) -> PreviewCounts:
    """One statement."""
    counts = _with_text(plan).aggregate(
        change=Count("pk", filter=Q(outcome=Outcome.PENDING)),
        same=Count("pk", filter=Q(outcome=Outcome.NOTHING)),
        to_zero=Count("pk", filter=_TO_ZERO),
    )
    return PreviewCounts(**counts)


def is_first(channel: Channel) -> bool:
    """Whether the store has never had a quantity of ours."""
    return not ListingItem.objects.filter(channel=channel, pushed_at__isnull=False).exists()


def safety_count(channel: Channel) -> int:
    """How many listed items the store keeps back some of itself, as last seen."""
    return ListingItem.objects.filter(channel=channel, seen_safety_stock__gt=0).count()


def _with_text(plan: Run) -> QuerySet[RunItem]:
    """With `before` as its JSON text, which both databases compare alike."""
    return RunItem.objects.filter(run=plan).annotate(before_text=Cast("before", TextField()))


_HAS_SOME = Q(before_text__startswith='"') & ~Q(before_text='"0"') & ~Q(before_text__startswith='"-')
_TO_ZERO = Q(outcome=Outcome.PENDING, after="0") & _HAS_SOME
