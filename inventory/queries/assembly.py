"""What can be sold of products that are built from others (SPEC INV-7). One level of assembly.

Only products with components that are built when sold count as assembled. With `own` = on hand − allocated, summed over
the locations asked for, negatives included:

- needed of a component = Σ over assembled parents of max(0, −own of the parent) × quantity: sold but not built yet;
- buildable = what the components allow without mixing locations, and never more than what other parents leave.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from inventory.enums import RecordStatus
from inventory.models import Component, StockLevel
from inventory_sync.lib.quantities import ZERO


@dataclass(frozen=True, kw_only=True)
class Availability:
    """Units of one product, and where they come from. `limiting`: components that allow the fewest."""

    product_id: int
    on_hand: Decimal = ZERO
    allocated: Decimal = ZERO
    needed: Decimal = ZERO
    """Units that parents which are sold but not built yet need of it; never negative."""
    buildable: Decimal = ZERO
    limiting: tuple[int, ...] = ()
    is_assembled: bool = False

    @property
    def own(self) -> Decimal:
        return self.on_hand - self.allocated

    @property
    def total(self) -> Decimal:
        """May be negative."""
        return self.own - self.needed + self.buildable


@dataclass(frozen=True, kw_only=True)
class _Stock:
    on_hand: Decimal = ZERO
    allocated: Decimal = ZERO

    @property
    def own(self) -> Decimal:
        return self.on_hand - self.allocated


@dataclass
class _Bills:
    """Bills of materials by parent and by component, of assembled products only."""

    of_parent: dict[int, dict[int, Decimal]]
    of_component: dict[int, dict[int, Decimal]]


_Levels = Mapping[int, Mapping[int, _Stock]]
_NONE = _Stock()


def availabilities(product_ids: Iterable[int], *, location_ids: Sequence[int] | None = None) -> dict[int, Availability]:
    """Of all these products, at these locations or all active ones; four statements at most, whatever their number."""
    wanted = list(dict.fromkeys(product_ids))
    bills = _bills(wanted)
    levels = _levels({*wanted, *bills.of_parent, *bills.of_component}, location_ids)
    own = {product_id: sum((each.own for each in places.values()), ZERO) for product_id, places in levels.items()}
    demand = {
        component: {parent: max(ZERO, -own.get(parent, ZERO)) * each for parent, each in parents.items()}
        for component, parents in bills.of_component.items()
    }
    return {each: _availability(each, bills, levels, demand) for each in wanted}


def related_products(product_ids: Iterable[int]) -> set[int]:
    """These, and all whose availability may move with their stock: of a component the parents (what can be built), of
    a parent the components (what it still needs) and the other parents of these. One statement without assemblies.
    """
    changed = set(product_ids)
    bills = _bills(changed)
    mine = {component for parent in changed for component in bills.of_parent.get(parent, ())}
    parents = {parent for each in changed | mine for parent in bills.of_component.get(each, ())}
    return changed | mine | parents


def _bills(product_ids: Iterable[int]) -> _Bills:
    """Bills that these are parents or components of, and all others of the components."""
    wanted = set(product_ids)
    rows = _rows(Q(product_id__in=wanted) | Q(component_id__in=wanted))
    others = {component for parent, component, _quantity in rows if parent in wanted} - wanted
    if others:
        rows += _rows(Q(component_id__in=others))
    bills = _Bills(of_parent=defaultdict(dict), of_component=defaultdict(dict))
    for parent, component, quantity in rows:
        bills.of_parent[parent][component] = bills.of_component[component][parent] = quantity
    return bills


def _rows(condition: Q) -> list[tuple[int, int, Decimal]]:
    rows = Component.objects.filter(condition, product__auto_assembly=True).order_by()
    return list(rows.values_list("product_id", "component_id", "quantity"))


def _levels(product_ids: Iterable[int], location_ids: Sequence[int] | None) -> _Levels:
    rows = StockLevel.objects.filter(product_id__in=product_ids)
    if location_ids is None:
        rows = rows.filter(location__status=RecordStatus.ACTIVE)
    else:
        rows = rows.filter(location_id__in=location_ids)
    levels: dict[int, dict[int, _Stock]] = defaultdict(dict)
    columns = rows.order_by().values_list("product_id", "location_id", "on_hand", "allocated")
    for product_id, location_id, on_hand, allocated in columns:
        levels[product_id][location_id] = _Stock(on_hand=on_hand, allocated=allocated)
    return levels


def _availability(
    product_id: int, bills: _Bills, levels: _Levels, demand: Mapping[int, Mapping[int, Decimal]]
) -> Availability:
    places = levels.get(product_id, {}).values()
    bill = bills.of_parent.get(product_id, {})
    buildable, limiting = _buildable(product_id, bill, levels, demand) if bill else (ZERO, ())
    return Availability(
        product_id=product_id,
        on_hand=sum((each.on_hand for each in places), ZERO),
        allocated=sum((each.allocated for each in places), ZERO),
        needed=sum(demand.get(product_id, {}).values(), ZERO),
        buildable=buildable,
        limiting=limiting,
        is_assembled=bool(bill),
    )


def _buildable(
    product_id: int, bill: Mapping[int, Decimal], levels: _Levels, demand: Mapping[int, Mapping[int, Decimal]]
) -> tuple[Decimal, tuple[int, ...]]:
    """Whole units, and the components that allow the fewest of them."""
    places = {place for component in bill for place in levels.get(component, ())}
    here = sum((_least(bill, levels, place) for place in places), ZERO)
    allowed = {}
    for component, quantity in bill.items():
        stock = levels.get(component, {})
        others = sum((units for parent, units in demand[component].items() if parent != product_id), ZERO)
        left = sum((each.own for each in stock.values()), ZERO) - others
        at_places = sum((_whole(each.own, quantity) for each in stock.values()), ZERO)
        allowed[component] = min(at_places, _whole(left, quantity))
    fewest = min(allowed.values())
    return min(here, fewest), tuple(sorted(component for component, units in allowed.items() if units == fewest))


def _least(bill: Mapping[int, Decimal], levels: _Levels, place: int) -> Decimal:
    """What one location alone could build."""
    return min(
        _whole(levels.get(component, {}).get(place, _NONE).own, quantity) for component, quantity in bill.items()
    )


def _whole(units: Decimal, quantity: Decimal) -> Decimal:
    """How often a quantity is in these units; 0 when there are none."""
    return units // quantity if units > 0 else ZERO
