"""The only way stock changes (SPEC INV-3 to INV-5): postings of movements, with levels and allocations kept as sums.

Every function is idempotent by its `key`: a second call with the same key changes nothing and returns the same posting.
A key therefore ends in a revision (`sale:1042/shipment:1/r3`) where an act may be undone and done again.
Each is one transaction (or a savepoint of the caller's) with a constant number of statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from inventory.enums import Bucket, PostingKind
from inventory.models import Allocation, Movement, StockPosting, User
from inventory.services.stock_lines import Act, Held, Line
from inventory.services.stock_posting import write_posting
from inventory.services.stock_refusals import (
    AlreadyReversed,
    HoldingsMoved,
    NotOnOrder,
    Shortage,
    StockNotHeld,
    StockPicked,
    StockShort,
)
from inventory_sync.lib.quantities import ZERO, quantize

__all__ = [
    "AlreadyReversed", "Demand", "NotOnOrder", "Shortage", "StockChange", "StockNotHeld", "StockPicked", "StockShort",
    "allocate_stock", "assemble_stock", "assign_document", "change_on_order", "change_stock", "issue_stock",
    "pick_stock", "reallocate_stock", "receive_stock", "release_stock", "reverse_posting",
]  # fmt: skip

_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Units for an owner, from a location; quantity above zero."""

    owner_key: str
    product_id: int
    location_id: int
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class StockChange:
    """Signed change of on hand, or of on order. `unit_cost` is in the base currency; None: not known."""

    product_id: int
    location_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None


