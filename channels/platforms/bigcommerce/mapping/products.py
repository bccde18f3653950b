"""Products and variants of the store's catalog as RemoteProduct (CAT-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from channels.platforms.bigcommerce.mapping.taxes import DEFAULT_CLASS
from channels.platforms.bigcommerce.mapping.values import flag, moment, objects
from channels.platforms.fields import Json, maybe_money, plain, remote_id, text, whole
from channels.platforms.http import unreadable
from channels.remote import RemoteImage, RemoteOptionValue, RemoteProduct, RemoteVariant, Tracking

WEIGHT_UNITS = {
    "kgs": "kg",
    "kilograms": "kg",
    "grams": "g",
    "lbs": "lb",
    "pounds": "lb",
    "ounces": "oz",
    "tonnes": "t",
}
LENGTH_UNITS = {"centimeters": "cm", "millimeters": "mm", "meters": "m", "inches": "in", "feet": "ft"}


def weight_unit(store: Json) -> str:
    word = text(store, "weight_units").casefold()
    return WEIGHT_UNITS.get(word, word or "kg")


def length_unit(store: Json) -> str:
    word = text(store, "dimension_units").casefold()
    return LENGTH_UNITS.get(word, word or "cm")


@dataclass(frozen=True)
class Surroundings:
    """What a product refers to: categories and brands by id, and the store's units."""

    categories: Mapping[str, Json] = field(default_factory=dict)
    brands: Mapping[str, str] = field(default_factory=dict)
    weight_unit: str = "kg"
    length_unit: str = "cm"
    store_url: str = ""
    channel_id: str = ""
    """Storefront that new products are assigned to; "" in a store with one storefront only."""


def root_category(ids: Sequence[str], categories: Mapping[str, Json]) -> str:
    """Name of the topmost parent of the first category that is known (A24: the store's order)."""
    for number in ids:
        if number not in categories:
            continue
        seen: set[str] = set()
        here = number
        while (parent := remote_id(categories[here], "parent_id")) and parent in categories and parent not in seen:
            seen.add(here)
            here = parent
        return text(categories[here], "name")
    return ""


def category_ids(row: Json) -> tuple[str, ...]:
    value = row.get("categories")
    return tuple(str(number) for number in value) if isinstance(value, list) else ()


def remote_product(row: Json, around: Surroundings) -> RemoteProduct:
    number, variants = remote_id(row, "id"), objects(row, "variants")
    if not number:
        raise unreadable("a product without id")
    tracking = tracking_of(row)
    is_family = any(objects(variant, "option_values") for variant in variants)
    path = row.get("custom_url")
    return RemoteProduct(
        id=number,
        name=text(row, "name"),
        is_family=is_family,
        option_names=_option_names(variants),
        variants=tuple(_variant(row, variant, tracking, is_family) for variant in variants),
        description=text(row, "description"),
        category=root_category(category_ids(row), around.categories),
        brand=around.brands.get(remote_id(row, "brand_id"), ""),
        tags=_tags(row),
        images=_images(row),
        custom_fields=tuple((text(entry, "name"), text(entry, "value")) for entry in objects(row, "custom_fields")),
        tax_key=text(row, "tax_class_id") or DEFAULT_CLASS,
        weight_unit=around.weight_unit,
        length_unit=around.length_unit,
        is_stocked=text(row, "type") != "digital",
        is_visible=flag(row, "is_visible"),
        url=around.store_url + text(path, "url") if isinstance(path, Mapping) and text(path, "url") else "",
        modified_at=moment(row.get("date_modified")),
        raw=plain(row),
    )


def tracking_of(row: Json) -> Tracking:
    """At which level the store counts a product."""
    word = text(row, "inventory_tracking")
    if word == "variant":
        return "variant"
    return "product" if word == "product" else "none"


def _option_names(variants: Sequence[Json]) -> tuple[str, ...]:
    """Display names in the store's order. Options of variants are always required; modifiers never are here."""
    names: dict[str, str] = {}
    for variant in variants:
        for entry in objects(variant, "option_values"):
            names.setdefault(remote_id(entry, "option_id"), text(entry, "option_display_name"))
    return tuple(names.values())


def _variant(product: Json, row: Json, tracking: Tracking, is_family: bool) -> RemoteVariant:
    """What a variant leaves empty it takes from its product; its sale price only together with the price."""
    own_price = maybe_money(row, "price")
    sale = maybe_money(row, "sale_price")
    if sale is None and own_price is None:
        sale = maybe_money(product, "sale_price")
    return RemoteVariant(
        id=remote_id(row, "id"),
        sku=text(row, "sku"),
        options=tuple(
            RemoteOptionValue(name=text(entry, "option_display_name"), value=text(entry, "label"))
            for entry in objects(row, "option_values")
        ),
        price=own_price if own_price is not None else maybe_money(product, "price"),
        sale_price=sale or None,  # the store writes 0 for none
        weight=_inherited(product, row, "weight"),
        length=_inherited(product, row, "depth"),  # CAT-12: our length is the store's depth
        width=_inherited(product, row, "width"),
        height=_inherited(product, row, "height"),
        barcode=_barcode(row) or ("" if is_family else _barcode(product)),
        quantity=_quantity(product, row, tracking, is_family),
        tracking=tracking,
    )


def _inherited(product: Json, row: Json, name: str) -> Decimal | None:
    own = maybe_money(row, name)
    return own if own is not None else maybe_money(product, name)


def _barcode(row: Json) -> str:
    return text(row, "upc") or text(row, "gtin")


def _quantity(product: Json, row: Json, tracking: Tracking, is_family: bool) -> Decimal | None:
    """A family counted as a whole has no number for each variant; giving it to all would multiply it."""
    if tracking == "variant":
        return maybe_money(row, "inventory_level")
    if tracking == "product" and not is_family:
        return maybe_money(product, "inventory_level")
    return None


def _tags(row: Json) -> tuple[str, ...]:
    """Search keywords are one text with commas."""
    words = (word.strip() for word in text(row, "search_keywords").split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _images(row: Json) -> tuple[RemoteImage, ...]:
    """The thumbnail first, then the store's order."""
    entries = sorted(
        objects(row, "images"), key=lambda entry: (not flag(entry, "is_thumbnail"), whole(entry, "sort_order"))
    )
    urls = ((text(entry, "url_zoom") or text(entry, "url_standard"), entry) for entry in entries)
    return tuple(RemoteImage(url=url, caption=text(entry, "description")) for url, entry in urls if url)
