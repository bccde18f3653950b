"""Keeping what a store answered to listing and updating: links, what was sent, who did it (LST-1, APP-5)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.enums import ListingState, Tracking
from catalog.models import Listing, ListingItem
from catalog.queries.levels import SyncQuantity
from catalog.services.marks import mark_products
from catalog.services.units import Unit
from catalog.signals import listing_linked
from channels.models import Channel
from channels.remote import DesiredProduct, ProductResult, RemoteProduct, RemoteVariant
from inventory.models import Product, User
from inventory.services import audit
from inventory_sync.lib.text import clip

_MARKS = 200
"""Listings of one statement."""
_Entry = tuple[Unit, str, dict[str, tuple[str | None, str | None]]]
"""Of the audit trail: unit, action, changes."""


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """For whom and when answers are kept."""

    channel: Channel
    user: User | None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Made:
    """A product that the store has made. `levels` were sent with it, "" where they go by themselves."""

    unit: Unit
    desired: DesiredProduct
    result: ProductResult
    levels: dict[int, SyncQuantity]
    muted: frozenset[int] = frozenset()
    """Products whose stock is not sent (LST-2), from before it was listed again."""


def keep_made(keeping: Keeping, made: Sequence[Made]) -> dict[str, str]:
    """Links of new products; answers why some could not be kept, by unit. Keeping the same again changes nothing."""
    if not made:
        return {}
    try:
        with transaction.atomic():
            _write_made(keeping, made)
    except IntegrityError:
        if len(made) == 1:
            words = _("It was made in the store, but is linked to something else here meanwhile.")
            return {made[0].unit.key: words}
        return {key: words for each in made for key, words in keep_made(keeping, [each]).items()}
    return {}


def _write_made(keeping: Keeping, made: Sequence[Made]) -> None:
    channel = keeping.channel
    Listing.objects.bulk_create(
        [_listing(keeping, each) for each in made],
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_name", "url", "state", "seen_at", "sent_at", "changed_at"],
    )
    ids = [each.result.product_id for each in made]
    listings = {row.remote_id: row for row in Listing.objects.filter(channel=channel, remote_id__in=ids)}
    items = [item for each in made for item in _items(keeping, each, listings[each.result.product_id])]
    ListingItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_product_id", "remote_sku", "tracking", "is_gone"],
    )
    _tell_linked(channel, items)
    _record(
        keeping,
        [(each.unit, _("listed in the store"), {channel.name: (None, each.result.product_id)}) for each in made],
    )


def _listing(keeping: Keeping, made: Made) -> Listing:
    unit, visible = made.unit, made.desired.is_visible
    return Listing(
        channel=keeping.channel,
        product=None if unit.is_family else unit.products[0],
        family=unit.family,
        remote_id=made.result.product_id,
        remote_name=clip(made.desired.name or unit.label, 512),
        url=clip(made.result.url, 1000),
        state=ListingState.HIDDEN if visible is False else ListingState.LISTED,
        seen_at=keeping.now,
        sent_at=keeping.now,
    )


def _items(keeping: Keeping, made: Made, listing: Listing) -> list[ListingItem]:
    found = []
    for variant in made.desired.variants:
        number = made.result.variant_ids.get(variant.key)
        if not number:
            continue
        level = made.levels.get(int(variant.key)) if variant.quantity is not None else None
        found.append(
            ListingItem(
                listing=listing,
                channel=keeping.channel,
                product_id=int(variant.key),
                remote_product_id=made.result.product_id,
                remote_id=number,
                remote_sku=clip(variant.sku or "", 255),
                tracking=made.result.tracking or _level_of(variant.quantity is not None),
                sync_stock=int(variant.key) not in made.muted,
                pushed_quantity=level.quantity if level else None,
                pushed_buffer=int(level.buffer) if level else None,
                pushed_at=keeping.now if level else None,
            )
        )
    return found


def _level_of(is_counted: bool) -> Tracking:
    return Tracking.VARIANT if is_counted else Tracking.NONE


def _tell_linked(channel: Channel, items: Iterable[ListingItem]) -> None:
    """Stock that moved after its number was read found no link to mark: what is linked now is looked at once more."""
    ids = frozenset(item.product_id for item in items)
    if ids:
        mark_products(channel, product_ids=ids)
        listing_linked.send(sender=ListingItem, channel=channel, product_ids=ids)


# -- updates and links


@dataclass(frozen=True, kw_only=True)
class Updated:
    """A product of the store that was updated or only linked; `sent` is None where no content went."""

    unit: Unit
    whole: DesiredProduct
    """With the ids of variants that the store has."""
    remote: RemoteProduct
    sent: DesiredProduct | None = None
    result: ProductResult | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, old, new) in words, of what the store took; () for nothing to tell."""
    is_link: bool = False
    """The store's product was only linked: it may still differ."""


def keep_updated(keeping: Keeping, updated: Sequence[Updated]) -> dict[str, str]:
    """Links, names and what is in step with the store now; answers why some could not be kept, by unit."""
    if not updated:
        return {}
    try:
        with transaction.atomic():
            _write_updated(keeping, updated)
    except IntegrityError:
        if len(updated) == 1:
            return {updated[0].unit.key: _("It is linked to something else here meanwhile.")}
        return {key: words for each in updated for key, words in keep_updated(keeping, [each]).items()}
    return {}


