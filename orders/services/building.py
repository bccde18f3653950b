"""Products that are built when sold: built for an order before its pick (SPEC INV-7, SET-11, SET-12, A9).

For the ordered quantity an assembly is always made; for the minimum only where something is missing and all components
suffice. What cannot be built leaves the pick a draft.
"""

from collections.abc import Sequence
from decimal import Decimal

from channels.enums import AssemblyMode
from inventory.enums import AssemblyState
from inventory.models import Allocation, Component, StockLevel
from inventory.queries.assemblies import assemblies_of, missing_components
from inventory.services import assembly
from inventory.services.locks import lock_levels
from inventory_sync.lib.quantities import ZERO
from orders.models import SaleLine
from orders.services.sheet import Sheet, Unbuilt


def assembled_lines(lines: Sequence[SaleLine]) -> list[SaleLine]:
    """Lines whose product is built when sold; by product, so that two orders lock in the same sequence."""
    built = [line for line in lines if line.product is not None and line.product.auto_assembly and line.quantity > 0]
    return sorted(built, key=lambda line: (line.product_id or 0, line.position))


def build_for_order(sheet: Sheet) -> None:
    """Build what the order lacks at the locations that owe its units; safe to repeat.

    `sheet.unbuilt` says what could not be built. No statement for orders without products that are built when sold.
    """
    lines = assembled_lines(sheet.stocked_lines())
    sheet.unbuilt = []
    if not lines:
        return
    owners = {line.owner_key: line for line in lines}
    shares = Allocation.objects.filter(owner_key__in=owners, quantity__gt=ZERO).order_by("location_id")
    held = {(each.owner_key, each.location_id): each.quantity for each in shares}
    bills = _bills({line.product_id or 0 for line in lines})
    _lock(bills, {location_id for _owner, location_id in held})
    done = {each.owner_key for each in assemblies_of(sheet.sale.document_key) if each.state == AssemblyState.DONE}
    for line in lines:
        for (owner_key, location_id), quantity in held.items():
            if owner_key != line.owner_key or line.product_id not in bills:
                continue
            if build_key(owner_key, location_id) not in done:
                _build(sheet, line, location_id=location_id, ordered=quantity)


def build_key(owner_key: str, location_id: int) -> str:
    """A line that several locations owe is built at each of them."""
    return f"{owner_key}@{location_id}"


def _build(sheet: Sheet, line: SaleLine, *, location_id: int, ordered: Decimal) -> None:
    product_id = line.product_id or 0
    is_ordered_mode = sheet.assembly_mode == AssemblyMode.ORDERED
    quantity = assembly.units_to_build(
        mode="ordered" if is_ordered_mode else "minimum",
        ordered=ordered,
        available_without=_available(product_id, location_id) + ordered,
    )
    if quantity <= ZERO:
        return
    build = assembly.assemble_for if is_ordered_mode else assembly.assemble_if_possible
    order = assembly.BuildOrder(
        product_id=product_id,
        location_id=location_id,
        quantity=quantity,
        document_key=sheet.sale.document_key,
        owner_key=build_key(line.owner_key, location_id),
    )
    made = build(order, user=sheet.user, now=sheet.now)
    if made is None or made.state != AssemblyState.DONE:
        short = missing_components(product_id=product_id, location_id=location_id, quantity=quantity)
        missing = {need.component.sku: need.missing for need in short}
        sheet.unbuilt.append(Unbuilt(line_id=line.pk, location_id=location_id, quantity=quantity, missing=missing))


def _available(product_id: int, location_id: int) -> Decimal:
    """On hand − allocated at one location, this order's own units among the allocated."""
    level = StockLevel.objects.filter(product_id=product_id, location_id=location_id).first()
    return level.on_hand - level.allocated if level else ZERO


def _bills(product_ids: set[int]) -> dict[int, set[int]]:
    """Component ids by product, of those that have any."""
    bills: dict[int, set[int]] = {}
    for product_id, component_id in Component.objects.filter(product_id__in=product_ids).values_list(
        "product_id", "component_id"
    ):
        bills.setdefault(product_id, set()).add(component_id)
    return bills


def _lock(bills: dict[int, set[int]], location_ids: set[int]) -> None:
    """All levels that will move, at once and in order: no two orders wait for each other."""
    products = bills.keys() | {component for components in bills.values() for component in components}
    lock_levels((product_id, location_id) for product_id in products for location_id in location_ids)
