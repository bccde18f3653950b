"""Polling: the guarantee that no order is missed, whatever becomes of notices (JOB-1, A5, ADR 8)."""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta

from django.db import transaction

from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from channels.ports import Capability, Platform
from channels.registry import KnownOrder, platform_spec, registry
from channels.services.marks import mark_order_changes

OVERLAP = timedelta(minutes=10)
"""Looked at again each time: clocks differ, and stores publish changes late."""
NIGHT_OVERLAP = timedelta(days=7)
"""Looked at again every night (A5): what notices and polls both missed."""
RECENT = timedelta(days=30)
"""How old orders are that are compared every night where a change may leave no date (A5)."""
FEW = 5
"""As many orders may vanish in one night without a doubt about the store."""
POLL_KEY, NIGHT_KEY = "orders", "orders.night"


def poll_orders(channel: Channel, *, platform: Platform, now: datetime, overlap: timedelta = OVERLAP) -> int:
    """Marks every order changed since `overlap` before the cursor; answers how many.

    The cursor moves only after the last page, only to a moment the store itself named, and never into the future: one
    wrong date would hide all changes until then. Marks carry the store's version, so that unchanged orders cost no
    call. Harmless when repeated.
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
    newest = min(newest, max(now, channel.poll_cursor))
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(last_poll_at=now)
        Channel.objects.filter(pk=channel.pk, poll_cursor__lt=newest).update(poll_cursor=newest)
    return found


def compare_recent(channel: Channel, *, platform: Platform, now: datetime) -> int:
    """Marks recent orders that are not what we know, and ours that the store lists no longer; answers how many.

    For platforms where an order may change without a new date or vanish without a trace. What is unchanged costs
    nothing; a missing order is only read again, and reading says what became of it. Harmless when repeated.
    """
    if not platform_spec(channel.platform).can(Capability.UNDATED_CHANGES):
        return 0
    start = now - RECENT
    takes_older = channel.settings.options.get("load_open_orders")
    since = (start if takes_older else max(start, channel.connected_at)).replace(microsecond=0)  # as stores date
    known = registry.known_orders(channel, since) if registry.known_orders else {}
    listed: set[str] = set()
    found, cursor = 0, ""
    while True:
        page = platform.orders.created_since(since, cursor=cursor)
        changed = [(ref.id, ref.version) for ref in page.refs if not _is_known(known.get(ref.id), ref.version)]
        mark_order_changes(channel, versions=changed)
        listed.update(ref.id for ref in page.refs)
        found += len(changed)
        cursor = page.next_cursor
        if not cursor:
            break
    expected = [remote_id for remote_id, order in known.items() if order.is_expected]
    return found + _look_for_missing(channel, expected, listed)


def _look_for_missing(channel: Channel, expected: Sequence[str], listed: Set[str]) -> int:
    """Has orders read that are listed no longer; answers how many.

    When most are gone at once the store is more likely to have lost them (a switched order storage, a restored backup)
    than to have deleted them: nothing is cancelled, staff are told. New orders do not end the doubt: it lasts until the
    store has them again or they are no longer recent. The look that tells staff may have the night repeated, so the
    same doubt asks for it once.
    """
    missing = [remote_id for remote_id in expected if remote_id not in listed]
    is_doubtful = len(missing) > FEW and (2 * len(missing) > len(expected) or channel.missing_orders > 0)
    lost = len(missing) if is_doubtful else 0
    with transaction.atomic():
        is_news = Channel.objects.filter(pk=channel.pk).exclude(missing_orders=lost).update(missing_orders=lost)
        if is_doubtful and is_news:
            mark([channel.pk], kind=JobKind.HEALTH, keys=["store"])
    if is_doubtful:
        return 0
    mark_order_changes(channel, versions=[(remote_id, "") for remote_id in missing])
    return len(missing)


def _is_known(order: KnownOrder | None, version: str) -> bool:
    return order is not None and bool(version) and order.version == version


def _first_moment(channel: Channel) -> datetime:
    """SET-35: what happened before the store was connected is looked at only by choice."""
    return min(channel.connected_at, channel.poll_cursor)
