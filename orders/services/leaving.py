"""What a disconnected store's orders leave behind: sales stay, everything before a sale is let go (CON-19, A3)."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import Channel
from inventory.services import stock
from orders.enums import LOG_TAB, PENDING_TAB, CapturedState
from orders.models import CapturedLine, CapturedOrder, Sale, SaleSource

_AT_ONCE = 100
_HOLDING = (CapturedState.BLOCKED, CapturedState.PENDING, CapturedState.PROCESSING)


def preview_leaving(channel: Channel) -> Iterator[tuple[str, int, bool]]:
    """(label, count, kept) of what the orders of this channel lose and keep."""
    orders = CapturedOrder.objects.filter(channel=channel)
    yield _("Pending orders, their allocations are released"), orders.filter(state__in=PENDING_TAB).count(), False
    yield _("Log entries"), orders.filter(state__in=LOG_TAB).count(), False
    yield _("Sales with their shipments and invoices"), Sale.objects.filter(source_key=channel.scope_key).count(), True
    sources = SaleSource.objects.filter(platform=channel.platform, store_identity=channel.store_identity, active=True)
    yield _("Order numbers by which a reconnected store's sales are recognized"), sources.count(), True


def purge_orders(channel: Channel) -> None:
    """Release what pending orders hold, then delete them and the log, in short transactions. Idempotent."""
    while True:
        with transaction.atomic():
            some = list(CapturedOrder.objects.filter(channel=channel).order_by("pk")[:_AT_ONCE])
            if not some:
                return
            _release([order for order in some if order.state in _HOLDING])
            CapturedOrder.objects.filter(pk__in=[order.pk for order in some]).delete()


def forget_sources(channel: Channel) -> None:
    """Forget completely: a reconnected store's orders count as new (A3)."""
    SaleSource.objects.filter(platform=channel.platform, store_identity=channel.store_identity).delete()


def _release(orders: list[CapturedOrder]) -> None:
    lines = CapturedLine.objects.filter(order__in=orders)
    by_order: dict[int, list[str]] = {order.pk: [] for order in orders}
    for line in lines:
        by_order[line.order_id].append(line.owner_key)
    for order in orders:
        if by_order[order.pk]:
            stock.release_stock(
                by_order[order.pk],
                key=f"{order.document_key}/disconnected",
                document_key=order.document_key,
                at=timezone.now(),
            )
