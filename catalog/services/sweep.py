"""Looking through everything a channel lists after a change of Setup, one page of items a call."""

from datetime import datetime

from catalog.models import ListingItem
from catalog.queries.sending import sent_items
from catalog.services.push import push_changed
from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.registry import JobOutcome, platform_spec


def push_all(channel: Channel, platform: Platform, *, job: SyncJob, now: datetime) -> JobOutcome:
    """Sends what differs among the next items after `job.detail`, the id of the last one looked at."""
    after = int(job.detail) if job.detail.isdecimal() else 0
    size = platform_spec(channel.platform).limits.stock_batch
    rows = sent_items().filter(channel=channel, pk__gt=after).order_by("pk")
    items: list[ListingItem] = list(rows.only("pk", "product_id")[:size])
    if not items:
        return JobOutcome(key=job.key, verdict="nothing")
    push_changed(channel, platform, product_ids=[item.product_id for item in items], now=now)
    if len(items) < size:
        return JobOutcome(key=job.key, verdict="done")
    return JobOutcome(key=job.key, verdict="again", detail=str(items[-1].pk))
