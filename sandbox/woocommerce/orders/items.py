"""The items of an order: what was sent about lines, shipping, fees and coupons, applied to what is there."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.orders import stock
from sandbox.woocommerce.orders.amounts import ZERO, read
from sandbox.woocommerce.orders.goods import Good, find_good, number_sent
from sandbox.woocommerce.orders.taxes import TaxPolicy
from sandbox.woocommerce.orders.totals import NO_TAXES
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

KINDS = {"line_items": "lines", "shipping_lines": "shipping_lines", "fee_lines": "fees"}
REMOVING = ("product_id", "method_id", "method_title", "name", "code")
"""An entry with a number and null for one of these takes the item out."""


def new_item(site: Site, **values: Any) -> Json:
    common = {"total": "0", "total_tax": "0", "subtotal_tax": "0", "taxes": NO_TAXES, "meta_data": []}
    return {"id": site.next_id("order_item"), **common, **values}


def new_line(site: Site) -> Json:
    names = {"name": "", "product_id": 0, "variation_id": 0, "quantity": 1}
    return new_item(site, **names, tax_class="", tax_status="taxable", subtotal="0")


def apply_sent(site: Site, policy: TaxPolicy, order: Json, sent: Json) -> None:
    """Change, add and remove what the request names; items that it does not name stay."""
    for field, kind in KINDS.items():
        for entry in sent.get(field) or []:
            if isinstance(entry, dict):
                apply_entry(site, policy, order, kind, entry)


def apply_entry(site: Site, policy: TaxPolicy, order: Json, kind: str, sent: Json) -> None:
    item = _existing(order, kind, sent)
    if item is None:
        item = _added(site, policy, kind, sent)
        order[kind].append(item)
    elif _removes(kind, sent):
        order[kind].remove(item)
        if kind == "lines":
            stock.follow(site, order, item, removed=True)
        return
    elif kind == "lines":
        _rename(site, item, sent)
    _set_values(site, kind, item, sent)
    if kind == "lines":
        stock.follow(site, order, item)


def _existing(order: Json, kind: str, sent: Json) -> Json | None:
    if not sent.get("id"):
        return None
    found: Json | None = next((one for one in order[kind] if one["id"] == sent["id"]), None)
    if found is None:
        text = "Order item ID provided is not associated with order."
        raise ApiError(400, "woocommerce_rest_invalid_item_id", text)
    return found


def _removes(kind: str, sent: Json) -> bool:
    if any(name in sent and sent[name] is None for name in REMOVING):
        return True
    return kind == "lines" and sent.get("quantity") == 0


def _added(site: Site, policy: TaxPolicy, kind: str, sent: Json) -> Json:
    if kind == "lines":
        return added_line(site, policy, sent)
    if kind == "fees":
        if not sent.get("name"):
            raise ApiError(400, "woocommerce_rest_invalid_fee_item", "Fee name is required.")
        return new_item(site, name="", tax_class="", tax_status="taxable", amount="")
    if not sent.get("method_id"):
        raise ApiError(400, "woocommerce_rest_invalid_shipping_item", "Shipping method ID is required.")
    return new_item(site, method_title="", method_id="", instance_id="", tax_status="taxable")


def added_line(site: Site, policy: TaxPolicy, sent: Json) -> Json:
    """At the catalog's price; an unknown product leaves an empty line."""
    number = number_sent(site, sent)
    if number is None:
        raise ApiError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
    line = new_line(site)
    line["quantity"] = int(sent.get("quantity", 1))
    if (good := find_good(site, number)) is not None:
        put_good(site, line, good)
        net = policy.net_price(good.price * max(0, line["quantity"]), good.tax_status, good.tax_class)
        line["subtotal"] = line["total"] = str(net)
    return line


