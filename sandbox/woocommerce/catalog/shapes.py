"""What products and variations look like in answers."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog import attributes, records, terms
from sandbox.woocommerce.catalog.records import VARIATION, active_price, on_sale
from sandbox.woocommerce.lists import links
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import decimal_of, fixed

SYMBOLS = {"EUR": "&euro;", "USD": "&#36;", "GBP": "&pound;", "CHF": "&#67;&#72;&#70;"}
AS_STORED = (
    "featured catalog_visibility description short_description global_unique_id regular_price sale_price virtual "
    "downloadable downloads download_limit download_expiry external_url button_text tax_status backorders "
    "low_stock_amount sold_individually weight dimensions reviews_allowed upsell_ids cross_sell_ids parent_id "
    "purchase_note grouped_products menu_order meta_data post_password"
).split()


def price_html(site: Site, low: str, high: str = "") -> str:
    if low == "":
        return ""
    symbol = SYMBOLS.get(site.settings["currency"], site.settings["currency"])
    places = int(site.settings["number_of_decimals"])
    parts = [
        '<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">'
        f"{symbol}</span>{fixed(value, places)}</bdi></span>"
        for value in dict.fromkeys((low, high or low))
    ]
    return " &ndash; ".join(parts)


def product_shapes(site: Site, bodies: list[Json], *, edit: bool = False) -> list[Json]:
    """Of one page, with one look at the variations of all."""
    families = [body["id"] for body in bodies if body["type"] == "variable"]
    children = child_numbers(site, families)
    return [product_shape(site, body, children.get(body["id"], []), edit=edit) for body in bodies]


def child_numbers(site: Site, parents: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {number: [] for number in parents}
    marks = ",".join("?" * len(parents))
    sql = (
        f"SELECT id, parent_id FROM woo_product WHERE store = ? AND parent_id IN ({marks}) "
        "AND status IN ('publish', 'private') AND type = 'variation' ORDER BY parent_id, menu_order, id"
    )
    for row in site.db.rows(sql, site.name, *parents) if parents else []:
        found[row["parent_id"]].append(row["id"])
    return found


def product_of(site: Site, number: int, *, edit: bool = False) -> Json:
    return product_shapes(site, [records.find_product(site, number)], edit=edit)[0]


def product_shape(site: Site, body: Json, children: list[int], *, edit: bool) -> Json:
    parent = records.load(site, body["parent_id"]) if body["type"] == VARIATION else None
    price = price_of(site, body)
    childless = body["type"] == "variable" and not children
    shape: Json = {
        "id": body["id"],
        "name": body["name"],
        "slug": body["slug"],
        "permalink": permalink(site, body, parent),
        **moments(site, body),
        "type": body["type"],
        "status": body["status"],
        **{name: body[name] for name in AS_STORED},
        "sku": body["sku"] or (parent["sku"] if parent is not None else ""),
        "price": price,
        "purchasable": price != "" and body["type"] not in ("grouped", "external"),
        "total_sales": body["total_sales"] if parent is None else str(body["total_sales"]),
        "tax_class": body["tax_class"] if body["tax_class"] != "parent" else (parent or body)["tax_class"],
        **stock_fields(site, body, parent),
        **shipping_fields(site, body),
        "reviews_allowed": body["reviews_allowed"] if parent is None else False,
        "average_rating": "0" if edit else "0.00",
        "rating_count": 0,
        "categories": terms.refs(site, terms.CATEGORY, body["categories"]),
        "brands": terms.refs(site, terms.BRAND, body["brands"]),
        "tags": terms.refs(site, terms.TAG, body["tags"]),
        "images": image_shapes(site, body),
        "attributes": attributes.shapes(site, body)
        if parent is None
        else attributes.variation_shapes(site, parent, body),
        "default_attributes": attributes.default_shapes(site, body),
        "variations": children,
        "price_html": price_html(site, "" if childless else price, body.get("highest", "")),
        "related_ids": [],
        "has_options": body["type"] == "variable",
    }
    if edit:
        shape["permalink_template"] = f"{site.url}/product/%pagename%/"
        shape["generated_slug"] = records.free_slug(site, records.slug_of(body["name"]), body["id"])
    return by_version(site, {**shape, **links_of(site, body)})


def moments(site: Site, body: Json) -> Json:
    return {
        **site.dates("date_created", body["created"]),
        **site.dates("date_modified", body["modified"]),
        **site.dates("date_on_sale_from", body["date_on_sale_from"]),
        **site.dates("date_on_sale_to", body["date_on_sale_to"]),
        "on_sale": on_sale(body, site.now),
    }


def links_of(site: Site, body: Json) -> Json:
    found = links(site, "/products", body["id"])
    if body["type"] == VARIATION:
        found["up"] = [{"href": f"{site.api_url}/products/{body['parent_id']}"}]
    return {"_links": found}


def by_version(site: Site, shape: Json) -> Json:
    """Without the fields that the store's version does not have yet."""
    if not site.has("9.2"):
        shape.pop("global_unique_id", None)
    if not site.has("9.6"):
        shape.pop("brands", None)
    return shape


