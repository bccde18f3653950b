"""Comparing a store with our record (NEW-1): quantity, price, content and links, one page of its products a step.

Nothing is changed but the list of differences and what was seen of the store. Runs under the channel's lease.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Drift, Listing, ListingItem
from catalog.queries.drift import DRIFT
from catalog.queries.levels import sync_quantities
from catalog.services.desired import Sending, read_sending
from catalog.services.drift_causes import read_facts
from catalog.services.drift_found import Compared, Difference, counted, find_differences, gone
from catalog.services.links import in_step
from catalog.services.push import NoStoreLocation, stock_item, store_location
from catalog.services.units import key_of, read_units
from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from channels.platforms.batches import chunks
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.remote import RemoteProduct
from channels.services.activities import start_channel_run
from channels.services.polling import POLL_KEY
from inventory.models import Run, User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.text import clip

_VARIANTS = 500
"""Of one piece of a page."""
_CHUNK = 500


def start_comparison(channel: Channel, *, user: User | None, now: datetime) -> Run:
    """Orders are looked for first, so that what was just sold is no difference. Raises AlreadyRunning."""
    with transaction.atomic():
        run = start_channel_run(channel, kind=DRIFT, title=_("Compare with the store"), user=user, now=now)
        mark([channel.pk], kind=JobKind.POLL, keys=[POLL_KEY])
    return run


def compare_at_night(channel: Channel, now: datetime) -> None:
    """Once a night, where something is listed; one that is still running is enough."""
    if not Listing.objects.filter(channel=channel).exists():
        return
    try:
        start_comparison(channel, user=None, now=now)
    except AlreadyRunning:
        return


def step_compare(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """One page of the store's products; after the last one what no page had, by its id."""
    cursor = dict(run.cursor) or {"page": "", "unlinked": 0, "since": timezone.now().isoformat()}
    if "after" in cursor:
        return _look_for_missing(channel, platform, cursor)
    page = platform.products.page(cursor=cursor.pop("page"))
    linked = compare(channel, platform, page.products)
    cursor["unlinked"] += len(page.products) - linked
    cursor |= {"page": page.next_cursor} if page.next_cursor else {"after": 0}
    return StepResult(cursor=cursor, total=None if run.cursor else page.total, passed=len(page.products))


def _look_for_missing(channel: Channel, platform: Platform, cursor: Mapping[str, Any]) -> StepResult:
    """Listings that no page had: read by their id, because pages shift while products come and go."""
    size = platform_spec(channel.platform).limits.products_by_id
    unseen = Q(seen_at__isnull=True) | Q(seen_at__lt=datetime.fromisoformat(cursor["since"]))
    listings = Listing.objects.filter(unseen, channel=channel, pk__gt=cursor["after"])
    rows = list(listings.select_related("product", "family").order_by("pk")[:size])
    found = platform.products.get_many([row.remote_id for row in rows]) if rows else ()
    compare(channel, platform, found)
    there = {remote.id for remote in found}
    _keep_missing(channel, [row for row in rows if row.remote_id not in there], now=timezone.now())
    after = rows[-1].pk if rows else cursor["after"]
    return StepResult(cursor={**cursor, "after": after}, finished=len(rows) < size)


def compare(channel: Channel, platform: Platform, remotes: Sequence[RemoteProduct]) -> int:
    """Writes the differences of what is listed among these; answers how many are."""
    listings = {
        row.remote_id: row
        for part in chunks([remote.id for remote in remotes], _CHUNK)
        for row in Listing.objects.filter(channel=channel, remote_id__in=part)
    }
    sending = read_sending(channel) if listings else None
    for piece in _pieces([remote for remote in remotes if remote.id in listings]):
        if sending is not None:
            _compare_piece(channel, platform, piece, listings, sending)
    return len(listings)


def _pieces(remotes: Iterable[RemoteProduct]) -> Iterator[list[RemoteProduct]]:
    piece: list[RemoteProduct] = []
    size = 0
    for remote in remotes:
        if piece and size + len(remote.variants) > _VARIANTS:
            yield piece
            piece, size = [], 0
        piece.append(remote)
        size += len(remote.variants)
    if piece:
        yield piece


