"""Counting what lies at a location (SPEC INV-6). A difference is that at the moment of counting, so sales go on.

Two people who count the same product add up, or the second is told; nobody overwrites anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind, ProductType, RecordStatus, StocktakeState
from inventory.models import Location, Product, Run, StockLevel, Stocktake, StocktakeLine, User
from inventory.services import audit, house_runs
from inventory.services.house_runs import Portion, StepDone
from inventory.services.numbers import next_number
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import MAX, ZERO, quantize
from inventory_sync.lib.text import clip, fold

DOCUMENT_PREFIX = "stocktake"
GATHER = "inventory.gather_stocktake"
AT_ONCE = 2000
"""Lines that opening a stocktake writes itself; SQLite has one writer, who is not to be kept waiting for more."""
_PIECE = 500
_ATTEMPTS = 20
_SHOWN = 5


class StocktakeRefused(ProductError):
    """This cannot be counted, finished or dropped."""


class CountedMeanwhile(StocktakeRefused):
    """Somebody else counted the same product since the page was opened. Nothing was overwritten."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is counted: everything that was ever at the location, of a category or brand, or chosen products only."""

    category_id: int | None = None
    brand_id: int | None = None
    product_ids: Sequence[int] | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Count:
    """What somebody counted of a product; None takes the count away."""

    product_id: int
    quantity: Decimal | None


def open_stocktake(*, location: Location, scope: Scope, note: str = "", user: User | None, now: datetime) -> Stocktake:
    """Begin to count, with a line for each product of the scope. Raises StocktakeRefused.

    More than `AT_ONCE` lines come from an activity, in short transactions: counting may begin, finishing waits.
    """
    if location.status != RecordStatus.ACTIVE:
        raise StocktakeRefused(_("Location “%(name)s” is deprecated.") % {"name": location.name})
    with transaction.atomic():
        stocktake = Stocktake.objects.create(
            number=next_number(DocumentKind.STOCKTAKE),
            location=location,
            note=clip(note, 500),
            scope=clip(scope.label, 300),
            created_at=now,
        )
        _gather(stocktake, scope, user=user, now=now)
        audit.record(user=user, action=_("Opened the stocktake"), obj=stocktake, now=now)
    return stocktake


def gathering_of(stocktake: Stocktake) -> Run | None:
    """The activity that writes its lines, where they are many; it may have ended."""
    return Run.objects.filter(kind=GATHER, scope_key=stocktake.own_key).order_by("-pk").first()


def gather_step(run: Run, portion: Portion) -> StepDone:
    """The next lines. Those that somebody counted already stay as they are."""
    stocktake = Stocktake.objects.select_related("location").get(pk=run.options["stocktake"])
    try:
        _hold(stocktake)
    except StocktakeRefused as error:
        return StepDone(cursor=run.cursor, finished=True, message=error.message)
    rows = _in_scope(stocktake.location, Scope(**run.options["scope"]))
    total = run.total if run.total is not None else rows.count()
    after = rows.filter(pk__gt=run.cursor.get("after", 0)).order_by("pk")
    ids = list(after.values_list("pk", flat=True)[: portion.most])
    _add_lines(stocktake, ids)
    cursor = {"after": ids[-1]} if ids else run.cursor
    return StepDone(cursor=cursor, finished=not ids, total=total, passed=len(ids))


def find_product(text: str) -> Product:
    """The stock product of a typed or scanned SKU or barcode. Raises StocktakeRefused."""
    product = Product.objects.filter(sku_key=fold(text)).first() if fold(text) else None
    found = [product] if product else list(Product.objects.filter(barcode=text.strip()).exclude(barcode="")[:_SHOWN])
    if not found:
        raise StocktakeRefused(_("There is no product with SKU or barcode “%(text)s”.") % {"text": clip(text, 100)})
    if len(found) > 1:
        skus = ", ".join(each.sku for each in found)
        raise StocktakeRefused(_("Several products have this barcode: %(skus)s. Type the SKU.") % {"skus": skus})
    if not found[0].is_stocked:
        raise StocktakeRefused(_("%(sku)s is no stock product.") % {"sku": found[0].sku})
    return found[0]


def add_count(
    stocktake: Stocktake, *, product_id: int, quantity: Decimal, user: User | None, now: datetime
) -> StocktakeLine:
    """So many more were counted; a product outside of the scope gets a line. Raises StocktakeRefused."""
    _check_quantity(quantity)
    for _attempt in range(_ATTEMPTS):
        with transaction.atomic():
            _hold(stocktake)
            line = _line(stocktake, product_id)
            if _write(stocktake, line, quantize((line.counted or ZERO) + quantity), user=user, now=now):
                line.refresh_from_db()
                return line
    raise CountedMeanwhile(_("Several people count this product at this moment. Try again."))


def set_count(
    stocktake: Stocktake, *, count: Count, seen: Decimal | None, user: User | None, now: datetime
) -> StocktakeLine:
    """Counted is this number, if it still is what the person saw. Raises CountedMeanwhile, StocktakeRefused."""
    if count.quantity is not None:
        _check_quantity(count.quantity)
    with transaction.atomic():
        _hold(stocktake)
        line = _line(stocktake, count.product_id)
        if line.counted == count.quantity:
            return line
        if line.counted != seen or not _write(stocktake, line, count.quantity, user=user, now=now):
            raise _counted_meanwhile(line)
    line.refresh_from_db()
    return line


