"""Products as the store wants them written, and what its answers say became of them (LST-5 to LST-9, LST-17)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from channels.errors import StoreError
from channels.platforms.bigcommerce.client import Json as Body
from channels.platforms.bigcommerce.dialect import read_error
from channels.platforms.bigcommerce.mapping.products import Surroundings
from channels.platforms.bigcommerce.mapping.values import objects
from channels.platforms.bodies import Upload
from channels.platforms.fields import Json, remote_id, text
from channels.platforms.measures import GRAMS, MILLIMETERS, converted
from channels.remote import DesiredProduct, DesiredVariant, ProductResult, RemoteImage

ZERO = Decimal(0)
MOST = 2_147_483_647
CAPTION = 1000
ADDRESS = 255
"""Characters of a picture's address."""
TYPES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}
"""Of files by how their name ends; anything else is a JPEG."""


def new_product(product: DesiredProduct, around: Surroundings, *, category: str, counts: bool) -> Body:
    """A whole product with its variants. `counts`: quantities are written too (the store has one location only)."""
    first = product.variants[0]
    body: Body = {"weight": ZERO, "price": ZERO, "type": "physical", **product_fields(product)}
    if category:
        body["categories"] = [int(category)]
    if any(variant.quantity is not None for variant in product.variants):
        body["inventory_tracking"] = "variant" if product.is_family else "product"
    if product.is_family:
        shared = variant_fields(first, product, around)
        body |= {name: shared[name] for name in ("price", "weight") if name in shared}
        body["variants"] = [_new_variant(variant, product, around, counts=counts) for variant in product.variants]
    else:
        body |= variant_fields(first, product, around)
        body |= _level(first) if counts else {}
    if product.custom_fields:
        body["custom_fields"] = [_field(name, value) for name, value in _real(product.custom_fields)]
    if product.images:
        body |= {"images": by_address} if (by_address := first_images(product.images)) else {}
    return body


def _new_variant(variant: DesiredVariant, product: DesiredProduct, around: Surroundings, *, counts: bool) -> Body:
    values = [{"option_display_name": option.name, "label": option.value} for option in variant.options]
    level = _level(variant) if counts else {}
    return {"sku": "", **variant_fields(variant, product, around), **level, "option_values": values}


def _level(variant: DesiredVariant) -> Body:
    if variant.quantity is None:
        return {}
    return {"inventory_level": max(0, min(MOST, int(variant.quantity.to_integral_value(ROUND_FLOOR))))}


def product_fields(product: DesiredProduct) -> Body:
    """What belongs to the product as a whole. Never categories and options (LST-8, LST-9)."""
    given: dict[str, Any] = {
        "name": product.name,
        "description": product.description,
        "brand_name": product.brand or None,
        "search_keywords": None if product.tags is None else ",".join(_keywords(product.tags)),
        "tax_class_id": int(product.tax_key) if product.tax_key and product.tax_key.isdecimal() else None,
        "is_visible": product.is_visible,
    }
    if product.brand == "" and product.product_id:
        given["brand_id"] = 0
    return {name: value for name, value in given.items() if value is not None}


def _keywords(tags: Sequence[str]) -> list[str]:
    """One text with commas in the store, so a tag has none."""
    return [" ".join(tag.replace(",", " ").split()) for tag in tags if tag.strip()]


def variant_fields(variant: DesiredVariant, product: DesiredProduct, around: Surroundings) -> Body:
    """What a variant has of its own; a simple product has the same fields itself. Our length is the store's depth."""
    given: dict[str, Any] = {
        "sku": variant.sku,
        "price": variant.price,
        "sale_price": variant.sale_price,
        "weight": _measure(variant.weight, GRAMS, product.weight_unit, around.weight_unit),
        "depth": _measure(variant.length, MILLIMETERS, product.length_unit, around.length_unit),
        "width": _measure(variant.width, MILLIMETERS, product.length_unit, around.length_unit),
        "height": _measure(variant.height, MILLIMETERS, product.length_unit, around.length_unit),
        "upc": variant.barcode,
    }
    return {name: value for name, value in given.items() if value is not None}


