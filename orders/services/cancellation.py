"""A store order was cancelled or deleted (SPEC CAN-1, PND-6, A44)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import Channel
from inventory_sync.lib.text import clip
from orders.enums import CapturedState, IssueCode
from orders.models import CapturedOrder, OrderIssue, Sale, SaleSource
from orders.services.allocation import release
from orders.services.claims import Raced, claim_order, forget_version
from orders.services.linking import link_order
from orders.services.stages import may_void_by_itself, void_sale
from orders.services.waiting import drop_order, release_holds

_BEFORE_SALE = (CapturedState.PENDING, CapturedState.BLOCKED)
_ATTEMPTS = 4


def cancel_order(
    channel: Channel,
    *,
    row: CapturedOrder | None,
    sale: Sale | None,
    status: str,
    now: datetime,
    remote_id: str,
    is_final: bool = True,
) -> CapturedOrder | None:
    """Remove the pending order, or void its sale, or ask people; idempotent. Raises Raced.

    `is_final` False: its payment failed. Should it succeed later, the order is captured once more; the voided sale is
    not taken up again.
    """
    if row is None:
        if sale is None:
            return None
        row = link_order(channel, remote_id=remote_id, row=None, sale=sale, status=status, now=now)
    if sale is not None:
        return _cancel_sale(row, sale, status=status, now=now, is_final=is_final)
    if row.state == CapturedState.WAITING:
        drop_order(row)
        return None
    if row.state in _BEFORE_SALE or row.state == CapturedState.SKIPPED:
        return _cancel_pending(row, status=status, now=now)
    row.issues.filter(code=IssueCode.BACK_IN_STORE).delete()
    return row


def note_return(row: CapturedOrder) -> CapturedOrder:
    """The store has an order again whose sale is void: say so, once. Loading it again is for staff to decide (A44)."""
    OrderIssue.objects.bulk_create([OrderIssue(order=row, code=IssueCode.BACK_IN_STORE)], ignore_conflicts=True)
    return row


def cancel_vanished(channel: Channel, remote_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Orders that the store no longer has, found by reading them. Answers the ids that must wait for a moment."""
    busy: list[str] = []
    for remote_id in remote_ids:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if not _cancel_vanished(channel, remote_id, now=now):
                    busy.append(remote_id)
            except Raced:
                if attempt == _ATTEMPTS:
                    raise
            else:
                break
    return busy


def _cancel_vanished(channel: Channel, remote_id: str, *, now: datetime) -> bool:
    row = CapturedOrder.objects.filter(channel=channel, remote_id=remote_id).first()
    source = SaleSource.objects.filter(
        platform=channel.platform, store_identity=channel.store_identity, remote_id=remote_id, active=True
    )
    found = source.select_related("sale").first()
    sale = found.sale if found else None
    if row is not None and row.state == CapturedState.PROCESSING and sale is None:
        return False
    row = cancel_order(channel, row=row, sale=sale, status=_("Deleted"), now=now, remote_id=remote_id)
    if row is not None:
        forget_version(row)
    return True


def _cancel_pending(row: CapturedOrder, *, status: str, now: datetime) -> CapturedOrder:
    was_skipped = row.state == CapturedState.SKIPPED
    with transaction.atomic():
        claim_order(row, state=CapturedState.CANCELLED, remote_status=clip(status, 100))
        if was_skipped:
            release_holds(row)
        else:
            release(row, [line.owner_key for line in row.lines.all()], at=now)
        row.issues.all().delete()
    return row


def _cancel_sale(row: CapturedOrder, sale: Sale, *, status: str, now: datetime, is_final: bool) -> CapturedOrder:
    """Void what may be voided by itself; else it needs a decision, once (A44)."""
    if row.cancellation_kept and row.sale_id == sale.pk:
        return row
    status = clip(status, 100)
    with transaction.atomic():
        if may_void_by_itself(sale):
            claim_order(row, state=CapturedState.CANCELLED, sale=sale if is_final else None, remote_status=status)
            reason = _("Cancelled in the store") if is_final else _("Payment failed in the store")
            void_sale(sale.pk, return_goods=True, version=None, user=None, now=now, reason=reason)
            row.issues.all().delete()
        elif row.state != CapturedState.NEEDS_DECISION:
            claim_order(row, state=CapturedState.NEEDS_DECISION, sale=sale, remote_status=status)
            OrderIssue.objects.bulk_create(
                [OrderIssue(order=row, code=IssueCode.CANCELLED_IN_STORE, label=status)], ignore_conflicts=True
            )
    return row
