"""Variants: every product has at least one; a simple product's is its base variant without option values."""

import json
from collections.abc import Iterable

from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, number
from sandbox.db import Json

PRICES = ("price", "sale_price", "retail_price", "cost_price", "map_price")
MEASURES = ("weight", "width", "height", "depth")
WRITABLE = (
    *PRICES,
    *MEASURES,
    "upc",
    "mpn",
    "gtin",
    "bin_picking_number",
    "purchasing_disabled",
    "purchasing_disabled_message",
    "image_url",
    "is_free_shipping",
    "fixed_cost_shipping_price",
    "inventory_warning_level",
)
DEFAULTS: Json = {
    **dict.fromkeys(PRICES),
    **dict.fromkeys(MEASURES),
    "upc": "",
    "mpn": "",
    "gtin": "",
    "bin_picking_number": "",
    "purchasing_disabled": False,
    "purchasing_disabled_message": "",
    "image_url": "",
    "is_free_shipping": False,
    "fixed_cost_shipping_price": None,
    "inventory_warning_level": 0,
}


def sku_key(sku: str) -> str:
    return sku.strip().casefold()


def check_sku(shop: Shop, sku: str, product_id: int, variant_id: int = 0) -> None:
    """409 when another product or variant of the store has the SKU, in whatever case."""
    key = sku_key(sku)
    if not key:
        return
    taken = shop.db.row(
        "SELECT id FROM variant WHERE store = ? AND sku_key = ? AND id <> ?", shop.hash, key, variant_id
    ) or shop.db.row("SELECT id FROM product WHERE store = ? AND sku_key = ? AND id <> ?", shop.hash, key, product_id)
    if taken is not None:
        raise ApiError(409, f"The SKU {sku} is already in use.", {"sku": f"The SKU {sku} is already in use."})


def save_variant(shop: Shop, variant: Json) -> None:
    sql = "INSERT OR REPLACE INTO variant (store, id, product_id, sku_key, body) VALUES (?, ?, ?, ?, ?)"
    shop.db.run(sql, shop.hash, variant["id"], variant["product_id"], sku_key(variant["sku"]), json.dumps(variant))


def find_variant(shop: Shop, variant_id: int, product_id: int | None = None) -> Json:
    row = shop.db.row("SELECT body FROM variant WHERE store = ? AND id = ?", shop.hash, variant_id)
    found: Json | None = json.loads(row["body"]) if row is not None else None
    if found is None or (product_id is not None and found["product_id"] != product_id):
        raise ApiError(404, f"A variant was not found with an id of {variant_id}.")
    return found


def variants_of(shop: Shop, product_ids: Iterable[int]) -> dict[int, list[Json]]:
    marks = ",".join(str(int(number)) for number in product_ids)
    sql = f"SELECT body FROM variant WHERE store = ? AND product_id IN ({marks}) ORDER BY id"
    found: dict[int, list[Json]] = {}
    for row in shop.db.rows(sql, shop.hash):
        body = json.loads(row["body"])
        found.setdefault(body["product_id"], []).append(body)
    return found


def new_variant(shop: Shop, product: Json, data: Json, option_values: list[Json]) -> Json:
    sku = str(data.get("sku") or "")
    number_ = shop.next_id("variant")
    base = not option_values
    variant = {
        "id": number_,
        "product_id": product["id"],
        "sku": sku,
        "sku_id": None if base else shop.next_id("sku"),
        **DEFAULTS,
        **{name: data[name] for name in WRITABLE if name in data},
        "option_values": option_values,
    }
    if not base:
        check_sku(shop, sku, product["id"])
        check_combination(shop, product["id"], option_values)
    save_variant(shop, variant)
    if "inventory_level" in data:
        levels.set_catalog_level(shop, product, variant, int(data["inventory_level"]))
    return variant


def check_combination(shop: Shop, product_id: int, option_values: list[Json]) -> None:
    wanted = sorted((value["option_id"], value["id"]) for value in option_values)
    for variant in variants_of(shop, [product_id]).get(product_id, []):
        if sorted((value["option_id"], value["id"]) for value in variant["option_values"]) == wanted:
            raise ApiError(409, "A variant with these option values already exists.")


def update_variant(shop: Shop, product: Json, variant: Json, data: Json) -> Json:
    """``option_values`` are accepted and ignored, as the real API does."""
    if "sku" in data and data["sku"] != variant["sku"]:
        check_sku(shop, str(data["sku"] or ""), product["id"], variant["id"])
        variant["sku"] = str(data["sku"] or "")
    variant.update({name: data[name] for name in WRITABLE if name in data})
    save_variant(shop, variant)
    if "inventory_level" in data:
        levels.set_catalog_level(shop, product, variant, int(data["inventory_level"]))
    shop.publish("store/sku/updated", sku_event(variant))
    return variant


def sku_event(variant: Json) -> Json:
    ids = {"product_id": variant["product_id"], "variant_id": variant["id"]}
    return {"type": "sku", "id": variant["sku_id"] or variant["id"], "sku": ids}


def delete_variant(shop: Shop, variant: Json) -> None:
    shop.db.run("DELETE FROM variant WHERE store = ? AND id = ?", shop.hash, variant["id"])
    shop.db.run("DELETE FROM stock WHERE store = ? AND variant_id = ?", shop.hash, variant["id"])
    shop.publish("store/sku/deleted", sku_event(variant))


def variant_shape(product: Json, variant: Json, level: int) -> Json:
    price = variant["sale_price"] or variant["price"] or product["sale_price"] or product["price"]
    weight = variant["weight"] if variant["weight"] is not None else product["weight"]
    return {
        **variant,
        **{name: number(variant[name]) for name in (*PRICES, *MEASURES)},
        "calculated_price": number(price),
        "calculated_weight": number(weight),
        "inventory_level": level,
    }
