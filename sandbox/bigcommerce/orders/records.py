"""Stored orders: header rows, status changes, the store's own stock movements, payments."""

import json
from decimal import Decimal

from sandbox.bigcommerce.catalog.products import find_product
from sandbox.bigcommerce.catalog.variants import find_variant
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.orders.statuses import (
    AWAITING_FULFILLMENT,
    AWAITING_PAYMENT,
    CANCELLED,
    COMPLETED,
    DECLINED,
    INCOMPLETE,
    PENDING,
    REFUNDED,
    SHIPPED,
    STATUSES,
)
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import NOT_FOUND, ApiError, iso_date, number, v2_date
from sandbox.db import Json

UNPAID = frozenset({INCOMPLETE, PENDING, AWAITING_PAYMENT})


def insert(shop: Shop, header: Json) -> Json:
    order = {"id": shop.next_id("order"), "is_deleted": False, "stock_taken": False, **header}
    order["modified"] = order["created"]
    save(shop, order, touch=False)
    return order


def save(shop: Shop, order: Json, touch: bool = True) -> None:
    if touch:
        order["modified"] = max(shop.now, order["modified"])
    sql = (
        "INSERT OR REPLACE INTO orders (store, id, status_id, customer_id, channel_id, created, modified, is_deleted, "
        "body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    shop.db.run(
        sql,
        shop.hash,
        order["id"],
        order["status_id"],
        order["customer_id"],
        order["channel_id"],
        order["created"],
        order["modified"],
        int(order["is_deleted"]),
        json.dumps(order),
    )


def load(shop: Shop, order_id: int) -> Json:
    row = shop.db.row("SELECT body FROM orders WHERE store = ? AND id = ?", shop.hash, order_id)
    if row is None:
        raise ApiError(404, NOT_FOUND)
    body: Json = json.loads(row["body"])
    return body


def announce(shop: Shop, order: Json, event: str, extra: Json | None = None) -> None:
    shop.publish(f"store/order/{event}", {"type": "order", "id": order["id"], **(extra or {})})
    if event in ("created", "updated"):
        shop.publish(f"store/channel/{order['channel_id']}/order/{event}", {"order_id": order["id"]})


def touch(shop: Shop, order: Json) -> None:
    save(shop, order)
    announce(shop, order, "updated")


def change_status(shop: Shop, order: Json, status_id: int) -> None:
    if status_id not in STATUSES:
        raise ApiError(400, f"Status {status_id} does not exist.", {"invalid_reason": "unknown status_id"})
    before = order["status_id"]
    if before == status_id:
        touch(shop, order)
        return
    order["status_id"] = status_id
    if status_id in (SHIPPED, COMPLETED) and not order["date_shipped"]:
        order["date_shipped"] = v2_date(shop.now)
    settle_stock(shop, order)
    save(shop, order)
    announce(shop, order, "updated")
    change = {"previous_status_id": before, "new_status_id": status_id}
    announce(shop, order, "statusUpdated", {"status": change})


def wants_stock(shop: Shop, order: Json) -> bool:
    """Whether the order's units should be off the store's stock, by the store's own settings."""
    status, taken = order["status_id"], bool(order["stock_taken"])
    if status == INCOMPLETE:
        return taken
    if status in (CANCELLED, DECLINED):
        return taken and not shop.settings["restock_on_cancel"]
    if status == REFUNDED:
        return taken and not shop.settings["restock_on_refund"]
    if shop.settings["update_stock_behavior"] == "order_placed":
        return True
    return taken or status in (SHIPPED, COMPLETED)


def settle_stock(shop: Shop, order: Json) -> None:
    wanted = wants_stock(shop, order)
    if wanted == order["stock_taken"]:
        return
    for line in shop.all("order_product", order["id"]):
        if line["variant_id"]:
            product, variant = find_product(shop, line["product_id"]), find_variant(shop, line["variant_id"])
            levels.move(shop, product, variant, -line["quantity"] if wanted else line["quantity"])
    order["stock_taken"] = wanted
    save(shop, order, touch=False)


def archive(shop: Shop, order: Json) -> None:
    """What the API's DELETE does: the order stays, marked as deleted."""
    order["is_deleted"] = True
    save(shop, order)
    announce(shop, order, "archived")


def add_payment(shop: Shop, order: Json) -> None:
    """Online payments leave a transaction; offline ones only show in the order's status."""
    order["paid"] = True
    if order["paid_online"]:
        order["payment_status"] = "captured"
        credit = Decimal(order["store_credit_amount"]) + Decimal(order["gift_certificate_amount"])
        body = transaction_body(shop, order, "purchase", str(Decimal(order["total_inc_tax"]) - credit))
        shop.put("transaction", body, order["id"])
        shop.publish("store/order/transaction/created", transaction_event(body))
    save(shop, order, touch=False)


def pay(shop: Shop, order: Json) -> None:
    if order["paid"]:
        raise ApiError(409, f"Order {order['id']} is paid already.")
    add_payment(shop, order)
    if order["status_id"] in UNPAID:
        change_status(shop, order, AWAITING_FULFILLMENT)
    else:
        touch(shop, order)


def transaction_body(shop: Shop, order: Json, event: str, amount: str) -> Json:
    number_ = shop.next_id("transaction")
    code = order["payment_provider_id"]
    return {
        "id": number_,
        "order_id": str(order["id"]),
        "event": event,
        "method": "credit_card",
        "amount": number(amount),
        "currency": order["currency_code"],
        "gateway": code,
        "gateway_transaction_id": f"sandbox-{shop.hash}-{number_}",
        "status": "ok",
        "test": True,
        "fraud_review": False,
        "reference_transaction_id": None,
        "date_created": iso_date(shop.now),
        "avs_result": {"code": "", "message": "", "street_match": "", "postal_match": ""},
        "cvv_result": {"code": "", "message": ""},
        "credit_card": None,
        "gift_certificate": None,
        "store_credit": None,
        "offline": None,
        "custom": None,
        "payment_instrument_token": None,
        "payment_method_id": f"{code}.card",
    }


def transaction_event(body: Json) -> Json:
    return {
        "type": "transaction",
        "order_id": body["order_id"],
        "transaction_id": str(body["id"]),
        "transaction_status": "complete",
        "transaction_type": body["event"],
        "result": {"code": "captured", "message": "Captured", "type": "success"},
        "platform_transaction_id": str(body["id"]),
        "provider_transaction_id": body["gateway_transaction_id"],
    }
