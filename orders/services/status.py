"""The one function that says what a sale's overall status is."""

from decimal import Decimal

from orders.enums import SaleStatus, SaleType, StageState
from orders.models import Fulfillment, FulfillmentLine, Invoice, Sale

_SET = StageState.AUTHORIZED


def compute_status(
    sale: Sale, *, fulfillment: Fulfillment, picked: list[FulfillmentLine], invoice: Invoice, short: bool
) -> SaleStatus:
    """Status from the stages; `short`: a line lacks stock on hand.

    Until everything is shipped the fulfillment speaks, afterwards the invoice; an invoice authorized before the pick
    has begun speaks too.
    """
    if sale.order_state == StageState.VOIDED:
        return SaleStatus.VOIDED
    if sale.order_state != _SET:
        return SaleStatus.ORDERING
    if sale.type == SaleType.SERVICE or fulfillment.ship_state == _SET:
        if invoice.state != _SET:
            return SaleStatus.INVOICING
        return SaleStatus.COMPLETED if invoice.total - invoice.paid == Decimal(0) else SaleStatus.INVOICED
    if fulfillment.pack_state == _SET:
        return SaleStatus.SHIPPING if fulfillment.tracking_number else SaleStatus.PACKED
    if fulfillment.pick_state == _SET:
        return SaleStatus.PACKING if any(line.box for line in picked) else SaleStatus.PICKED
    if short:
        return SaleStatus.BACKORDERED
    if picked:
        return SaleStatus.PICKING
    return SaleStatus.INVOICED if invoice.state == _SET else SaleStatus.ORDERED
