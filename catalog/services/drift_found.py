"""Differences between one listed product and what the store has of it (NEW-1). No statements, no calls."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.enums import DriftCause, DriftKind, Tracking
from catalog.models import Listing, ListingItem
from catalog.queries.levels import SyncQuantity
from catalog.queries.plans import FieldChange
from catalog.services.desired import Sending, desired_of
from catalog.services.differences import LINK, QUANTITY, VARIATION, differences
from catalog.services.drafts import fingerprint
from catalog.services.drift_causes import Facts, content_cause, quantity_cause
from catalog.services.units import Unit
from channels.remote import RemoteProduct, RemoteVariant
from inventory_sync.lib.text import clip, fold

GONE, TRACKING, SKU = "gone", "tracking", "sku"
"""Fields of differences of links, beside `link:` and `variation:` with a product's id."""
_PRICES = ("price", "sale_price")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference with its cause. `key` is the store's variant where it is about one, else its product."""

    kind: DriftKind
    key: str
    field: str = ""
    listing: Listing
    product_id: int | None
    label: str
    ours: str = ""
    theirs: str = ""
    cause: DriftCause
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A listed unit beside the store's product. `levels`: the store's numbers by variant."""

    unit: Unit
    listing: Listing
    remote: RemoteProduct
    levels: Mapping[str, Decimal]


def find_differences(
    each: Compared, *, ours: Mapping[int, SyncQuantity], sending: Sending, facts: Facts
) -> list[Difference]:
    """Quantities first, then content and links."""
    return [*_quantities(each, ours, facts), *_content(each, ours, sending, facts), *_levels(each)]


def gone(listing: Listing, *, label: str) -> Difference:
    """The store has the whole product no more."""
    return Difference(
        kind=DriftKind.LINK,
        key=listing.remote_id,
        field=GONE,
        listing=listing,
        product_id=listing.product_id,
        label=label,
        ours=listing.remote_name,
        cause=DriftCause.GONE,
    )


def counted(each: Compared) -> list[tuple[ListingItem, RemoteVariant]]:
    """Links whose variant is there and counted at the level that we know."""
    theirs = {variant.id: variant for variant in each.remote.variants}
    pairs = [(item, theirs[item.remote_id]) for item in each.unit.items.values() if item.remote_id in theirs]
    return [(item, there) for item, there in pairs if there.tracking == item.tracking != Tracking.NONE]


# -- quantities


def _quantities(each: Compared, ours: Mapping[int, SyncQuantity], facts: Facts) -> Iterator[Difference]:
    """What is counted as a whole has one number for all its variations."""
    rows = [
        (item, ours[item.product_id], each.levels[there.id])
        for item, there in counted(each)
        if item.product_id in ours and ours[item.product_id].is_counted and there.id in each.levels
    ]
    whole = [row for row in rows if row[0].tracking == Tracking.PRODUCT]
    if len(whole) > 1:
        rows = [row for row in rows if row[0].tracking != Tracking.PRODUCT]
        yield from _together(each, whole, facts)
    for item, sync, theirs in rows:
        if sync.quantity != theirs:
            cause = quantity_cause(item, pushed=item.pushed_quantity, theirs=theirs, facts=facts)
            label = _label(each.unit, item.product_id)
            yield _quantity(each, item, label=label, ours=sync.quantity, theirs=theirs, cause=cause)


def _together(
    each: Compared, rows: Sequence[tuple[ListingItem, SyncQuantity, Decimal]], facts: Facts
) -> Iterator[Difference]:
    total = sum((sync.quantity for _item, sync, _theirs in rows), Decimal(0))
    first, _sync, theirs = rows[0]
    if total == theirs:
        return
    sent = [item.pushed_quantity for item, _s, _t in rows]
    pushed = None if None in sent else sum((units for units in sent if units is not None), Decimal(0))
    moving = next((item for item, _s, _t in rows if facts.pending.concerns(item.product_id)), first)
    cause = quantity_cause(moving, pushed=pushed, theirs=theirs, facts=facts)
    yield _quantity(each, first, label=each.unit.label, ours=total, theirs=theirs, cause=cause)


def _quantity(
    each: Compared, item: ListingItem, *, label: str, ours: Decimal, theirs: Decimal, cause: tuple[DriftCause, str]
) -> Difference:
    return Difference(
        kind=DriftKind.QUANTITY,
        key=item.remote_id,
        listing=each.listing,
        product_id=item.product_id,
        label=label,
        ours=_plain(ours),
        theirs=_plain(theirs),
        cause=cause[0],
        words=cause[1],
    )


# -- content and links


def _content(each: Compared, ours: Mapping[int, SyncQuantity], sending: Sending, facts: Facts) -> Iterator[Difference]:
    desired = desired_of(each.unit, sending, ours)
    changes = [change for change in differences(desired, each.remote, taxes=sending.taxes) if change.field != QUANTITY]
    if not changes:
        return
    cause = content_cause(
        each.listing, unit=each.unit.key, fingerprint=fingerprint(each.remote, sending.terms), facts=facts
    )
    by_sku = {product.sku: product.pk for product in each.unit.products}
    for change in changes:
        product_id = by_sku.get(change.sku) if each.unit.is_family else each.unit.products[0].pk
        yield _change(each, change, product_id, cause)


def _change(each: Compared, change: FieldChange, product_id: int | None, cause: tuple[DriftCause, str]) -> Difference:
    item = each.unit.items.get(product_id or 0)
    kind, name = (DriftKind.PRICE if change.field in _PRICES else DriftKind.CONTENT), change.field
    if change.field in (VARIATION, LINK):
        kind, name, cause = DriftKind.LINK, *_link_field(change, product_id, item)
    elif change.field == SKU and item is not None and fold(change.old) != fold(item.remote_sku):
        kind, cause = DriftKind.LINK, (DriftCause.STORE_EDIT, "")
    elif change.note:
        name = clip(f"{name}:{change.note}", 50)
    about_variant = item is not None and (bool(change.sku) or kind != DriftKind.CONTENT)
    return Difference(
        kind=kind,
        key=item.remote_id if item is not None and about_variant else each.remote.id,
        field=name,
        listing=each.listing,
        product_id=product_id,
        label=_label(each.unit, product_id),
        ours=change.new,
        theirs=change.old,
        cause=cause[0],
        words=cause[1],
    )


def _link_field(
    change: FieldChange, product_id: int | None, item: ListingItem | None
) -> tuple[str, tuple[DriftCause, str]]:
    """A linked variation that is not there is gone, even where another one has its SKU now."""
    if item is not None:
        return GONE, (DriftCause.GONE, "")
    cause = DriftCause.CHANGED_HERE if change.field == VARIATION else DriftCause.STORE_EDIT
    return f"{change.field}:{product_id}", (cause, "")


def _levels(each: Compared) -> Iterator[Difference]:
    """What the store counts at another level than when it was last read."""
    theirs = {variant.id: variant.tracking for variant in each.remote.variants}
    for item in each.unit.items.values():
        now = theirs.get(item.remote_id)
        if now is None or now == item.tracking:
            continue
        yield Difference(
            kind=DriftKind.LINK,
            key=item.remote_id,
            field=TRACKING,
            listing=each.listing,
            product_id=item.product_id,
            label=_label(each.unit, item.product_id),
            ours=item.tracking,
            theirs=now,
            cause=DriftCause.STORE_EDIT,
        )


def _label(unit: Unit, product_id: int | None) -> str:
    product = next((product for product in unit.products if product.pk == product_id), None)
    return str(product) if product is not None else unit.label


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
