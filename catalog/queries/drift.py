"""Where stores and our records differ (NEW-1), as pages show it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from catalog.enums import DriftCause, DriftKind
from catalog.models import Drift, ListingItem
from channels.models import Channel
from inventory.enums import RUN_OPEN
from inventory.models import Run

DRIFT = "catalog.drift"
FOR_STAFF = (DriftCause.STORE_EDIT, DriftCause.PUSH_FAILED, DriftCause.GONE)
"""Causes that do not go away by themselves."""
_CONTENT = (DriftKind.PRICE, DriftKind.CONTENT)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The newest comparison. `unlinked`: products of the store that are not linked to any of ours."""

    run: Run
    unlinked: int = 0

    @property
    def is_open(self) -> bool:
        return self.run.state in RUN_OPEN

    @property
    def finished_at(self) -> datetime | None:
        return self.run.finished_at


@dataclass(frozen=True, kw_only=True)
class DriftCounts:
    """Open differences by cause, by what differs, and both."""

    causes: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    both: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.both.values())

    @property
    def for_staff(self) -> int:
        return sum(self.causes.get(cause, 0) for cause in FOR_STAFF)


def open_drifts(channels: Collection[int]) -> QuerySet[Drift]:
    """What the last comparisons found, without what was sent successfully or unlinked since."""
    sent = ListingItem.objects.filter(
        channel=OuterRef("channel"),
        remote_id=OuterRef("key"),
        push_error="",
        pushed_quantity__isnull=False,
        pushed_at__gt=OuterRef("seen_at"),
    )
    rows = Drift.objects.filter(channel_id__in=channels)
    rows = rows.exclude(Q(Exists(sent), kind=DriftKind.QUANTITY))
    linked = ListingItem.objects.filter(channel=OuterRef("channel"), remote_id=OuterRef("key"))
    rows = rows.exclude(Q(~Exists(linked), ~Q(key=F("listing__remote_id")), kind=DriftKind.LINK, cause=DriftCause.GONE))
    return rows.exclude(kind__in=_CONTENT, listing__sent_at__gt=F("seen_at"))


def drift_rows(channel: Channel, *, cause: str = "", kind: str = "", text: str = "") -> QuerySet[Drift]:
    """Open differences of a channel in the order of their items."""
    rows = open_drifts([channel.pk]).select_related("listing", "product")
    if cause:
        rows = rows.filter(cause=cause)
    if kind:
        rows = rows.filter(kind=kind)
    if text.strip():
        rows = rows.filter(label__icontains=text.strip())
    return rows.order_by("label", "pk")


def drift_counts(channel: Channel) -> DriftCounts:
    """One statement."""
    rows = open_drifts([channel.pk]).order_by().values_list("cause", "kind").annotate(count=Count("pk"))
    both = {(cause, kind): count for cause, kind, count in rows}
    return DriftCounts(
        causes=_summed((cause, count) for (cause, _kind), count in both.items()),
        kinds=_summed((kind, count) for (_cause, kind), count in both.items()),
        both=both,
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in pairs:
        found[name] = found.get(name, 0) + count
    return found


def counts_for_staff(channels: Collection[int]) -> dict[int, int]:
    """How many differences of each channel need a person; one statement."""
    rows = open_drifts(channels).filter(cause__in=FOR_STAFF).order_by().values("channel_id")
    return {row["channel_id"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def last_comparison(channel: Channel) -> Comparison | None:
    """The newest one, running or not; one statement."""
    run = Run.objects.filter(scope_key=channel.scope_key, kind=DRIFT).order_by("-pk").first()
    return Comparison(run=run, unlinked=int(run.cursor.get("unlinked", 0))) if run else None
