"""Products and variations as they are stored, and what must be unique about them."""

import html
import json
import re
import unicodedata
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, decimal_of

VARIATION = "variation"
DEFAULTS: Json = {
    "name": "",
    "slug": "",
    "type": "simple",
    "status": "publish",
    "featured": False,
    "catalog_visibility": "visible",
    "description": "",
    "short_description": "",
    "sku": "",
    "global_unique_id": "",
    "regular_price": "",
    "sale_price": "",
    "date_on_sale_from": None,
    "date_on_sale_to": None,
    "total_sales": 0,
    "virtual": False,
    "downloadable": False,
    "downloads": [],
    "download_limit": -1,
    "download_expiry": -1,
    "external_url": "",
    "button_text": "",
    "tax_status": "taxable",
    "tax_class": "",
    "manage_stock": False,
    "stock_quantity": None,
    "stock_status": "instock",
    "backorders": "no",
    "low_stock_amount": None,
    "sold_individually": False,
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_class_id": 0,
    "reviews_allowed": True,
    "upsell_ids": [],
    "cross_sell_ids": [],
    "parent_id": 0,
    "purchase_note": "",
    "categories": [],
    "brands": [],
    "tags": [],
    "images": [],
    "attributes": [],
    "default_attributes": [],
    "grouped_products": [],
    "menu_order": 0,
    "meta_data": [],
    "post_password": "",
}
COLUMNS = (
    "store, id, parent_id, type, status, sku_key, gtin, slug, name_key, price, stock_status, menu_order, "
    "created, modified, body"
)
MARKS = ",".join("?" * 15)


def new_body(**values: Any) -> Json:
    found: Json = json.loads(json.dumps(DEFAULTS))
    found.update(values)
    return found


def row_of(site: Site, body: Json) -> tuple[Any, ...]:
    return (
        site.name,
        body["id"],
        body["parent_id"],
        body["type"],
        body["status"],
        body["sku"].casefold(),
        body["global_unique_id"],
        body["slug"],
        body["name"].casefold(),
        float(decimal_of(price)) if (price := active_price(body, site.now)) else None,
        body["stock_status"],
        body["menu_order"],
        body["created"],
        body["modified"],
        json.dumps(body),
    )


def save(site: Site, body: Json) -> Json:
    site.db.run(f"INSERT OR REPLACE INTO woo_product ({COLUMNS}) VALUES ({MARKS})", *row_of(site, body))
    if body["type"] != VARIATION:
        save_terms(site, body)
    return body


def save_terms(site: Site, body: Json) -> None:
    wanted = {*body["categories"], *body["tags"], *body["brands"], *attribute_terms(body)}
    if body["shipping_class_id"]:
        wanted.add(body["shipping_class_id"])
    site.db.run("DELETE FROM woo_term_product WHERE store = ? AND product_id = ?", site.name, body["id"])
    rows = [(site.name, term, body["id"]) for term in sorted(wanted)]
    site.db.run_many("INSERT INTO woo_term_product (store, term_id, product_id) VALUES (?, ?, ?)", rows)


def attribute_terms(body: Json) -> set[int]:
    return {term for attribute in body["attributes"] for term in attribute.get("terms", [])}


def load(site: Site, number: int) -> Json | None:
    row = site.db.row("SELECT body FROM woo_product WHERE store = ? AND id = ?", site.name, number)
    return json.loads(row["body"]) if row is not None else None


