"""One wanted line of an order, priced; and the addresses an order is sent to."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.bigcommerce.catalog.products import find_product
from sandbox.bigcommerce.catalog.variants import find_variant, sku_key
from sandbox.bigcommerce.orders.pricing import ZERO, PricedLine, Taxation
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, money4
from sandbox.db import Json

ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "street_1",
    "street_2",
    "city",
    "state",
    "zip",
    "country",
    "country_iso2",
    "phone",
    "email",
)
DEFAULT_ADDRESS: Json = {
    "first_name": "Jana",
    "last_name": "Petersen",
    "company": "",
    "street_1": "Hafenstraße 12",
    "street_2": "",
    "city": "Hamburg",
    "state": "Hamburg",
    "zip": "20457",
    "country": "Germany",
    "country_iso2": "DE",
    "phone": "+49 40 5550100",
    "email": "jana.petersen@example.com",
}

UNTOUCHED: Json = {
    "is_refunded": False,
    "quantity_refunded": 0,
    "refund_amount": "0.0000",
    "return_id": 0,
    "quantity_shipped": 0,
    "event_name": None,
    "event_date": None,
    "fixed_shipping_cost": "0.0000",
    "ebay_item_id": "",
    "ebay_transaction_id": "",
    "option_set_id": None,
    "parent_order_product_id": None,
    "is_bundled_product": False,
    "bin_picking_number": "",
    "external_id": None,
    "configurable_fields": [],
    "gift_certificate_id": None,
}


@dataclass
class WantedLine:
    product: Json | None
    variant: Json | None
    priced: PricedLine
    data: Json


def amount_of(value: Any, name: str) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise ApiError(422, f"{name} is not an amount.") from error
    if not found.is_finite() or found < 0:
        raise ApiError(422, f"{name} is not an amount.")
    return found


def taxation_of(shop: Shop) -> Taxation:
    rates = {int(number): Decimal(rate) for number, rate in shop.settings["tax_rates"].items()}
    return Taxation(rates, bool(shop.settings["prices_include_tax"]))


def wanted_line(shop: Shop, taxation: Taxation, data: Json) -> WantedLine:
    product, variant = product_of(shop, data)
    quantity = data.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise ApiError(422, "A line's quantity must be a whole number above zero.")
    tax_class = int(data["tax_class_id"]) if "tax_class_id" in data else int(product["tax_class_id"] if product else 0)
    price = data["price"] if data.get("price") is not None else catalog_price(product, variant)
    unit = taxation.split(amount_of(price, "price"), tax_class)
    wrap_class = int(shop.settings["wrapping_tax_class_id"])
    cost = amount_of(shop.settings["wrapping_cost"], "wrapping_cost") * quantity if data.get("wrap") else ZERO
    return WantedLine(product, variant, PricedLine(quantity, unit, taxation.split(cost, wrap_class)), data)


def catalog_price(product: Json | None, variant: Json | None) -> Any:
    if product is None:
        raise ApiError(422, "A custom line needs a price.", {"price": "missing"})
    own = (variant["sale_price"] or variant["price"]) if variant is not None else None
    return own or product["sale_price"] or product["price"]


def product_of(shop: Shop, data: Json) -> tuple[Json | None, Json | None]:
    """Neither for a custom line; a product id alone stands for its base variant."""
    if data.get("sku"):
        sql = "SELECT id FROM variant WHERE store = ? AND sku_key = ?"
        row = shop.db.row(sql, shop.hash, sku_key(data["sku"]))
        if row is None:
            raise ApiError(422, f"No variant has the SKU {data['sku']}.", {"sku": "unknown"})
        variant = find_variant(shop, row["id"])
    elif data.get("variant_id"):
        variant = find_variant(shop, int(data["variant_id"]))
    elif data.get("product_id"):
        product = find_product(shop, int(data["product_id"]))
        if product["base_variant_id"] is None:
            raise ApiError(422, "Choose a variant of this product.", {"variant_id": "missing"})
        return product, find_variant(shop, product["base_variant_id"])
    else:
        return None, None
    return find_product(shop, variant["product_id"]), variant


def address_of(shop: Shop, draft: Json, given: Json | None) -> Json:
    """The address given, completed; the customer's own or a default one when none is given."""
    base = dict(DEFAULT_ADDRESS)
    customer = shop.get("customer", int(draft.get("customer_id") or 0))
    if customer is not None:
        base.update({name: customer[name] for name in ("first_name", "last_name", "company", "email", "phone")})
        for home in shop.all("customer_address", customer["id"])[:1]:
            base.update(street_1=home["address1"], street_2=home["address2"], city=home["city"])
            base.update(state=home["state_or_province"], zip=home["postal_code"])
            base.update(country=home["country"], country_iso2=home["country_code"])
    if given is not None:
        base = {**dict.fromkeys(ADDRESS_FIELDS, ""), **given}
    return {**{name: str(base.get(name) or "") for name in ADDRESS_FIELDS}, "form_fields": []}


