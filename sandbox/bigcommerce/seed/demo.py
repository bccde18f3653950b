"""Filling stores: the demo store, an outlet that sells some of the same SKUs, an empty one, bulk products."""

import json
from collections.abc import Iterator

from sandbox.bigcommerce.catalog.api_groups import create_category
from sandbox.bigcommerce.catalog.products import DEFAULTS, create_product, default_url, name_key
from sandbox.bigcommerce.catalog.variants import DEFAULTS as VARIANT_DEFAULTS
from sandbox.bigcommerce.catalog.variants import sku_key
from sandbox.bigcommerce.customers import create_customer
from sandbox.bigcommerce.founding import add_location
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.inventory.levels import StockKey
from sandbox.bigcommerce.orders.placing import place_order
from sandbox.bigcommerce.seed.products import CATEGORIES, SIMPLE, families
from sandbox.bigcommerce.shops import Shop
from sandbox.db import Json
from sandbox.platforms import Filling

OUTLET_SKUS = frozenset({"RS-HW45-TAN", "IM-R42", "ZH-Y10", "GK-450", "TF-075", "BO-EM15-BN"})
BULK_SLICE = 2000


def fill_demo(shop: Shop) -> None:
    groups(shop)
    add_location(shop, "HARBOR-2", "Harbor warehouse")
    categories = make_categories(shop)
    for entry in (*SIMPLE, *families()):
        add_product(shop, entry, categories)
    stock_second_location(shop)
    people(shop)
    some_orders(shop)


def fill_outlet(shop: Shop) -> None:
    categories = make_categories(shop)
    for entry in (*SIMPLE, *families()):
        family = "variants" in entry
        if entry["sku"] in OUTLET_SKUS or (family and entry["variants"][0]["sku"].startswith("SH-MER180")):
            prices: Json = {
                name: outlet_price(entry[name]) for name in ("price", "sale_price", "retail_price") if name in entry
            }
            add_product(shop, {**entry, **prices}, categories)
    people(shop)


def outlet_price(price: float) -> float:
    """Without tax, and a little cheaper."""
    return round(price * 0.84 / 1.19, 2)


def fill_empty(shop: Shop) -> None:
    """Reference data only."""


FILLS: dict[str, Filling] = {
    "demo": ({"name": "Nordhafen Outdoor"}, fill_demo),
    "outlet": ({"name": "Nordhafen Outlet", "prices_include_tax": False}, fill_outlet),
    "empty": ({}, fill_empty),
}


def make_categories(shop: Shop) -> dict[str, int]:
    known: dict[str, int] = {}
    for name, children in CATEGORIES:
        parent = create_category(shop, {"name": name})
        known[name] = parent["id"]
        for child in children:
            known[child] = create_category(shop, {"name": child, "parent_id": parent["id"]})["id"]
    return known


def add_product(shop: Shop, entry: Json, categories: dict[str, int]) -> Json:
    """``category`` is a name here; every product gets a picture of the sandbox's own."""
    data = {name: value for name, value in entry.items() if name != "category"}
    data["categories"] = [categories[entry["category"]]]
    product = create_product(shop, data)
    if entry.get("inventory_level") and "variants" in entry:
        levels.store_level(shop, StockKey(product["id"], 0), levels.DEFAULT_LOCATION, entry["inventory_level"])
    image = {
        "id": shop.next_id("image"),
        "product_id": product["id"],
        "is_thumbnail": True,
        "sort_order": 0,
        "description": entry["name"],
        "image_url": f"/_static/product-{product['id']}.png",
        "modified": shop.now,
    }
    shop.put("image", image, product["id"])
    return product


def stock_second_location(shop: Shop) -> None:
    """A few units elsewhere; the storefront sells from the default location only."""
    rows = shop.db.rows("SELECT product_id, id FROM variant WHERE store = ? ORDER BY id LIMIT 5", shop.hash)
    for index, row in enumerate(rows):
        levels.store_level(shop, StockKey(row["product_id"], row["id"]), 2, 5 + index)


