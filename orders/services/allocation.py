"""Which locations hold the units of a captured order (SPEC PND-1, A10, A60)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from inventory.models import Product
from inventory.queries import allocations_of, levels
from inventory.services import stock
from inventory.services.stock import Demand
from inventory_sync.lib.quantities import ZERO
from orders.enums import LineKind
from orders.models import CapturedLine, CapturedOrder
from orders.services.setup import CaptureSetup

Free = Mapping[tuple[int, int], Decimal]
"""Available units by (product, location)."""


def stocked(lines: Sequence[CapturedLine]) -> list[CapturedLine]:
    """Lines that hold units: matched stock products that no supplier always sends (SPEC INV-8)."""
    return [line for line in lines if line.kind == LineKind.PRODUCT and holds_units(line.product) and line.quantity > 0]


def holds_units(product: Product | None) -> bool:
    """Whether a line of this product is allocated and picked, unless it says otherwise itself."""
    return product is not None and product.is_stocked and not product.is_drop_shipped


def spread(lines: Sequence[CapturedLine], *, places: Sequence[int], free: Free) -> list[Demand]:
    """Take each line at the first of `places` (the header) as far as it has, then at the others in their order.

    What is nowhere is owed by the header. Lines of the same product share what is free, in their order.
    """
    left = dict(free)
    demands: list[Demand] = []
    for line in stocked(lines):
        product_id, rest = line.product_id or 0, line.quantity
        shares: dict[int, Decimal] = {}
        for place in places:
            take = min(rest, max(ZERO, left.get((product_id, place), ZERO)))
            if take > ZERO:
                shares[place] = take
                left[product_id, place] -= take
                rest -= take
        if rest > ZERO:
            shares[places[0]] = shares.get(places[0], ZERO) + rest
        demands += [
            Demand(owner_key=line.owner_key, product_id=product_id, location_id=place, quantity=quantity)
            for place, quantity in shares.items()
        ]
    return demands


def plan_demands(order: CapturedOrder, lines: Sequence[CapturedLine], *, setup: CaptureSetup) -> list[Demand]:
    """Demands of the whole order; units it holds already count as free for it."""
    header = order.location or setup.fallback
    goods = stocked(lines)
    if header is None or not goods:
        return []
    places = setup.allowed_places(header.pk)
    if len(places) == 1:
        return spread(goods, places=places, free={})
    free = {
        (level.product_id, level.location_id): level.on_hand - level.allocated
        for level in levels({line.product_id or 0 for line in goods})
    }
    if order.revision:
        for held in allocations_of([line.owner_key for line in goods]):
            free[held.product_id, held.location_id] = (
                free.get((held.product_id, held.location_id), ZERO) + held.quantity
            )
    return spread(goods, places=places, free=free)


def posting_key(order: CapturedOrder) -> str:
    """Ledger key of what this revision of the order does to stock."""
    return f"{order.document_key}/r{order.revision}"


def allocate(order: CapturedOrder, lines: Sequence[CapturedLine], *, setup: CaptureSetup, at: datetime) -> None:
    """Hold the units of an order that holds none yet. Never refused for lack of stock (SPEC INV-5)."""
    demands = plan_demands(order, lines, setup=setup)
    if demands:
        stock.allocate_stock(demands, key=posting_key(order), document_key=order.document_key, at=at)


def reallocate(
    order: CapturedOrder,
    lines: Sequence[CapturedLine],
    *,
    setup: CaptureSetup,
    gone: Sequence[CapturedLine],
    document_key: str,
    at: datetime,
    dropped: Collection[str] = (),
) -> None:
    """Make the order hold exactly what its lines say now; lines in `gone` and those without stock let go.

    `dropped`: owners whose goods the supplier sends although they could come from here.
    """
    demands = plan_demands(order, [line for line in lines if line.owner_key not in dropped], setup=setup)
    holding = {demand.owner_key for demand in demands}
    idle = [line for line in (*lines, *gone) if line.owner_key not in holding]
    place = order.location_id or (setup.fallback.pk if setup.fallback else None)
    if place is not None:
        demands += [
            Demand(owner_key=line.owner_key, product_id=line.product_id or 0, location_id=place, quantity=ZERO)
            for line in idle
        ]
    if demands:
        stock.reallocate_stock(demands, key=posting_key(order), document_key=document_key, at=at)


def release(order: CapturedOrder, owner_keys: Sequence[str], *, at: datetime) -> None:
    """Let go everything the order holds. Raises StockPicked while units are picked."""
    if owner_keys:
        stock.release_stock(owner_keys, key=posting_key(order), document_key=order.document_key, at=at)
