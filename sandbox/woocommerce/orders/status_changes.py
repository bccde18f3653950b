"""Moving an order to another status, with everything that follows from it."""

from sandbox.db import Json
from sandbox.woocommerce.orders import records, stock
from sandbox.woocommerce.orders.refund_records import refund_rest
from sandbox.woocommerce.orders.statuses import CAN_BE_PAID, COMPLETED, NAMES, PROCESSING, REFUNDED, TRASH
from sandbox.woocommerce.sites import Site


def set_status(site: Site, order: Json, status: str) -> bool:
    """True when it changed; the caller saves."""
    before = order["status"]
    if before == status:
        return False
    order["status"] = status
    _set_dates(site, order)
    stock.settle(site, order)
    if before != TRASH:
        was, now = NAMES.get(before, before), NAMES.get(status, status)
        records.add_note(site, order["id"], f"Order status changed from {was} to {now}.")
    site.announce("action.woocommerce_order_status_changed", order["id"])
    if status == REFUNDED:
        refund_rest(site, order)
    return True


def paid_status(site: Site, order: Json) -> str:
    """What a payment makes of it; cash on delivery is only paid once it is completed."""
    if order["payment_method"] == "cod" or not records.needs_processing(site, order):
        return COMPLETED
    return PROCESSING


def _set_dates(site: Site, order: Json) -> None:
    if order["status"] == COMPLETED:
        order["completed"] = site.now
    if order["paid"] is None:
        after_payment = paid_status(site, order)
        if order["status"] == after_payment or (order["status"] == COMPLETED and after_payment == PROCESSING):
            order["paid"] = site.now


def pay(site: Site, order: Json, transaction_id: str) -> bool:
    """As when a gateway reports the money; nothing where the status does not wait for it."""
    if order["status"] not in CAN_BE_PAID:
        return False
    if transaction_id:
        order["transaction_id"] = transaction_id
    if order["paid"] is None:
        order["paid"] = site.now
    set_status(site, order, paid_status(site, order))
    return True
