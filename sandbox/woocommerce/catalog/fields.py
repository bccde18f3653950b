"""What a sent product changes: each field as WooCommerce takes it, in single calls and in batches."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import invalid, not_in_enum
from sandbox.woocommerce.catalog import records
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import decimal_of

TYPES = ("simple", "grouped", "external", "variable")
STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
STOCK = ("instock", "outofstock", "onbackorder")
SCHEMA: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("string", ()),
    "slug": ("string", ()),
    "type": ("string", TYPES),
    "status": ("string", STATUSES),
    "featured": ("boolean", ()),
    "catalog_visibility": ("string", ("visible", "catalog", "search", "hidden")),
    "description": ("string", ()),
    "short_description": ("string", ()),
    "sku": ("string", ()),
    "global_unique_id": ("string", ()),
    "regular_price": ("string", ()),
    "sale_price": ("string", ()),
    "virtual": ("boolean", ()),
    "downloadable": ("boolean", ()),
    "tax_status": ("string", ("taxable", "shipping", "none")),
    "tax_class": ("string", ()),
    "manage_stock": ("boolean", ()),
    "stock_quantity": ("integer", ()),
    "stock_status": ("string", STOCK),
    "backorders": ("string", ("no", "notify", "yes")),
    "sold_individually": ("boolean", ()),
    "weight": ("string", ()),
    "dimensions": ("object", ()),
    "shipping_class": ("string", ()),
    "reviews_allowed": ("boolean", ()),
    "purchase_note": ("string", ()),
    "categories": ("array", ()),
    "tags": ("array", ()),
    "brands": ("array", ()),
    "images": ("array", ()),
    "attributes": ("array", ()),
    "default_attributes": ("array", ()),
    "menu_order": ("integer", ()),
    "meta_data": ("array", ()),
}
TEXTS = ("external_url", "button_text", "purchase_note", "weight", "post_password")
MARKUP = ("description", "short_description")
FLAGS = ("featured", "virtual", "downloadable", "sold_individually", "reviews_allowed")
CHOICES = ("catalog_visibility", "tax_status", "backorders", "stock_status")
NUMBERS = ("download_limit", "download_expiry", "menu_order")
LISTS = ("upsell_ids", "cross_sell_ids", "grouped_products", "downloads")


def check_types(sent: Json) -> None:
    """Single calls are validated; null passes everywhere."""
    problems = {}
    for name, (kind, choices) in SCHEMA.items():
        if sent.get(name) is None:
            continue
        if not fits(sent[name], kind):
            problems[name] = ("rest_invalid_type", f"{name} is not of type {kind}.")
        elif choices and sent[name] not in choices:
            problems[name] = not_in_enum(name, choices)
    if problems:
        raise invalid(problems)


def fits(value: Any, kind: str) -> bool:
    """As WordPress checks: texts may stand for numbers and booleans, not the other way round."""
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return value in (True, False, 0, 1, "true", "false", "0", "1", "")
    if kind == "integer":
        if isinstance(value, bool):
            return False
        return isinstance(value, int) or bool(re.fullmatch(r"[+-]?\d+(\.0*)?", str(value).strip()))
    return isinstance(value, dict if kind == "object" else list)


def integer(value: Any) -> int:
    """As PHP casts: the number at the beginning, else zero."""
    found = re.match(r"\s*[+-]?\d+", str(value))
    return int(found.group()) if found else 0


def truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("1", "true", "yes", "on")


def price(site: Site, value: Any) -> str:
    """What is no digit, point or sign is dropped; so a decimal comma makes a price a hundred times as high."""
    text = str(value).strip()
    if site.settings["decimal_separator"] == ",":
        text = text.replace(",", ".")
    return re.sub(r"[^0-9.\-]", "", text)


def take(body: Json, sent: Json, names: Iterable[str], cast: Callable[[Any], Any]) -> None:
    """Take over what was sent of these fields; null is nothing."""
    body |= {name: cast(sent[name]) for name in names if sent.get(name) is not None}


def apply_fields(site: Site, body: Json, sent: Json) -> None:
    """Everything but the type, the sku, terms, pictures and attributes."""
    if sent.get("name") is not None:
        body["name"] = records.clean_name(str(sent["name"]))
    take(body, sent, (*TEXTS, *MARKUP, *CHOICES, "status"), str)
    take(body, sent, FLAGS, truth)
    take(body, sent, NUMBERS, integer)
    body |= {name: sent[name] for name in LISTS if isinstance(sent.get(name), list)}
    if isinstance(sent.get("dimensions"), dict):
        body["dimensions"] |= {side: str(value) for side, value in sent["dimensions"].items() if value is not None}
    if "low_stock_amount" in sent:
        amount = sent["low_stock_amount"]
        body["low_stock_amount"] = None if amount in (None, "") else integer(amount)
    if sent.get("tax_class") is not None:
        body["tax_class"] = tax_class(site, str(sent["tax_class"]))
    apply_prices(site, body, sent)
    apply_dates(site, body, sent)
    if "meta_data" in sent:
        body["meta_data"] = apply_meta(site, body["meta_data"], sent["meta_data"])


def tax_class(site: Site, slug: str) -> str:
    """The standard class is kept as nothing; so is one that there is not."""
    known = {entry["slug"] for entry in site.all("tax_class")}
    return slug if slug in known and slug != "standard" else ""


def apply_prices(site: Site, body: Json, sent: Json) -> None:
    """Parents have no prices; a sale price that is none is silently dropped."""
    for name in ("regular_price", "sale_price"):
        if sent.get(name) is not None:
            body[name] = price(site, sent[name])
    if body["type"] in ("variable", "grouped"):
        body["regular_price"] = body["sale_price"] = ""
    if body["sale_price"] and decimal_of(body["sale_price"]) >= decimal_of(body["regular_price"]):
        body["sale_price"] = ""


def apply_dates(site: Site, body: Json, sent: Json) -> None:
    for name in ("date_on_sale_from", "date_on_sale_to"):
        for key, gmt in ((name, False), (f"{name}_gmt", True)):
            if key in sent:
                body[name] = site.moment(str(sent[key]), gmt=gmt) if sent[key] else None
    for key, gmt in (("date_created", False), ("date_created_gmt", True)):
        moment = site.moment(str(sent[key]), gmt=gmt) if sent.get(key) else None
        if moment is not None:
            body["created"] = moment


def apply_stock(site: Site, body: Json, sent: Json) -> None:
    """A level without ``manage_stock`` is accepted and ignored, as everything is where the store manages none."""
    if not site.settings["manage_stock"]:
        return
    if sent.get("manage_stock") is not None:
        value = sent["manage_stock"]
        body["manage_stock"] = False if value == "parent" else truth(value)
    if body["type"] in ("grouped", "external"):
        body["manage_stock"] = False
    if body["manage_stock"] is True:
        if "stock_quantity" in sent:
            body["stock_quantity"] = integer(sent["stock_quantity"] or 0)
        elif "inventory_delta" in sent:
            body["stock_quantity"] = int(body["stock_quantity"] or 0) + integer(sent["inventory_delta"])