def groups(shop: Shop) -> None:
    for name, default in (("Retail", True), ("Wholesale", False)):
        number = shop.next_id("customer_group")
        body = {
            "id": number,
            "name": name,
            "is_default": default,
            "category_access": {"type": "all"},
            "discount_rules": [],
            "date_created": "2024-01-15T09:00:00",
            "date_modified": "2024-01-15T09:00:00",
            "is_group_for_guests": False,
        }
        shop.put("customer_group", body)


def people(shop: Shop) -> None:
    for first, last, company, city, zip_code in (
        ("Anke", "Brandt", "", "Kiel", "24103"),
        ("Mehmet", "Yılmaz", "Yılmaz Bergsport GmbH", "München", "80331"),
        ("Chloé", "Lefèvre", "", "Strasbourg", "67000"),
    ):
        french = first == "Chloé"
        address = {
            "address1": "Hauptstraße 5" if not french else "12 rue du Port",
            "city": city,
            "state_or_province": "Grand Est" if french else city,
            "postal_code": zip_code,
            "country": "France" if french else "Germany",
            "country_code": "FR" if french else "DE",
        }
        name = f"{first}.{last}".casefold().encode("ascii", "ignore").decode()
        data = {"first_name": first, "last_name": last, "company": company, "email": f"{name}@example.com"}
        create_customer(shop, {**data, "phone": "+49 431 5550101", "addresses": [address]})


def some_orders(shop: Shop) -> None:
    """Two orders from before the store was connected."""
    old = {"date_created": "2026-01-12T10:15:00+00:00", "shipping_method": "Standard delivery"}
    place_order(shop, {**old, "customer_id": 1, "lines": [{"sku": "ZH-Y10", "quantity": 2}], "status_id": 10})
    place_order(shop, {**old, "customer_id": 2, "lines": [{"sku": "TF-075", "quantity": 1}], "status_id": 10})


def bulk_products(shop: Shop, count: int, prefix: str = "BULK", stock: int = 10, price: float = 9.9) -> int:
    """Write ``count`` simple products straight to the tables, in slices; the first new product id."""
    first, first_variant = shop.db.next_id(shop.hash, "product", count), shop.db.next_id(shop.hash, "variant", count)
    now = shop.now
    for start in range(0, count, BULK_SLICE):
        numbers = range(start, min(start + BULK_SLICE, count))
        rows = [
            bulk_body(first + index, first_variant + index, f"{prefix}-{first + index:06d}", price) for index in numbers
        ]
        with shop.db.transaction():
            shop.db.run_many(
                "INSERT INTO product (store, id, sku_key, name_key, brand_id, is_visible, created, modified, body) "
                "VALUES (?, ?, ?, ?, 0, 1, ?, ?, ?)",
                _product_rows(shop, rows, now),
            )
            shop.db.run_many(
                "INSERT INTO variant (store, id, product_id, sku_key, body) VALUES (?, ?, ?, ?, ?)",
                _variant_rows(shop, rows),
            )
            shop.db.run_many(
                "INSERT INTO stock (store, product_id, variant_id, location_id, onhand) VALUES (?, ?, ?, 1, ?)",
                ((shop.hash, body["id"], body["base_variant_id"], stock) for body in rows),
            )
    return first


def bulk_body(number: int, variant_id: int, sku: str, price: float) -> Json:
    name = f"Bulk product {sku}"
    more = {"price": price, "weight": 0.1, "inventory_tracking": "product", "custom_url": default_url(name, number)}
    return {"id": number, "name": name, **DEFAULTS, **more, "sku": sku, "base_variant_id": variant_id}


def _product_rows(shop: Shop, rows: list[Json], now: int) -> Iterator[tuple[object, ...]]:
    for body in rows:
        yield shop.hash, body["id"], sku_key(body["sku"]), name_key(body["name"]), now, now, json.dumps(body)


def _variant_rows(shop: Shop, rows: list[Json]) -> Iterator[tuple[object, ...]]:
    for body in rows:
        ids = {"id": body["base_variant_id"], "product_id": body["id"], "sku": body["sku"], "sku_id": None}
        variant = {**ids, **VARIANT_DEFAULTS, "option_values": []}
        yield shop.hash, variant["id"], variant["product_id"], sku_key(variant["sku"]), json.dumps(variant)
