"""Stock levels: one row per place; a family tracked by product has one row of its own (variant 0)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError
from sandbox.db import Json

DEFAULT_LOCATION = 1
MOST = 2_147_483_647


@dataclass(frozen=True)
class StockKey:
    product_id: int
    variant_id: int


def stock_key(product: Json, variant: Json) -> StockKey:
    by_product = product["inventory_tracking"] == "product" and bool(variant["option_values"])
    return StockKey(product["id"], 0 if by_product else variant["id"])


def onhand(shop: Shop, key: StockKey, location_id: int = DEFAULT_LOCATION) -> int | None:
    """None before the first absolute adjustment."""
    row = shop.db.row(
        "SELECT onhand FROM stock WHERE store = ? AND product_id = ? AND variant_id = ? AND location_id = ?",
        shop.hash,
        key.product_id,
        key.variant_id,
        location_id,
    )
    return row["onhand"] if row is not None else None


def available(shop: Shop, key: StockKey, location_id: int = DEFAULT_LOCATION) -> int:
    row = shop.db.row(
        "SELECT onhand - safety AS free FROM stock "
        "WHERE store = ? AND product_id = ? AND variant_id = ? AND location_id = ?",
        shop.hash,
        key.product_id,
        key.variant_id,
        location_id,
    )
    return row["free"] if row is not None else 0


def store_level(shop: Shop, key: StockKey, location_id: int, quantity: int) -> None:
    shop.db.run(
        "INSERT INTO stock (store, product_id, variant_id, location_id, onhand) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (store, product_id, variant_id, location_id) DO UPDATE SET onhand = excluded.onhand",
        shop.hash,
        key.product_id,
        key.variant_id,
        location_id,
        quantity,
    )
    shop.db.run("UPDATE product SET modified = ? WHERE store = ? AND id = ?", shop.now, shop.hash, key.product_id)


def set_catalog_level(shop: Shop, product: Json, variant: Json, quantity: int) -> None:
    """The Catalog API sees and sets only the default location, and clamps what is too large."""
    key = stock_key(product, variant)
    before = onhand(shop, key)
    level = max(0, min(quantity, MOST))
    store_level(shop, key, DEFAULT_LOCATION, level)
    if before is not None:
        announce(shop, key, variant, "absolute", level, "inventory/updated")


def announce(shop: Shop, key: StockKey, variant: Json, method: str, value: int, suffix: str) -> None:
    """Notices of a stock change: of the product for simple and product-tracked ones, else of the SKU."""
    inventory: Json = {"product_id": key.product_id, "method": method, "value": value}
    if key.variant_id == 0 or not variant["option_values"]:
        data = {"type": "product", "id": key.product_id, "inventory": inventory}
        shop.publish(f"store/product/{suffix}", data)
        return
    inventory["variant_id"] = key.variant_id
    shop.publish(f"store/sku/{suffix}", {"type": "sku", "id": variant["sku_id"], "inventory": inventory})


def move(shop: Shop, product: Json, variant: Json, quantity: int) -> None:
    """The store's own movement by an order, at the default location; never below zero."""
    if product["inventory_tracking"] == "none":
        return
    key = stock_key(product, variant)
    before = onhand(shop, key) or 0
    after = max(0, before + quantity)
    if after != before:
        store_level(shop, key, DEFAULT_LOCATION, after)
        announce(shop, key, variant, "relative", after - before, "inventory/order/updated")


def free_levels(shop: Shop, product_ids: Iterable[int]) -> dict[StockKey, int]:
    """Available at the default location, of many products at once."""
    marks = ",".join(str(int(number)) for number in product_ids)
    sql = (
        "SELECT product_id, variant_id, onhand - safety AS free FROM stock "
        f"WHERE store = ? AND location_id = ? AND product_id IN ({marks})"
    )
    rows = shop.db.rows(sql, shop.hash, DEFAULT_LOCATION)
    return {StockKey(row["product_id"], row["variant_id"]): row["free"] for row in rows}


def check_quantity(quantity: object) -> int:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 <= quantity <= MOST:
        raise ApiError(422, f"Quantity must be a whole number between 0 and {MOST}.")
    return quantity
