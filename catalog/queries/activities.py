"""Activities of the catalog that its pages show."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, IntegerField, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.enums import ConflictDecision
from catalog.models import CatalogConflict
from channels.models import Channel
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Run
from inventory.queries.pace import outcome_counts, pace

DOWNLOAD = "catalog.download"
LOOK = "catalog.look"
RESOLVE = "catalog.resolve"
CUSTOMERS = "catalog.customers"


@dataclass(frozen=True, kw_only=True)
class ProgressView:
    """A download as the tab shows it."""

    run: Run
    conflicts: int = 0
    """Products of the store that could not be matched."""
    pace: str = ""

    @property
    def is_open(self) -> bool:
        return self.run.state in RUN_OPEN

    @property
    def counts(self) -> list[dict[str, object]]:
        return outcome_counts(self.run)

    @property
    def can_resume(self) -> bool:
        return is_resumable(self.run)

    @property
    def tone(self) -> str:
        if self.is_open:
            return "info"
        return {RunState.DONE: "ok", RunState.FAILED: "bad"}.get(RunState(self.run.state), "off")


def is_resumable(run: Run) -> bool:
    """Whether a download stopped between two pages and can go on there."""
    return run.kind == DOWNLOAD and run.state in (RunState.CANCELLED, RunState.FAILED) and bool(run.cursor.get("page"))


def latest_customers(channel: Channel, *, now: datetime) -> ProgressView | None:
    """The newest download of customers."""
    run = Run.objects.filter(scope_key=channel.scope_key, kind=CUSTOMERS).order_by("-pk").first()
    return ProgressView(run=run, pace=pace(run, now=now)) if run else None


def latest_download(channel: Channel) -> ProgressView | None:
    """The newest download of a channel, running or not; one statement."""
    clashes = CatalogConflict.objects.filter(channel=channel).exclude(decision=ConflictDecision.IGNORE)
    count = Subquery(
        clashes.order_by().values("channel").annotate(count=Count("pk")).values("count"),
        output_field=IntegerField(),
    )
    runs = Run.objects.filter(scope_key=channel.scope_key, kind=DOWNLOAD).annotate(conflicts=Coalesce(count, 0))
    run = runs.order_by("-pk").first()
    return ProgressView(run=run, conflicts=run.conflicts, pace=pace(run, now=timezone.now())) if run else None


def latest_look(channel: Channel) -> ProgressView | None:
    """The newest first look at a store's products."""
    run = Run.objects.filter(scope_key=channel.scope_key, kind=LOOK).order_by("-pk").first()
    return ProgressView(run=run) if run else None
