"""What a line sells: a product or a variation of the catalog, as an order needs it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog import attributes, records
from sandbox.woocommerce.catalog.records import VARIATION
from sandbox.woocommerce.catalog.shapes import price_of
from sandbox.woocommerce.orders.amounts import read
from sandbox.woocommerce.sites import Site


@dataclass(frozen=True)
class Good:
    """``product_id`` is the parent's for a variation; ``attributes`` are key, value, label and name of each value."""

    product_id: int
    variation_id: int
    name: str
    sku: str
    price: Decimal
    tax_status: str
    tax_class: str
    immaterial: bool
    parent_name: str | None
    image: Json
    attributes: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.variation_id or self.product_id


def find_good(site: Site, number: int) -> Good | None:
    body = records.load(site, number) if number else None
    if body is None:
        return None
    parent = records.load(site, body["parent_id"]) if body["type"] == VARIATION else None
    family = parent or body
    return Good(
        product_id=family["id"],
        variation_id=body["id"] if parent is not None else 0,
        name=str(body["name"]),
        sku=str(body["sku"] or family["sku"]),
        price=read(price_of(site, body)),
        tax_status=str(family["tax_status"] if parent is not None else body["tax_status"]),
        tax_class=str(family["tax_class"] if body["tax_class"] == "parent" else body["tax_class"]),
        immaterial=bool(body["virtual"] and body["downloadable"]),
        parent_name=str(parent["name"]) if parent is not None else None,
        image=image_of(site, body, parent),
        attributes=values_of(site, body, parent),
    )


def values_of(site: Site, body: Json, parent: Json | None) -> list[tuple[str, str, str, str]]:
    if parent is None:
        return []
    found = []
    for value in attributes.variation_shapes(site, parent, body):
        slug = records.slug_of(value["option"]) if value["id"] else value["option"]
        found.append((str(value["slug"]), str(slug), str(value["name"]), str(value["option"])))
    return found


def image_of(site: Site, body: Json, parent: Json | None) -> Json:
    """A product without a picture has no number, a variation without one has zero."""
    for one in (body, parent):
        if one is not None and one["images"]:
            image = site.get("image", one["images"][0]) or {"src": ""}
            return {"id": str(one["images"][0]), "src": image["src"]}
    return {"id": 0 if parent is not None else "", "src": ""}


def number_of_sku(site: Site, sku: str) -> int:
    """Zero when nothing has it."""
    sql = "SELECT id FROM woo_product WHERE store = ? AND sku_key = ? AND status <> 'trash' ORDER BY id LIMIT 1"
    row = site.db.row(sql, site.name, sku.casefold())
    return int(row["id"]) if row is not None else 0


def number_sent(site: Site, sent: Json) -> int | None:
    """Which product a sent line means; None when it names none, zero when it names one that there is not."""
    if sent.get("sku"):
        return number_of_sku(site, str(sent["sku"]))
    if sent.get("variation_id"):
        return _integer(sent["variation_id"])
    if sent.get("product_id"):
        return _integer(sent["product_id"])
    return None


def _integer(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdigit() else 0