def _write_updated(keeping: Keeping, updated: Sequence[Updated]) -> None:
    channel = keeping.channel
    fresh = [each for each in updated if each.unit.listing is None]
    Listing.objects.bulk_create([_linked_listing(keeping, each) for each in fresh])
    ids = [each.remote.id for each in updated]
    listings = {row.remote_id: row for row in Listing.objects.filter(channel=channel, remote_id__in=ids)}
    new: list[ListingItem] = []
    old: list[ListingItem] = []
    for each in updated:
        _sort_items(keeping, each, listings[each.remote.id], new, old)
    ListingItem.objects.bulk_create(new)
    ListingItem.objects.bulk_update(
        old, ["remote_id", "remote_sku", "tracking", "is_gone", "pushed_quantity"], batch_size=500
    )
    _tell_linked(channel, new)
    _mark_in_step(keeping, [each for each in updated if not (each.result and each.result.error)])
    rows: list[_Entry] = [
        (each.unit, _("linked to the store's product"), {channel.name: (None, each.remote.id)}) for each in fresh
    ]
    rows += [
        (each.unit, _("updated in the store"), {field: (before, after) for field, before, after in each.changes})
        for each in updated
        if each.changes
    ]
    _record(keeping, rows)


def _linked_listing(keeping: Keeping, linked: Updated) -> Listing:
    remote, unit = linked.remote, linked.unit
    return Listing(
        channel=keeping.channel,
        product=None if unit.is_family else unit.products[0],
        family=unit.family,
        remote_id=remote.id,
        remote_name=clip(remote.name, 512),
        url=clip(remote.url, 1000),
        state=ListingState.LISTED if remote.is_visible else ListingState.HIDDEN,
        seen_at=keeping.now,
        changed_at=keeping.now,
    )


def _sort_items(
    keeping: Keeping, updated: Updated, listing: Listing, new: list[ListingItem], old: list[ListingItem]
) -> None:
    """Links that have to be made or corrected."""
    made = updated.result.variant_ids if updated.result else {}
    theirs = {variant.id: variant for variant in updated.remote.variants}
    for variant in updated.whole.variants:
        number = variant.variant_id or made.get(variant.key, "")
        item = updated.unit.items.get(int(variant.key))
        if not number:
            continue
        known = theirs.get(number)
        sku = _sku_now(updated, variant.key, known) or variant.sku or ""
        if item is None:
            counted = variant.quantity is not None
            new.append(
                ListingItem(
                    listing=listing,
                    channel=keeping.channel,
                    product_id=int(variant.key),
                    remote_product_id=listing.remote_id,
                    remote_id=number,
                    remote_sku=clip(sku, 255),
                    tracking=known.tracking if known else _level_of(counted),
                    seen_quantity=known.quantity if known else None,
                    seen_at=keeping.now if known else None,
                )
            )
        elif item.remote_id != number or item.remote_sku != sku or item.is_gone:
            if item.remote_id != number:
                item.pushed_quantity = None
                item.tracking = known.tracking if known else _level_of(variant.quantity is not None)
            item.remote_id, item.remote_sku, item.is_gone = number, clip(sku, 255), False
            old.append(item)


def _sku_now(updated: Updated, key: str, known: RemoteVariant | None) -> str:
    """What the store calls it after the update."""
    sent = {variant.key: variant.sku for variant in updated.sent.variants} if updated.sent else {}
    failed = bool(updated.result and updated.result.error)
    return (None if failed else sent.get(key)) or (known.sku if known else "")


def _mark_in_step(keeping: Keeping, updated: Sequence[Updated]) -> None:
    """What was sent is in step with the store, unless it changed here since it was read."""
    sent = [each for each in updated if not each.is_link]
    ids = [each.remote.id for each in sent]
    rows = Listing.objects.filter(channel=keeping.channel, remote_id__in=ids)
    rows.update(sent_at=keeping.now)
    in_step(keeping.channel, [each.unit.listing for each in sent if each.unit.listing])
    renamed = []
    for each in sent:
        listing = each.unit.listing
        name = clip((each.sent.name if each.sent else None) or each.remote.name, 512)
        if listing is not None and (listing.remote_name, listing.url) != (name, clip(each.remote.url, 1000)):
            listing.remote_name, listing.url = name, clip(each.remote.url, 1000)
            renamed.append(listing)
    Listing.objects.bulk_update(renamed, ["remote_name", "url"], batch_size=500)


def mark_content_changed(product_ids: Collection[int], *, now: datetime) -> None:
    """Every listing of these products, or of their families, may differ from its store; one statement."""
    linked = ListingItem.objects.filter(product_id__in=product_ids).order_by().values("listing_id")
    homes = Product.objects.filter(pk__in=product_ids, family__isnull=False).order_by().values("family_id")
    Listing.objects.filter(Q(pk__in=linked) | Q(family_id__in=homes)).update(changed_at=now)


def in_step(channel: Channel, listings: Iterable[Listing]) -> None:
    """The store has the content that was read after these rows were; what was marked again since stays marked.

    Told by the mark itself, not by a clock: a change gets its time before it is committed and seen by others.
    """
    marked = [listing for listing in listings if listing.changed_at is not None]
    for start in range(0, len(marked), _MARKS):
        part = marked[start : start + _MARKS]
        same = reduce(or_, (Q(pk=listing.pk, changed_at=listing.changed_at) for listing in part))
        Listing.objects.filter(same, channel=channel).update(changed_at=None)


def moved_meanwhile(channel: Channel, listing_ids: Collection[int], *, now: datetime) -> None:
    """What was made with content that is another one by now differs from the store from its first day."""
    if listing_ids:
        Listing.objects.filter(pk__in=listing_ids, channel=channel).update(changed_at=now)


def _record(keeping: Keeping, rows: Sequence[_Entry]) -> None:
    entries = [
        audit.Entry(
            action=action,
            obj=unit.family or unit.products[0],
            changes=changes,
            scope_key=keeping.channel.scope_key,
        )
        for unit, action, changes in rows
    ]
    if entries:
        audit.record_many(entries, user=keeping.user, now=keeping.now)
