"""Writing products: creating, changing, trashing, deleting."""

from sandbox.db import Json
from sandbox.woocommerce.catalog import attributes, fields, images, records, stock, terms
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, decimal_of

INVALID = "woocommerce_rest_product_invalid_id"
USE_VARIATIONS = (
    "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
)


def create_product(site: Site, sent: Json) -> Json:
    """A product of what was sent; one of nothing is called “Product”."""
    now = site.now
    body = records.new_body(id=0, created=now, modified=now, type=str(sent.get("type") or "simple"))
    if body["type"] not in fields.TYPES:
        body["type"] = "simple"
    records.check_sku(site, str(sent.get("sku") or ""), 0)
    records.check_gtin(site, str(sent.get("global_unique_id") or ""), 0)
    _apply(site, body, sent)
    body["name"] = body["name"] or "Product"
    if "categories" not in sent or not body["categories"]:
        body["categories"] = [terms.default_category(site)]
    body["id"] = site.next_post()
    body["slug"] = records.free_slug(site, str(sent.get("slug") or "") or records.slug_of(body["name"]), 0)
    sync_parent(site, body)
    records.save(site, body)
    site.announce("product.created", body["id"])
    return body


def _apply(site: Site, body: Json, sent: Json) -> None:
    if "images" in sent:
        body["images"] = images.chosen(site, sent["images"], main=body["images"][0] if body["images"] else 0)
    if sent.get("sku") is not None:
        body["sku"] = str(sent["sku"])
    if sent.get("global_unique_id") is not None:
        body["global_unique_id"] = str(sent["global_unique_id"])
    fields.apply_fields(site, body, sent)
    fields.apply_stock(site, body, sent)
    if sent.get("stock_status") is None and body["manage_stock"] is not True:
        body["stock_quantity"] = None
    stock.settle(body)
    for name, kind in (("categories", terms.CATEGORY), ("tags", terms.TAG), ("brands", terms.BRAND)):
        if name in sent:
            body[name] = terms.chosen(site, kind, sent[name])
    if "shipping_class" in sent:
        named = [term["id"] for term in site.all(terms.SHIPPING_CLASS) if term["slug"] == sent["shipping_class"]]
        body["shipping_class_id"] = named[0] if named else 0
    if "attributes" in sent:
        body["attributes"] = attributes.applied(site, sent["attributes"])
    if "default_attributes" in sent:
        body["default_attributes"] = attributes.defaults(site, body, sent["default_attributes"])


def update_product(site: Site, number: int, sent: Json) -> Json:
    """Every PUT bumps the date, also one that changes nothing."""
    body = records.load(site, number)
    if body is None:
        raise ApiError(400, INVALID, "Invalid ID.")
    if body["type"] == records.VARIATION:
        raise ApiError(404, "woocommerce_rest_invalid_product_id", USE_VARIATIONS)
    if sent.get("sku") is not None and str(sent["sku"]) != body["sku"]:
        records.check_sku(site, str(sent["sku"]), number)
    if sent.get("global_unique_id"):
        records.check_gtin(site, str(sent["global_unique_id"]), number)
    if sent.get("type") in fields.TYPES and sent["type"] != body["type"]:
        if sent["type"] == "variable":
            body["lowest"] = body["highest"] = records.active_price(body, site.now)
        body["type"] = sent["type"]
    if sent.get("slug"):
        body["slug"] = records.free_slug(site, str(sent["slug"]), number)
    _apply(site, body, sent)
    if "categories" in sent and not body["categories"]:
        body["categories"] = [terms.default_category(site)]
    body["modified"] = site.now
    sync_parent(site, body)
    records.save(site, body)
    site.announce("product.updated", number)
    return body


def sync_parent(site: Site, parent: Json) -> None:
    """What a parent shows of its variations: price range and, unless it keeps the level, availability."""
    if parent["type"] != "variable":
        return
    children = records.children_of(site, [parent["id"]])[parent["id"]] if parent["id"] else []
    prices = [price for child in children if (price := records.active_price(child, site.now)) != ""]
    if prices:
        parent["lowest"] = min(prices, key=decimal_of)
        parent["highest"] = max(prices, key=decimal_of)
    if parent["manage_stock"] is not True:
        states = {child["stock_status"] for child in children}
        order = ("instock", "onbackorder", "outofstock")
        parent["stock_status"] = next((state for state in order if state in states), "outofstock")


def sync_number(site: Site, number: int) -> None:
    """After a variation changed: the parent's own date moves too, without a word of it."""
    parent = records.load(site, number)
    if parent is not None:
        sync_parent(site, parent)
        parent["modified"] = site.now
        records.save(site, parent)


def delete_product(site: Site, number: int, *, force: bool) -> Json:
    """What it was before; without ``force`` it goes to the trash, its variations with it.

    Only the trash is told of: deleting for good is silent, as in real stores.
    """
    body = records.load(site, number)
    if body is None:
        raise ApiError(404, INVALID, "Invalid ID.")
    if body["type"] == records.VARIATION:
        raise ApiError(404, "woocommerce_rest_invalid_product_id", USE_VARIATIONS)
    children = records.children_of(site, [number], trashed=True)[number]
    if force:
        for child in children:
            records.remove(site, child["id"])
        records.remove(site, number)
        return body
    if body["status"] == "trash":
        raise ApiError(410, "woocommerce_rest_already_trashed", "The product has already been deleted.")
    for child in children:
        if child["status"] != "trash":
            trash(site, child)
            site.announce("product.deleted", child["id"])
    trash(site, dict(body))
    site.announce("product.deleted", number)
    return body


def trash(site: Site, body: Json) -> None:
    """No date moves; what it was before is kept beside it for good."""
    notes = (("_wp_trash_meta_status", body["status"]), ("_wp_trash_meta_time", str(site.now)))
    kept = [entry for entry in body["meta_data"] if not entry["key"].startswith("_wp_trash_meta")]
    kept += [{"id": site.next_id("meta"), "key": key, "value": value} for key, value in notes]
    records.save(site, {**body, "meta_data": kept, "status": "trash"})
