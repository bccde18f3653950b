"""What an update would change at a store: our content beside the store's, field by field (NEW-2). Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from html import unescape
from typing import Any

from django.utils.translation import gettext as _

from catalog.queries.plans import FieldChange
from channels.models import TaxMapping
from channels.platforms.measures import GRAMS, MILLIMETERS, converted
from channels.remote import DesiredProduct, DesiredVariant, RemoteProduct, RemoteVariant
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.text import fold

VARIATION, LINK, QUANTITY = "variation", "link", "quantity"
_SHOWN = 300
_CLOSE = Decimal("0.0001")
_BLOCK = re.compile(r"\s*(?:</?p>|<br\s*/?>\s*<br\s*/?>|\n\s*\n)\s*", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One difference, before it is put into words. `variant` is None for what belongs to the product."""

    field: str
    old: str
    new: str
    variant: DesiredVariant | None = None
    note: str = ""


def differences(
    desired: DesiredProduct, remote: RemoteProduct, *, taxes: Mapping[str, TaxMapping]
) -> list[FieldChange]:
    """What updating the store's product would change. `taxes`: the store's tax names by key.

    A variation that the store lacks is the field `variation`, one that is there unlinked `link`.
    """
    return in_words(desired, _differences(desired, remote, taxes))


def in_words(desired: DesiredProduct, found: Iterable[Found]) -> list[FieldChange]:
    labels = field_labels()
    return [
        FieldChange(
            field=each.field,
            label=labels[each.field],
            old=each.old,
            new=each.new,
            sku=(each.variant.sku or "") if each.variant and desired.is_family else "",
            note=each.note,
        )
        for each in found
    ]


def only_changes(
    desired: DesiredProduct, remote: RemoteProduct, *, taxes: Mapping[str, TaxMapping]
) -> DesiredProduct | None:
    """The product with nothing but what differs; None where nothing does. Quantities go by the stock gateway."""
    whole = matched(desired, remote)
    found = [each for each in _differences(desired, remote, taxes) if each.field not in (QUANTITY, LINK)]
    if not found:
        return None
    own = {each.field for each in found if each.variant is None}
    of_variants: dict[str, set[str]] = {}
    for each in found:
        if each.variant is not None:
            of_variants.setdefault(each.variant.key, set()).add(each.field)
    kept: dict[str, Any] = {name: None for name in _PRODUCT_FIELDS if name not in own}
    variants = [_changed(each, of_variants[each.key]) for each in whole.variants if each.key in of_variants]
    fields = _changed_fields(whole, remote) if "custom_fields" in own else None
    kept |= {"custom_fields": fields, "is_visible": None, "variants": tuple(variants)}
    return replace(whole, **kept)


_PRODUCT_FIELDS = ("name", "description", "category", "brand", "tags", "images", "custom_fields", "tax_key")
_VARIANT_FIELDS = ("sku", "price", "sale_price", "weight", "length", "width", "height", "barcode")


def _changed(variant: DesiredVariant, names: set[str]) -> DesiredVariant:
    """A sale price goes with its price: alone it says nothing about a variation that has no price of its own."""
    if VARIATION in names:
        return replace(variant, variant_id="")
    if names & {"price", "sale_price"}:
        names = names | {"price", "sale_price"}
    unchanged: dict[str, Any] = {name: None for name in _VARIANT_FIELDS if name not in names}
    return replace(variant, quantity=None, **unchanged)


def matched(desired: DesiredProduct, remote: RemoteProduct) -> DesiredProduct:
    """With the ids of variants that the store has by their SKU, unlinked; and none for what it has no more."""
    there = {variant.id for variant in remote.variants}
    linked = {variant.variant_id for variant in desired.variants if variant.variant_id in there}
    free: dict[str, str] = {fold(each.sku): each.id for each in remote.variants if each.id not in linked and each.sku}
    variants = tuple(
        each
        if each.variant_id in there and each.variant_id
        else replace(each, variant_id=free.get(fold(each.sku or ""), ""))
        for each in desired.variants
    )
    return replace(desired, product_id=desired.product_id or remote.id, variants=variants)


