"""Order, pick, pack and ship: each is an explicit step with its gate (SPEC INV-4, SET-9)."""

from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from inventory.queries import allocations_of, free_to_pick
from inventory.services import stock
from inventory_sync.lib.quantities import ZERO
from orders.enums import StageState
from orders.errors import StageRefused
from orders.models import FulfillmentLine, SaleLine
from orders.services.building import build_for_order
from orders.services.picking import PickPlan, Take, Wanted, plan_pick
from orders.services.sheet import Sheet, note_shortage
from orders.services.supply import supply

OPEN, SET, CLOSED = StageState.DRAFT, StageState.AUTHORIZED, StageState.NOT_AVAILABLE


def authorize_order(sheet: Sheet) -> None:
    """Draft → authorized; the pick and the invoice become available. The allocation is there since capture.

    Products that are built when sold are built, and what suppliers send is drafted for them (INV-7, INV-8).
    """
    if sheet.sale.order_state != OPEN:
        raise StageRefused(_("Only a draft order can be authorized."))
    sheet.sale.order_state = SET
    supply(sheet)
    if sheet.invoice.state == CLOSED:
        sheet.invoice.state = OPEN
    note_shortage(sheet)


def fill_pick(sheet: Sheet) -> PickPlan:
    """Write into the draft pick what can be taken now; short lines stay short (A8). Authorizes nothing.

    What could not be built when the order was authorized is tried again: components may have arrived.
    """
    if sheet.sale.order_state != SET or sheet.fulfillment.pick_state != OPEN:
        raise StageRefused(_("The pick can be filled once the order is authorized, and until it is authorized itself."))
    build_for_order(sheet)
    plan = plan_pick(
        _wanted(sheet),
        free=free_to_pick([line.product_id for line in sheet.stocked_lines() if line.product_id], sheet.locations),
        locations=sheet.locations,
    )
    if sheet.picked:
        sheet.fulfillment.lines.all().delete()
    sheet.picked = FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment=sheet.fulfillment,
            sale_line_id=take.line_id,
            product_id=take.product_id,
            location_id=take.location_id,
            quantity=take.quantity,
        )
        for take in plan.takes
    )
    note_shortage(sheet, plan)
    return plan


def authorize_pick(sheet: Sheet, plan: PickPlan | None = None) -> None:
    """Bind the units: nobody else can pick them. All or nothing; raises StageRefused or StockShort, nothing moved."""
    plan = plan or fill_pick(sheet)
    if plan.is_short:
        raise StageRefused(_shortage_words(sheet, plan))
    fulfillment = sheet.fulfillment
    document_key = sheet.sale.document_key
    demands = _demands(plan.takes)
    revision = f"{document_key}/pick:{fulfillment.number}/r{fulfillment.revision}"
    if _moves(sheet, plan):
        stock.reallocate_stock(
            demands, key=f"{revision}/move", document_key=document_key, at=sheet.now, user=sheet.user
        )
    stock.pick_stock(demands, key=revision, document_key=document_key, at=sheet.now, user=sheet.user)
    fulfillment.pick_posting = revision
    fulfillment.pick_state = SET
    fulfillment.pack_state = OPEN
    sheet.short = False


def authorize_pack(sheet: Sheet) -> None:
    """Boxes are closed; stock does not move."""
    if sheet.fulfillment.pick_state != SET or sheet.fulfillment.pack_state != OPEN:
        raise StageRefused(_("Pack after the pick is authorized."))
    sheet.fulfillment.pack_state = SET
    sheet.fulfillment.ship_state = OPEN


def authorize_ship(sheet: Sheet, *, by_mode: bool = False) -> None:
    """Stock leaves on hand and its allocation ends, in one posting (INV-4). `by_mode`: the channel did it (A44)."""
    fulfillment = sheet.fulfillment
    if fulfillment.pack_state != SET or fulfillment.ship_state != OPEN:
        raise StageRefused(_("Ship after the pack is authorized."))
    if sheet.sale.needs_shipping and not sheet.sale.shipping:
        raise StageRefused(_("This sale has no shipping address. Enter one, or mark it as pickup."))
    owners = {line.pk: line.owner_key for line in sheet.lines}
    document_key = sheet.sale.document_key
    key = f"{document_key}/shipment:{fulfillment.number}/r{fulfillment.revision}"
    demands = [
        stock.Demand(
            owner_key=owners[line.sale_line_id],
            product_id=line.product_id,
            location_id=line.location_id or 0,
            quantity=line.quantity,
        )
        for line in sheet.picked
    ]
    stock.issue_stock(demands, key=key, document_key=document_key, at=sheet.now, user=sheet.user)
    fulfillment.ship_posting = key
    fulfillment.ship_state = SET
    fulfillment.shipped_at = sheet.now
    fulfillment.shipped_by_mode = by_mode


def _wanted(sheet: Sheet) -> list[Wanted]:
    held: dict[str, dict[int, Decimal]] = defaultdict(dict)
    stocked = sheet.stocked_lines()
    for allocation in allocations_of([line.owner_key for line in stocked]):
        if allocation.quantity > ZERO:
            held[allocation.owner_key][allocation.location_id] = allocation.quantity
    return [
        Wanted(
            line_id=line.pk,
            owner_key=line.owner_key,
            product_id=line.product_id or 0,
            quantity=line.quantity,
            allocated_at=held[line.owner_key],
        )
        for line in stocked
    ]


def _moves(sheet: Sheet, plan: PickPlan) -> bool:
    """Whether the plan takes units elsewhere than they are allocated."""
    held = {
        (wanted.owner_key, place): quantity
        for wanted in _wanted(sheet)
        for place, quantity in wanted.allocated_at.items()
    }
    return held != {(take.owner_key, take.location_id): take.quantity for take in plan.takes}


def _demands(takes: tuple[Take, ...]) -> list[stock.Demand]:
    return [
        stock.Demand(
            owner_key=take.owner_key,
            product_id=take.product_id,
            location_id=take.location_id,
            quantity=take.quantity,
        )
        for take in takes
    ]


def _shortage_words(sheet: Sheet, plan: PickPlan) -> str:
    by_id: dict[int, SaleLine] = {line.pk: line for line in sheet.lines}
    parts = [
        _("%(quantity)s of %(sku)s") % {"quantity": f"{quantity.normalize():f}", "sku": by_id[line_id].sku}
        for line_id, quantity in plan.missing.items()
    ]
    return _("Not enough on hand, missing: %(parts)s. The pick stays a draft with what is there.") % {
        "parts": ", ".join(parts)
    }