def find_product(site: Site, number: int) -> Json:
    """Any product, variations too; 404 for what is none."""
    found = load(site, number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    return found


def children_of(site: Site, parents: list[int], *, trashed: bool = False) -> dict[int, list[Json]]:
    """Variations of each parent in the order of their place and number; those in the trash only if wanted."""
    if not parents:
        return {}
    marks = ",".join("?" * len(parents))
    condition = "" if trashed else "AND status IN ('publish', 'private', 'draft', 'pending')"
    sql = (
        f"SELECT parent_id, body FROM woo_product WHERE store = ? AND parent_id IN ({marks}) {condition} "
        "AND type = 'variation' ORDER BY parent_id, menu_order, id"
    )
    found: dict[int, list[Json]] = {number: [] for number in parents}
    for row in site.db.rows(sql, site.name, *parents):
        found[row["parent_id"]].append(json.loads(row["body"]))
    return found


def remove(site: Site, number: int) -> None:
    site.db.run("DELETE FROM woo_product WHERE store = ? AND id = ?", site.name, number)
    site.db.run("DELETE FROM woo_term_product WHERE store = ? AND product_id = ?", site.name, number)


def on_sale(body: Json, now: int) -> bool:
    if body["sale_price"] == "" or decimal_of(body["sale_price"]) >= decimal_of(body["regular_price"]):
        return False
    start, end = body["date_on_sale_from"], body["date_on_sale_to"]
    return (start is None or start <= now) and (end is None or now <= end)


def active_price(body: Json, now: int) -> str:
    found: str = body["sale_price"] if on_sale(body, now) else body["regular_price"]
    return found


def check_sku(site: Site, sku: str, number: int, *, kind: str = "product") -> None:
    """400 when another product or variation has it; one in the trash still blocks it, with another error."""
    if not sku:
        return
    sql = "SELECT id, status FROM woo_product WHERE store = ? AND sku_key = ? AND id <> ? ORDER BY id LIMIT 1"
    row = site.db.row(sql, site.name, sku.casefold(), number)
    if row is None:
        return
    if row["status"] == "trash":
        text = f"The product with SKU ({sku}) you are trying to insert is already present in the lookup table"
        raise ApiError(400, f"woocommerce_rest_{kind}_not_created", text)
    data = {"resource_id": row["id"], "unique_sku": unique_sku(site, sku)}
    raise ApiError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)


def unique_sku(site: Site, sku: str) -> str:
    number = 1
    while site.db.number(
        "SELECT COUNT(*) FROM woo_product WHERE store = ? AND sku_key = ?", site.name, f"{sku}-{number}".casefold()
    ):
        number += 1
    return f"{sku}-{number}"


def check_gtin(site: Site, gtin: str, number: int) -> None:
    if not gtin:
        return
    sql = "SELECT id FROM woo_product WHERE store = ? AND gtin = ? AND id <> ? AND status <> 'trash' LIMIT 1"
    row = site.db.row(sql, site.name, gtin, number)
    if row is not None:
        text = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
        raise ApiError(400, "product_invalid_global_unique_id", text, {"resource_id": row["id"]})


def slug_of(text: str) -> str:
    """As WordPress makes the last part of an address of a title."""
    plain = unicodedata.normalize("NFKD", re.sub(r"<[^>]*>|&[a-z#0-9]+;", "", text).casefold().replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9_]+", "-", re.sub(r"[.'\"’“”„]", "", plain)).strip("-")


def free_slug(site: Site, wanted: str, number: int) -> str:
    found, tries = wanted, 1
    sql = "SELECT COUNT(*) FROM woo_product WHERE store = ? AND slug = ? AND id <> ?"
    while site.db.number(sql, site.name, found, number):
        tries += 1
        found = f"{wanted}-{tries}"
    return found


def clean_name(text: str) -> str:
    """As WordPress keeps a title: harmless markup stays, scripts lose their tags, ampersands are escaped."""
    kept = re.sub(r"</?(?!(?:b|i|em|strong|br|a|code|del|span|sub|sup)\b)[a-zA-Z][^>]*>", "", text)
    return re.sub(r"&(?!(?:[a-zA-Z]+|#\d+);)", "&amp;", kept)


def clean_term(text: str) -> str:
    """As WordPress keeps the name of a term: without markup, escaped."""
    return html.escape(html.unescape(re.sub(r"<[^>]*>", "", text)), quote=False).strip()