def field_labels() -> dict[str, str]:
    """Names of the fields of a preview for staff."""
    return {
        "name": _("Name"),
        "description": _("Description"),
        "category": _("Category"),
        "brand": _("Brand"),
        "tags": _("Tags"),
        "images": _("Images"),
        "custom_fields": _("Custom field"),
        "tax_key": _("Tax class"),
        "sku": _("SKU"),
        "price": _("Price"),
        "sale_price": _("Sale price"),
        "weight": _("Weight"),
        "length": _("Length"),
        "width": _("Width"),
        "height": _("Height"),
        "barcode": _("Barcode"),
        QUANTITY: _("Quantity"),
        VARIATION: _("Variation"),
        LINK: _("Variation"),
        "visible": _("In the store"),
    }


def all_fields(desired: DesiredProduct, *, taxes: Mapping[str, TaxMapping]) -> list[FieldChange]:
    """Everything that a new product is made with."""
    return in_words(desired, _all(desired, taxes))


def _all(desired: DesiredProduct, taxes: Mapping[str, TaxMapping]) -> Iterator[Found]:
    texts = {"name": desired.name, "brand": desired.brand, "category": desired.category}
    texts["description"] = _excerpt(desired.description) if desired.description else None
    texts["tags"] = ", ".join(desired.tags or ())
    texts["images"] = str(len(desired.images)) if desired.images else None
    texts["tax_key"] = _tax(desired.tax_key, taxes) if desired.tax_key else None
    yield from (Found(field=name, old="", new=value) for name, value in texts.items() if value)
    for name, value in desired.custom_fields or ():
        yield Found(field="custom_fields", old="", new=value, note=name)
    if desired.is_visible is not None:
        yield Found(field="visible", old="", new=_("shown") if desired.is_visible else _("hidden"))
    for variant in desired.variants:
        if desired.is_family:
            yield Found(field=VARIATION, old="", new=words_of(variant), variant=variant)
        yield from _all_of_variant(desired, variant)


def _all_of_variant(desired: DesiredProduct, variant: DesiredVariant) -> Iterator[Found]:
    texts = {"sku": None if desired.is_family else variant.sku, "barcode": variant.barcode}
    texts |= {name: _money(getattr(variant, name)) for name in ("price", "sale_price")}
    for name in ("weight", "length", "width", "height"):
        unit = desired.weight_unit if name == "weight" else desired.length_unit
        value = getattr(variant, name)
        texts[name] = f"{_number(value)} {unit}" if value else None
    texts[QUANTITY] = None if variant.quantity is None else _number(variant.quantity)
    yield from (Found(field=name, old="", new=value, variant=variant) for name, value in texts.items() if value)


def _differences(desired: DesiredProduct, remote: RemoteProduct, taxes: Mapping[str, TaxMapping]) -> Iterator[Found]:
    yield from _of_product(desired, remote, taxes)
    there = {variant.id: variant for variant in remote.variants}
    for before, variant in zip(desired.variants, matched(desired, remote).variants, strict=True):
        theirs = there.get(variant.variant_id)
        if theirs is None:
            yield Found(field=VARIATION, old="", new=words_of(variant), variant=variant)
            continue
        if before.variant_id != variant.variant_id and desired.product_id:
            yield Found(field=LINK, old=_("not linked"), new=words_of(variant), variant=variant)
        yield from _of_variant(desired, variant, remote, theirs)


def _of_product(desired: DesiredProduct, remote: RemoteProduct, taxes: Mapping[str, TaxMapping]) -> Iterator[Found]:
    for name in ("name", "brand", "category"):
        ours, theirs = getattr(desired, name), getattr(remote, name)
        if ours is not None and _plain(ours) != _plain(theirs):
            yield Found(field=name, old=theirs, new=ours)
    if desired.description is not None and _blocks(desired.description) != _blocks(remote.description):
        yield Found(field="description", old=_excerpt(remote.description), new=_excerpt(desired.description))
    if desired.tags is not None and {_tag(tag) for tag in desired.tags} != {_tag(tag) for tag in remote.tags}:
        yield Found(field="tags", old=", ".join(remote.tags), new=", ".join(desired.tags))
    for name, old, new in _fields(desired, remote):
        yield Found(field="custom_fields", old=old, new=new, note=name)
    if desired.images and not remote.images:
        yield Found(field="images", old=_("none"), new=str(len(desired.images)))
    if desired.tax_key is not None and not _same_tax(desired.tax_key, remote.tax_key, taxes):
        yield Found(field="tax_key", old=_tax(remote.tax_key, taxes), new=_tax(desired.tax_key, taxes))