def allocate_stock(
    demands: Sequence[Demand], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting:
    """Hold units for owners. Never refused for lack of stock: available may go negative (SPEC INV-5)."""
    act = Act(key=key, kind=PostingKind.ALLOCATION, document_key=document_key, at=at, user=user)
    return write_posting(act, lines=_lines(demands, (Bucket.ALLOCATED, 1)))


def release_stock(
    owner_keys: Sequence[str], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting | None:
    """Let go all that these owners hold; None where they hold nothing. Raises StockPicked while units are picked."""

    def release() -> StockPosting | None:
        held = _held_by(owner_keys)
        picked = [allocation for allocation in held.values() if allocation.picked]
        if picked:
            raise StockPicked.of(allocation.product.sku for allocation in picked)
        lines = [_allocated(each, -allocation.quantity) for each, allocation in held.items()]
        act = Act(
            key=key,
            kind=PostingKind.RELEASE,
            document_key=document_key,
            at=at,
            user=user,
            expected={each: allocation.quantity for each, allocation in held.items()},
        )
        return write_posting(act, lines=lines) if lines else StockPosting.objects.filter(key=key).first()

    return _retried(release)


def reallocate_stock(
    demands: Sequence[Demand], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting | None:
    """Make the owners in `demands` hold exactly these rows, by the net difference; None where they already do.

    An owner whose demands are all zero ends with nothing. Raises StockPicked where picked units would move.
    """

    def reallocate() -> StockPosting | None:
        held = _held_by(sorted({demand.owner_key for demand in demands}))
        wanted = _totals(demands)
        expected = {each: held[each].quantity if each in held else ZERO for each in wanted.keys() | held.keys()}
        difference = {each: wanted.get(each, ZERO) - quantity for each, quantity in sorted(expected.items())}
        lines = [_allocated(each, quantity) for each, quantity in difference.items() if quantity]
        act = Act(key=key, kind=PostingKind.ALLOCATION, document_key=document_key, at=at, user=user, expected=expected)
        return write_posting(act, lines=lines) if lines else StockPosting.objects.filter(key=key).first()

    return _retried(reallocate)


def assign_document(owner_keys: Sequence[str], *, document_key: str) -> int:
    """Show the holdings of these owners under another document; net zero, so no movement (SPEC INV-4)."""
    return Allocation.objects.filter(owner_key__in=owner_keys).update(document_key=document_key)


def pick_stock(
    demands: Sequence[Demand], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting:
    """Take allocated units from the shelf. Raises StockShort where others have picked what is on hand."""
    act = Act(key=key, kind=PostingKind.PICK, document_key=document_key, at=at, user=user)
    return write_posting(act, lines=_lines(demands, (Bucket.PICKED, 1)))


def issue_stock(
    demands: Sequence[Demand], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting:
    """Picked units leave: on hand, allocated and picked fall together. Raises StockShort, StockNotHeld."""
    act = Act(key=key, kind=PostingKind.SHIPMENT, document_key=document_key, at=at, user=user)
    return write_posting(act, lines=_lines(demands, (Bucket.ON_HAND, -1), (Bucket.ALLOCATED, -1), (Bucket.PICKED, -1)))


def change_stock(
    changes: Sequence[StockChange],
    *,
    key: str,
    kind: PostingKind,
    document_key: str,
    at: datetime,
    user: User | None = None,
    note: str = "",
) -> StockPosting:
    """Change on hand (adjustment, opening stock, restock). Raises StockShort below zero or below what is picked."""
    act = Act(key=key, kind=kind, document_key=document_key, at=at, user=user, note=note)
    return write_posting(act, lines=[_changed(change, Bucket.ON_HAND) for change in changes])


def change_on_order(
    changes: Sequence[StockChange], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting:
    """Change what is on order with suppliers. Raises NotOnOrder below zero."""
    act = Act(key=key, kind=PostingKind.ORDERED, document_key=document_key, at=at, user=user)
    return write_posting(act, lines=[_changed(change, Bucket.ON_ORDER) for change in changes])


def receive_stock(
    changes: Sequence[StockChange], *, key: str, document_key: str, at: datetime, user: User | None = None
) -> StockPosting:
    """Ordered units arrive: on hand rises and on order falls in one posting, `unit_cost` moves the average (INV-13).

    Quantities are above zero. Raises NotOnOrder where fewer are on order at the location.
    """
    _refuse_negative(change.quantity for change in changes)
    act = Act(key=key, kind=PostingKind.RECEIPT, document_key=document_key, at=at, user=user)
    arrived = [_changed(change, Bucket.ON_HAND) for change in changes]
    fulfilled = [_changed(change, Bucket.ON_ORDER, sign=-1) for change in changes]
    return write_posting(act, lines=[*arrived, *fulfilled])


def assemble_stock(
    *,
    product_id: int,
    location_id: int,
    quantity: Decimal,
    components: Mapping[int, Decimal],
    key: str,
    document_key: str,
    at: datetime,
    user: User | None = None,
) -> StockPosting:
    """Build `quantity` of a product: `components` are the units taken in all, by product id (SPEC INV-7).

    All at one location, whole or not at all. Raises StockShort where a component has less on hand than is not picked.
    """
    _refuse_negative([quantity, *components.values()])
    act = Act(key=key, kind=PostingKind.ASSEMBLY, document_key=document_key, at=at, user=user)
    taken = [
        Line(product_id=component, location_id=location_id, bucket=Bucket.ON_HAND, quantity=-quantize(units))
        for component, units in components.items()
    ]
    built = Line(product_id=product_id, location_id=location_id, bucket=Bucket.ON_HAND, quantity=quantize(quantity))
    return write_posting(act, lines=[*taken, built])


def reverse_posting(
    posting_key: str, *, key: str, at: datetime, user: User | None = None, note: str = ""
) -> StockPosting:
    """Undo a posting by its exact mirror rows; nothing is deleted (SPEC INV-4, A55).

    Raises StockShort where the goods were since consumed, StockNotHeld where the holding is gone, AlreadyReversed
    where it was undone under another key.
    """
    posting = StockPosting.objects.get(key=posting_key)
    movements = Movement.objects.filter(posting=posting).order_by("pk")
    lines = [
        Line(
            product_id=movement.product_id,
            location_id=movement.location_id,
            bucket=Bucket(movement.bucket),
            quantity=-movement.quantity,
            owner_key=movement.owner_key,
            unit_cost=movement.unit_cost,
        )
        for movement in movements
    ]
    act = Act(
        key=key,
        kind=PostingKind.REVERSAL,
        document_key=posting.document_key,
        at=at,
        user=user,
        note=note,
        reverses=posting,
    )
    return write_posting(act, lines=lines)


def _changed(change: StockChange, bucket: Bucket, *, sign: int = 1) -> Line:
    return Line(
        product_id=change.product_id,
        location_id=change.location_id,
        bucket=bucket,
        quantity=sign * quantize(change.quantity),
        unit_cost=change.unit_cost if bucket == Bucket.ON_HAND else None,
    )


def _refuse_negative(quantities: Iterable[Decimal]) -> None:
    if any(quantity < 0 for quantity in quantities):
        raise ValueError("what arrives or is built is not negative; undo it by its reversal")


def _totals(demands: Iterable[Demand]) -> dict[Held, Decimal]:
    totals: dict[Held, Decimal] = defaultdict(Decimal)
    for demand in demands:
        if demand.quantity < 0:
            raise ValueError(f"a demand is not negative: {demand}")
        totals[demand.owner_key, demand.product_id, demand.location_id] += quantize(demand.quantity)
    return totals


def _lines(demands: Sequence[Demand], *effects: tuple[Bucket, int]) -> list[Line]:
    """One line a demand and effect, demands of the same owner and place added up."""
    return [
        Line(
            product_id=product_id,
            location_id=location_id,
            bucket=bucket,
            quantity=sign * quantity,
            owner_key="" if bucket == Bucket.ON_HAND else owner_key,
        )
        for (owner_key, product_id, location_id), quantity in _totals(demands).items()
        for bucket, sign in effects
    ]


def _allocated(held: Held, quantity: Decimal) -> Line:
    owner_key, product_id, location_id = held
    return Line(
        product_id=product_id,
        location_id=location_id,
        bucket=Bucket.ALLOCATED,
        quantity=quantity,
        owner_key=owner_key,
    )


def _held_by(owner_keys: Sequence[str]) -> dict[Held, Allocation]:
    rows = Allocation.objects.filter(owner_key__in=owner_keys, quantity__gt=0).select_related("product").order_by("pk")
    return {(row.owner_key, row.product_id, row.location_id): row for row in rows}


def _retried(act: Callable[[], StockPosting | None]) -> StockPosting | None:
    """Run again where another transaction changed the same holdings between our reading and our writing."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return act()
        except HoldingsMoved:
            if attempt == _ATTEMPTS:
                raise
    return None
