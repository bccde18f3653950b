"""``/v3/catalog/variants`` and the variants of one product."""

import json
from typing import Any

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.catalog import options, variants
from sandbox.bigcommerce.catalog.products import find_product, save_product
from sandbox.bigcommerce.catalog.shapes import variant_level
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.wire import ApiError, data_answer, empty, page_answer
from sandbox.db import Json

routes = Routes("store_v2_products")
BATCH = 50


@routes.on("GET", "/v3/catalog/variants")
def list_variants(call: Call) -> Response:
    return _page(call, *_filters(call))


@routes.on("GET", "/v3/catalog/products/<int:product_id>/variants")
def product_variants(call: Call, product_id: int) -> Response:
    find_product(call.shop, product_id)
    return _page(call, "store = ? AND product_id = ?", [call.shop.hash, product_id])


def _filters(call: Call) -> tuple[str, list[Any]]:
    parts: list[str] = ["store = ?"]
    values: list[Any] = [call.shop.hash]
    for name, column in (("id", "id"), ("product_id", "product_id")):
        numbers = call.integers(name) if call.arg(f"{name}:in") is None else call.integers(f"{name}:in")
        if numbers is not None:
            parts.append(f"{column} IN ({','.join('?' * len(numbers))})")
            values.extend(numbers)
    for name in ("sku", "sku:in"):
        if skus := [variants.sku_key(word) for word in call.words(name)]:
            parts.append(f"sku_key IN ({','.join('?' * len(skus))})")
            values.extend(skus)
    return " AND ".join(parts), values


def _page(call: Call, where: str, values: list[Any]) -> Response:
    limit, page = call.limit(), call.page()
    total = call.db.number(f"SELECT COUNT(*) FROM variant WHERE {where}", *values)
    sql = f"SELECT body FROM variant WHERE {where} ORDER BY id LIMIT ? OFFSET ?"
    rows = [json.loads(row["body"]) for row in call.db.rows(sql, *values, limit, (page - 1) * limit)]
    return page_answer(variant_shapes(call, rows), total, page, limit)


def variant_shapes(call: Call, found: list[Json]) -> list[Json]:
    ids = {variant["product_id"] for variant in found}
    marks = ",".join(str(number) for number in ids)
    rows = call.db.rows(f"SELECT body FROM product WHERE store = ? AND id IN ({marks})", call.shop.hash)
    known = {body["id"]: body for body in (json.loads(row["body"]) for row in rows)}
    free = levels.free_levels(call.shop, ids)
    return [
        variants.variant_shape(known[one["product_id"]], one, variant_level(known[one["product_id"]], one, free))
        for one in found
    ]


@routes.on("PUT", "/v3/catalog/variants")
def update_variants(call: Call) -> Response:
    """Updates by id, or creates from product_id, sku and option_values."""
    entries = call.json_list(BATCH)
    saved = []
    for entry in entries:
        if "id" in entry:
            variant = variants.find_variant(call.shop, int(entry["id"]))
            product = find_product(call.shop, variant["product_id"])
            saved.append(variants.update_variant(call.shop, product, variant, entry))
        else:
            saved.append(_create(call, int(entry.get("product_id") or 0), entry))
    shapes = variant_shapes(call, saved)
    return page_answer(shapes, len(shapes), 1, BATCH)


@routes.on("POST", "/v3/catalog/products/<int:product_id>/variants")
def create_variant(call: Call, product_id: int) -> Response:
    variant = _create(call, product_id, call.json_object())
    return data_answer(variant_shapes(call, [variant])[0])


def _create(call: Call, product_id: int, data: Json) -> Json:
    """The first real variant of a simple product replaces its base variant."""
    shop = call.shop
    product = find_product(shop, product_id)
    values = options.values_for(shop, product, data.get("option_values") or [])
    base = product["base_variant_id"]
    if base is not None:
        shop.db.run("DELETE FROM variant WHERE store = ? AND id = ?", shop.hash, base)
        shop.db.run("DELETE FROM stock WHERE store = ? AND variant_id = ?", shop.hash, base)
        product["base_variant_id"] = None
        save_product(shop, product)
    variant = variants.new_variant(shop, product, data, values)
    shop.publish("store/sku/created", variants.sku_event(variant))
    return variant


@routes.on("GET", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>")
def get_variant(call: Call, product_id: int, variant_id: int) -> Response:
    variant = variants.find_variant(call.shop, variant_id, product_id)
    return data_answer(variant_shapes(call, [variant])[0])


@routes.on("PUT", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>")
def update_variant(call: Call, product_id: int, variant_id: int) -> Response:
    variant = variants.find_variant(call.shop, variant_id, product_id)
    product = find_product(call.shop, product_id)
    variants.update_variant(call.shop, product, variant, call.json_object())
    return data_answer(variant_shapes(call, [variant])[0])


@routes.on("DELETE", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>")
def delete_variant(call: Call, product_id: int, variant_id: int) -> Response:
    variant = variants.find_variant(call.shop, variant_id, product_id)
    if not variant["option_values"]:
        raise ApiError(422, "The base variant of a product cannot be deleted.")
    variants.delete_variant(call.shop, variant)
    return empty()
