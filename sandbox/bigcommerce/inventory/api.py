"""``/v3/inventory``: locations, items and adjustments."""

import json
import uuid
from dataclasses import dataclass
from sqlite3 import Row

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.catalog.products import find_product
from sandbox.bigcommerce.catalog.variants import find_variant, sku_key
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.inventory.levels import StockKey
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, answer, page_answer
from sandbox.db import Json

routes = Routes("store_inventory")
BATCH, PAGE = 2000, 1000
IDENTITIES = ("sku", "variant_id", "product_id")


@dataclass(frozen=True)
class Target:
    """What one entry of an adjustment means."""

    item: Json
    variant: Json
    key: StockKey


@routes.on("GET", "/v3/inventory/locations", scope="store_locations")
def list_locations(call: Call) -> Response:
    found = call.shop.all("location")
    if (ids := call.integers("location_id:in")) is not None:
        found = [entry for entry in found if entry["id"] in ids]
    if (managed := call.flag("managed_by_external_source")) is not None:
        found = [entry for entry in found if entry["managed_by_external_source"] == managed]
    limit, page = call.limit(), call.page()
    return page_answer(found[(page - 1) * limit : page * limit], len(found), page, limit)


@routes.on("GET", "/v3/inventory/items")
def list_items(call: Call) -> Response:
    parts, values = ["store = ?"], [call.shop.hash]
    for name, column in (("variant_id:in", "id"), ("product_id:in", "product_id")):
        if (numbers := call.integers(name)) is not None:
            parts.append(f"{column} IN ({','.join('?' * len(numbers))})")
            values.extend(str(number) for number in numbers)
    if skus := [sku_key(word) for word in call.words("sku:in")]:
        parts.append(f"sku_key IN ({','.join('?' * len(skus))})")
        values.extend(skus)
    limit, page = call.limit(most=PAGE), call.page()
    where = " AND ".join(parts)
    total = call.db.number(f"SELECT COUNT(*) FROM variant WHERE {where}", *values)
    rows = call.db.rows(
        f"SELECT body FROM variant WHERE {where} ORDER BY id LIMIT ? OFFSET ?", *values, limit, (page - 1) * limit
    )
    wanted = call.integers("location_id:in")
    return page_answer(item_shapes(call.shop, [json.loads(row["body"]) for row in rows], wanted), total, page, limit)


@routes.on("GET", "/v3/inventory/locations/<int:location_id>/items")
def list_location_items(call: Call, location_id: int) -> Response:
    if call.shop.get("location", location_id) is None:
        raise ApiError(404, f"Location {location_id} was not found.")
    limit, page = call.limit(most=PAGE), call.page()
    total = call.db.number("SELECT COUNT(*) FROM variant WHERE store = ?", call.shop.hash)
    rows = call.db.rows(
        "SELECT body FROM variant WHERE store = ? ORDER BY id LIMIT ? OFFSET ?",
        call.shop.hash,
        limit,
        (page - 1) * limit,
    )
    shapes = item_shapes(call.shop, [json.loads(row["body"]) for row in rows], [location_id])
    flat = [location_item(shape["identity"], place) for shape in shapes for place in shape["locations"]]
    return page_answer(flat, total, page, limit)


def location_item(identity: Json, place: Json) -> Json:
    """An item seen from its location: without the location, and without the V2 SKU id."""
    kept = ("available_to_sell", "total_inventory_onhand", "settings")
    short = {name: identity[name] for name in ("sku", "variant_id", "product_id")}
    return {"identity": short, **{name: place[name] for name in kept}}


def item_shapes(shop: Shop, variants: list[Json], wanted: list[int] | None) -> list[Json]:
    marks = ",".join(str(number) for number in {variant["product_id"] for variant in variants})
    sql = f"SELECT * FROM stock WHERE store = ? AND product_id IN ({marks})"
    stock = {(row["product_id"], row["variant_id"], row["location_id"]): row for row in shop.db.rows(sql, shop.hash)}
    found = shop.db.rows(f"SELECT body FROM product WHERE store = ? AND id IN ({marks})", shop.hash)
    products = {body["id"]: body for body in (json.loads(row["body"]) for row in found)}
    places = [place for place in shop.all("location") if wanted is None or place["id"] in wanted]
    shapes = []
    for variant in variants:
        key = levels.stock_key(products[variant["product_id"]], variant)
        identity = {
            "sku": variant["sku"],
            "variant_id": variant["id"],
            "product_id": variant["product_id"],
            "sku_id": variant["sku_id"],
        }
        rows = [_place(place, stock.get((key.product_id, key.variant_id, place["id"]))) for place in places]
        shapes.append({"identity": identity, "locations": rows})
    return shapes