def _compare_piece(
    channel: Channel,
    platform: Platform,
    remotes: Sequence[RemoteProduct],
    listings: Mapping[str, Listing],
    sending: Sending,
) -> None:
    """The store is asked before our numbers are read: what moves in between has left a mark, which is a cause."""
    now = timezone.now()
    keys = {key_of(listings[remote.id]): remote for remote in remotes}
    pairs = [
        Compared(unit=unit, listing=unit.listing, remote=keys[key], levels={})
        for key, unit in read_units(channel, list(keys), tiers=sending.tiers).items()
        if unit.listing is not None
    ]
    levels = _store_levels(channel, platform, pairs)
    quantities = {number: level.quantity for number, level in levels.items()}
    pairs = [replace(each, levels=quantities) for each in pairs]
    ids = [pk for each in pairs for pk in each.unit.product_ids]
    ours = sync_quantities(channel, ids)
    facts = read_facts(channel, product_ids=ids, units=[each.unit.key for each in pairs], now=now)
    found = [
        difference for each in pairs for difference in find_differences(each, ours=ours, sending=sending, facts=facts)
    ]
    _keep(channel, [each.listing for each in pairs], found, now=now)
    _note_seen(pairs, levels, now)
    differing = {difference.listing.pk for difference in found if difference.kind in ("price", "content")}
    in_step(channel, [each.listing for each in pairs if each.listing.pk not in differing])


# -- the store's numbers


@dataclass(frozen=True, kw_only=True)
class _Level:
    """What a store has of a variant. `safety` is None where nobody asked for it."""

    quantity: Decimal
    safety: Decimal | None = None


def _store_levels(channel: Channel, platform: Platform, pairs: Sequence[Compared]) -> dict[str, _Level]:
    """By variant. A store with locations is asked for the one that we send to: its products only show the default one.

    Elsewhere the products themselves show it, but for what is counted as a whole.
    """
    try:
        location = store_location(channel)
    except NoStoreLocation:
        return {}
    rows = [row for each in pairs for row in counted(each)]
    found: dict[str, _Level] = {}
    if not location:
        found = {there.id: _Level(quantity=there.quantity) for _item, there in rows if there.quantity is not None}
    asked = [stock_item(item) for item, there in rows if there.id not in found]
    for level in platform.stock.levels(asked, location_id=location) if asked else ():
        if level.location_id == location:
            found[level.variant_id] = _Level(quantity=level.quantity, safety=level.safety_stock)
    return found


def _note_seen(pairs: Sequence[Compared], levels: Mapping[str, _Level], now: datetime) -> None:
    """Only what moved; a link that the store has again is no longer gone."""
    moved = []
    for each in pairs:
        there = {variant.id for variant in each.remote.variants}
        for item in each.unit.items.values():
            before = (item.seen_quantity, item.seen_safety_stock, item.is_gone)
            level = levels.get(item.remote_id)
            if level is not None:
                item.seen_quantity = level.quantity
                item.seen_safety_stock = item.seen_safety_stock if level.safety is None else level.safety
            item.is_gone = item.remote_id not in there
            if before != (item.seen_quantity, item.seen_safety_stock, item.is_gone):
                item.seen_at = now
                moved.append(item)
    columns = ["seen_quantity", "seen_safety_stock", "seen_at", "is_gone"]
    ListingItem.objects.bulk_update(moved, columns, batch_size=_CHUNK)
    Listing.objects.filter(pk__in=[each.listing.pk for each in pairs]).update(seen_at=now)


# -- keeping differences


def _keep(channel: Channel, listings: Sequence[Listing], found: Sequence[Difference], *, now: datetime) -> None:
    """These are all differences of these listings now; those seen before keep the moment when they were first seen."""
    rows = {(each.kind, each.key, each.field): each for each in found}
    with transaction.atomic():
        before = Drift.objects.filter(channel=channel, listing__in=listings)
        old = [pk for pk, *name in before.values_list("pk", "kind", "key", "field") if tuple(name) not in rows]
        Drift.objects.filter(pk__in=old).delete()
        Drift.objects.bulk_create(
            [_row(channel, each, now) for each in rows.values()],
            batch_size=_CHUNK,
            update_conflicts=True,
            unique_fields=["channel", "kind", "key", "field"],
            update_fields=["listing", "product", "label", "ours", "theirs", "cause", "words", "seen_at"],
        )


def _row(channel: Channel, each: Difference, now: datetime) -> Drift:
    return Drift(
        channel=channel,
        kind=each.kind,
        key=clip(each.key, 100),
        field=clip(each.field, 50),
        listing=each.listing,
        product_id=each.product_id,
        label=clip(each.label, 600),
        ours=clip(each.ours, 500),
        theirs=clip(each.theirs, 500),
        cause=each.cause,
        words=clip(each.words, 1000),
        found_at=now,
        seen_at=now,
    )


def _keep_missing(channel: Channel, listings: Sequence[Listing], *, now: datetime) -> None:
    if not listings:
        return
    found = [gone(row, label=str(row.product or row.family)) for row in listings]
    _keep(channel, listings, found, now=now)
    items = ListingItem.objects.filter(listing__in=listings, is_gone=False)
    items.update(is_gone=True)
