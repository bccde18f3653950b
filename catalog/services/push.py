"""Sending stock levels to a store (SPEC SET-19, LST-2, LST-5, JOB-3): read now, send once, keep the store's answer.

Runs only under the channel's lease, so that one process at a time sends for a store; no transaction is open meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.enums import Tracking
from catalog.models import ListingItem
from catalog.queries.levels import SyncQuantity, sync_quantities
from catalog.queries.sending import sent_items
from catalog.services.marks import mark_store_moved, resend_later
from channels.errors import InDoubt
from channels.models import Channel
from channels.ports import Capability, Platform
from channels.queries import push_location
from channels.registry import platform_spec
from channels.remote import StockItem, StockResult, StockUpdate
from channels.remote import Tracking as RemoteTracking
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip

_CHUNK = 500
_ROUNDS = 3
"""How often in a row a store may tell of other variants that share a number."""


class NoStoreLocation(ProductError):
    """SET-32: nobody chose which location of the store receives quantities."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of one product's quantity; `error` in the store's words. `is_same`: nothing had to be sent."""

    product_id: int
    quantity: Decimal
    before: Decimal | None = None
    error: str = ""
    is_gone: bool = False
    is_same: bool = False
    is_moved: bool = False
    """The quantity is not the planned one any more; nothing was sent."""
    is_uncounted: bool = False
    """The store turned out not to count it: nothing is sent until a download says otherwise. `error` says so."""


def push_changed(
    channel: Channel, platform: Platform, *, product_ids: Iterable[int], resend: Collection[int] = (), now: datetime
) -> dict[int, Sent]:
    """The automatic push: only what differs from what was last sent, and `resend`, which the store itself has moved.

    Products that are not listed, switched off, not counted by the store or never sent are left out of the answer.
    """
    if channel.read_only or not channel.settings.update_stock:
        return {}
    return _push(channel, platform, product_ids=set(product_ids), always=set(resend), now=now).answer


def push_chosen(
    channel: Channel,
    platform: Platform,
    *,
    product_ids: Iterable[int],
    planned: Mapping[int, Decimal] | None = None,
    now: datetime,
) -> dict[int, Sent]:
    """*Update quantities* (LST-5): always sends, whatever SET-19 says; the product's own switch holds (A28).

    With `planned` exactly these quantities are sent; where the quantity is another one by now, nothing is (NEW-2).
    """
    if channel.read_only:
        return {}
    wanted = set(product_ids)
    return _push_by_hand(channel, platform, product_ids=wanted, always=wanted, planned=planned, now=now)


def push_differing(
    channel: Channel, platform: Platform, *, product_ids: Iterable[int], now: datetime
) -> dict[int, Sent]:
    """By hand like `push_chosen`, but only what differs from what was last sent."""
    if channel.read_only:
        return {}
    return _push_by_hand(channel, platform, product_ids=set(product_ids), always=set(), planned=None, now=now)


def _push_by_hand(
    channel: Channel,
    platform: Platform,
    *,
    product_ids: set[int],
    always: set[int],
    planned: Mapping[int, Decimal] | None,
    now: datetime,
) -> dict[int, Sent]:
    """Where nothing is sent by itself, also sends at once what turned out to share a number with these."""
    pushed = _push(channel, platform, product_ids=product_ids, always=always, planned=planned, now=now)
    answer = pushed.answer
    for _round in range(0 if channel.settings.update_stock else _ROUNDS):
        if not pushed.in_doubt:
            break
        pushed = _push(channel, platform, product_ids=pushed.in_doubt, always=pushed.in_doubt, now=now)
        answer |= pushed.answer
    return answer


@dataclass(frozen=True, kw_only=True)
class _Pushed:
    answer: dict[int, Sent]
    in_doubt: set[int]
    """Products whose number at the store is in doubt; channels that send by themselves have marks of them."""


