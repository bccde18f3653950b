"""Where the units of a sale can be picked from: pure planning (SPEC SET-9, A8, A60)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Units of one sale line still to pick, and where they are allocated: location id → quantity."""

    line_id: int
    owner_key: str
    product_id: int
    quantity: Decimal
    allocated_at: Mapping[int, Decimal]


@dataclass(frozen=True, kw_only=True)
class Take:
    line_id: int
    owner_key: str
    product_id: int
    location_id: int
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class PickPlan:
    """What can be taken. `missing` is what is not on hand anywhere allowed: line id → quantity."""

    takes: tuple[Take, ...]
    missing: Mapping[int, Decimal]

    @property
    def is_short(self) -> bool:
        return bool(self.missing)


def plan_pick(
    wanted: Sequence[Wanted], *, free: Mapping[tuple[int, int], Decimal], locations: Sequence[int]
) -> PickPlan:
    """Take each line where it is allocated first, then at the other allowed `locations` in their order.

    `free` is on hand less what other picks hold, by (product, location); lines share it, in order.
    """
    left = dict(free)
    takes: list[Take] = []
    missing: dict[int, Decimal] = {}
    for want in wanted:
        rest = want.quantity
        order = [*want.allocated_at, *(place for place in locations if place not in want.allocated_at)]
        for place in order:
            quantity = min(rest, left.get((want.product_id, place), ZERO))
            if quantity > ZERO:
                takes.append(
                    Take(
                        line_id=want.line_id,
                        owner_key=want.owner_key,
                        product_id=want.product_id,
                        location_id=place,
                        quantity=quantity,
                    )
                )
                left[want.product_id, place] -= quantity
                rest -= quantity
        if rest > ZERO:
            missing[want.line_id] = rest
    return PickPlan(takes=tuple(takes), missing=missing)
