"""Refunds: what they are worth and what they change."""

from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.orders import records
from sandbox.bigcommerce.orders.pricing import ZERO, cents, fine
from sandbox.bigcommerce.orders.statuses import PARTIALLY_REFUNDED, REFUNDED
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, iso_date, number
from sandbox.db import Json

COUNTED = frozenset({"PRODUCT", "GIFT_WRAPPING"})
KINDS = COUNTED | {"SHIPPING", "HANDLING", "ORDER", "FEE"}


def refunded_total(shop: Shop, order_id: int) -> Decimal:
    return sum((Decimal(str(one["total_amount"])) for one in shop.all("refund", order_id)), ZERO)


def price(shop: Shop, order: Json, items: list[Json]) -> tuple[Decimal, Decimal]:
    """Amount with tax and the tax in it, of the items to refund."""
    amount = tax = ZERO
    for item in items:
        if item.get("item_type") not in KINDS:
            raise ApiError(422, f"The item type {item.get('item_type')} is invalid.")
        if item["item_type"] in COUNTED:
            own, own_tax = _line_share(shop, order, item)
        else:
            own, own_tax = _charge_share(order, item)
        changes = sum((Decimal(str(one["amount"])) for one in item.get("adjustments") or []), ZERO)
        amount += own + changes
        tax += own_tax
    return amount, tax


def _line_share(shop: Shop, order: Json, item: Json) -> tuple[Decimal, Decimal]:
    line = shop.get("order_product", int(item["item_id"]))
    if line is None or line["order_id"] != order["id"]:
        raise ApiError(422, f"The order product {item['item_id']} was not found.")
    quantity = item.get("quantity")
    left = line["quantity"] - (line["quantity_refunded"] if item["item_type"] == "PRODUCT" else 0)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= left:
        raise ApiError(422, f"Only {left} of order product {line['id']} can be refunded.")
    part = Decimal(quantity) / line["quantity"]
    if item["item_type"] == "GIFT_WRAPPING":
        whole, tax = Decimal(line["wrapping_cost_inc_tax"]), Decimal(line["wrapping_cost_tax"])
    else:
        whole, tax = Decimal(line["discounted_total_inc_tax"]), Decimal(line["total_tax"])
    return cents(whole * part), fine(tax * part)


def _charge_share(order: Json, item: Json) -> tuple[Decimal, Decimal]:
    amount = Decimal(str(item.get("amount") or 0))
    if amount <= 0:
        raise ApiError(422, f"The amount of a {item['item_type']} refund must be above zero.")
    name = {"SHIPPING": "shipping", "HANDLING": "handling"}.get(item["item_type"])
    if name is None:
        return amount, ZERO
    whole = Decimal(order[f"{name}_cost_inc_tax"])
    if amount > whole:
        raise ApiError(422, f"The {name} cost of the order is only {whole}.")
    return amount, fine(Decimal(order[f"{name}_cost_tax"]) * amount / whole)


def create(shop: Shop, order: Json, data: Json) -> Json:
    items = data.get("items") or []
    if not order["paid"]:
        raise ApiError(422, "The order cannot be refunded: no payment has been captured.")
    amount, tax = price(shop, order, items)
    override = data.get("merchant_calculated_override")
    if override:
        amount, tax = Decimal(str(override["total_amount"])), Decimal(str(override["total_tax"]))
    payments = data.get("payments") or [{"provider_id": order["payment_provider_id"], "amount": number(amount)}]
    paid = sum((Decimal(str(one["amount"])) for one in payments), ZERO)
    if paid != amount:
        raise ApiError(422, f"The payments add up to {paid}, the refund is worth {amount}.")
    if refunded_total(shop, order["id"]) + amount > Decimal(order["total_inc_tax"]):
        raise ApiError(422, "The refund is more than what is left of the order.")
    refund = _store(shop, order, data, (amount, tax), payments)
    _apply(shop, order, items)
    event = {"refund": {"refund_id": refund["id"]}}
    records.announce(shop, order, "refund/created", event)
    whole = refunded_total(shop, order["id"]) >= Decimal(order["total_inc_tax"])
    order["payment_status"] = "refunded" if whole else "partially refunded"
    records.change_status(shop, order, REFUNDED if whole else PARTIALLY_REFUNDED)
    return refund


def _store(shop: Shop, order: Json, data: Json, worth: tuple[Decimal, Decimal], payments: list[Any]) -> Json:
    body: Json = {
        "id": shop.next_id("refund"),
        "order_id": order["id"],
        "user_id": 0,
        "created": iso_date(shop.now),
        "reason": str(data.get("reason") or ""),
        "total_amount": number(worth[0]),
        "total_tax": number(worth[1]),
        "uses_merchant_override_values": bool(data.get("merchant_calculated_override")),
        "payments": [_payment(shop, payment) for payment in payments],
        "items": [_item(item) for item in data.get("items") or []],
    }
    for payment in body["payments"]:
        if not payment["offline"]:
            records_body = records.transaction_body(shop, order, "refund", str(payment["amount"]))
            shop.put("transaction", records_body, order["id"])
    return shop.put("refund", body, order["id"])


def _payment(shop: Shop, payment: Json) -> Json:
    return {
        "id": shop.next_id("refund_payment"),
        "provider_id": str(payment.get("provider_id") or ""),
        "amount": payment["amount"],
        "offline": bool(payment.get("offline", False)),
        "is_declined": False,
        "declined_message": "",
    }


def _item(item: Json) -> Json:
    shape = {"item_type": item["item_type"], "item_id": item["item_id"], "reason": str(item.get("reason") or "")}
    if item["item_type"] in COUNTED:
        shape["quantity"] = item["quantity"]
        return {**shape, "requested_amount": None}
    return {**shape, "requested_amount": item["amount"]}


def _apply(shop: Shop, order: Json, items: list[Json]) -> None:
    for item in items:
        if item["item_type"] == "PRODUCT":
            line = shop.get("order_product", int(item["item_id"]))
            if line is not None:
                line["quantity_refunded"] += item["quantity"]
                line["is_refunded"] = line["quantity_refunded"] >= line["quantity"]
                shop.put("order_product", line, order["id"])


def everything_left(shop: Shop, order: Json) -> list[Json]:
    """Items that refund all that has not been refunded yet."""
    items: list[Json] = []
    for line in shop.all("order_product", order["id"]):
        left = line["quantity"] - line["quantity_refunded"]
        if left:
            items.append({"item_type": "PRODUCT", "item_id": line["id"], "quantity": left})
    rest = Decimal(order["total_inc_tax"]) - refunded_total(shop, order["id"]) - price(shop, order, items)[0]
    if rest > 0:
        items.append({"item_type": "ORDER", "item_id": order["id"], "amount": number(rest)})
    return items
