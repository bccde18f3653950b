"""Activities without a channel: a worker takes the activity's lease, does a slice of steps, and queues the next slice.

Each step and its outcomes are one transaction, so a killed worker leaves nothing half done; the minute tick
(`pick_up`) finds what it left. A step that breaks is tried again with ever fewer items (SPEC JOB-2, JOB-5).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from inventory.enums import RUN_OPEN, RunState
from inventory.models import Run, User
from inventory.registry import registry
from inventory.services import runs
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError

logger = logging.getLogger(__name__)

SLICE = timedelta(seconds=20)
"""A worker that has been at it for so long lets others go first."""
LEASE = timedelta(seconds=150)
"""How long the work of a killed worker stays reserved; renewed before every step, the longest being a large file."""
LATE = timedelta(seconds=30)
PORTION = 200
_SHRINK = 8
_HOPELESS = 4
_MOST_STOPS = 6
_STOPS = "stops"

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Portion:
    """What one step may do. With `is_hopeless` the next item has broken every step: report it as failed, go on."""

    now: datetime
    most: int = PORTION
    is_hopeless: bool = False
    prepared: Any = None
    """What `registry.house_readers` of this kind answered, outside of the step's transaction."""


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """What a step did, as `runs.record_step` keeps it."""

    cursor: Mapping[str, Any]
    finished: bool
    outcomes: Sequence[ItemOutcome] = ()
    total: int | None = None
    message: str = ""
    passed: int = 0


class _Overtaken(Exception):
    """Another worker has done this step, or the activity was closed: what we did is rolled back."""


def start_house_run(
    *,
    kind: str,
    title: str,
    scope_key: str = "",
    scope_label: str = "",
    user: User | None,
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Run:
    """Queue an activity whose kind has a step in `registry.house_steps`. Raises AlreadyRunning as `start_run` does."""
    with transaction.atomic():
        run = runs.start_run(
            kind=kind, title=title, scope_key=scope_key, scope_label=scope_label, user=user, options=options, now=now
        )
        poke(run.pk)
    return run


def poke(run_id: int) -> None:
    """Ask for a slice soon. The task is a row of the caller's transaction."""
    async_task("inventory.tasks.advance_house_run", run_id=run_id, group="house", save=False)


def pick_up(*, now: datetime) -> int:
    """Every minute: pokes activities that nobody has in hand, because a poke was lost or a worker was killed."""
    free = Q(lease_token="") | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    late = Q(advanced_at__isnull=True) | Q(advanced_at__lt=now - LATE)
    left = Run.objects.filter(free, late, state__in=RUN_OPEN, kind__in=registry.house_steps.keys())
    found = list(left.values_list("pk", flat=True))
    for pk in found:
        poke(pk)
    return len(found)


def advance_house_run(run_id: int, *, now_fn: Clock) -> None:
    """A slice of the activity, unless another worker has it. Harmless when called too often."""
    token = _take(run_id, now=now_fn())
    if token is None:
        return
    ends = now_fn() + SLICE
    try:
        goes_on = True
        while goes_on and now_fn() < ends:
            goes_on = _advance(run_id, token, now_fn)
    finally:
        mine = Run.objects.filter(pk=run_id, lease_token=token)
        was_mine = mine.update(lease_token="", lease_until=None)
    if goes_on and was_mine:
        poke(run_id)


def _take(run_id: int, *, now: datetime) -> str | None:
    """One conditional UPDATE decides between workers."""
    token = uuid4().hex
    free = Q(lease_token="") | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    kinds = registry.house_steps.keys()
    taken = Run.objects.filter(free, pk=run_id, state__in=RUN_OPEN, kind__in=kinds).update(
        lease_token=token, lease_until=now + LEASE
    )
    return token if taken else None


def _advance(run_id: int, token: str, now_fn: Clock) -> bool:
    """One step; True while there is more to do and the activity is ours."""
    now = now_fn()
    mine = Run.objects.filter(pk=run_id, lease_token=token, state__in=RUN_OPEN)
    run = mine.first()
    if run is None:
        return False
    if run.cancel_requested:
        runs.finish_run(run, state=RunState.CANCELLED, message=run.message, now=now)
        return False
    stops = int(run.cursor.pop(_STOPS, 0))
    if stops >= _MOST_STOPS:
        runs.finish_run(run, state=RunState.FAILED, message=_("Given up: every attempt at this step broke."), now=now)
        return False
    if not mine.update(lease_until=now + LEASE, cursor={**run.cursor, _STOPS: stops + 1}):
        return False
    portion = Portion(now=now, most=max(1, PORTION // _SHRINK**stops), is_hopeless=stops >= _HOPELESS)
    return _try(run, token, portion)


def _try(run: Run, token: str, portion: Portion) -> bool:
    steps = run.steps
    reader = registry.house_readers.get(run.kind)
    try:
        if reader is not None:
            portion = replace(portion, prepared=reader(run))
        with transaction.atomic():
            done: StepDone = registry.house_steps[run.kind](run, portion)
            if not Run.objects.filter(pk=run.pk, lease_token=token).update(advanced_at=portion.now):
                raise _Overtaken
            _record(run, done, now=portion.now)
            if run.steps != steps + 1:
                raise _Overtaken
    except _Overtaken:
        return False
    except ProductError as error:
        runs.finish_run(run, state=RunState.FAILED, message=error.message, now=portion.now)
        return False
    except Exception:
        logger.exception("A step of activity %s (%s) broke", run.pk, run.kind, extra={"run": run.pk})
        return True
    return run.state in RUN_OPEN


def _record(run: Run, done: StepDone, *, now: datetime) -> None:
    runs.record_step(
        run,
        outcomes=done.outcomes,
        cursor=done.cursor,
        total=done.total,
        message=done.message,
        passed=done.passed,
        finished=done.finished,
        now=now,
    )
