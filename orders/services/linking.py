"""An order whose sale exists already: the log says so, and nothing is captured a second time (SPEC LOG-5, A3)."""

from datetime import datetime

from django.db import transaction

from channels.models import Channel
from inventory_sync.lib.text import clip
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder, Sale
from orders.services.allocation import release
from orders.services.claims import claim_order, insert_order
from orders.services.waiting import release_holds


def link_order(
    channel: Channel, *, remote_id: str, row: CapturedOrder | None, sale: Sale, status: str, now: datetime
) -> CapturedOrder:
    """Point the order's log entry at its sale; what a pending row held is let go. Idempotent; raises Raced."""
    if row is None:
        return _insert_entry(channel, remote_id=remote_id, sale=sale, status=status, now=now)
    before = CapturedState(row.state)
    with transaction.atomic():
        claim_order(row, state=CapturedState.SALE, sale=sale, remote_status=clip(status, 100))
        if before in (CapturedState.PENDING, CapturedState.BLOCKED, CapturedState.PROCESSING):
            release(row, [line.owner_key for line in row.lines.all()], at=now)
        if before in (CapturedState.WAITING, CapturedState.SKIPPED):
            release_holds(row)
        row.issues.all().delete()
    return row


def _insert_entry(channel: Channel, *, remote_id: str, sale: Sale, status: str, now: datetime) -> CapturedOrder:
    """Log entry made from the sale: the channel was connected anew and knows nothing of the order."""
    order = CapturedOrder(
        channel=channel,
        remote_id=remote_id,
        number=sale.customer_reference or remote_id,
        state=CapturedState.SALE,
        captured_by=CapturedBy.POLL,
        remote_status=clip(status, 100),
        placed_at=sale.created_at,
        captured_at=sale.created_at,
        first_seen_at=now,
        currency=sale.currency,
        prices_include_tax=sale.prices_include_tax,
        total=sale.total,
        total_tax=sale.tax,
        customer=sale.customer,
        customer_name=sale.contact,
        customer_email=sale.email,
        billing=sale.billing,
        shipping=sale.shipping,
        needs_shipping=sale.needs_shipping,
        location=sale.location,
        search=sale.search,
        sale=sale,
    )
    with transaction.atomic():
        insert_order(order)
    return order
