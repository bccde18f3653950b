"""Products as WooCommerce takes them: prices as text with a dot, measures in the store's units, whole arrays (LST-17).

Only what is given is sent. A brand is not (LST-13).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from channels.platforms.fields import Json, remote_id, text
from channels.platforms.measures import GRAMS, MILLIMETERS, converted
from channels.platforms.woocommerce.mapping.taxes import STANDARD
from channels.platforms.woocommerce.mapping.units import measure_text
from channels.platforms.woocommerce.mapping.values import flag, objects, plain_title, title
from channels.remote import TAX_FREE, DesiredProduct, DesiredVariant, RemoteImage, RemoteOptionValue

Body = dict[str, Any]

KEY_META = "_inventory_sync_key"
"""Marks what we made, so that a creation that was in doubt is found again."""
MARK = 8
"""Characters of an image's name that tell it from any other."""
_NOT_IN_NAME = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(frozen=True, kw_only=True)
class Store:
    """What bodies depend on: the store's units, ids of its terms by our name, its global attributes by folded name."""

    weight_unit: str = "kg"
    length_unit: str = "cm"
    has_barcodes: bool = True
    category_ids: Mapping[str, int] = field(default_factory=dict)
    tag_ids: Mapping[str, int] = field(default_factory=dict)
    attribute_ids: Mapping[str, int] = field(default_factory=dict)


def price_text(value: Decimal) -> str:
    """At least two decimals where there are any: a comma or an exponent would be another price."""
    plain = measure_text(value)
    whole, dot, fraction = plain.partition(".")
    return f"{whole}.{fraction:0<2}" if dot else plain


def new_product(desired: DesiredProduct, store: Store) -> Body:
    """Of a product that is to be made; a family without its variations."""
    body = product_changes(desired, store)
    body["type"] = "variable" if desired.is_family else "simple"
    body.setdefault("status", "publish")
    body["meta_data"] = [{"key": KEY_META, "value": desired.key}]
    if desired.category and desired.category in store.category_ids:
        body["categories"] = [{"id": store.category_ids[desired.category]}]
    if desired.is_family:
        body["attributes"] = [*option_attributes(desired, store), *custom_attributes(desired, store)]
    elif desired.custom_fields:
        body["attributes"] = custom_attributes(desired, store)
    if not desired.is_family and "stock_quantity" in body:
        body["manage_stock"] = True
    return body


def product_changes(desired: DesiredProduct, store: Store) -> Body:
    """Without attributes, images that the store has, and variations."""
    body: Body = {"name": desired.name, "description": desired.description}
    if desired.is_visible is not None:
        body["status"] = "publish" if desired.is_visible else "draft"
    body |= tax_fields(desired.tax_key)
    if desired.tags is not None:
        body["tags"] = [{"id": store.tag_ids[name]} for name in desired.tags if name in store.tag_ids]
    if desired.images is not None:
        body["images"] = [new_image(image) for image in desired.images]
    if not desired.is_family and desired.variants:
        body |= variant_fields(desired, desired.variants[0], store)
    return {name: value for name, value in body.items() if value is not None}


def tax_fields(tax_key: str | None) -> Body:
    """TAX-10 in reverse. Keys that are no class (a rate, a charge) say nothing about products."""
    if tax_key == TAX_FREE:
        return {"tax_status": "none"}
    if tax_key is None or not tax_key.startswith("class:"):
        return {}
    slug = tax_key.removeprefix("class:")
    return {"tax_status": "taxable", "tax_class": "" if slug == STANDARD else slug}


