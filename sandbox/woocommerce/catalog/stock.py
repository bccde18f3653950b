"""Levels and what follows from them. The store's own orders move stock through here."""

import json

from sandbox.db import Json
from sandbox.woocommerce.catalog import records
from sandbox.woocommerce.sites import Site


def settle(body: Json) -> None:
    """What a managed product's level says about its status; ``stock_status`` sent beside it has no say."""
    if body["manage_stock"] is not True:
        body["stock_quantity"] = None
        return
    level = body["stock_quantity"] or 0
    body["stock_quantity"] = level
    if level > 0:
        body["stock_status"] = "instock"
    else:
        body["stock_status"] = "onbackorder" if body["backorders"] != "no" else "outofstock"


def owner_of(site: Site, body: Json) -> Json | None:
    """The product that keeps the level: itself, its parent, or none."""
    if not site.settings["manage_stock"]:
        return None
    if body["manage_stock"] is True:
        return body
    if body["type"] == records.VARIATION:
        parent = records.load(site, body["parent_id"])
        return parent if parent is not None and parent["manage_stock"] is True else None
    return None


def set_level(site: Site, body: Json, level: int) -> None:
    """Store the level, bump the dates (the parent's too) and tell of it."""
    now = site.now
    body["stock_quantity"] = level
    body["modified"] = now
    settle(body)
    records.save(site, body)
    site.announce("product.updated", body["id"])
    if body["type"] == records.VARIATION:
        touch_parent(site, body["parent_id"])


def touch_parent(site: Site, number: int) -> None:
    parent = records.load(site, number)
    if parent is not None:
        parent["modified"] = site.now
        records.save(site, parent)


def move(site: Site, number: int, change: int) -> tuple[int, int, int] | None:
    """Add to the level of a product or variation (``change`` negative: sold).

    Answers who keeps the level, and the level before and after; None where nobody manages it.
    """
    body = records.load(site, number)
    owner = owner_of(site, body) if body is not None else None
    if owner is None:
        return None
    before = int(owner["stock_quantity"] or 0)
    set_level(site, owner, before + change)
    return owner["id"], before, before + change


def count_sales(site: Site, number: int, quantity: int) -> None:
    """``total_sales`` of a product and, for a variation, of its parent too; no date moves."""
    body = records.load(site, number)
    while body is not None:
        body["total_sales"] = int(body["total_sales"]) + quantity
        sql = "UPDATE woo_product SET body = ? WHERE store = ? AND id = ?"
        site.db.run(sql, json.dumps(body), site.name, body["id"])
        body = records.load(site, body["parent_id"]) if body["parent_id"] else None