def _measure(value: Decimal | None, table: Mapping[str, Decimal], unit: str, wanted: str) -> Decimal | None:
    return None if value is None else converted(value, table, unit, wanted)


# -- custom fields and images of a product that the store has


def changed_fields(wanted: Sequence[tuple[str, str]], row: Json) -> list[Body]:
    """Those that differ. Fields that we do not know stay: only the first ten of a product are loaded (CAT-12)."""
    known = objects(row, "custom_fields")
    pairs = {(text(entry, "name"), text(entry, "value")) for entry in known}
    numbers = {text(entry, "name"): remote_id(entry, "id") for entry in reversed(known)}
    found = []
    for name, value in _real(wanted):
        if (name, value) not in pairs:
            number = numbers.get(name, "")
            found.append({**_field(name, value), **({"id": int(number)} if number else {})})
    return found


def _real(fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The store takes neither empty values nor the same pair twice."""
    stripped = ((name.strip(), value.strip()) for name, value in fields)
    return list(dict.fromkeys((name, value) for name, value in stripped if name and value))


def _field(name: str, value: str) -> Body:
    return {"name": name, "value": value}


def first_images(images: Sequence[RemoteImage]) -> list[Body]:
    """Those that go along with a new product: addresses up to the first file. The rest follows one by one, in order,
    so that a repetition only has to count what the store has.
    """
    found: list[Body] = []
    for place, image in enumerate(images):
        if image.data or len(image.url) > ADDRESS:
            break
        found.append({"image_url": image.url, **_image_fields(image, place)})
    return found


def next_image(image: RemoteImage, place: int) -> Body | Upload:
    """One picture for a product that is there."""
    fields = _image_fields(image, place)
    if not image.data:
        return {"image_url": image.url, **fields}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
    kind = TYPES.get(image.name.rpartition(".")[2].lower(), "image/jpeg")
    name = image.name or "image.jpg"
    return Upload(part="image_file", name=name, content=image.data, content_type=kind, fields=texts)


def _image_fields(image: RemoteImage, place: int) -> Body:
    thumbnail = {"is_thumbnail": True} if place == 0 else {}
    return {"description": image.caption[:CAPTION], "sort_order": place, **thumbnail}


# -- answers


def variant_ids(product: DesiredProduct, variants: Sequence[Json]) -> dict[str, str]:
    """Remote id of each variant by our key: by SKU, else by option values."""
    if not product.is_family:
        return {product.variants[0].key: remote_id(variants[0], "id")} if product.variants and variants else {}
    by_sku = {text(row, "sku").casefold(): remote_id(row, "id") for row in variants if text(row, "sku")}
    by_options = {_labels(row): remote_id(row, "id") for row in variants}
    found = {}
    for variant in product.variants:
        options = frozenset((option.name.casefold(), option.value.casefold()) for option in variant.options)
        number = by_options.get(options) or by_sku.get((variant.sku or "").casefold(), "")
        if number:
            found[variant.key] = number
    return found


def _labels(row: Json) -> frozenset[tuple[str, str]]:
    return frozenset(
        (text(entry, "option_display_name").casefold(), text(entry, "label").casefold())
        for entry in objects(row, "option_values")
    )


def product_url(row: Json, around: Surroundings) -> str:
    path = row.get("custom_url")
    found = text(path, "url") if isinstance(path, Mapping) else ""
    return around.store_url + found if found else ""


def partial_words(answer: Json) -> str:
    """What was not saved though the product was (207)."""
    if not answer.get("errors"):
        return ""
    words = read_error(answer["errors"])
    return "; ".join(dict.fromkeys(part for part in (words.message, *words.fields.values()) if part))


def refused(key: str, error: StoreError, *, product_id: str = "") -> ProductResult:
    return ProductResult(
        key=key, product_id=product_id, error=error.message, fields=dict(getattr(error, "fields", None) or {})
    )
