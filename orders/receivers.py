"""What orders do when others change: orders that waited for a channel's setup are looked at again, and sales follow
what their suppliers do (A61).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from inventory.models import User
from orders.enums import CapturedState, IssueCode
from orders.models import CapturedOrder
from orders.services import drop_shipping

_BY_KIND = {
    "tax": IssueCode.TAX_UNMAPPED,
    "payment": IssueCode.PAYMENT_UNMAPPED,
    "location": IssueCode.LOCATION_UNMAPPED,
}
_THRESHOLD = frozenset({"capture_when"})
_AT_ONCE = 100
"""Keys of one statement."""
_UNBLOCKING = frozenset({"customer", "location", "default_location"})


def on_settings_changed(sender: object, *, channel: Channel, changed: Iterable[str], **_kwargs: Any) -> None:
    """Blocked orders resume when their cause is gone (PND-5); waiting ones when the threshold moved (SET-1)."""
    names = {name.removesuffix("_id") for name in changed}
    states: set[CapturedState] = set()
    if names & _UNBLOCKING:
        states |= {CapturedState.BLOCKED, CapturedState.PENDING}
    if names & _THRESHOLD:
        states |= {CapturedState.WAITING, CapturedState.SKIPPED}
    _mark(channel, CapturedOrder.objects.filter(channel=channel, state__in=states).values_list("remote_id", flat=True))


def on_mapping_changed(
    sender: object, *, channel: Channel, kind: str, remote_keys: Iterable[str], **_kwargs: Any
) -> None:
    """Skipped, blocked and unpaid orders that named one of these keys resume (SPEC TAX-6, A19, PAY-3, SET-32).

    An issue's detail names keys that would do as well; one read too many does no harm.
    """
    keys = sorted(remote_keys)
    orders = CapturedOrder.objects.filter(channel=channel).exclude(
        state__in=[CapturedState.CANCELLED, CapturedState.FORGOTTEN]
    )
    waiting: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        named = Q(issues__key__in=keys[start : start + _AT_ONCE])
        for key in keys[start : start + _AT_ONCE]:
            named |= Q(issues__detail__contains=key)
        waiting.update(orders.filter(named, issues__code=_BY_KIND[kind]).values_list("remote_id", flat=True))
    _mark(channel, sorted(waiting))


def on_purchase_received(sender: object, *, receipt_id: int, user: User | None, now: datetime, **_kwargs: Any) -> None:
    """A supplier sent goods to a customer, or that was undone (A61)."""
    drop_shipping.follow_receipt(receipt_id, user=user, now=now)


def on_product_changed(sender: object, *, product_ids: Collection[int], **_kwargs: Any) -> None:
    """A product that sales waited for may have a supplier now (SPEC INV-8)."""
    drop_shipping.draft_for_products(product_ids, now=timezone.now())


def _mark(channel: Channel, remote_ids: Iterable[str]) -> None:
    ids = list(remote_ids)
    if ids:
        mark([channel.pk], kind=JobKind.ORDER, keys=ids)
