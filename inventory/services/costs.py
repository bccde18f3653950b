"""Average cost of products, kept while stock is posted (SPEC INV-13). Private to `inventory.services.stock`.

- Units that come in at a known cost move the moving average of all that is on hand, over all locations. With nothing on
  hand, or no average yet, their cost becomes the average.
- Units that go out carry the average of that moment: Σ quantity × unit cost of a shipment is its cost of goods sold.
- What stays in the house (a transfer) carries the average and does not change it.
- A built product costs what its components carry; where one of them has no known cost, it has none either.
- A reversal takes its mirrored units out of, or into, the average at the cost they had.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, Sum, Value, When
from django.utils.translation import gettext as _

from inventory.enums import Bucket, PostingKind
from inventory.models import ProductCost, StockLevel
from inventory.services.stock_lines import Line
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.money import MoneyField, to_unit
from inventory_sync.lib.quantities import ZERO

_ATTEMPTS = 5
_Costs = Mapping[int, ProductCost]


class CostsMoved(ProductError):
    """Somebody changed the same averages between our reading and our writing: read again and retry."""


def price_lines(lines: Sequence[Line], *, kind: PostingKind, mirrors: bool) -> Sequence[Line]:
    """The lines with their unit costs; averages they move are moved. Call before levels change, in the posting.

    Nothing is asked of the database for lines without on hand, or that come in without a cost; one statement where
    units go out, at most four where they move averages.
    """
    on_hand = [line for line in lines if line.bucket == Bucket.ON_HAND]
    staying = _staying(on_hand)
    going = {line.product_id for line in on_hand if line.quantity < 0} if not mirrors else set()
    moving = {
        line.product_id
        for line in on_hand
        if line.product_id not in staying
        and ((line.unit_cost is not None and (mirrors or line.quantity > 0)) or _is_built(line, kind, mirrors))
    }
    if not going and not moving:
        return lines
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                known = _known(going | moving, locked=bool(moving))
                priced = lines if mirrors else [_priced(line, known, staying) for line in lines]
                priced = [_built(line, priced) if _is_built(line, kind, mirrors) else line for line in priced]
                _move(priced, moving, known)
                return priced
        except CostsMoved:
            if attempt == _ATTEMPTS:
                raise
    return lines


def _staying(on_hand: Iterable[Line]) -> set[int]:
    """Products whose units only change places."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in on_hand:
        sums[line.product_id] += line.quantity
    return {product_id for product_id, total in sums.items() if not total}


def _is_built(line: Line, kind: PostingKind, mirrors: bool) -> bool:
    return kind == PostingKind.ASSEMBLY and not mirrors and line.quantity > 0


def _known(product_ids: Collection[int], *, locked: bool) -> _Costs:
    rows = ProductCost.objects.filter(pk__in=product_ids).order_by("pk")
    return {row.pk: row for row in (rows.select_for_update() if locked else rows)}


def _priced(line: Line, known: _Costs, staying: Collection[int]) -> Line:
    """Units that go out, or change places, carry the average; unknown stays unknown."""
    if line.bucket != Bucket.ON_HAND or (line.quantity > 0 and line.product_id not in staying):
        return line
    cost = known.get(line.product_id)
    return replace(line, unit_cost=cost.average if cost and cost.version else None)


def _built(line: Line, lines: Sequence[Line]) -> Line:
    taken = [each for each in lines if each.bucket == Bucket.ON_HAND and each.quantity < 0]
    total = ZERO
    for each in taken:
        if each.unit_cost is None:
            return replace(line, unit_cost=None)
        total -= each.quantity * each.unit_cost
    return replace(line, unit_cost=to_unit(total / line.quantity))


def _move(lines: Sequence[Line], moving: Collection[int], known: _Costs) -> None:
    """New averages, by one conditional update. Raises CostsMoved where another posting was faster."""
    units: dict[int, Decimal] = defaultdict(Decimal)
    worth: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.bucket == Bucket.ON_HAND and line.product_id in moving and line.unit_cost is not None:
            units[line.product_id] += line.quantity
            worth[line.product_id] += line.quantity * line.unit_cost
    if not units:
        return
    there = _on_hand(units)
    averages = {
        product_id: average
        for product_id in sorted(units)
        if (average := _average(known.get(product_id), there[product_id], units[product_id], worth[product_id]))
        is not None
    }
    if averages:
        _write(averages, known)


def _on_hand(product_ids: Collection[int]) -> dict[int, Decimal]:
    """Units on hand at all locations, before this posting."""
    rows = StockLevel.objects.filter(product_id__in=product_ids).order_by().values_list("product_id")
    return dict.fromkeys(product_ids, ZERO) | dict(rows.annotate(total=Sum("on_hand")))


def _average(cost: ProductCost | None, there: Decimal, units: Decimal, worth: Decimal) -> Decimal | None:
    """None: the average stays, because nothing is left to have one, or more worth would leave than there is."""
    if cost is not None and cost.version and there > 0:
        units, worth = there + units, there * cost.average + worth
    return to_unit(worth / units) if units > 0 and worth >= 0 else None


def _write(averages: Mapping[int, Decimal], known: _Costs) -> None:
    missing = averages.keys() - known.keys()
    if missing:
        ProductCost.objects.bulk_create(
            [ProductCost(product_id=product_id) for product_id in sorted(missing)], ignore_conflicts=True
        )
    version = Case(*(When(pk=pk, then=Value(known[pk].version if pk in known else 0)) for pk in averages))
    average = Case(
        *(When(pk=pk, then=Value(value, output_field=MoneyField())) for pk, value in averages.items()),
        output_field=MoneyField(),
    )
    rows = ProductCost.objects.filter(pk__in=averages, version=version)
    if rows.update(average=average, version=F("version") + 1) != len(averages):
        raise CostsMoved(_("Somebody else is changing the same stock. Try again."))
