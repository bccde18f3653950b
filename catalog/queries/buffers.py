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
    items = sent_items().filter(channel=channel, pushed_quantity__isnull=False).exclude(tracking=Tracking.NONE)
    # Those in question, by index; what is true of them is asked below.
    mine = ListingItem.objects.filter(channel=channel).order_by().values("pk")
    if not channel.settings.use_buffer:
        return items.filter(pk__in=mine.filter(pushed_buffer__gt=0))
    general = channel.settings.buffer
    own = ProductBuffer.objects.filter(channel=channel).order_by()
    candidates = mine.filter(pushed_buffer__lt=general).union(
        mine.filter(pushed_buffer__gt=general),
        mine.filter(product__in=own.values("product"), pushed_buffer__isnull=False),
    )
    of_product = Subquery(own.filter(product=OuterRef("product")).values("quantity")[:1])
    now = Coalesce(of_product, Value(general), output_field=IntegerField())
    return items.filter(pk__in=candidates).annotate(buffer_now=now).exclude(pushed_buffer=F("buffer_now"))


def old_buffer(item: ListingItem, sync: SyncQuantity) -> int | None:
    """The buffer that the store's number was sent with, where it has changed and the number with it; else None."""
    if item.pushed_buffer is None or item.pushed_quantity in (None, sync.quantity) or not item.sync_stock:
        return None
    return item.pushed_buffer if item.pushed_buffer != sync.buffer else None
