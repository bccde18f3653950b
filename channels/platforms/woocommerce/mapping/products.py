"""Products and variations of the store as RemoteProduct (CAT-13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from channels.errors import MalformedResponse
from channels.platforms.fields import Json, maybe_money, plain, remote_id, text
from channels.platforms.http import unreadable
from channels.platforms.measures import MILLIMETERS, converted
from channels.platforms.woocommerce.mapping.taxes import product_key
from channels.platforms.woocommerce.mapping.values import (
    an_object,
    flag,
    maybe_number,
    moment,
    objects,
    plain_title,
    title,
)
from channels.remote import RemoteImage, RemoteOptionValue, RemoteProduct, RemoteVariant, Tracking

PRODUCT_FIELDS = (
    "id,name,type,status,permalink,date_modified_gmt,description,sku,global_unique_id,price,regular_price,sale_price,"
    "virtual,downloadable,tax_status,tax_class,manage_stock,stock_quantity,weight,dimensions,categories,brands,tags,"
    "images,attributes,variations"
)
"""What is read of a product; the rest, which the store works out at a price (related products, price mark-up), is not
asked for."""
VARIATION_FIELDS = (
    "id,parent_id,status,sku,global_unique_id,price,regular_price,sale_price,virtual,downloadable,manage_stock,"
    "stock_quantity,weight,dimensions,attributes"
)
NOT_SOLD_HERE = frozenset({"grouped", "external"})


@dataclass(frozen=True)
class Surroundings:
    """What a product refers to: categories by id, and the store's units."""

    categories: Mapping[str, Json] = field(default_factory=dict)
    weight_unit: str = "kg"
    length_unit: str = "cm"


def is_family(row: Json) -> bool:
    """Also `variable-subscription` and the like of plugins."""
    return text(row, "type").startswith("variable")


def variation_ids(row: Json) -> tuple[str, ...]:
    """Of a family; those in the trash are not among them."""
    value = row.get("variations")
    if isinstance(value, Mapping):
        value = list(value.values())
    if not is_family(row) or not isinstance(value, list):
        return ()
    return tuple(str(entry) for entry in value if not isinstance(entry, Mapping))


def root_category(ids: Sequence[str], categories: Mapping[str, Json]) -> str:
    """Name of the topmost parent of the first category that is known (A24: the store's order)."""
    for number in ids:
        if number not in categories or not categories[number]:
            continue
        seen: set[str] = set()
        here = number
        while (parent := remote_id(categories[here], "parent")) and categories.get(parent) and parent not in seen:
            seen.add(here)
            here = parent
        return title(categories[here], "name")
    return ""


def category_ids(row: Json) -> tuple[str, ...]:
    return tuple(remote_id(entry, "id") for entry in objects(row, "categories"))


def remote_product(row: Json, variations: Sequence[Json], around: Surroundings) -> RemoteProduct:
    """`variations`: rows of a family's variations, in any order."""
    number = remote_id(row, "id")
    if not number:
        raise unreadable("a product without id")
    family = is_family(row)
    return RemoteProduct(
        id=number,
        name=title(row, "name") or text(row, "sku") or f"#{number}",
        is_family=family,
        option_names=option_names(row) if family else (),
        variants=_variations(row, variations, around) if family else (_simple(row, around),),
        description=text(row, "description"),
        category=root_category(category_ids(row), around.categories),
        brand=next((title(entry, "name") for entry in objects(row, "brands")), ""),
        tags=tuple(title(entry, "name") for entry in objects(row, "tags")),
        images=tuple(
            RemoteImage(url=text(entry, "src"), caption=title(entry, "alt"))
            for entry in objects(row, "images")
            if text(entry, "src")
        ),
        custom_fields=_custom_fields(row, family),
        tax_key=product_key(row),
        weight_unit=around.weight_unit,
        length_unit=_kept_unit(around.length_unit),
        is_stocked=_is_stocked(row, variations),
        is_visible=text(row, "status") == "publish",
        url=text(row, "permalink"),
        modified_at=moment(row, "date_modified_gmt"),
        raw=plain(row),
    )


def option_names(row: Json) -> tuple[str, ...]:
    """Attributes that variations are made of, in their order."""
    return tuple(title(entry, "name") for entry in _attributes(row) if flag(entry, "variation"))


def _attributes(row: Json) -> list[Json]:
    return sorted(objects(row, "attributes"), key=lambda entry: _amount(entry, "position") or 0)


def _custom_fields(row: Json, family: bool) -> tuple[tuple[str, str], ...]:
    """CAT-13: attributes that are no options."""
    found = []
    for entry in _attributes(row):
        options = entry.get("options")
        if (family and flag(entry, "variation")) or not isinstance(options, list):
            continue
        found.append((title(entry, "name"), ", ".join(plain_title(str(option)) for option in options)))
    return tuple(found)


