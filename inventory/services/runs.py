"""Long jobs with progress and outcomes (SPEC JOB-2). Staff call them activities.

Every change of state is a conditional UPDATE, so a step that runs twice or late changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from inventory.enums import RUN_OPEN, Outcome, RunState
from inventory.models import Run, RunItem, User
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip

_COUNTED = {
    "done": Outcome.DONE,
    "unchanged": Outcome.NOTHING,
    "skipped": Outcome.SKIPPED,
    "failed": Outcome.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class ItemOutcome:
    """What became of one item. `fix_*` lead to the page where the cause is fixed."""

    key: str
    label: str
    outcome: Outcome
    reason: str = ""
    fix_label: str = ""
    fix_url: str = ""
    before: Any = None
    after: Any = None
    fingerprint: str = ""


class AlreadyRunning(ProductError):
    """The same job is open for the same scope; `run` is that one."""

    def __init__(self, message: str, *, run: Run) -> None:
        super().__init__(message)
        self.run = run


class RunClosed(ProductError):
    """The activity is not in the state this needs."""


def start_run(
    *,
    kind: str,
    title: str,
    scope_key: str = "",
    scope_label: str = "",
    user: User | None,
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Run:
    """Queue a job. Raises AlreadyRunning where one of this kind is open for this scope."""
    return _make(
        state=RunState.QUEUED,
        kind=kind,
        title=clip(title, 200),
        scope_key=scope_key,
        scope_label=clip(scope_label, 200),
        started_by=user,
        options=dict(options or {}),
        created_at=now,
        advanced_at=now,
    )


def plan_run(
    *,
    kind: str,
    title: str,
    scope_key: str = "",
    scope_label: str = "",
    user: User | None,
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Run:
    """A preview: items hold before and after, nothing happens until `start_planned`."""
    return _make(
        state=RunState.PLANNED,
        kind=kind,
        title=clip(title, 200),
        scope_key=scope_key,
        scope_label=clip(scope_label, 200),
        started_by=user,
        options=dict(options or {}),
        created_at=now,
    )


def keep_plan(run: Run, *, outcomes: Sequence[ItemOutcome], total: int | None = None) -> bool:
    """Rows of a preview, as long as it is planned: before, after and fingerprint. The same rows again count once."""
    with transaction.atomic():
        planned = Run.objects.filter(pk=run.pk, state=RunState.PLANNED)
        if not planned.update(total=F("total") if total is None else total):
            return False
        _keep_items(run, outcomes)
    return True


def start_planned(run: Run, *, user: User | None, now: datetime) -> Run:
    """Apply a preview. Raises RunClosed where somebody has already, AlreadyRunning where another is open."""
    try:
        with transaction.atomic():
            started = Run.objects.filter(pk=run.pk, state=RunState.PLANNED).update(
                state=RunState.QUEUED, started_by=user or run.started_by, advanced_at=now
            )
    except IntegrityError as error:
        raise _already(run.kind, run.scope_key) from error
    if not started:
        raise RunClosed(_("This preview has been applied or dropped already."))
    run.refresh_from_db()
    return run


def record_step(
    run: Run,
    *,
    outcomes: Sequence[ItemOutcome],
    cursor: Mapping[str, Any],
    total: int | None = None,
    message: str = "",
    passed: int = 0,
    finished: bool,
    now: datetime,
) -> Run:
    """Keep what a step did and where the next one starts; the same step recorded twice counts once.

    `passed` items had nothing to do and get no row; they are counted as unchanged.

    Nothing is kept once the activity is closed (cancelled or finished elsewhere): look at `run.state` afterwards.
    A requested cancel ends it here.
    """
    with transaction.atomic():
        open_ = Run.objects.filter(pk=run.pk, state__in=RUN_OPEN, steps=run.steps)
        locked = open_.update(advanced_at=now, steps=F("steps") + 1, passed=F("passed") + passed)
        if locked:
            _keep_items(run, outcomes)
            counts = _counts(run) if outcomes or finished else {"unchanged": F("unchanged") + passed}
            _advance(run, counts=counts, cursor=cursor, total=total, message=message, finished=finished, now=now)
    run.refresh_from_db()
    return run


def request_cancel(run: Run, *, user: User | None, now: datetime) -> Run:
    """Ask an open activity to stop after its step; one that has not begun, and a preview, stops at once."""
    waiting = Q(state=RunState.PLANNED) | Q(state=RunState.QUEUED, started_at__isnull=True)
    stopped = Run.objects.filter(waiting, pk=run.pk).update(
        state=RunState.CANCELLED, cancel_requested=True, finished_at=now, message=_cancelled_by(user)
    )
    if not stopped:
        asked = Run.objects.filter(pk=run.pk, state__in=RUN_OPEN).update(
            cancel_requested=True, message=_cancelled_by(user)
        )
        if not asked:
            raise RunClosed(_("This activity has already ended."))
    run.refresh_from_db()
    return run


def finish_run(run: Run, *, state: RunState, message: str = "", now: datetime) -> bool:
    """Close an open activity; False where it was closed already."""
    closed = Run.objects.filter(pk=run.pk, state__in=RUN_OPEN).update(
        state=state, message=clip(message, 500), finished_at=now, advanced_at=now
    )
    run.refresh_from_db()
    return bool(closed)


def retry_failed(run: Run, *, user: User | None, now: datetime) -> Run:
    """A new activity of the same kind for the items that failed; its option `only` holds their keys."""
    keys = list(run.items.filter(outcome=Outcome.FAILED).order_by("pk").values_list("key", flat=True))
    if not keys:
        raise RunClosed(_("Nothing failed here."))
    return start_run(
        kind=run.kind,
        title=run.title,
        scope_key=run.scope_key,
        scope_label=run.scope_label,
        user=user,
        options={**run.options, "only": keys},
        now=now,
    )


def _make(**columns: Any) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(**columns)
    except IntegrityError as error:
        raise _already(columns["kind"], columns["scope_key"]) from error


def _already(kind: str, scope_key: str) -> Exception:
    run = Run.objects.filter(kind=kind, scope_key=scope_key, state__in=RUN_OPEN).first()
    if run is None:
        return RunClosed(_("The same activity has just ended. Try again."))
    return AlreadyRunning(_("“%(title)s” is running already.") % {"title": run.title}, run=run)


def _keep_items(run: Run, outcomes: Sequence[ItemOutcome]) -> None:
    by_key = {outcome.key: outcome for outcome in outcomes}
    RunItem.objects.bulk_create(
        [
            RunItem(
                run=run,
                key=clip(key, 200),
                label=clip(item.label, 600),
                outcome=item.outcome,
                reason=clip(item.reason, 2000),
                fix_label=clip(item.fix_label, 200),
                fix_url=clip(item.fix_url, 500),
                before=item.before,
                after=item.after,
                fingerprint=item.fingerprint,
            )
            for key, item in by_key.items()
        ],
        update_conflicts=True,
        unique_fields=["run", "key"],
        update_fields=["label", "outcome", "reason", "fix_label", "fix_url", "before", "after", "fingerprint"],
    )


def _counts(run: Run) -> dict[str, Any]:
    """Of all rows, since some may have been there: a step may run twice."""
    parts = {name: Count("pk", filter=Q(outcome=outcome)) for name, outcome in _COUNTED.items()}
    counts: dict[str, Any] = run.items.aggregate(**parts)
    counts["unchanged"] += F("passed")
    return counts


def _advance(
    run: Run,
    *,
    counts: Mapping[str, Any],
    cursor: Mapping[str, Any],
    total: int | None,
    message: str,
    finished: bool,
    now: datetime,
) -> None:
    fresh = Run.objects.only("cancel_requested", "started_at").get(pk=run.pk)
    cancelled = fresh.cancel_requested and not finished
    columns: dict[str, Any] = {
        **counts,
        "cursor": dict(cursor),
        "state": RunState.CANCELLED if cancelled else RunState.DONE if finished else RunState.RUNNING,
        "started_at": fresh.started_at or now,
        "finished_at": now if finished or cancelled else None,
    }
    if total is not None:
        columns["total"] = total
    if message:
        columns["message"] = clip(message, 500)
    Run.objects.filter(pk=run.pk).update(**columns)


def _cancelled_by(user: User | None) -> str:
    return clip(_("Cancelled by %(name)s.") % {"name": user}, 500) if user else _("Cancelled.")
