"""What the shopper's pages show of products: rows of a page, one product with its choices."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.bigcommerce.catalog.products import find_product
from sandbox.bigcommerce.catalog.shapes import one_product, product_shapes
from sandbox.bigcommerce.orders.lines import catalog_price
from sandbox.bigcommerce.shops import Shop
from sandbox.db import Json

PAGE = 24


@dataclass(frozen=True)
class Choice:
    """A variant as a shopper picks it; ``code`` is what the order form understands."""

    code: str
    label: str
    sku: str
    price: Any
    stock: int | None
    variant_id: int


def product_page(shop: Shop, words: str, category: int | None, page: int) -> tuple[list[Json], int]:
    """Visible products of one page, newest last, and how many there are in all."""
    where = "store = ? AND is_visible = 1"
    values: list[str | int] = [shop.hash]
    if words:
        where += " AND (name_key LIKE ? OR sku_key LIKE ?)"
        values += [f"%{words.casefold()}%", f"%{words.casefold()}%"]
    if category:
        below = [entry["id"] for entry in shop.all("category") if category in (entry["id"], entry["parent_id"])]
        marks = ",".join("?" * len(below))
        where += f" AND EXISTS (SELECT 1 FROM json_each(body, '$.categories') WHERE value IN ({marks}))"
        values += below
    total = shop.db.number(f"SELECT COUNT(*) FROM product WHERE {where}", *values)
    sql = f"SELECT * FROM product WHERE {where} ORDER BY id LIMIT {PAGE} OFFSET {(page - 1) * PAGE}"
    return product_shapes(shop, shop.db.rows(sql, *values), {"variants", "primary_image"}), total


def one_with_choices(shop: Shop, product_id: int) -> tuple[Json, list[Choice]]:
    find_product(shop, product_id)
    shape = one_product(shop, product_id, {"variants", "images", "custom_fields"})
    return shape, choices_of(shape)


def choices_of(shape: Json) -> list[Choice]:
    tracked = shape["inventory_tracking"] != "none"
    return [
        Choice(
            code=variant["sku"] or f"#{variant['id']}",
            label=", ".join(value["label"] for value in variant["option_values"]) or "Standard",
            sku=variant["sku"],
            price=catalog_price(shape, variant),
            stock=variant["inventory_level"] if tracked else None,
            variant_id=variant["id"],
        )
        for variant in shape["variants"]
    ]


def stock_text(shape: Json) -> str:
    if shape["inventory_tracking"] == "none":
        return "Always available"
    level = shape["inventory_level"]
    return f"{level} in stock" if level > 0 else "Out of stock"


def sku_suggestions(shop: Shop, most: int = 200) -> list[tuple[str, str]]:
    """Code and name of the first variants, for the order form's list of suggestions."""
    rows = shop.db.rows(
        "SELECT v.body AS variant, json_extract(p.body, '$.name') AS name FROM variant v "
        "JOIN product p ON p.store = v.store AND p.id = v.product_id WHERE v.store = ? ORDER BY v.id LIMIT ?",
        shop.hash,
        most,
    )
    found = []
    for row in rows:
        variant = json.loads(row["variant"])
        labels = ", ".join(value["label"] for value in variant["option_values"])
        found.append((variant["sku"] or f"#{variant['id']}", f"{row['name']} {labels}".strip()))
    return found
