"""How orders are answered by V2: money as strings, sub-resources as links or side-loaded."""

from sandbox.bigcommerce.orders.statuses import STATUSES
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import v2_date
from sandbox.db import Json

MONEY = (
    *(f"subtotal_{side}" for side in ("ex_tax", "inc_tax", "tax")),
    *(
        f"{prefix}{name}_cost{suffix}"
        for name in ("shipping", "handling", "wrapping")
        for prefix, suffix in (("base_", ""), ("", "_ex_tax"), ("", "_inc_tax"), ("", "_tax"), ("", "_tax_class_id"))
    ),
    "total_ex_tax",
    "total_inc_tax",
    "total_tax",
    "discount_amount",
    "coupon_discount",
    "store_credit_amount",
    "gift_certificate_amount",
)
PLAIN = (
    "id",
    "customer_id",
    "status_id",
    "date_shipped",
    "items_total",
    "items_shipped",
    "payment_method",
    "payment_provider_id",
    "payment_status",
    "order_is_digital",
    "currency_code",
    "currency_exchange_rate",
    "staff_notes",
    "customer_message",
    "shipping_address_count",
    "is_deleted",
    "cart_id",
    "billing_address",
    "order_source",
    "channel_id",
    "external_order_id",
)

CONSTANT: Json = {
    "refunded_amount": "0.0000",
    "ip_address": "127.0.0.1",
    "ip_address_v6": "",
    "currency_id": 1,
    "default_currency_id": 1,
    "ebay_order_id": "0",
    "is_email_opt_in": False,
    "credit_card_type": None,
    "external_source": None,
    "external_id": None,
    "external_merchant_id": None,
    "tax_provider_id": "BasicTaxProvider",
    "customer_locale": "en",
}


def order_shape(shop: Shop, order: Json, include: set[str], nested: bool) -> Json:
    """``nested`` asks for consignments as one object (``consignment_structure=object``)."""
    status = STATUSES[order["status_id"]].name
    currency = shop.settings["currency"]
    shape: Json = {
        **CONSTANT,
        **{name: order[name] for name in (*PLAIN, *MONEY)},
        "date_created": v2_date(order["created"]),
        "date_modified": v2_date(order["modified"]),
        "status": status,
        "custom_status": status,
        "is_tax_inclusive_pricing": order["tax_inclusive"],
        "geoip_country": shop.settings["country"],
        "geoip_country_iso2": shop.settings["country_code"],
        "default_currency_code": order["currency_code"],
        "store_default_currency_code": currency,
        "store_default_to_transactional_exchange_rate": order["currency_exchange_rate"],
        "products": link(shop, order, "products"),
        "shipping_addresses": link(shop, order, "shipping_addresses"),
        "coupons": link(shop, order, "coupons"),
        "consignments": link(shop, order, "consignments"),
        "fees": link(shop, order, "fees"),
    }
    if "fees" in include:
        shape["fees"] = shop.all("order_fee", order["id"])
    if include & {"consignments", "consignments.line_items"}:
        found = consignments(shop, order, "consignments.line_items" in include)
        shape["consignments"] = found if nested else [found]
    return shape


def link(shop: Shop, order: Json, name: str) -> Json:
    resource = f"/orders/{order['id']}/{name.replace('_', '')}"
    return {"url": f"{shop.api_root}/v2{resource}", "resource": resource}


def consignments(shop: Shop, order: Json, with_lines: bool) -> Json:
    lines = shop.all("order_product", order["id"])
    shipping = []
    for address in shop.all("order_address", order["id"]):
        own = [line for line in lines if line["order_address_id"] == address["id"]]
        shipping.append({**consignment_shape(shop, address), "line_items": _lines(shop, order, own, with_lines)})
    downloads = []
    digital = [line for line in lines if line["type"] == "digital"]
    if digital:
        email = order["billing_address"]["email"]
        downloads.append({"recipient_email": email, "line_items": _lines(shop, order, digital, with_lines)})
    return {"pickups": [], "shipping": shipping, "downloads": downloads, "email": {"gift_certificates": []}}


def _lines(shop: Shop, order: Json, lines: list[Json], with_lines: bool) -> list[Json]:
    if with_lines:
        return lines
    return [
        {
            "url": f"{shop.api_root}/v2/orders/{order['id']}/products/{line['id']}",
            "resource": f"/orders/{order['id']}/products/{line['id']}",
        }
        for line in lines
    ]


def consignment_shape(shop: Shop, address: Json) -> Json:
    """The shipping address, with its costs as numbers."""
    shape = {name: value for name, value in address.items() if name != "order_id"}
    for name, value in address.items():
        if "cost" in name and isinstance(value, str):
            shape[name] = float(value)
    resource = f"/orders/{address['order_id']}/consignments/shipping/{address['id']}/shipping_quotes"
    shape["shipping_quotes"] = {"url": f"{shop.api_root}/v2{resource}", "resource": resource}
    return shape


def address_shape(shop: Shop, address: Json) -> Json:
    resource = f"/orders/{address['order_id']}/shippingaddresses/{address['id']}/shippingquotes"
    quotes = {"url": f"{shop.api_root}/v2{resource}", "resource": resource}
    return {**address, "shipping_quotes": quotes}