def _push(
    channel: Channel,
    platform: Platform,
    *,
    product_ids: set[int],
    always: set[int],
    planned: Mapping[int, Decimal] | None = None,
    now: datetime,
) -> _Pushed:
    items = items_to_send(channel, product_ids)
    current = sync_quantities(channel, [item.product_id for item in items])
    items = [item for item in items if item.product_id in current]
    wanted = {item.pk: current[item.product_id] for item in items}
    moved = _moved(items, wanted, planned) if planned is not None else set()
    due = [item for item in items if _differs(item, wanted[item.pk].quantity, always)]
    due = [item for item in [*due, *_siblings(items, due)] if item.pk not in moved]
    answer = {
        item.product_id: Sent(
            product_id=item.product_id,
            quantity=wanted[item.pk].quantity,
            before=item.pushed_quantity,
            is_same=item.pk not in moved,
            is_moved=item.pk in moved,
        )
        for item in items
    }
    _note_buffers([item for item in items if answer[item.product_id].is_same and item not in due], wanted)
    if not due:
        return _Pushed(answer=answer, in_doubt=set())
    location = store_location(channel)
    try:
        results = platform.stock.push([_update(item, wanted[item.pk].quantity, location) for item in due])
    except InDoubt:
        resend_later(channel, product_ids=[item.product_id for item in due], now=now)
        raise
    kept = _keep(channel, due, wanted, {result.key: result for result in results}, now)
    return _Pushed(answer=answer | kept.answer, in_doubt=kept.in_doubt)


def _note_buffers(items: Sequence[ListingItem], wanted: Mapping[int, SyncQuantity]) -> None:
    """The store has the right number although the buffer is another one: nothing of the old buffer is left there."""
    pks: dict[int, list[int]] = {}
    for item in items:
        buffer = int(wanted[item.pk].buffer)
        if item.pushed_buffer not in (None, buffer):
            pks.setdefault(buffer, []).append(item.pk)
    for buffer, each in pks.items():
        ListingItem.objects.filter(pk__in=each, pushed_quantity__isnull=False).update(pushed_buffer=buffer)


def _moved(
    items: Sequence[ListingItem], wanted: Mapping[int, SyncQuantity], planned: Mapping[int, Decimal]
) -> set[int]:
    """Items whose quantity is not the planned one; a product that the store counts as a whole moves as a whole."""
    moved = {item.pk for item in items if planned.get(item.product_id) != wanted[item.pk].quantity}
    whole = {item.remote_product_id for item in items if item.pk in moved and item.tracking == Tracking.PRODUCT}
    return moved | {item.pk for item in items if item.remote_product_id in whole and item.tracking == Tracking.PRODUCT}


def items_to_send(channel: Channel, product_ids: Collection[int]) -> list[ListingItem]:
    """Items of these products, and all others of a store's product that is counted as a whole: one number for all."""
    rows = sent_items().filter(channel=channel).exclude(tracking=Tracking.NONE)
    items = list(rows.filter(product_id__in=product_ids).order_by("pk"))
    whole = {item.remote_product_id for item in items if item.tracking == Tracking.PRODUCT}
    if whole:
        known = [item.pk for item in items]
        siblings = rows.filter(remote_product_id__in=whole, tracking=Tracking.PRODUCT)
        items += siblings.exclude(pk__in=known).order_by("pk")
    return items


def store_location(channel: Channel) -> str:
    """The store's location that quantities go to; "" where the platform has none. Raises NoStoreLocation."""
    if not platform_spec(channel.platform).can(Capability.STORE_LOCATIONS):
        return ""
    location = push_location(channel)
    if not location:
        raise NoStoreLocation(_("Choose in Setup which location of the store receives quantities."))
    return location


def _differs(item: ListingItem, quantity: Decimal, always: set[int]) -> bool:
    return item.pushed_quantity != quantity or bool(item.push_error) or item.product_id in always


def _siblings(items: Sequence[ListingItem], due: Sequence[ListingItem]) -> list[ListingItem]:
    """The rest of a product that the store counts as a whole goes along, so that the sum is right."""
    whole = {item.remote_product_id for item in due if item.tracking == Tracking.PRODUCT}
    chosen = {item.pk for item in due}
    return [
        item
        for item in items
        if item.remote_product_id in whole and item.tracking == Tracking.PRODUCT and item.pk not in chosen
    ]


def stock_item(item: ListingItem) -> StockItem:
    """Where the store counts an item."""
    return StockItem(
        product_id=item.remote_product_id,
        variant_id=item.remote_id,
        sku=item.remote_sku,
        tracking=_tracking(item),
    )