def put_good(site: Site, line: Json, good: Good) -> None:
    line.update(name=good.name, product_id=good.product_id, variation_id=good.variation_id)
    line.update(tax_class=good.tax_class, tax_status=good.tax_status)
    keys = {key for key, *_ in good.attributes}
    kept = [entry for entry in line["meta_data"] if entry["key"] not in keys]
    values = [
        {"id": site.next_id("meta"), "key": key, "value": value, "display_key": label, "display_value": name}
        for key, value, label, name in good.attributes
    ]
    line["meta_data"] = values + kept


def _rename(site: Site, line: Json, sent: Json) -> None:
    """Another product in the same line keeps the money."""
    number = number_sent(site, sent)
    if not number or number == (line["variation_id"] or line["product_id"]):
        return
    if (good := find_good(site, number)) is not None:
        put_good(site, line, good)


def _set_values(site: Site, kind: str, item: Json, sent: Json) -> None:
    for name in ("name", "tax_class", "method_title", "method_id", "instance_id", "amount"):
        if name in item and sent.get(name) is not None:
            item[name] = str(sent[name])
    if kind == "fees" and sent.get("tax_status") in ("taxable", "none"):
        item["tax_status"] = sent["tax_status"]
    if kind == "lines" and sent.get("quantity") is not None:
        item["quantity"] = int(sent["quantity"])
    for name in ("subtotal", "total"):
        if name in item and sent.get(name) is not None:
            item[name] = str(read(sent[name]))
    if kind == "lines" and read(item["subtotal"]) < read(item["total"]):
        item["subtotal"] = item["total"]
    if "meta_data" in sent:
        item["meta_data"] = apply_meta(site, item["meta_data"], sent["meta_data"])


def find_coupons(site: Site, order: Json, codes: list[str]) -> list[Json]:
    """The coupons of these codes; the order stays behind as a draft when one is unknown."""
    known = {coupon["code"]: coupon for coupon in site.all("coupon")}
    found = []
    for code in codes:
        coupon = known.get(code.strip().casefold())
        if coupon is None or coupon.get("status", "publish") != "publish":
            shown = code.strip().casefold().replace("&", "&amp;").replace("<", "&lt;")
            text = f"Coupon &quot;{shown}&quot; cannot be applied because it does not exist."
            raise ApiError(400, "woocommerce_rest_invalid_coupon", text, {"new_draft_order_id": order["id"]})
        found.append(coupon)
    return found


def coupon_codes(sent: Json) -> list[str]:
    entries = sent.get("coupon_lines") or []
    if any(entry.get("id") and "code" not in entry for entry in entries):
        raise ApiError(400, "woocommerce_rest_coupon_item_id_readonly", "Coupon item ID is readonly.")
    codes = [str(entry.get("code") or "") for entry in entries]
    if any(not code for code in codes):
        raise ApiError(400, "woocommerce_rest_invalid_coupon", "Coupon code is required.")
    return codes


def put_coupons(site: Site, order: Json, coupons: list[Json]) -> None:
    """The coupon lines of an order; one that is there already keeps its line."""
    known = {line["code"]: line for line in order["coupon_lines"]}
    order["coupon_lines"] = [known.get(coupon["code"]) or _coupon_line(site, coupon) for coupon in coupons]


def _coupon_line(site: Site, coupon: Json) -> Json:
    kind = None if coupon["discount_type"] == "fixed_cart" else f'"{coupon["discount_type"]}"'
    info = f'[{coupon["id"]},"{coupon["code"]}",{kind or "null"},{_whole(coupon["amount"])}]'
    return {
        "id": site.next_id("order_item"),
        "code": coupon["code"],
        "discount": "0",
        "discount_tax": "0",
        "meta_data": apply_meta(site, [], [{"key": "coupon_info", "value": info}]),
        "discount_type": coupon["discount_type"],
        "nominal_amount": str(coupon["amount"]),
        "free_shipping": bool(coupon.get("free_shipping")),
    }


def _whole(amount: Any) -> str:
    value = read(amount)
    return str(int(value)) if value == value.to_integral_value() else str(value.normalize() or ZERO)
