"""Polling: the guarantee that no order is missed, whatever becomes of notices (JOB-1, ADR 8)."""

from datetime import datetime, timedelta

from django.db import transaction

from channels.models import Channel
from channels.ports import Platform
from channels.services.marks import mark_order_changes

OVERLAP = timedelta(minutes=10)
"""Looked at again each time: clocks differ, and stores publish changes late."""
NIGHT_OVERLAP = timedelta(days=7)
"""Looked at again every night (A5): what notices and polls both missed."""
POLL_KEY, NIGHT_KEY = "orders", "orders.night"


def poll_orders(channel: Channel, *, platform: Platform, now: datetime, overlap: timedelta = OVERLAP) -> int:
    """Marks every order changed since `overlap` before the cursor; answers how many.

    The cursor moves only after the last page, and only to a moment the store itself named. Marks carry the store's
    version, so that unchanged orders cost no call. Harmless when repeated.
    """
    since = max(channel.poll_cursor - overlap, _first_moment(channel))
    newest, found, cursor = channel.poll_cursor, 0, ""
    while True:
        page = platform.orders.changed_since(since, cursor=cursor)
        mark_order_changes(channel, versions=[(ref.id, ref.version) for ref in page.refs])
        found += len(page.refs)
        newest = max([newest, *(ref.modified_at for ref in page.refs)])
        cursor = page.next_cursor
        if not cursor:
            break
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(last_poll_at=now)
        Channel.objects.filter(pk=channel.pk, poll_cursor__lt=newest).update(poll_cursor=newest)
    return found


def _first_moment(channel: Channel) -> datetime:
    """SET-35: what happened before the store was connected is looked at only by choice."""
    return min(channel.connected_at, channel.poll_cursor)
