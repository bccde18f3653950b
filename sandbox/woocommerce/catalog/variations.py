"""Writing variations: each save also changes what its parent shows."""

from itertools import product as combinations

from sandbox.db import Json
from sandbox.woocommerce.catalog import attributes, fields, images, products, records, stock
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

INVALID = "woocommerce_rest_product_variation_invalid_id"


def parent_of(site: Site, number: int) -> Json:
    body = records.load(site, number)
    if body is None or body["type"] == records.VARIATION:
        raise ApiError(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
    return body


def find_variation(site: Site, parent: int, number: int, *, status: int = 404, early: bool = False) -> Json:
    body = records.load(site, number)
    if body is None or body["type"] != records.VARIATION or body["parent_id"] != parent:
        raise ApiError(status, INVALID, "Invalid ID.", early=early)
    return body


def create_variation(site: Site, parent: Json, sent: Json) -> Json:
    now = site.now
    body = records.new_body(
        id=0, created=now, modified=now, type=records.VARIATION, parent_id=parent["id"], tax_class="parent", values=[]
    )
    records.check_sku(site, str(sent.get("sku") or ""), 0, kind="product_variation")
    records.check_gtin(site, str(sent.get("global_unique_id") or ""), 0)
    body["id"] = site.next_post()
    _apply(site, parent, body, sent)
    records.save(site, body)
    site.announce("product.created", body["id"])
    products.sync_number(site, parent["id"])
    return body


def _apply(site: Site, parent: Json, body: Json, sent: Json) -> None:
    if sent.get("sku") is not None:
        body["sku"] = str(sent["sku"])
    if sent.get("global_unique_id") is not None:
        body["global_unique_id"] = str(sent["global_unique_id"])
    if isinstance(sent.get("image"), dict) and sent["image"]:
        body["images"] = images.chosen(site, [sent["image"]])
    inherits = sent.get("tax_class") == "parent"
    kept = body["tax_class"]
    fields.apply_fields(site, body, {name: value for name, value in sent.items() if name not in ("name", "tax_class")})
    body["tax_class"] = "parent" if inherits else kept
    if sent.get("tax_class") is not None and not inherits:
        body["tax_class"] = fields.tax_class(site, str(sent["tax_class"]))
    fields.apply_stock(site, body, sent)
    stock.settle(body)
    if "attributes" in sent:
        body["values"] = attributes.variation_values(site, parent, sent["attributes"])
    label = ", ".join(entry["option"] for entry in body["values"]) if names_values(body["values"]) else ""
    body["name"] = f"{parent['name']} - {label}" if label else parent["name"]
    body["slug"] = records.slug_of(body["name"])


def names_values(values: list[Json]) -> bool:
    """Whether the name of a variation holds its values: not of three attributes, nor of two with a longer name."""
    return len(values) < 3 and not (len(values) > 1 and any("-" in records.slug_of(one["name"]) for one in values))


def update_variation(site: Site, parent: Json, number: int, sent: Json, *, status: int = 404) -> Json:
    body = find_variation(site, parent["id"], number, status=status)
    if sent.get("sku") is not None and str(sent["sku"]) != body["sku"]:
        records.check_sku(site, str(sent["sku"]), number, kind="product_variation")
    if sent.get("global_unique_id"):
        records.check_gtin(site, str(sent["global_unique_id"]), number)
    _apply(site, parent, body, sent)
    body["modified"] = site.now
    records.save(site, body)
    site.announce("product.updated", number)
    products.sync_number(site, parent["id"])
    return body


def delete_variation(site: Site, parent: Json, number: int, *, force: bool) -> Json:
    body = find_variation(site, parent["id"], number)
    if not force and body["status"] == "trash":
        text = "The product_variation has already been deleted."
        raise ApiError(410, "woocommerce_rest_already_trashed", text)
    if force:
        records.remove(site, number)
    else:
        products.trash(site, body)
        site.announce("product.deleted", number)
    products.sync_number(site, parent["id"])
    return body


def generate(site: Site, parent: Json, defaults: Json) -> int:
    """All combinations that there are not yet; how many were made."""
    varying = [attribute for attribute in parent["attributes"] if attribute["variation"]]
    options = [attributes.options_of(site, attribute) for attribute in varying]
    known = {tuple(_values(child, varying)) for child in records.children_of(site, [parent["id"]])[parent["id"]]}
    made = 0
    for combination in combinations(*options):
        if not varying or combination in known:
            continue
        made += 1
        chosen = [
            {"id": attribute["id"], "name": attribute["name"], "option": option}
            for attribute, option in zip(varying, combination, strict=True)
        ]
        create_variation(site, parent, {**defaults, "attributes": chosen})
    for place, child in enumerate(records.children_of(site, [parent["id"]])[parent["id"]], 1):
        records.save(site, {**child, "menu_order": place})
    return made


def _values(child: Json, varying: list[Json]) -> list[str]:
    return [attributes.match_value(child, attribute) or "" for attribute in varying]
