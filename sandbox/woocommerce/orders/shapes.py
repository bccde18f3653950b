"""What orders, refunds and notes look like in answers and deliveries."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.lists import links
from sandbox.woocommerce.orders import records
from sandbox.woocommerce.orders.amounts import number, read, shown
from sandbox.woocommerce.orders.goods import find_good
from sandbox.woocommerce.orders.refund_records import refunds_of
from sandbox.woocommerce.orders.statuses import EDITABLE
from sandbox.woocommerce.sites import Site

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CAD": "$",
    "AUD": "$",
    "CHF": "CHF",
    "JPY": "¥",
    "PLN": "zł",
    "SEK": "kr",
}
AS_STORED = ("payment_method payment_method_title transaction_id customer_ip_address customer_user_agent").split()


def places_of(site: Site, dp: Any) -> int:
    return int(site.settings["number_of_decimals"]) if dp is None else int(dp)


def order_shape(site: Site, order: Json, dp: int | None = None) -> Json:
    places = places_of(site, dp)
    amounts = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
    shape: Json = {
        "id": order["id"],
        "parent_id": 0,
        "status": order["status"],
        "currency": order["currency"],
        "version": order["version"],
        "prices_include_tax": order["prices_include_tax"],
        "date_created": site.local(order["created"]),
        "date_modified": site.local(order["modified"]),
        **{name: shown(order[name], places) for name in amounts},
        "customer_id": order["customer_id"],
        "order_key": order["order_key"],
        "billing": order["billing"],
        "shipping": order["shipping"],
        **{name: order[name] for name in AS_STORED},
        "created_via": order["created_via"],
        "customer_note": order["customer_note"],
        "date_completed": site.local(order["completed"]),
        "date_paid": site.local(order["paid"]),
        "cart_hash": order["cart_hash"],
        "number": order["number"],
        "meta_data": order["meta_data"],
        **_items(site, order, places),
        "refunds": [_short_refund(refund, places) for refund in refunds_of(site, order["id"])],
        "payment_url": f"{site.url}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={order['order_key']}",
        "is_editable": order["status"] in EDITABLE,
        "needs_payment": records.needs_payment(order),
        "needs_processing": records.needs_processing(site, order),
        "date_created_gmt": site.gmt(order["created"]),
        "date_modified_gmt": site.gmt(order["modified"]),
        "date_completed_gmt": site.gmt(order["completed"]),
        "date_paid_gmt": site.gmt(order["paid"]),
        "currency_symbol": SYMBOLS.get(order["currency"], order["currency"]),
        "_links": order_links(site, order),
    }
    shape.update(order.get("overrides") or {})
    return shape


def _items(site: Site, order: Json, places: int) -> Json:
    return {
        "line_items": [line_shape(site, line, places) for line in order["lines"]],
        "tax_lines": [tax_line_shape(line, places) for line in order["tax_lines"]],
        "shipping_lines": [shipping_shape(site, line, places) for line in order["shipping_lines"]],
        "fee_lines": [fee_shape(fee, places) for fee in order["fees"]],
        "coupon_lines": [coupon_shape(site, line) for line in order["coupon_lines"]],
    }


def _short_refund(refund: Json, places: int) -> Json:
    return {"id": refund["id"], "reason": refund["reason"], "total": f"-{shown(refund['amount'], places)}"}


def order_links(site: Site, order: Json) -> Json:
    found = links(site, "/orders", order["id"])
    if site.has("9.9"):
        href = f"{site.api_url}/orders/{order['id']}/actions/email_templates"
        found["email_templates"] = [{"embeddable": True, "href": href}]
    if order["customer_id"]:
        found["customer"] = [{"href": f"{site.api_url}/customers/{order['customer_id']}"}]
    return found


def meta_shapes(entries: list[Json]) -> list[Json]:
    """Meta of items also says how it reads."""
    return [
        {
            "id": entry["id"],
            "key": entry["key"],
            "value": entry["value"],
            "display_key": entry.get("display_key", entry["key"]),
            "display_value": entry.get("display_value", entry["value"]),
        }
        for entry in entries
    ]


def taxes_shape(item: Json, places: int, *, with_subtotal: bool = False) -> list[Json]:
    before = item["taxes"]["subtotal"]
    return [
        {
            "id": int(rate_id),
            "total": shown(tax, places),
            "subtotal": shown(before.get(rate_id, "0"), places) if with_subtotal else "",
        }
        for rate_id, tax in item["taxes"]["total"].items()
    ]


def line_shape(site: Site, line: Json, places: int) -> Json:
    """SKU, picture and family are the catalog's of today; a product that is gone leaves none."""
    good = find_good(site, line["variation_id"] or line["product_id"])
    gone = good is None
    return {
        "id": line["id"],
        "name": line["name"],
        "product_id": 0 if gone else line["product_id"],
        "variation_id": 0 if gone else line["variation_id"],
        "quantity": line["quantity"],
        "tax_class": line["tax_class"],
        **{name: shown(line[name], places) for name in ("subtotal", "subtotal_tax", "total", "total_tax")},
        "taxes": taxes_shape(line, places, with_subtotal=True),
        "meta_data": meta_shapes(line["meta_data"]),
        "sku": good.sku if good is not None else None,
        "price": unit_price(line),
        "image": good.image if good is not None else {"id": 0, "src": ""},
        "parent_name": good.parent_name if good is not None else None,
    }


