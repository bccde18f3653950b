"""Moving an order to another status, with everything that follows from it."""

from sandbox.db import Json
from sandbox.woocommerce.orders import records, stock
from sandbox.woocommerce.orders.refund_records import refund_rest
from sandbox.woocommerce.orders.statuses import (
    CAN_BE_PAID,
    CANCELLED,
    COMPLETED,
    FAILED,
    PROCESSING,
    REFUNDED,
    TAKES_STOCK,
    TRASH,
    names_of,
)
from sandbox.woocommerce.sites import Site


def set_status(site: Site, order: Json, status: str) -> bool:
    """True when it changed; the caller saves."""
    before = order["status"]
    if before == status:
        return False
    order["status"] = status
    _set_dates(site, order)
    stock.settle(site, order)
    count_uses(site, order)
    if before != TRASH:
        names = names_of(site)
        was, now = names.get(before, before), names.get(status, status)
        records.add_note(site, order["id"], f"Order status changed from {was} to {now}.")
    site.announce("action.woocommerce_order_status_changed", order["id"])
    if status == REFUNDED:
        refund_rest(site, order)
    return True


def count_uses(site: Site, order: Json) -> None:
    """Coupons count their orders, and a customer who paid is known as one; cancelling takes the coupon's use back."""
    counted = order["status"] in TAKES_STOCK
    if order["status"] in (CANCELLED, FAILED) or counted:
        _use_coupons(site, order, counted)
    if order["status"] == CANCELLED or counted:
        stock.count_sales(site, order, counted=counted)
    customer = site.get("customer", order["customer_id"]) if order["paid"] is not None else None
    if customer is not None and not customer["is_paying_customer"]:
        site.put("customer", {**customer, "is_paying_customer": True, "modified": site.now})


def _use_coupons(site: Site, order: Json, used: bool) -> None:
    if order["coupons_counted"] == used:
        return
    order["coupons_counted"] = used
    codes = {line["code"] for line in order["coupon_lines"]}
    who = str(order["customer_id"] or order["billing"]["email"])
    for coupon in site.all("coupon"):
        if coupon["code"] in codes:
            others = list(coupon["used_by"])
            if used:
                others.append(who)
            elif who in others:
                others.remove(who)
            site.put(
                "coupon", {**coupon, "usage_count": coupon["usage_count"] + (1 if used else -1), "used_by": others}
            )


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
