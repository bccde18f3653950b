"""Products: creating, changing and deleting them."""

import json
import re

from sandbox.bigcommerce.catalog import images, options, variants
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError
from sandbox.db import Json

DEFAULTS: Json = {
    "type": "physical",
    "sku": "",
    "description": "",
    "weight": 0,
    "width": 0,
    "depth": 0,
    "height": 0,
    "price": 0,
    "cost_price": 0,
    "retail_price": 0,
    "sale_price": 0,
    "map_price": 0,
    "tax_class_id": 0,
    "product_tax_code": "",
    "categories": [],
    "brand_id": 0,
    "inventory_warning_level": 0,
    "inventory_tracking": "none",
    "reviews_rating_sum": 0,
    "reviews_count": 0,
    "total_sold": 0,
    "fixed_cost_shipping_price": 0,
    "is_free_shipping": False,
    "is_visible": True,
    "is_featured": False,
    "related_products": [-1],
    "warranty": "",
    "bin_picking_number": "",
    "layout_file": "",
    "upc": "",
    "mpn": "",
    "gtin": "",
    "search_keywords": "",
    "availability": "available",
    "availability_description": "",
    "gift_wrapping_options_type": "any",
    "gift_wrapping_options_list": [],
    "sort_order": 0,
    "condition": "New",
    "is_condition_shown": False,
    "order_quantity_minimum": 0,
    "order_quantity_maximum": 0,
    "page_title": "",
    "meta_keywords": [],
    "meta_description": "",
    "view_count": 0,
    "preorder_release_date": None,
    "preorder_message": "",
    "is_preorder_only": False,
    "is_price_hidden": False,
    "price_hidden_label": "",
    "open_graph_type": "product",
    "open_graph_title": "",
    "open_graph_description": "",
    "open_graph_use_meta_description": True,
    "open_graph_use_product_name": True,
    "open_graph_use_image": True,
}
MOST_VARIANTS = 600
WRITABLE = frozenset(DEFAULTS) | {"name", "custom_url"}
CHOICES = {
    "type": ("physical", "digital"),
    "inventory_tracking": ("none", "product", "variant"),
    "availability": ("available", "disabled", "preorder"),
    "condition": ("New", "Used", "Refurbished"),
}
AMOUNTS = ("price", "cost_price", "retail_price", "sale_price", "weight", "width", "depth", "height")


def name_key(name: str) -> str:
    return " ".join(name.casefold().split())


def find_product(shop: Shop, product_id: int) -> Json:
    row = shop.db.row("SELECT body FROM product WHERE store = ? AND id = ?", shop.hash, product_id)
    if row is None:
        raise ApiError(404, f"A product was not found with an id of {product_id}.")
    body: Json = json.loads(row["body"])
    return body


def save_product(shop: Shop, product: Json) -> None:
    now = shop.now
    shop.db.run(
        "INSERT INTO product (store, id, sku_key, name_key, brand_id, is_visible, created, modified, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (store, id) DO UPDATE SET sku_key = excluded.sku_key, "
        "name_key = excluded.name_key, brand_id = excluded.brand_id, is_visible = excluded.is_visible, "
        "modified = excluded.modified, body = excluded.body",
        shop.hash,
        product["id"],
        variants.sku_key(product["sku"]),
        name_key(product["name"]),
        product["brand_id"],
        int(product["is_visible"]),
        now,
        now,
        json.dumps(product),
    )


def create_product(shop: Shop, data: Json) -> Json:
    """Options and variants are made in the same call when ``variants`` name option values."""
    check_fields(shop, data, new=True)
    if len(data.get("variants") or []) > MOST_VARIANTS:
        raise ApiError(422, f"A product can have at most {MOST_VARIANTS} variants.", {"variants": "too many"})
    check_name(shop, data["name"])
    variants.check_sku(shop, str(data.get("sku") or ""), 0)
    number = shop.next_id("product")
    product: Json = {"id": number, "name": data["name"], **DEFAULTS}
    product.update({name: value for name, value in data.items() if name in WRITABLE})
    product["brand_id"] = brand_id_of(shop, data, product["brand_id"])
    product["custom_url"] = data.get("custom_url") or default_url(data["name"], number)
    product["base_variant_id"] = None
    save_product(shop, product)
    if data.get("variants"):
        for entry in data["variants"]:
            values = options.values_for(shop, product, entry.get("option_values") or [])
            variants.new_variant(shop, product, entry, values)
    else:
        base = variants.new_variant(shop, product, data, [])
        product["base_variant_id"] = base["id"]
        save_product(shop, product)
    save_parts(shop, product, data)
    shop.publish("store/product/created", {"type": "product", "id": number})
    return product


