"""The one function that says what a sale's overall status is."""

from decimal import Decimal

from orders.enums import SaleStatus, SaleType, StageState
from orders.models import Fulfillment, FulfillmentLine, Invoice, Sale

_SET = StageState.AUTHORIZED


def compute_status(
    sale: Sale,
    *,
    fulfillment: Fulfillment,
    picked: list[FulfillmentLine],
    invoice: Invoice,
    short: bool,
    has_pick: bool = True,
    awaits_supplier: bool = False,
    has_sent: bool = False,
) -> SaleStatus:
    """Status from the stages; `short`: a line lacks stock on hand. `has_pick`: there are goods that we ship ourselves;
    `has_sent`: a supplier sent something.

    Until everything is shipped, by us and by suppliers (A61), the fulfillment speaks, afterwards the invoice; an
    invoice authorized before the pick has begun speaks too.
    """
    if sale.order_state == StageState.VOIDED:
        return SaleStatus.VOIDED
    if sale.order_state != _SET:
        return SaleStatus.ORDERING
    is_ours_done = sale.type == SaleType.SERVICE or not has_pick or fulfillment.ship_state == _SET
    if is_ours_done and not awaits_supplier:
        if invoice.state != _SET:
            return SaleStatus.INVOICING
        return SaleStatus.COMPLETED if invoice.total - invoice.paid == Decimal(0) else SaleStatus.INVOICED
    if fulfillment.ship_state == _SET or (has_sent and not has_pick):
        return SaleStatus.SHIPPING
    if fulfillment.pack_state == _SET:
        return SaleStatus.SHIPPING if fulfillment.tracking_number else SaleStatus.PACKED
    if fulfillment.pick_state == _SET:
        return SaleStatus.PACKING if any(line.box for line in picked) else SaleStatus.PICKED
    if short:
        return SaleStatus.BACKORDERED
    if picked:
        return SaleStatus.PICKING
    return SaleStatus.INVOICED if invoice.state == _SET else SaleStatus.ORDERED
