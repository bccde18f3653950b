"""The documents of a new order: lines, shipping addresses, taxes, coupons, fees."""

from decimal import Decimal

from sandbox.bigcommerce.orders.lines import WantedLine, address_of, amount_of, line_body, taxation_of
from sandbox.bigcommerce.orders.pricing import Amount, Totals
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import money4
from sandbox.db import Json


def store_documents(
    shop: Shop, order: Json, draft: Json, wanted: list[WantedLine], totals: Totals, coupon: Json | None
) -> None:
    """Every line goes to the address its ``address`` index names, the first one by default."""
    addresses = _store_addresses(shop, order, draft, wanted, totals)
    stored: list[Json] = []
    for line in wanted:
        physical = line.product is None or line.product["type"] == "physical"
        index = int(line.data.get("address") or 0)
        address_id = addresses[index]["id"] if physical and addresses else 0
        body = line_body(shop, order, line, address_id)
        if "bundle_of" in line.data:
            body.update(is_bundled_product=True, parent_order_product_id=stored[int(line.data["bundle_of"])]["id"])
        stored.append(shop.put("order_product", body, order["id"]))
        _store_tax(shop, order, address_id, line.priced.total, line.priced.total_tax, ("item", body["id"]))
        if line.priced.wrapping.inc:
            wrapping = line.priced.wrapping
            _store_tax(shop, order, address_id, wrapping, wrapping.tax, ("gift-wrapping", body["id"]))
    first = addresses[0]["id"] if addresses else 0
    for name, amount in (("shipping", totals.shipping), ("handling", totals.handling)):
        if amount.inc:
            _store_tax(shop, order, first, amount, amount.tax, (name, 0))
    if coupon is not None:
        _store_coupon(shop, order, coupon, totals)
    for fee in draft.get("fees") or []:
        _store_fee(shop, order, fee)


def _store_addresses(shop: Shop, order: Json, draft: Json, wanted: list[WantedLine], totals: Totals) -> list[Json]:
    if order["order_is_digital"]:
        return []
    given = draft.get("shipping_addresses") or [draft.get("shipping_address") or draft.get("billing_address")]
    nothing = Amount(Decimal(0), Decimal(0), Decimal(0), totals.shipping.tax_class)
    stored = []
    for index, entry in enumerate(given):
        items = sum(one.priced.quantity for one in wanted if int(one.data.get("address") or 0) == index)
        shipping = totals.shipping if index == 0 else nothing
        handling = totals.handling if index == 0 else nothing
        body = {
            "id": shop.next_id("order_address"),
            "order_id": order["id"],
            **address_of(shop, draft, entry),
            "items_total": items,
            "items_shipped": 0,
            "shipping_method": str(draft.get("shipping_method") or "None"),
            **_cost("", shipping),
            **_cost("handling_", handling),
            "shipping_zone_id": 1,
            "shipping_zone_name": shop.settings["country"],
        }
        stored.append(shop.put("order_address", body, order["id"]))
    return stored


def _cost(prefix: str, amount: Amount) -> Json:
    return {
        f"base_{prefix}cost": money4(amount.base),
        f"{prefix}cost_ex_tax": money4(amount.ex),
        f"{prefix}cost_inc_tax": money4(amount.inc),
        f"{prefix}cost_tax": money4(amount.tax),
        f"{prefix}cost_tax_class_id": amount.tax_class,
    }


def _store_tax(shop: Shop, order: Json, address_id: int, amount: Amount, tax: Decimal, about: tuple[str, int]) -> None:
    kind, line_id = about
    rate = taxation_of(shop).rate(amount.tax_class)
    classes = {entry["id"]: entry["name"] for entry in shop.all("tax_class")}
    body = {
        "id": shop.next_id("order_tax"),
        "order_id": order["id"],
        "order_address_id": address_id,
        "tax_rate_id": amount.tax_class + 1,
        "sales_tax_id": f"sandbox-{amount.tax_class}",
        "tax_class_id": amount.tax_class,
        "name": shop.settings["tax_name"],
        "class": classes.get(amount.tax_class, "Default Tax Class"),
        "rate": money4(rate),
        "priority": 0,
        "priority_amount": money4(tax),
        "line_amount": money4(tax),
        "order_pickup_method_id": 0,
        "line_item_type": kind,
        "order_product_id": str(line_id) if line_id else "",
    }
    shop.put("order_tax", body, order["id"])


def _store_coupon(shop: Shop, order: Json, coupon: Json, totals: Totals) -> None:
    body = {
        "id": shop.next_id("order_coupon"),
        "coupon_id": coupon["id"],
        "order_id": order["id"],
        "code": coupon["code"],
        "amount": float(coupon["amount"]),
        "type": coupon["type"],
        "discount": float(totals.coupon_discount),
    }
    shop.put("order_coupon", body, order["id"])


def _store_fee(shop: Shop, order: Json, fee: Json) -> None:
    amount = taxation_of(shop).split(amount_of(fee["cost"], "fee"), int(fee.get("tax_class_id") or 0))
    name = str(fee.get("name") or "Fee")
    body = {
        "id": shop.next_id("order_fee"),
        "type": "custom_fee",
        "display_name_customer": name,
        "display_name_merchant": name,
        "source": "sandbox",
        "base_cost": money4(amount.base),
        "cost_ex_tax": money4(amount.ex),
        "cost_inc_tax": money4(amount.inc),
        "cost_tax": money4(amount.tax),
        "tax_class_id": amount.tax_class,
    }
    shop.put("order_fee", body, order["id"])
