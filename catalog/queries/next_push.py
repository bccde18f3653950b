"""When a quantity goes to the store next, in words (NEW-3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import ListingItem
from catalog.queries.sending import why_not_sent
from channels.enums import ChannelState, JobKind, JobState
from channels.models import ChangeMark, Channel, SyncJob
from inventory.models import Product

PushKind = Literal["never", "paused", "now", "waits", "failed", "automatic", "by_hand"]


@dataclass(frozen=True, kw_only=True)
class NextPush:
    """`quote`: what the store said."""

    kind: PushKind
    words: str
    quote: str = ""


def next_push(channel: Channel, *, product: Product, item: ListingItem | None, now: datetime) -> NextPush:
    """Two statements at most."""
    reason = why_not_sent(product, item, channel)
    if reason or item is None:
        return NextPush(kind="never", words=_("Nothing is sent: %(reason)s") % {"reason": reason})
    resting = _resting(channel, now)
    if resting:
        return resting
    return _waiting(channel, product.pk, now) or _otherwise(channel, item)


def _resting(channel: Channel, now: datetime) -> NextPush | None:
    """The channel calls the store for nothing at all."""
    if channel.state != ChannelState.CONNECTED:
        words = _("%(state)s: it is sent when the channel works again.") % {"state": channel.get_state_display()}
        return NextPush(kind="paused", words=words, quote=channel.state_reason)
    if channel.closed_until and channel.closed_until > now:
        words = _("The store is left alone until %(time)s, then it is sent.") % {"time": _time(channel.closed_until)}
        return NextPush(kind="paused", words=words, quote=channel.state_reason)
    return None


def _waiting(channel: Channel, product_id: int, now: datetime) -> NextPush | None:
    """Marked or queued: now, at a later try, or given up."""
    mine = Q(key=str(product_id)) | Q(key__startswith=f"{product_id}/") | Q(key__startswith="all/")
    if ChangeMark.objects.filter(mine, channel=channel, kind=JobKind.STOCK).exists():
        return NextPush(kind="now", words=_("It is being sent now."))
    jobs = list(SyncJob.objects.filter(mine, channel=channel, kind=JobKind.STOCK).order_by("not_before", "pk"))
    queued = [job for job in jobs if job.state == JobState.QUEUED]
    if not queued:
        given_up = next((job for job in jobs if job.message), None)
        return _failed(given_up.message) if given_up else None
    if queued[0].not_before <= now:
        return NextPush(kind="now", words=_("It is being sent now."))
    words = _("The store did not take it yet. Next try at %(time)s.") % {"time": _time(queued[0].not_before)}
    return NextPush(kind="waits", words=words, quote=queued[0].message)


def _otherwise(channel: Channel, item: ListingItem) -> NextPush:
    if item.push_error:
        return _failed(item.push_error)
    if channel.settings.update_stock:
        return NextPush(kind="automatic", words=_("Next automatic update when availability changes."))
    words = _("Automatic stock updates are off in Setup: only Update quantities sends it.")
    return NextPush(kind="by_hand", words=words)


def _failed(said: str) -> NextPush:
    words = _("The last update failed. It is tried again when availability changes, or by Update quantities.")
    return NextPush(kind="failed", words=words, quote=said)


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i")
