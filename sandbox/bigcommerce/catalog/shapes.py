"""How products are answered: many at once, with the parts that ``include`` asks for."""

import json
from sqlite3 import Row
from typing import Any

from sandbox.bigcommerce.catalog.variants import variant_shape, variants_of
from sandbox.bigcommerce.inventory.levels import StockKey, free_levels, stock_key
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import iso_date, number
from sandbox.db import Json

MONEY = ("price", "cost_price", "retail_price", "sale_price", "map_price", "weight", "width", "depth", "height")
PARTS = frozenset({"images", "custom_fields", "options"})
INCLUDES = PARTS | {"variants", "primary_image", "modifiers", "videos", "bulk_pricing_rules", "reviews", "channels"}


def product_shapes(shop: Shop, rows: list[Row], include: set[str]) -> list[Json]:
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    variants = variants_of(shop, ids)
    levels = free_levels(shop, ids)
    parts = {kind: _parts(shop, kind, ids) for kind in ("image", "custom_field", "option")}
    return [_product(shop, row, variants.get(row["id"], []), levels, parts, include) for row in rows]


def _product(
    shop: Shop,
    row: Row,
    variants: list[Json],
    levels: dict[StockKey, int],
    parts: dict[str, dict[int, list[Json]]],
    include: set[str],
) -> Json:
    product: Json = json.loads(row["body"])
    number_ = row["id"]
    shape: Json = {
        **product,
        **{name: number(product[name]) for name in MONEY},
        "calculated_price": number(product["sale_price"] or product["price"]),
        "inventory_level": product_level(product, variants, levels),
        "date_created": iso_date(row["created"]),
        "date_modified": iso_date(row["modified"]),
    }
    if "variants" in include:
        shape["variants"] = [variant_shape(product, entry, variant_level(product, entry, levels)) for entry in variants]
    images = [image_shape(shop, image) for image in parts["image"].get(number_, [])]
    if "images" in include:
        shape["images"] = images
    if "primary_image" in include:
        first = next((image for image in images if image["is_thumbnail"]), None)
        shape["primary_image"] = first and {**first, "image_file": first["url_standard"].rpartition("/")[2]}
    if "custom_fields" in include:
        shape["custom_fields"] = parts["custom_field"].get(number_, [])
    if "options" in include:
        shape["options"] = parts["option"].get(number_, [])
    for name in ("modifiers", "videos", "bulk_pricing_rules", "reviews"):
        if name in include:
            shape[name] = []
    if "channels" in include:
        shape["channels"] = [1]
    return shape


def product_level(product: Json, variants: list[Json], levels: dict[StockKey, int]) -> int:
    if product["inventory_tracking"] == "none":
        return 0
    return sum(levels.get(key, 0) for key in {stock_key(product, variant) for variant in variants})


def variant_level(product: Json, variant: Json, levels: dict[StockKey, int]) -> int:
    if product["inventory_tracking"] == "none":
        return 0
    return levels.get(stock_key(product, variant), 0)


def image_shape(shop: Shop, image: Json) -> Json:
    url = image["image_url"]
    if url.startswith("/"):
        url = f"{shop.base_url}{url}"
    return {
        "id": image["id"],
        "product_id": image["product_id"],
        "is_thumbnail": image["is_thumbnail"],
        "sort_order": image["sort_order"],
        "description": image["description"],
        "url_zoom": url,
        "url_standard": url,
        "url_thumbnail": url,
        "url_tiny": url,
        "date_modified": iso_date(image["modified"]),
    }


def _parts(shop: Shop, kind: str, parents: list[int]) -> dict[int, list[Json]]:
    marks = ",".join(str(number_) for number_ in parents)
    sql = f"SELECT parent, body FROM document WHERE store = ? AND kind = ? AND parent IN ({marks}) ORDER BY id"
    found: dict[int, list[Json]] = {}
    for row in shop.db.rows(sql, shop.hash, kind):
        found.setdefault(row["parent"], []).append(json.loads(row["body"]))
    return found


def one_product(shop: Shop, product_id: int, include: set[str]) -> Json:
    rows = shop.db.rows("SELECT * FROM product WHERE store = ? AND id = ?", shop.hash, product_id)
    return product_shapes(shop, rows, include)[0]


def narrowed(shape: Json, only: list[str], without: list[str]) -> Json:
    """``include_fields`` and ``exclude_fields``; the id always stays."""
    kept: dict[str, Any] = {
        name: value for name, value in shape.items() if (not only or name in only) and name not in without
    }
    return {"id": shape["id"], **kept}