def _place(place: Json, row: Row | None) -> Json:
    onhand, safety = (row["onhand"], row["safety"]) if row is not None else (0, 0)
    return {
        "location_id": place["id"],
        "location_code": place["code"],
        "location_name": place["label"],
        "available_to_sell": onhand - safety,
        "total_inventory_onhand": onhand,
        "location_enabled": place["enabled"],
        "settings": {
            "safety_stock": safety,
            "is_in_stock": onhand - safety > 0,
            "warning_level": row["warning"] if row is not None else 0,
            "bin_picking_number": row["bin"] if row is not None else "",
        },
    }


@routes.on("PUT", "/v3/inventory/adjustments/absolute")
def adjust_absolute(call: Call) -> Response:
    for target in _targets(call):
        quantity = levels.check_quantity(target.item.get("quantity"))
        levels.store_level(call.shop, target.key, target.item["location_id"], quantity)
        levels.announce(call.shop, target.key, target.variant, "absolute", quantity, "inventory/updated")
    return answer({"transaction_id": str(uuid.uuid4())})


@routes.on("POST", "/v3/inventory/adjustments/relative")
def adjust_relative(call: Call) -> Response:
    for target in _targets(call):
        location_id, sku = target.item["location_id"], target.variant["sku"]
        before = levels.onhand(call.shop, target.key, location_id)
        change = target.item.get("quantity")
        if before is None:
            text = f"Items with identity: [sku {sku}] requires absolute adjustment before relative"
            raise ApiError(422, text)
        if isinstance(change, bool) or not isinstance(change, int) or not 0 <= before + change <= levels.MOST:
            raise ApiError(422, f"The adjustment of sku {sku} would leave an invalid quantity.")
        levels.store_level(call.shop, target.key, location_id, before + change)
        levels.announce(call.shop, target.key, target.variant, "relative", change, "inventory/updated")
    return answer({"transaction_id": str(uuid.uuid4())})


def _targets(call: Call) -> list[Target]:
    """One bad entry refuses all of them."""
    items = call.json_object().get("items")
    if not isinstance(items, list) or not items:
        raise ApiError(422, "JSON data is missing or invalid", {"items": "items is required"})
    if len(items) > BATCH:
        raise ApiError(413, f"The request payload is too large. The maximum items allowed in the array is {BATCH}.")
    known = {place["id"] for place in call.shop.all("location")}
    missing = [item.get("location_id") for item in items if item.get("location_id") not in known]
    if missing:
        names = ", ".join(dict.fromkeys(str(number) for number in missing))
        raise ApiError(422, f"Location not found, identities: [{names}]")
    return [target_of(call.shop, item) for item in items]


def target_of(shop: Shop, item: Json) -> Target:
    given = [name for name in IDENTITIES if item.get(name) is not None]
    if len(given) != 1:
        raise ApiError(422, "Each item needs exactly one of sku, variant_id, product_id.", {"items": given})
    name, value = given[0], item[given[0]]
    try:
        if name == "product_id":
            product = find_product(shop, int(value))
            variant = _variant_of_product(shop, product)
        else:
            variant = find_variant(shop, int(value)) if name == "variant_id" else _variant_by_sku(shop, str(value))
            product = find_product(shop, variant["product_id"])
    except ApiError as error:
        if error.status != 404:
            raise
        raise ApiError(422, f"[Item with {name} {value} was not found]") from error
    key = levels.stock_key(product, variant)
    if product["inventory_tracking"] == "none":
        raise ApiError(422, f"[Item with {name} {value} is not tracked, inventory tracking is disabled]")
    if key.variant_id == 0 and name != "product_id":
        text = f"[Item with {name} {value} is tracked by product, please update stock by product id]"
        raise ApiError(422, text)
    return Target(item, variant, key)


def _variant_by_sku(shop: Shop, sku: str) -> Json:
    row = shop.db.row("SELECT id FROM variant WHERE store = ? AND sku_key = ?", shop.hash, sku_key(sku))
    if row is None or not sku_key(sku):
        raise ApiError(404, f"No variant has the SKU {sku}.")
    return find_variant(shop, row["id"])


def _variant_of_product(shop: Shop, product: Json) -> Json:
    """The base variant, or any variant of a family tracked by product."""
    if product["base_variant_id"] is None and product["inventory_tracking"] == "variant":
        text = f"[Item with product_id {product['id']} is tracked by variant, please update stock by variant id]"
        raise ApiError(422, text)
    row = shop.db.row(
        "SELECT id FROM variant WHERE store = ? AND product_id = ? ORDER BY id LIMIT 1", shop.hash, product["id"]
    )
    if row is None:
        raise ApiError(404, "The product has no variant.")
    return find_variant(shop, row["id"])