def update_product(shop: Shop, product: Json, data: Json) -> Json:
    check_fields(shop, data, new=False)
    if "name" in data and name_key(data["name"]) != name_key(product["name"]):
        check_name(shop, data["name"])
    base = base_variant(shop, product)
    if "sku" in data:
        variants.check_sku(shop, str(data["sku"] or ""), product["id"], base["id"] if base else 0)
    product.update({name: value for name, value in data.items() if name in WRITABLE})
    product["sku"] = str(product["sku"] or "")
    product["brand_id"] = brand_id_of(shop, data, product["brand_id"])
    save_product(shop, product)
    if base is not None:
        base.update({name: data[name] for name in variants.WRITABLE if name in data})
        base["sku"] = product["sku"]
        variants.save_variant(shop, base)
    if "inventory_level" in data:
        set_level(shop, product, base, int(data["inventory_level"]))
    save_parts(shop, product, data)
    shop.publish("store/product/updated", {"type": "product", "id": product["id"]})
    return product


def set_level(shop: Shop, product: Json, base: Json | None, quantity: int) -> None:
    if base is not None:
        levels.set_catalog_level(shop, product, base, quantity)
    elif product["inventory_tracking"] == "product":
        key = levels.StockKey(product["id"], 0)
        levels.store_level(shop, key, levels.DEFAULT_LOCATION, max(0, min(quantity, levels.MOST)))


def save_parts(shop: Shop, product: Json, data: Json) -> None:
    """Custom fields with an id update, without one are added; images are added."""
    for entry in data.get("custom_fields") or []:
        number = entry.get("id") or shop.next_id("custom_field")
        body = {"id": number, "name": str(entry["name"]), "value": str(entry["value"])}
        shop.put("custom_field", body, product["id"])
    for entry in data.get("images") or []:
        images.add_image(shop, product["id"], entry)


def base_variant(shop: Shop, product: Json) -> Json | None:
    if product["base_variant_id"] is None:
        return None
    return variants.find_variant(shop, product["base_variant_id"])


def delete_product(shop: Shop, product_id: int) -> None:
    for table in ("variant", "stock"):
        shop.db.run(f"DELETE FROM {table} WHERE store = ? AND product_id = ?", shop.hash, product_id)
    for kind in ("image", "custom_field", "option"):
        shop.db.run("DELETE FROM document WHERE store = ? AND kind = ? AND parent = ?", shop.hash, kind, product_id)
    shop.db.run("DELETE FROM product WHERE store = ? AND id = ?", shop.hash, product_id)
    shop.publish("store/product/deleted", {"type": "product", "id": product_id})


def check_name(shop: Shop, name: str) -> None:
    taken = shop.db.row("SELECT id FROM product WHERE store = ? AND name_key = ?", shop.hash, name_key(name))
    if taken is not None:
        raise ApiError(409, "The product name is a duplicate.", {"name": "The product name is a duplicate."})


def check_fields(shop: Shop, data: Json, new: bool) -> None:
    errors: Json = {}
    if new:
        errors.update({name: f"{name} is required" for name in ("name", "type", "weight", "price") if name not in data})
    if "name" in data and not 1 <= len(str(data["name"]).strip()) <= 250:
        errors["name"] = "name must be 1 to 250 characters long"
    if len(str(data.get("sku") or "")) > 255:
        errors["sku"] = "sku must be at most 255 characters long"
    for name, allowed in CHOICES.items():
        if name in data and data[name] not in allowed:
            errors[name] = f"{name} must be one of {', '.join(allowed)}"
    for name in AMOUNTS:
        if name in data and (isinstance(data[name], bool) or not isinstance(data[name], int | float)):
            errors[name] = f"{name} must be a number"
    if errors:
        raise ApiError(422, "JSON data is missing or invalid", errors)
    known = {entry["id"] for entry in shop.all("category")} if data.get("categories") else set()
    unknown = [entry for entry in data.get("categories") or [] if entry not in known]
    if unknown:
        raise ApiError(409, f"Category {unknown[0]} was not found.", {"categories": "unknown category"})


def brand_id_of(shop: Shop, data: Json, current: int) -> int:
    """``brand_name`` creates the brand it names."""
    name = data.get("brand_name")
    if name:
        for brand in shop.all("brand"):
            if brand["name"].casefold() == name.casefold():
                return int(brand["id"])
        return int(shop.put("brand", new_brand(shop, name))["id"])
    wanted = int(data.get("brand_id") or 0) if "brand_id" in data else current
    if wanted and shop.get("brand", wanted) is None:
        raise ApiError(409, f"Brand {wanted} was not found.", {"brand_id": "unknown brand"})
    return wanted


def new_brand(shop: Shop, name: str) -> Json:
    return {
        "id": shop.next_id("brand"),
        "name": name,
        "page_title": "",
        "meta_keywords": [],
        "meta_description": "",
        "search_keywords": "",
        "image_url": "",
        "custom_url": {"url": f"/{slug(name)}/", "is_customized": False},
    }


def slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.casefold(), flags=re.ASCII).strip("-") or "item"


def default_url(name: str, number: int) -> Json:
    return {"url": f"/{slug(name)}-{number}/", "is_customized": False}
