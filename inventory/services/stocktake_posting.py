"""Finishing a stocktake: an activity posts the differences piece by piece, each once (SPEC INV-6, JOB-2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.enums import RUN_OPEN, Outcome, PostingKind, StocktakeState
from inventory.models import Movement, Run, RunItem, Stocktake, StocktakeLine, User
from inventory.registry import registry
from inventory.services import audit, house_runs, runs, stock
from inventory.services.house_runs import Portion, StepDone
from inventory.services.locks import lock_levels
from inventory.services.runs import ItemOutcome
from inventory.services.stock import StockShort
from inventory.services.stocktakes import (
    GATHER,
    StocktakeRefused,
    end_counting,
    gather_step,
    gathering_of,
    on_hand_at,
)
from inventory_sync.lib.quantities import ZERO

POST = "inventory.post_stocktake"


class Uncounted(Enum):
    """What becomes of lines that nobody counted."""

    LEAVE = "leave"
    ZERO = "zero"


def connect() -> None:
    """Idempotent; at start."""
    registry.house_steps[POST] = post_step
    registry.house_steps[GATHER] = gather_step
    registry.run_retries[POST] = lambda run, user: retry_posting(run, user=user, now=timezone.now())
    registry.run_permissions[POST] = "inventory.adjust_stock"


def finish_stocktake(stocktake: Stocktake, *, uncounted: Uncounted, user: User | None, now: datetime) -> Run:
    """End the counting and begin to post the differences. Raises StocktakeRefused where it ended already."""
    with transaction.atomic():
        end_counting(stocktake, state=StocktakeState.DONE, now=now)
        gathering = gathering_of(stocktake)
        if gathering is not None and gathering.state in RUN_OPEN:
            raise StocktakeRefused(_("Its products are still being listed. Wait until all of them are there."))
        if not _to_post(stocktake, uncounted).exists():
            raise StocktakeRefused(_("Nothing has been counted. Count something, or drop the stocktake."))
        audit.record(
            user=user,
            action=_("Finished the stocktake"),
            obj=stocktake,
            changes={"uncounted": (None, uncounted.value)},
            now=now,
        )
        return _start(stocktake, {"stocktake": stocktake.pk, "uncounted": uncounted.value}, user=user, now=now)


def retry_posting(run: Run, *, user: User | None, now: datetime) -> Run:
    """Try the differences again that were refused. Raises RunClosed where none were, AlreadyRunning."""
    keys = list(run.items.filter(outcome=Outcome.FAILED).order_by("pk").values_list("key", flat=True))
    if not keys:
        raise runs.RunClosed(_("Nothing failed here."))
    stocktake = Stocktake.objects.get(pk=run.options["stocktake"])
    return _start(stocktake, {**run.options, "only": [int(key) for key in keys]}, user=user, now=now)


def posting_runs(stocktake: Stocktake) -> QuerySet[Run]:
    """The activities that posted its differences, newest first."""
    return Run.objects.filter(kind=POST, scope_key=stocktake.own_key).order_by("-pk")


def refused_lines(stocktake: Stocktake) -> QuerySet[RunItem]:
    """Differences that could not be posted and have not been since."""
    newest = posting_runs(stocktake).first()
    return RunItem.objects.filter(run=newest, outcome=Outcome.FAILED).order_by("pk")


def post_step(run: Run, portion: Portion) -> StepDone:
    """The next lines: those that differ are posted, all in one posting."""
    stocktake = Stocktake.objects.select_related("location").get(pk=run.options["stocktake"])
    rows = _to_post(stocktake, Uncounted(run.options["uncounted"]))
    if "only" in run.options:
        rows = rows.filter(pk__in=run.options["only"])
    total = run.total if run.total is not None else rows.count()
    lines = list(
        rows.filter(pk__gt=run.cursor.get("after", 0)).select_related("product").order_by("pk")[: portion.most]
    )
    if not lines:
        return StepDone(cursor=run.cursor, finished=True, total=total)
    if portion.is_hopeless:
        lines = lines[:1]
        outcomes = [_outcome(lines[0], ZERO, ZERO, problem=_("An unexpected error."))]
    else:
        outcomes = _post(stocktake, lines, key=f"{stocktake.own_key}/{run.pk}/{lines[0].pk}", run=run, now=portion.now)
    passed = len(lines) - len(outcomes)
    cursor = {"after": lines[-1].pk}
    return StepDone(cursor=cursor, finished=False, total=total, outcomes=outcomes, passed=passed)


def _post(
    stocktake: Stocktake, lines: Sequence[StocktakeLine], *, key: str, run: Run, now: datetime
) -> list[ItemOutcome]:
    """Lines without a difference, or posted already, say nothing."""
    ids = [line.product_id for line in lines]
    lock_levels((product_id, stocktake.location_id) for product_id in ids)
    _count_as_zero(stocktake, lines, user=run.started_by, now=now)
    posted = set(
        Movement.objects.filter(posting__document_key=stocktake.own_key, product_id__in=ids).values_list(
            "product_id", flat=True
        )
    )
    wanted = {
        line.product_id: line for line in lines if line.product_id not in posted and line.counted != line.expected
    }
    on_hand = on_hand_at(stocktake.location_id, ids)
    refused: dict[int, str] = {}
    while wanted.keys() - refused.keys():
        try:
            _change(stocktake, [line for pk, line in wanted.items() if pk not in refused], key=key, run=run, now=now)
            break
        except StockShort as error:
            short = {each.product_id for each in error.shortages} & (wanted.keys() - refused.keys())
            refused |= dict.fromkeys(short or wanted.keys(), error.message)
    return [_outcome(line, on_hand[pk], _difference(line), problem=refused.get(pk, "")) for pk, line in wanted.items()]


def _change(stocktake: Stocktake, lines: Sequence[StocktakeLine], *, key: str, run: Run, now: datetime) -> None:
    changes = {line.product_id: _difference(line) for line in lines}
    stock.change_stock(
        [
            stock.StockChange(product_id=product_id, location_id=stocktake.location_id, quantity=change)
            for product_id, change in changes.items()
        ],
        key=key,
        kind=PostingKind.STOCKTAKE,
        document_key=stocktake.own_key,
        at=now,
        user=run.started_by,
        note=stocktake.note,
    )
    entries = [_entry(stocktake, line, changes) for line in lines]
    audit.record_many(entries, user=run.started_by, now=now)


def _entry(stocktake: Stocktake, line: StocktakeLine, changes: Mapping[int, Decimal]) -> audit.Entry:
    field = _("on hand at %(location)s") % {"location": stocktake.location}
    return audit.Entry(
        action=_("Counted stock"),
        obj=line.product,
        changes={field: (line.expected, line.counted)},
        label=f"{line.product} · {stocktake}",
    )


def _to_post(stocktake: Stocktake, uncounted: Uncounted) -> QuerySet[StocktakeLine]:
    rows = StocktakeLine.objects.filter(stocktake=stocktake)
    return rows if uncounted == Uncounted.ZERO else rows.filter(counted__isnull=False)


def _count_as_zero(stocktake: Stocktake, lines: Sequence[StocktakeLine], *, user: User | None, now: datetime) -> None:
    """Lines that nobody counted are counted as none, by explicit choice."""
    missing = [line for line in lines if line.counted is None]
    on_hand = on_hand_at(stocktake.location_id, [line.product_id for line in missing]) if missing else {}
    for line in missing:
        line.counted, line.expected = ZERO, on_hand[line.product_id]
        line.counted_at, line.counted_by = now, user
    StocktakeLine.objects.bulk_update(missing, ["counted", "expected", "counted_at", "counted_by"], batch_size=500)


def _difference(line: StocktakeLine) -> Decimal:
    return (line.counted or ZERO) - (line.expected or ZERO)


def _outcome(line: StocktakeLine, on_hand: Decimal, change: Decimal, *, problem: str = "") -> ItemOutcome:
    return ItemOutcome(
        key=str(line.pk),
        label=str(line.product),
        outcome=Outcome.FAILED if problem else Outcome.DONE,
        reason=problem,
        before=f"{on_hand.normalize():f}",
        after=f"{(on_hand if problem else on_hand + change).normalize():f}",
    )


def _start(stocktake: Stocktake, options: dict[str, Any], *, user: User | None, now: datetime) -> Run:
    return house_runs.start_house_run(
        kind=POST,
        title=_("Post the differences of %(number)s") % {"number": stocktake.number},
        scope_key=stocktake.own_key,
        scope_label=stocktake.location.name,
        user=user,
        options=options,
        now=now,
    )


DIFFERENT = Q(counted__isnull=False) & ~Q(counted=F("expected"))
