"""Refunds as they are stored, and the one that a full refund makes by itself."""

from decimal import Decimal

from sandbox.db import Json
from sandbox.woocommerce.orders.amounts import read, rounded, total
from sandbox.woocommerce.sites import Site

KIND = "refund"


def refunds_of(site: Site, order_id: int) -> list[Json]:
    """The latest second first, as the order shows them."""
    return sorted(site.all(KIND, order_id), key=lambda refund: (-refund["created"], refund["id"]))


def left_to_refund(site: Site, order: Json) -> Decimal:
    places = int(site.settings["number_of_decimals"])
    return rounded(read(order["total"]) - total(read(one["amount"]) for one in site.all(KIND, order["id"])), places)


def put_refund(
    site: Site, order: Json, amount: Decimal, reason: str, *, paid_back: bool = False, **items: list[Json]
) -> Json:
    """``paid_back``: the gateway moved the money by itself."""
    refund = {
        "id": site.next_post(),
        "parent_id": order["id"],
        "created": site.now,
        "amount": str(amount),
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": paid_back,
        "meta_data": [],
        "lines": items.get("lines", []),
        "shipping_lines": items.get("shipping_lines", []),
        "tax_lines": items.get("tax_lines", []),
        "fees": items.get("fees", []),
    }
    return site.put(KIND, refund, order["id"])


def refund_rest(site: Site, order: Json) -> None:
    """What the status ``refunded`` does when it was not reached by a refund: one of all that is left, without lines."""
    left = left_to_refund(site, order)
    if left > 0:
        put_refund(site, order, left, "Order fully refunded.")
