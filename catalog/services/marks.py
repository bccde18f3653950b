"""Marks of the stock of listings: say *that* a quantity may differ now, in the transaction of the change (JOB-3).

A key is a product id, `<id>/resend` where the store itself moved its number, so that what was last sent says nothing,
`<id>/resend-later` where a push that got no answer may still be applied after newer ones,
or `all/<token>` for every listed item of the channel, looked through page by page.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Q, QuerySet

from catalog.models import ListingItem
from catalog.queries.sending import sent_items
from channels.enums import ChannelState, JobKind
from channels.models import Channel
from channels.outbox import mark
from channels.services.marks import queue_later
from inventory.queries.assembly import related_products

_RESEND, _RESEND_LATER = "resend", "resend-later"
_DOUBT = timedelta(minutes=2)
"""After so long a store has applied a push that it did not answer, or never will."""
_ALL = "all"


@dataclass(frozen=True, kw_only=True)
class StockKey:
    """A parsed key; `product_id` is None for all listed items."""

    product_id: int | None
    resend: bool = False


def parse_key(key: str) -> StockKey | None:
    """None for a key that no version of ours writes."""
    head, _slash, rest = key.partition("/")
    if head == _ALL:
        return StockKey(product_id=None)
    return StockKey(product_id=int(head), resend=rest in (_RESEND, _RESEND_LATER)) if head.isdecimal() else None


def mark_stock_changed(product_ids: Iterable[int], *, location_ids: Iterable[int]) -> None:
    """Marks these products, and those built from or into them, in every channel that sends their stock by itself and
    counts one of these locations.
    """
    places = Q(channel__settings__location__isnull=True) | Q(channel__settings__location_id__in=list(location_ids))
    _mark(_automatic().filter(places, product_id__in=related_products(product_ids)), resend=False)


def mark_all_of_all_locations() -> None:
    """Another location counts, or one no longer: everything of the channels that count all of them."""
    channels = Channel.objects.filter(settings__location__isnull=True, settings__update_stock=True, read_only=False)
    for channel in channels.exclude(state=ChannelState.DISCONNECTED).defer("credentials").order_by("pk"):
        mark_all(channel)


def mark_products(channel: Channel, *, product_ids: Iterable[int]) -> None:
    """Marks products in one channel, if that sends by itself: switched on, or linked with a number read before."""
    _mark(_automatic().filter(channel=channel, product_id__in=list(product_ids)), resend=False)


def mark_store_moved(channel: Channel, *, product_ids: Iterable[int]) -> None:
    """Marks products whose number the store itself has changed: they are sent whatever was sent before."""
    _mark(_automatic().filter(channel=channel, product_id__in=list(product_ids)), resend=True)


def resend_later(channel: Channel, *, product_ids: Iterable[int], now: datetime) -> None:
    """A push got no answer: whatever is sent meanwhile, the number of then is sent once more when the doubt is over."""
    keys = [f"{product_id}/{_RESEND_LATER}" for product_id in sorted(set(product_ids))]
    queue_later(channel, kind=JobKind.STOCK, keys=keys, at=now + _DOUBT)


def mark_all(channel: Channel, *, forget_sent: bool = False) -> None:
    """Marks everything the channel lists, by one mark; the token keeps two changes apart.

    With `forget_sent` what was last sent says nothing any more, and everything is sent anew.
    """
    if forget_sent:
        ListingItem.objects.filter(channel=channel, pushed_quantity__isnull=False).update(pushed_quantity=None)
    mark([channel.pk], kind=JobKind.STOCK, keys=[f"{_ALL}/{uuid4().hex}"])


def _automatic() -> QuerySet[ListingItem]:
    return (
        sent_items()
        .filter(channel__settings__update_stock=True, channel__read_only=False)
        .exclude(channel__state=ChannelState.DISCONNECTED)
    )


def _mark(items: QuerySet[ListingItem], *, resend: bool) -> None:
    keys: dict[int, list[str]] = defaultdict(list)
    for channel_id, product_id in items.order_by("channel_id", "product_id").values_list("channel_id", "product_id"):
        keys[channel_id].append(f"{product_id}/{_RESEND}" if resend else str(product_id))
    for channel_id, each in keys.items():
        mark([channel_id], kind=JobKind.STOCK, keys=each)