def _tracking(item: ListingItem) -> RemoteTracking:
    if item.tracking == Tracking.NONE:
        return "none"
    return "product" if item.tracking == Tracking.PRODUCT else "variant"


def _update(item: ListingItem, quantity: Decimal, location: str) -> StockUpdate:
    return StockUpdate(
        key=str(item.pk),
        product_id=item.remote_product_id,
        variant_id=item.remote_id,
        sku=item.remote_sku,
        tracking=_tracking(item),
        location_id=location,
        quantity=quantity,
    )


def _keep(
    channel: Channel,
    due: Sequence[ListingItem],
    wanted: Mapping[int, SyncQuantity],
    results: Mapping[str, StockResult],
    now: datetime,
) -> _Pushed:
    """Stores the answers where no newer one is stored; deleted items stay deleted."""
    answer: dict[int, Sent] = {}
    recounted: list[ListingItem] = []
    for item in due:
        result = results.get(str(item.pk)) or StockResult(
            key=str(item.pk), error=_("The store did not say what became of it.")
        )
        if result.tracking and result.tracking != item.tracking:
            recounted.append(item)
        answer[item.product_id] = _noted(item, wanted[item.pk], result, now)
    older = ListingItem.objects.filter(Q(pushed_at__isnull=True) | Q(pushed_at__lte=now), channel=channel)
    fields = ["pushed_quantity", "pushed_buffer", "push_error", "is_gone", "pushed_at"]
    for start in range(0, len(due), _CHUNK):
        older.bulk_update(due[start : start + _CHUNK], fields)
    in_doubt = _correct_tracking(channel, recounted, results) if recounted else set()
    Channel.objects.filter(pk=channel.pk).update(last_push_at=now)
    return _Pushed(answer=answer, in_doubt=in_doubt)


def _noted(item: ListingItem, sync: SyncQuantity, result: StockResult, now: datetime) -> Sent:
    """Writes the store's answer on the item."""
    is_uncounted = result.tracking == "none"
    before, is_sent = item.pushed_quantity, not result.error and not is_uncounted
    item.pushed_quantity = sync.quantity if is_sent else None
    item.pushed_buffer = int(sync.buffer) if is_sent else None
    item.push_error = "" if is_uncounted else clip(result.error, 1000)
    item.is_gone, item.pushed_at = result.gone, now
    return Sent(
        product_id=item.product_id,
        quantity=sync.quantity,
        before=before,
        error=result.error,
        is_gone=result.gone,
        is_uncounted=is_uncounted,
    )


def _correct_tracking(channel: Channel, items: Sequence[ListingItem], results: Mapping[str, StockResult]) -> set[int]:
    """The store counts these items at another level than we thought; the rest of their products is sent anew.

    A product may mix variants that are counted themselves, with their product, or not at all. Answers what is in doubt.
    """
    told: dict[str, list[int]] = {}
    for item in items:
        told.setdefault(results[str(item.pk)].tracking or item.tracking, []).append(item.pk)
    with transaction.atomic():
        for level, pks in told.items():
            ListingItem.objects.filter(pk__in=pks).update(tracking=level)
        in_doubt = _to_send_anew(channel, items)
        mark_store_moved(channel, product_ids=in_doubt)
    return in_doubt


def _to_send_anew(channel: Channel, items: Sequence[ListingItem]) -> set[int]:
    """Products (ours) whose number at the store is in doubt now that these items are counted differently.

    The others of the same product of the store, as one of them may share a number with what was just sent; and what was
    sent itself, where it shares its number.
    """
    told = {item.pk for item in items}
    rows = ListingItem.objects.filter(channel=channel, remote_product_id__in={item.remote_product_id for item in items})
    counted = list(rows.exclude(tracking=Tracking.NONE).only("pk", "product_id", "remote_product_id", "tracking"))
    shared = Counter(row.remote_product_id for row in counted if row.tracking == Tracking.PRODUCT)
    return {
        row.product_id
        for row in counted
        if row.pk not in told or (row.tracking == Tracking.PRODUCT and shared[row.remote_product_id] > 1)
    }
