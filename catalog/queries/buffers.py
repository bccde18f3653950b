"""Buffers of a channel and of single products, as they stand against what was last sent (SPEC BUF-3, BUF-7, A32)."""

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from catalog.enums import Tracking
from catalog.models import ListingItem, ProductBuffer
from catalog.queries.levels import SyncQuantity
from catalog.queries.sending import sent_items
from channels.models import Channel


def affected_by_buffer(channel: Channel) -> QuerySet[ListingItem]:
    """Items that the store still has with another buffer than the one of now (A32)."""
    items = sent_items().filter(channel=channel, pushed_quantity__isnull=False, pushed_buffer__isnull=False)
    now: Value | Coalesce = Value(0)
    if channel.settings.use_buffer:
        own = ProductBuffer.objects.filter(channel=channel, product=OuterRef("product")).order_by()
        general = Value(channel.settings.buffer)
        now = Coalesce(Subquery(own.values("quantity")[:1]), general, output_field=IntegerField())
    return items.exclude(tracking=Tracking.NONE).annotate(buffer_now=now).exclude(pushed_buffer=F("buffer_now"))


def old_buffer(item: ListingItem, sync: SyncQuantity) -> int | None:
    """The buffer that the store's number was sent with, where it has changed and the number with it; else None."""
    if item.pushed_buffer is None or item.pushed_quantity in (None, sync.quantity) or not item.sync_stock:
        return None
    return item.pushed_buffer if item.pushed_buffer != sync.buffer else None