def unit_price(line: Json) -> float | int:
    if not line["quantity"]:
        return 0
    found = float(read(line["total"])) / line["quantity"]
    return int(found) if found == int(found) else found


def tax_line_shape(line: Json, places: int) -> Json:
    return {
        "id": line["id"],
        "rate_code": line.get("code", ""),
        "rate_id": line["rate_id"],
        "label": line.get("label", "Tax"),
        "compound": line.get("compound", False),
        "tax_total": shown(line["tax_total"], places),
        "shipping_tax_total": shown(line["shipping_tax_total"], places),
        "rate_percent": number(read(line.get("percent", "0"))),
        "meta_data": line["meta"],
    }


def shipping_shape(site: Site, line: Json, places: int) -> Json:
    shape: Json = {name: line[name] for name in ("id", "method_title", "method_id", "instance_id")}
    shape.update(total=shown(line["total"], places), total_tax=shown(line["total_tax"], places))
    shape["taxes"] = taxes_shape(line, places)
    if site.has("9.0"):
        shape["tax_status"] = line["tax_status"]
    return {**shape, "meta_data": meta_shapes(line["meta_data"])}


def fee_shape(fee: Json, places: int) -> Json:
    return {
        **{name: fee[name] for name in ("id", "name", "tax_class", "tax_status", "amount")},
        "total": shown(fee["total"], places),
        "total_tax": shown(fee["total_tax"], places),
        "taxes": taxes_shape(fee, places),
        "meta_data": meta_shapes(fee["meta_data"]),
    }


def coupon_shape(site: Site, line: Json) -> Json:
    shape = {name: line[name] for name in ("id", "code", "discount", "discount_tax")}
    shape["meta_data"] = meta_shapes(line["meta_data"])
    if site.has("8.7"):
        shape["discount_type"] = line["discount_type"]
        shape["nominal_amount"] = number(read(line["nominal_amount"]))
        shape["free_shipping"] = line["free_shipping"]
    return shape


def refund_shape(site: Site, refund: Json, dp: int | None = None, *, with_parent: bool = False) -> Json:
    places = places_of(site, dp)
    parent = f"/orders/{refund['parent_id']}"
    return {
        "id": refund["id"],
        **({"parent_id": refund["parent_id"]} if with_parent else {}),
        **site.dates("date_created", refund["created"]),
        "amount": shown(refund["amount"], places),
        "reason": refund["reason"],
        "refunded_by": refund["refunded_by"],
        "refunded_payment": refund["refunded_payment"],
        "meta_data": refund["meta_data"],
        "line_items": [line_shape(site, line, places) for line in refund["lines"]],
        "shipping_lines": [shipping_shape(site, line, places) for line in refund["shipping_lines"]],
        "tax_lines": [tax_line_shape(line, places) for line in refund["tax_lines"]],
        "fee_lines": [fee_shape(fee, places) for fee in refund["fees"]],
        "_links": links(site, f"{parent}/refunds", refund["id"], allow=("GET", "DELETE"), up=parent),
    }


def note_shape(site: Site, order_id: int, note: Json) -> Json:
    parent = f"/orders/{order_id}"
    return {
        "id": note["id"],
        "author": note["author"],
        **site.dates("date_created", note["created"]),
        "note": note["note"],
        "customer_note": note["customer_note"],
        "_links": links(site, f"{parent}/notes", note["id"], allow=("GET", "DELETE"), up=parent),
    }