def _simple(row: Json, around: Surroundings) -> RemoteVariant:
    tracking = tracking_of(row)
    return RemoteVariant(
        id=remote_id(row, "id"),
        sku=text(row, "sku"),
        price=_price(row),
        sale_price=_amount(row, "sale_price"),
        weight=maybe_number(row, "weight"),
        length=_length(row, row, "length", around),
        width=_length(row, row, "width", around),
        height=_length(row, row, "height", around),
        barcode=text(row, "global_unique_id"),
        quantity=_amount(row, "stock_quantity") if tracking == "variant" else None,
        tracking=tracking,
    )


def _variations(row: Json, variations: Sequence[Json], around: Surroundings) -> tuple[RemoteVariant, ...]:
    """In the order of the product's own list, else of their ids."""
    places = {number: place for place, number in enumerate(variation_ids(row))}
    ordered = sorted(
        variations, key=lambda entry: (places.get(remote_id(entry, "id"), len(places)), _amount(entry, "id") or 0)
    )
    return tuple(_variation(row, entry, around) for entry in ordered)


def _variation(product: Json, row: Json, around: Surroundings) -> RemoteVariant:
    """A variation without a SKU of its own shows its product's, which is none."""
    number = remote_id(row, "id")
    if not number:
        raise unreadable("a variation without id")
    sku, tracking = text(row, "sku"), tracking_of(row)
    return RemoteVariant(
        id=number,
        sku="" if sku and sku == text(product, "sku") else sku,
        options=_option_values(product, row),
        price=_price(row),
        sale_price=_amount(row, "sale_price"),
        weight=_inherited(product, row),
        length=_length(product, row, "length", around),
        width=_length(product, row, "width", around),
        height=_length(product, row, "height", around),
        barcode=_barcode(product, row),
        quantity=_amount(row, "stock_quantity") if tracking == "variant" else None,
        tracking=tracking,
    )


def _barcode(product: Json, row: Json) -> str:
    own = text(row, "global_unique_id")
    return "" if own == text(product, "global_unique_id") else own


def _price(row: Json) -> Decimal | None:
    """The regular one; plugins that set no regular price leave the one that is asked."""
    found = _amount(row, "regular_price")
    return found if found is not None else _amount(row, "price")


def _amount(row: Json, name: str) -> Decimal | None:
    """None also for what is no amount: importers write anything there, and one price must not stop a download."""
    try:
        return maybe_money(row, name)
    except MalformedResponse:
        return None


def _option_values(product: Json, row: Json) -> tuple[RemoteOptionValue, ...]:
    """One for each option of the product; "" where the variation stands for any value."""
    by_id, by_name = {}, {}
    for entry in objects(row, "attributes"):
        value = plain_title(text(entry, "option"))
        by_id[remote_id(entry, "id")] = value
        by_name[title(entry, "name").casefold()] = value
    found = []
    for entry in _attributes(product):
        if not flag(entry, "variation"):
            continue
        name = title(entry, "name")
        value = by_name.get(name.casefold(), "")
        if not value and remote_id(entry, "id"):
            value = by_id.get(remote_id(entry, "id"), "")
        found.append(RemoteOptionValue(name=name, value=value))
    return tuple(found)


def tracking_of(row: Json) -> Tracking:
    """`manage_stock` of variations is true, false, or "parent"."""
    value = row.get("manage_stock")
    if value == "parent":
        return "product"
    return "variant" if flag(row, "manage_stock") else "none"


def _inherited(product: Json, row: Json) -> Decimal | None:
    own = maybe_number(row, "weight")
    return own if own is not None else maybe_number(product, "weight")


def _length(product: Json, row: Json, name: str, around: Surroundings) -> Decimal | None:
    own = maybe_number(an_object(row, "dimensions"), name)
    value = own if own is not None else maybe_number(an_object(product, "dimensions"), name)
    return None if value is None else converted(value, MILLIMETERS, around.length_unit, _kept_unit(around.length_unit))


def _kept_unit(unit: str) -> str:
    """Yards are no unit of ours."""
    return "ft" if unit == "yd" else unit


def _is_stocked(row: Json, variations: Sequence[Json]) -> bool:
    """Not what is sold elsewhere, made of other products, or without a body; unless the store counts it."""
    if text(row, "type") in NOT_SOLD_HERE:
        return False
    parts = variations if is_family(row) and variations else (row,)
    if any(tracking_of(part) != "none" for part in parts):
        return True
    return not all(flag(part, "virtual") or flag(part, "downloadable") for part in parts)
