"""Capturing: a store's order is saved as a pending order and its stock allocated, once (SPEC CAP-1 to CAP-10, PND-1).

Everything here may run twice, late and at the same time: rows are inserted by their unique key and changed by the
revision that was read; whoever comes second reads again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from channels.models import Channel
from channels.ports import Platform
from channels.remote import RemoteOrder
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services import changes
from orders.services.allocation import allocate, holds_units, reallocate
from orders.services.cancellation import cancel_order, note_return
from orders.services.claims import Raced, claim_order, insert_order, note_version
from orders.services.decision import Action, decide
from orders.services.linking import link_order
from orders.services.matching import MatchedOrders, fetch_missing, match_orders
from orders.services.parts import insert_parts, load_parts, update_goods, update_issues, update_payments
from orders.services.plan import HEADER, OrderPlan, plan_order
from orders.services.setup import CaptureSetup, load_setup
from orders.services.unmapped import name_unmapped
from orders.services.waiting import drop_order, hold_order, release_holds

_ATTEMPTS = 4
_PLANNED = (Action.CAPTURE, Action.WAIT, Action.SKIP, Action.FOLLOW)
_WITHOUT_NEWS = (Action.NOTHING, Action.RETURN, Action.CANCEL, Action.FAIL)
"""Nothing more is to be learned from this version of the order."""
_HELD = (CapturedState.WAITING, CapturedState.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class Captured:
    """What became of one order that was read. `order` is its row now, None where none is kept."""

    remote_id: str
    action: Action
    order: CapturedOrder | None


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What we have of a batch of orders: rows and active sales by remote id."""

    rows: Mapping[str, CapturedOrder]
    sales: Mapping[str, Sale]


def capture_orders(
    channel: Channel,
    remote_orders: Sequence[RemoteOrder],
    *,
    by: CapturedBy,
    now: datetime,
    platform: Platform | None = None,
) -> list[Captured]:
    """Bring what we have of these orders up to date; each order is one transaction.

    `platform` lets products that are missing be downloaded first (CAP-7). Call it outside transactions.
    """
    setup = load_setup(channel)
    known = _look_up(channel, [remote.id for remote in remote_orders])
    actions = {
        remote.id: decide(remote, row=known.rows.get(remote.id), sale=known.sales.get(remote.id), setup=setup, by=by)
        for remote in remote_orders
    }
    planned = [remote for remote in remote_orders if actions[remote.id] in _PLANNED]
    matched = match_orders(channel, planned)
    wanted = [remote for remote in planned if actions[remote.id] == Action.CAPTURE]
    if platform is not None and fetch_missing(channel, wanted, platform=platform, matched=matched, now=now):
        matched = match_orders(channel, planned)
    return [_capture(remote, known=known, setup=setup, matched=matched, by=by, now=now) for remote in remote_orders]


def _look_up(channel: Channel, remote_ids: Sequence[str]) -> _Known:
    rows = CapturedOrder.objects.filter(channel=channel, remote_id__in=remote_ids)
    sources = SaleSource.objects.filter(
        platform=channel.platform, store_identity=channel.store_identity, remote_id__in=remote_ids, active=True
    ).select_related("sale")
    return _Known(
        rows={row.remote_id: row for row in rows}, sales={source.remote_id: source.sale for source in sources}
    )


def _capture(
    remote: RemoteOrder,
    *,
    known: _Known,
    setup: CaptureSetup,
    matched: MatchedOrders,
    by: CapturedBy,
    now: datetime,
) -> Captured:
    """Act on one order; when somebody else wrote it meanwhile, look again. Raises Raced when that never ends."""
    for attempt in range(1, _ATTEMPTS + 1):
        row, sale = known.rows.get(remote.id), known.sales.get(remote.id)
        action = decide(remote, row=row, sale=sale, setup=setup, by=by)
        try:
            order = _act(action, remote, row=row, sale=sale, setup=setup, matched=matched, by=by, now=now)
        except Raced:
            if attempt == _ATTEMPTS:
                raise
            known = _look_up(setup.channel, [remote.id])
        else:
            if order is not None and action in _WITHOUT_NEWS:
                note_version(order, remote.version)
            return Captured(remote_id=remote.id, action=action, order=order)
    raise Raced


def _act(
    action: Action,
    remote: RemoteOrder,
    *,
    row: CapturedOrder | None,
    sale: Sale | None,
    setup: CaptureSetup,
    matched: MatchedOrders,
    by: CapturedBy,
    now: datetime,
) -> CapturedOrder | None:
    if action == Action.DROP and row is not None:
        drop_order(row)
        return None
    if action in (Action.CANCEL, Action.FAIL):
        return cancel_order(
            setup.channel,
            row=row,
            sale=sale,
            status=remote.status,
            now=now,
            remote_id=remote.id,
            is_final=action == Action.CANCEL,
        )
    if action == Action.RETURN and row is not None:
        return note_return(row)
    if action == Action.LINK and sale is not None:
        return link_order(setup.channel, remote_id=remote.id, row=row, sale=sale, status=remote.status, now=now)
    if action not in _PLANNED:
        return row
    products = matched.lines_of(remote)
    plan = plan_order(remote, setup=setup, products=products, now=now)
    if action == Action.FOLLOW and sale is not None:
        return changes.follow_sale(plan, row=row, sale=sale, setup=setup, now=now)
    if action in (Action.WAIT, Action.SKIP):
        state = CapturedState.WAITING if action == Action.WAIT else CapturedState.SKIPPED
        goods = {line_id: product.pk for line_id, product in products.items() if holds_units(product)}
        return hold_order(plan, state=state, row=row, products=goods, setup=setup, by=by)
    return _put(plan, row=row, setup=setup, by=by, now=now)


def _put(
    plan: OrderPlan, *, row: CapturedOrder | None, setup: CaptureSetup, by: CapturedBy, now: datetime
) -> CapturedOrder:
    """Make it pending, or bring the pending one up to date."""
    name_unmapped(plan, setup)
    if row is None:
        return _insert(plan, setup=setup, by=by, now=now)
    return _renew(plan, row=row, setup=setup, by=by, now=now)


def _insert(plan: OrderPlan, *, setup: CaptureSetup, by: CapturedBy, now: datetime) -> CapturedOrder:
    """An order never seen before: row, parts and allocation in one transaction."""
    order = plan.order
    order.state, order.captured_by = plan.state, by
    with transaction.atomic():
        insert_order(order)
        parts = insert_parts(order, plan)
        allocate(order, parts.lines, setup=setup, at=now)
    return order


def _renew(plan: OrderPlan, *, row: CapturedOrder, setup: CaptureSetup, by: CapturedBy, now: datetime) -> CapturedOrder:
    """A row that waited, was skipped, cancelled or forgotten becomes pending; a pending one follows the store (A35)."""
    is_pending = row.state in (CapturedState.PENDING, CapturedState.BLOCKED)
    was_held = row.state in _HELD
    columns = {name: getattr(plan.order, name) for name in HEADER}
    if is_pending:
        columns["captured_at"] = row.captured_at
    else:
        columns |= {"captured_by": by, "sale": None, "cancellation_kept": False, "customer": None}
    with transaction.atomic():
        old = load_parts(row)
        claim_order(row, state=plan.state, **columns)
        parts = update_goods(plan, old, order=row)
        update_payments(plan, old, order=row)
        update_issues(row, plan.issues)
        reallocate(row, parts.lines, setup=setup, gone=parts.gone, document_key=row.document_key, at=now)
        if was_held:
            release_holds(row)
    return row