def line_body(shop: Shop, order: Json, line: WantedLine, address_id: int) -> Json:
    product, variant, priced = line.product or {}, line.variant or {}, line.priced
    name = str(line.data.get("name") or product.get("name") or "Custom item")
    cost = money4(variant.get("cost_price") or product.get("cost_price") or 0)
    brand = shop.get("brand", int(product.get("brand_id") or 0))
    number = shop.next_id("order_product")
    return {
        "id": number,
        "order_id": order["id"],
        "product_id": product.get("id", 0),
        "variant_id": variant.get("id", 0),
        "order_pickup_method_id": 0,
        "order_address_id": address_id,
        "name": name,
        "name_customer": name,
        "name_merchant": name,
        "sku": variant.get("sku", ""),
        "upc": variant.get("upc", ""),
        "type": product.get("type", "physical"),
        "quantity": priced.quantity,
        **line_money(priced),
        **{
            side: money4(variant.get(side) or product.get(side) or 0) for side in ("weight", "width", "height", "depth")
        },
        "base_cost_price": cost,
        "cost_price_inc_tax": cost,
        "cost_price_ex_tax": cost,
        "cost_price_tax": "0.0000",
        **UNTOUCHED,
        "brand": brand["name"] if brand else "",
        "applied_discounts": priced.discounts,
        "product_options": line_options(number, variant),
    }


def line_money(priced: PricedLine) -> Json:
    total, wrapping = priced.total, priced.wrapping
    return {
        "base_price": money4(priced.unit.base),
        "price_ex_tax": money4(priced.unit.ex),
        "price_inc_tax": money4(priced.unit.inc),
        "price_tax": money4(priced.unit.tax),
        "base_total": money4(total.base),
        "total_ex_tax": money4(total.ex),
        "total_inc_tax": money4(total.inc),
        "total_tax": money4(priced.total_tax),
        "discounted_total_inc_tax": money4(priced.discounted_inc),
        "wrapping_id": 1 if wrapping.inc else 0,
        "wrapping_name": "Gift paper" if wrapping.inc else "",
        "wrapping_message": "",
        "base_wrapping_cost": money4(wrapping.base),
        "wrapping_cost_ex_tax": money4(wrapping.ex),
        "wrapping_cost_inc_tax": money4(wrapping.inc),
        "wrapping_cost_tax": money4(wrapping.tax),
    }


def line_options(line_id: int, variant: Json) -> list[Json]:
    return [
        {
            "id": line_id * 10 + index,
            "option_id": value["option_id"],
            "order_product_id": line_id,
            "product_option_id": value["option_id"],
            "display_name": value["option_display_name"],
            "display_name_customer": value["option_display_name"],
            "display_name_merchant": value["option_display_name"],
            "display_value": value["label"],
            "display_value_customer": value["label"],
            "display_value_merchant": value["label"],
            "value": str(value["id"]),
            "type": "Multiple choice",
            "name": value["option_display_name"],
            "display_style": "Rectangle",
        }
        for index, value in enumerate(variant.get("option_values") or [])
    ]