def _of_variant(
    product: DesiredProduct, ours: DesiredVariant, remote: RemoteProduct, theirs: RemoteVariant
) -> Iterator[Found]:
    for name in ("sku", "barcode"):
        new, old = getattr(ours, name), getattr(theirs, name)
        if new is not None and new.strip() != old.strip():
            yield Found(field=name, old=old, new=new, variant=ours)
    for name in ("price", "sale_price"):
        amount, now = getattr(ours, name), getattr(theirs, name)
        if amount is not None and to_unit(amount) != to_unit(now or Decimal(0)):
            yield Found(field=name, old=_money(now), new=_money(amount), variant=ours)
    for name in ("weight", "length", "width", "height"):
        measure = _measure(name, ours, theirs, product, remote)
        if measure is not None:
            yield Found(field=name, old=measure[0], new=measure[1], variant=ours)
    level = theirs.quantity if theirs.tracking != "none" else None
    if ours.quantity is not None and level is not None and ours.quantity != level:
        yield Found(field=QUANTITY, old=_number(level), new=_number(ours.quantity), variant=ours)


def _fields(desired: DesiredProduct, remote: RemoteProduct) -> Iterator[tuple[str, str, str]]:
    """Custom fields that the store lacks or has with another value; its others stay."""
    theirs = {fold(name): value for name, value in reversed(remote.custom_fields)}
    pairs = {(fold(name), _plain(value)) for name, value in remote.custom_fields}
    for name, value in desired.custom_fields or ():
        if (fold(name), _plain(value)) not in pairs:
            yield name, theirs.get(fold(name), ""), value


def _changed_fields(desired: DesiredProduct, remote: RemoteProduct) -> tuple[tuple[str, str], ...]:
    return tuple((name, new) for name, _old, new in _fields(desired, remote))


def _same_tax(ours: str, theirs: str, taxes: Mapping[str, TaxMapping]) -> bool:
    """Several of the store's classes may mean one rule here."""
    mine, other = taxes.get(ours), taxes.get(theirs)
    return ours == theirs or (mine is not None and other is not None and mine.rule_id == other.rule_id)


def _tax(key: str, taxes: Mapping[str, TaxMapping]) -> str:
    return taxes[key].label if key in taxes else key


def _measure(
    name: str, ours: DesiredVariant, theirs: RemoteVariant, product: DesiredProduct, remote: RemoteProduct
) -> tuple[str, str] | None:
    """Old and new with their units, where they differ; compared in the store's unit, in which it keeps them."""
    value, now = getattr(ours, name), getattr(theirs, name)
    if value is None:
        return None
    table = GRAMS if name == "weight" else MILLIMETERS
    unit, wanted = (
        (product.weight_unit, remote.weight_unit) if name == "weight" else (product.length_unit, remote.length_unit)
    )
    if abs(converted(value, table, unit, wanted) - (now or Decimal(0))) <= _CLOSE:
        return None
    return (f"{_number(now)} {wanted}" if now else "", f"{_number(value)} {unit}")


# -- words


def words_of(variant: DesiredVariant) -> str:
    """A variation by its SKU and option values."""
    values = " / ".join(option.value for option in variant.options)
    return f"{variant.sku} ({values})" if values else variant.sku or ""


def _plain(text: str) -> str:
    return " ".join(unescape(text).split())


def _tag(text: str) -> str:
    """A store may keep all tags as one text with commas."""
    return fold(text.replace(",", " "))


def _blocks(html: str) -> list[str]:
    """Paragraphs, however they are marked: stores mark them themselves when they show a text."""
    parts = (_plain(part) for part in _BLOCK.split(sanitize(html)))
    return [part for part in parts if part]


def _excerpt(html: str) -> str:
    text = _plain(_TAG.sub(" ", html))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


def _money(value: Decimal | None) -> str:
    """With two decimals at least; "" for none."""
    if not value:
        return ""
    plain = _number(value)
    whole, _dot, fraction = plain.partition(".")
    return f"{whole}.{fraction:0<2}"