def price_of(site: Site, body: Json) -> str:
    """Of a parent: its cheapest variation's when one was saved last; of a set: its cheapest part's."""
    if body["type"] == "variable":
        return str(body.get("lowest", ""))
    if body["type"] == "grouped":
        parts = [part for number in body["grouped_products"] if (part := records.load(site, number)) is not None]
        prices = [price for part in parts if (price := price_of(site, part)) != ""]
        return min(prices, key=decimal_of, default="")
    return active_price(body, site.now)


def permalink(site: Site, body: Json, parent: Json | None) -> str:
    if parent is None:
        if body["status"] in ("draft", "pending", "auto-draft"):
            return f"{site.url}/?post_type=product&p={body['id']}"
        return f"{site.url}/product/{body['slug']}/"
    values = [
        f"attribute_{entry['slug']}={records.slug_of(entry['option']) if entry['id'] else entry['option']}"
        for entry in attributes.variation_shapes(site, parent, body)
    ]
    query = f"?{'&'.join(values)}" if values else ""
    return f"{site.url}/product/{parent['slug']}/{query}"


def stock_fields(site: Site, body: Json, parent: Json | None) -> Json:
    managed: Any = body["manage_stock"] is True and bool(site.settings["manage_stock"])
    keeper = body
    if not managed and parent is not None and parent["manage_stock"] is True and site.settings["manage_stock"]:
        managed, keeper = "parent", parent
    level = keeper["stock_quantity"] if managed else None
    waiting = managed and keeper["backorders"] == "notify" and (level or 0) < 0
    return {
        "manage_stock": managed,
        "stock_quantity": level,
        "stock_status": keeper["stock_status"],
        "backorders": keeper["backorders"],
        "backorders_allowed": keeper["backorders"] != "no",
        "backordered": waiting or (not managed and body["stock_status"] == "onbackorder"),
    }


def shipping_fields(site: Site, body: Json) -> Json:
    term = site.get(terms.SHIPPING_CLASS, body["shipping_class_id"]) if body["shipping_class_id"] else None
    needed = not body["virtual"]
    return {
        "shipping_required": needed,
        "shipping_taxable": needed and body["tax_status"] in ("taxable", "shipping"),
        "shipping_class": term["slug"] if term is not None else "",
        "shipping_class_id": body["shipping_class_id"],
    }


def image_shapes(site: Site, body: Json) -> list[Json]:
    return [image_shape(site, number) for number in body["images"]]


def image_shape(site: Site, number: int) -> Json:
    """The local dates are shifted twice by the store's zone, as real stores do."""
    image = site.get("image", number) or {}
    found: Json = {"id": number}
    for name, moment in (("date_created", image["created"]), ("date_modified", image["modified"])):
        offset = (site.moment(site.local(moment) or "", gmt=True) or moment) - moment
        found |= {name: site.local(moment + offset), f"{name}_gmt": site.gmt(moment)}
    return {**found, "src": image_address(site, image["src"]), "name": image["name"], "alt": image["alt"]}


def image_address(site: Site, address: str) -> str:
    """The sandbox's own pictures are wherever it is served."""
    return f"{site.base_url}{address}" if address.startswith("/") else address


def variation_shapes(site: Site, parent: Json, bodies: list[Json], *, edit: bool = False) -> list[Json]:
    return [variation_shape(site, parent, body, edit=edit) for body in bodies]


def variation_shape(site: Site, parent: Json, body: Json, *, edit: bool) -> Json:
    path = f"/products/{parent['id']}/variations"
    values = attributes.variation_shapes(site, parent, body)
    inherited = body["tax_class"] == "parent"
    shape: Json = {
        "id": body["id"],
        "type": VARIATION,
        **moments(site, body),
        "description": body["description"],
        "permalink": permalink(site, body, parent),
        "sku": body["sku"] or parent["sku"],
        "global_unique_id": body["global_unique_id"],
        "price": active_price(body, site.now),
        "regular_price": body["regular_price"],
        "sale_price": body["sale_price"],
        "status": body["status"],
        "purchasable": active_price(body, site.now) != "",
        **{name: body[name] for name in ("virtual", "downloadable", "downloads", "download_limit", "download_expiry")},
        "tax_status": body["tax_status"],
        "tax_class": body["tax_class"] if edit or not inherited else parent["tax_class"],
        **stock_fields(site, body, parent),
        "low_stock_amount": body["low_stock_amount"],
        "weight": body["weight"] or parent["weight"],
        "dimensions": {side: value or parent["dimensions"][side] for side, value in body["dimensions"].items()},
        "shipping_class": shipping_fields(site, body)["shipping_class"],
        "shipping_class_id": body["shipping_class_id"],
        "image": image_shape(site, body["images"][0]) if body["images"] else None,
        "attributes": values,
        "menu_order": body["menu_order"],
        "meta_data": body["meta_data"],
        "name": ", ".join(entry["option"] for entry in values),
        "parent_id": parent["id"],
        "_links": links(site, path, body["id"], up=f"/products/{parent['id']}"),
    }
    if not site.has("8.3"):
        for name in ("type", "name", "parent_id"):
            del shape[name]
    return by_version(site, shape)