def set_counts(stocktake: Stocktake, *, counts: Sequence[Count], user: User | None, now: datetime) -> None:
    """Counts of a file, in the caller's transaction that has compared them with what was there."""
    _hold(stocktake)
    _add_lines(stocktake, [count.product_id for count in counts])
    wanted = {count.product_id: count.quantity for count in counts}
    on_hand = on_hand_at(stocktake.location_id, list(wanted))
    lines = list(stocktake.lines.filter(product_id__in=wanted.keys()))
    for line in lines:
        line.counted = wanted[line.product_id]
        line.expected = None if line.counted is None else on_hand[line.product_id]
        line.counted_at, line.counted_by = (now, user) if line.counted is not None else (None, None)
    StocktakeLine.objects.bulk_update(lines, ["counted", "expected", "counted_at", "counted_by"], batch_size=_PIECE)


def drop_stocktake(stocktake: Stocktake, *, user: User | None, now: datetime) -> None:
    """Forget the counts; stock stays as it is. Raises StocktakeRefused where it ended already."""
    with transaction.atomic():
        end_counting(stocktake, state=StocktakeState.DROPPED, now=now)
        audit.record(user=user, action=_("Dropped the stocktake"), obj=stocktake, now=now)


def end_counting(stocktake: Stocktake, *, state: StocktakeState, now: datetime) -> None:
    """From now on nobody counts here; one conditional UPDATE decides who ends it."""
    ended = Stocktake.objects.filter(pk=stocktake.pk, state=StocktakeState.OPEN).update(
        state=state, done_at=now, version=F("version") + 1
    )
    stocktake.refresh_from_db()
    if not ended:
        raise _ended(stocktake)


def on_hand_at(location_id: int, product_ids: Sequence[int]) -> Mapping[int, Decimal]:
    rows = StockLevel.objects.filter(location_id=location_id, product_id__in=product_ids)
    return dict.fromkeys(product_ids, ZERO) | dict(rows.values_list("product_id", "on_hand"))


def _in_scope(location: Location, scope: Scope) -> QuerySet[Product]:
    rows = Product.objects.filter(type=ProductType.STOCK)
    if scope.product_ids is not None:
        return rows.filter(pk__in=scope.product_ids)
    rows = rows.filter(pk__in=StockLevel.objects.filter(location=location).values("product_id"))
    if scope.category_id:
        rows = rows.filter(category_id=scope.category_id)
    if scope.brand_id:
        rows = rows.filter(brand_id=scope.brand_id)
    return rows


def _gather(stocktake: Stocktake, scope: Scope, *, user: User | None, now: datetime) -> None:
    """Write the lines, or begin to."""
    rows = _in_scope(stocktake.location, scope).order_by("sku_key")
    ids = list(rows.values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) <= AT_ONCE:
        _add_lines(stocktake, ids)
    elif scope.product_ids is not None:
        raise StocktakeRefused(_("Choose at most 2 000 products, or a category or brand."))
    else:
        house_runs.start_house_run(
            kind=GATHER,
            title=_("List the products of %(number)s") % {"number": stocktake.number},
            scope_key=stocktake.own_key,
            scope_label=stocktake.location.name,
            user=user,
            options={
                "stocktake": stocktake.pk,
                "scope": {"category_id": scope.category_id, "brand_id": scope.brand_id},
            },
            now=now,
        )


def _add_lines(stocktake: Stocktake, product_ids: Sequence[int]) -> None:
    StocktakeLine.objects.bulk_create(
        (StocktakeLine(stocktake=stocktake, product_id=product_id) for product_id in product_ids),
        ignore_conflicts=True,
        batch_size=_PIECE,
    )


def _hold(stocktake: Stocktake) -> None:
    """Counting and ending exclude each other: whoever changes the row second waits, and then finds what it says."""
    is_open = Stocktake.objects.filter(pk=stocktake.pk, state=StocktakeState.OPEN).update(state=StocktakeState.OPEN)
    if not is_open:
        stocktake.refresh_from_db()
        raise _ended(stocktake)


def _line(stocktake: Stocktake, product_id: int) -> StocktakeLine:
    found = stocktake.lines.filter(product_id=product_id).first()
    if found is None:
        _add_lines(stocktake, [product_id])
        found = stocktake.lines.get(product_id=product_id)
    return found


def _write(
    stocktake: Stocktake, line: StocktakeLine, counted: Decimal | None, *, user: User | None, now: datetime
) -> bool:
    """Conditional on what the line said: False where somebody was faster."""
    columns: dict[str, Any] = {"counted": None, "expected": None, "counted_at": None, "counted_by": None}
    if counted is not None:
        expected = on_hand_at(stocktake.location_id, [line.product_id])[line.product_id]
        columns = {"counted": counted, "expected": expected, "counted_at": now, "counted_by": user}
    as_seen = {"counted__isnull": True} if line.counted is None else {"counted": line.counted}
    return bool(StocktakeLine.objects.filter(pk=line.pk, **as_seen).update(**columns))


def _check_quantity(quantity: Decimal) -> None:
    if not ZERO <= quantity <= MAX:
        raise StocktakeRefused(_("A count is zero or more."))


def _counted_meanwhile(line: StocktakeLine) -> CountedMeanwhile:
    fresh = StocktakeLine.objects.select_related("product", "counted_by").get(pk=line.pk)
    counted = f"{fresh.counted.normalize():f}" if fresh.counted is not None else _("nothing")
    return CountedMeanwhile(
        _("%(who)s has counted %(sku)s meanwhile: %(counted)s. Nothing was overwritten.")
        % {"who": fresh.counted_by or _("Somebody"), "sku": fresh.product.sku, "counted": counted}
    )


def _ended(stocktake: Stocktake) -> StocktakeRefused:
    return StocktakeRefused(
        _("Stocktake %(number)s is over: %(state)s.")
        % {"number": stocktake, "state": stocktake.get_state_display().lower()}
    )