def variant_fields(desired: DesiredProduct, variant: DesiredVariant, store: Store) -> Body:
    """What a simple product and a variation have in common."""
    found: Body = {
        "sku": variant.sku,
        "regular_price": None if variant.price is None else price_text(variant.price),
        "sale_price": _sale_price(variant.sale_price),
        "weight": _measure(variant.weight, GRAMS, desired.weight_unit, store.weight_unit),
        "dimensions": _dimensions(desired, variant, store),
        "stock_quantity": None if variant.quantity is None else whole_units(variant.quantity),
        "global_unique_id": variant.barcode if store.has_barcodes else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def new_variation(desired: DesiredProduct, variant: DesiredVariant, store: Store) -> Body:
    body = variant_fields(desired, variant, store)
    body["attributes"] = [_named(option.name, store) | {"option": option.value} for option in variant.options]
    if "stock_quantity" in body:
        body["manage_stock"] = True
    return body


def _sale_price(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return price_text(value) if value else ""


def _measure(value: Decimal | None, table: Mapping[str, Decimal], unit: str, wanted: str) -> str | None:
    return None if value is None else measure_text(converted(value, table, unit, wanted))


def _dimensions(desired: DesiredProduct, variant: DesiredVariant, store: Store) -> Body | None:
    found = {
        name: _measure(value, MILLIMETERS, desired.length_unit, store.length_unit)
        for name, value in (("length", variant.length), ("width", variant.width), ("height", variant.height))
    }
    return {name: value for name, value in found.items() if value is not None} or None


def whole_units(quantity: Decimal) -> int:
    """The store counts whole units; a part of one cannot be sold."""
    return max(0, int(quantity.to_integral_value(ROUND_FLOOR)))


# -- attributes


def _named(name: str, store: Store) -> Body:
    """The store's attribute of this name, else one of the product's own."""
    number = store.attribute_ids.get(name.casefold())
    return {"name": name} if number is None else {"id": number}


def option_attributes(desired: DesiredProduct, store: Store) -> list[Body]:
    """Options of a family with every value that its variations have."""
    return [
        _named(name, store)
        | {"position": place, "visible": True, "variation": True, "options": option_values(desired.variants, name)}
        for place, name in enumerate(desired.option_names)
    ]


def option_values(variants: Sequence[DesiredVariant], name: str) -> list[str]:
    values = (_value(variant.options, name) for variant in variants)
    return list(dict.fromkeys(value for value in values if value))


def _value(options: Sequence[RemoteOptionValue], name: str) -> str:
    return next((option.value for option in options if option.name.casefold() == name.casefold()), "")


def custom_attributes(desired: DesiredProduct, store: Store) -> list[Body]:
    """Custom fields as attributes that are no options; several values are parted by commas as they were read."""
    options = {name.casefold() for name in desired.option_names}
    values = {name: found for name, found in _custom_values(desired).items() if name.casefold() not in options}
    return [_custom(name, found, store, len(options) + place) for place, (name, found) in enumerate(values.items())]


def _custom_values(desired: DesiredProduct) -> dict[str, list[str]]:
    """The store takes no attribute without values."""
    found: dict[str, list[str]] = {}
    for name, value in desired.custom_fields or ():
        if parts := [part.strip() for part in value.split(",") if part.strip()]:
            found.setdefault(name.strip(), parts)
    return {name: parts for name, parts in found.items() if name}


def _custom(name: str, values: Sequence[str], store: Store, position: int) -> Body:
    return _named(name, store) | {"position": position, "visible": True, "variation": False, "options": [*values]}


def changed_attributes(desired: DesiredProduct, now: Json, store: Store) -> list[Body] | None:
    """The product's whole list anew, because the store replaces it; None where nothing changes.

    All that it has stays: options with the values of new variations added, custom fields that are given with their new
    values, those that we do not know as they are (only the first ten are loaded, CAT-13).
    """
    added = [variant for variant in desired.variants if desired.is_family and not variant.variant_id]
    rows, custom = objects(now, "attributes"), _custom_values(desired)
    names = {title(row, "name").casefold() for row in rows}
    before = [_attribute(row) for row in rows]
    after = [
        _attribute(row, more=option_values(added, title(row, "name")))
        if flag(row, "variation")
        else _attribute(row, instead=_value_of(custom, title(row, "name")))
        for row in rows
    ]
    new = [(name, values) for name, values in custom.items() if name.casefold() not in names]
    after += [_custom(name, values, store, len(rows) + place) for place, (name, values) in enumerate(new)]
    return None if after == before else after


def _value_of(custom: Mapping[str, list[str]], name: str) -> list[str] | None:
    return next((values for own, values in custom.items() if own.casefold() == name.casefold()), None)


def _attribute(row: Json, *, more: Sequence[str] = (), instead: Sequence[str] | None = None) -> Body:
    """As the store has it, with `more` values or others `instead`."""
    name, number = title(row, "name"), remote_id(row, "id")
    options = row.get("options")
    values = [plain_title(str(value)) for value in options] if isinstance(options, list) else []
    if instead is not None and sorted(values) != sorted(instead):
        values = [*instead]
    more = [value for value in more if value not in values]
    return ({"id": int(number)} if number else {"name": name}) | {
        "position": int(text(row, "position") or 0),
        "visible": flag(row, "visible"),
        "variation": flag(row, "variation"),
        "options": [*values, *more],
    }


# -- images


def image_name(url: str) -> str:
    """Name under which the store files an image of ours, so that it is not loaded twice.

    Only its end is looked at: WordPress beautifies titles (10x15 becomes 10×15).
    """
    stem = unquote(urlsplit(url).path).rpartition("/")[2].rpartition(".")[0]
    plain = _NOT_IN_NAME.sub("-", stem).strip("-")[:40] or "image"
    return f"{plain}-{hashlib.sha256(url.encode()).hexdigest()[:MARK]}"


def new_image(image: RemoteImage) -> Body:
    return {"src": image.url, "name": image_name(image.url), "alt": image.caption}


def changed_images(images: Sequence[RemoteImage], now: Json) -> list[Body] | None:
    """All that the store has, by id and in its order, then those to be loaded, because the list is replaced; None
    where it has them all.
    """
    rows = objects(now, "images")
    marks = {title(row, "name")[-MARK:] for row in rows}
    addresses = {text(row, "src") for row in rows}
    more = [image for image in images if image.url not in addresses and image_name(image.url)[-MARK:] not in marks]
    if not more:
        return None
    return [*({"id": int(remote_id(row, "id"))} for row in rows), *(new_image(image) for image in more)]
