"""Processing: a pending order becomes exactly one sale (SPEC PND-2, PND-3, PND-5, A37).

The order is claimed by a conditional UPDATE with a token that expires, so a killed worker's claim is taken over; the
sale, the new owner's document on the allocation, and the order's new state are one transaction.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from channels.enums import JobKind
from channels.models import Channel, ChannelSettings
from channels.outbox import mark
from inventory.models import User
from inventory_sync.lib.errors import ProductError
from orders.enums import BLOCKING, CapturedBy, CapturedState
from orders.errors import AlreadySold, EntryRefused
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services.claims import Raced
from orders.services.customers import customer_of, fill_addresses, names_customer
from orders.services.linking import link_order
from orders.services.sale import create_sale

CLAIM_SECONDS = 120
"""How long a worker may be silent before another takes its order over."""


@dataclass(frozen=True, kw_only=True)
class Processed:
    """What became of one order; `sale` is empty when it was refused for `reason`."""

    order_id: int
    number: str
    sale: Sale | None
    reason: str = ""


def process_order(order_id: int, *, user: User | None = None, now: datetime) -> Sale:
    """Make the sale of a pending order, or return the one it has. Raises EntryRefused where it may not be processed."""
    token = secrets.token_hex(16)
    if not _claim(order_id, token, user=user, now=now):
        return _sale_or_refusal(order_id)
    try:
        return _process(order_id, token, user=user, now=now)
    except AlreadySold:
        return _link(order_id, now=now)
    except ProductError:
        _give_back(order_id, token)
        raise


def process_many(order_ids: Iterable[int], *, user: User | None, now: datetime) -> list[Processed]:
    """Each order on its own; one that is refused does not keep the others."""
    numbers = dict(CapturedOrder.objects.filter(pk__in=list(order_ids)).values_list("pk", "number"))
    results = []
    for order_id in sorted(numbers):
        try:
            sale = process_order(order_id, user=user, now=now)
        except ProductError as error:
            results.append(Processed(order_id=order_id, number=numbers[order_id], sale=None, reason=error.message))
        else:
            results.append(Processed(order_id=order_id, number=numbers[order_id], sale=sale))
    return results


def process_captured(channel: Channel, remote_ids: Sequence[str], *, now: datetime) -> list[Processed]:
    """No consolidation: orders that came by notice or poll become sales at once; loaded ones wait (SPEC HIS-5).

    Those that somebody began and did not finish are taken over, whoever began.
    """
    by_itself = Q(state=CapturedState.PENDING) & ~Q(captured_by=CapturedBy.LOADED)
    abandoned = Q(state=CapturedState.PROCESSING, claimed_until__lt=now)
    orders = CapturedOrder.objects.filter(by_itself | abandoned, channel=channel, remote_id__in=remote_ids)
    return process_many(orders.values_list("pk", flat=True), user=None, now=now)


def _claim(order_id: int, token: str, *, user: User | None, now: datetime) -> bool:
    """Take the order. What a person began is marked, so that the drain finishes it should this process be killed."""
    free = Q(state=CapturedState.PENDING) | Q(state=CapturedState.PROCESSING, claimed_until__lt=now)
    with transaction.atomic():
        claimed = CapturedOrder.objects.filter(free, pk=order_id).update(
            state=CapturedState.PROCESSING,
            claim_token=token,
            claimed_until=now + timedelta(seconds=CLAIM_SECONDS),
            revision=F("revision") + 1,
        )
        if claimed and user is not None:
            channel_id, remote_id = CapturedOrder.objects.values_list("channel_id", "remote_id").get(pk=order_id)
            mark([channel_id], kind=JobKind.ORDER, keys=[remote_id])
    return bool(claimed)


def _process(order_id: int, token: str, *, user: User | None, now: datetime) -> Sale:
    with transaction.atomic():
        order = CapturedOrder.objects.select_related("channel", "location").get(pk=order_id)
        settings = ChannelSettings.objects.select_related("customer").get(channel_id=order.channel_id)
        if settings.customer is None or order.location is None:
            raise EntryRefused(_("Setup lacks the default customer or location."))
        customer = customer_of(order, default=settings.customer, now=now)
        is_default = customer.pk == settings.customer.pk and not names_customer(order)
        fill_addresses(order, customer, is_default=is_default)
        order.customer = customer
        sale = create_sale(order, user=user, now=now)
        mine = CapturedOrder.objects.filter(pk=order_id, state=CapturedState.PROCESSING, claim_token=token)
        done = mine.update(
            state=CapturedState.SALE,
            sale=sale,
            customer=customer,
            billing=order.billing,
            shipping=order.shipping,
            claim_token="",
            claimed_until=None,
            revision=F("revision") + 1,
        )
        if not done:
            raise Raced
    return sale


def _give_back(order_id: int, token: str) -> None:
    """Refused: the order is pending again, and says why by its issues."""
    CapturedOrder.objects.filter(pk=order_id, state=CapturedState.PROCESSING, claim_token=token).update(
        state=CapturedState.PENDING, claim_token="", claimed_until=None, revision=F("revision") + 1
    )


def _link(order_id: int, *, now: datetime) -> Sale:
    """Somebody made the sale first; that is the answer, not an error (SPEC LOG-5)."""
    order = CapturedOrder.objects.select_related("channel").get(pk=order_id)
    channel = order.channel
    source = SaleSource.objects.select_related("sale").get(
        platform=channel.platform, store_identity=channel.store_identity, remote_id=order.remote_id, active=True
    )
    if order.state != CapturedState.SALE:
        link_order(channel, remote_id=order.remote_id, row=order, sale=source.sale, status=order.remote_status, now=now)
    return source.sale


def _sale_or_refusal(order_id: int) -> Sale:
    order = CapturedOrder.objects.select_related("sale").filter(pk=order_id).first()
    if order is None:
        raise EntryRefused(_("The order is gone."))
    if order.sale is not None and order.state in (CapturedState.SALE, CapturedState.NEEDS_DECISION):
        return order.sale
    raise EntryRefused(_refusal(order))


def _refusal(order: CapturedOrder) -> str:
    facts = {"number": order.number}
    if order.state == CapturedState.BLOCKED:
        issues = [issue for issue in order.issues.all() if issue.code in BLOCKING]
        reasons = "; ".join(str(issue.get_code_display()) for issue in issues)
        return _("Order %(number)s is blocked: %(reasons)s.") % {**facts, "reasons": reasons}
    if order.state == CapturedState.PROCESSING:
        return _("Order %(number)s is being processed.") % facts
    return _("Order %(number)s is not pending.") % facts
