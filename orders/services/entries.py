"""What staff decide about a log entry (SPEC LOG-3, A44, A35)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from channels.enums import JobKind
from channels.outbox import mark
from inventory.models import User
from inventory.services import audit
from orders.enums import CapturedState, IssueCode
from orders.errors import EntryRefused
from orders.models import CapturedOrder
from orders.services.claims import claim_order
from orders.services.stages import void_sale
from orders.services.waiting import release_holds

_DELETABLE = (CapturedState.SALE, CapturedState.CANCELLED, CapturedState.NEEDS_DECISION, CapturedState.SKIPPED)


def may_delete(order: CapturedOrder) -> bool:
    """A pending order is no finished entry: it is processed, or cancelled in the store."""
    return order.state in _DELETABLE


def delete_log_entry(order: CapturedOrder, *, user: User, now: datetime) -> None:
    """Forget the entry; its sale stays. Polls and notices do not bring it back, only Load does (SPEC LOG-3)."""
    if order.state == CapturedState.FORGOTTEN:
        return
    if not may_delete(order):
        raise EntryRefused(_("Order %(number)s is still pending. Process it first.") % {"number": order.number})
    before = CapturedState(order.state)
    with transaction.atomic():
        claim_order(order, state=CapturedState.FORGOTTEN)
        if before == CapturedState.SKIPPED:
            release_holds(order)
        order.issues.all().delete()
        _note(order, "log_entry.deleted", before, user=user, now=now)


def keep_sale(order: CapturedOrder, *, user: User, now: datetime) -> None:
    """The order is cancelled in the store, the sale stays all the same; nobody is asked again (A44)."""
    _must_need_decision(order)
    with transaction.atomic():
        claim_order(order, state=CapturedState.SALE, cancellation_kept=True)
        order.issues.filter(code=IssueCode.CANCELLED_IN_STORE).delete()
        _note(order, "log_entry.sale_kept", CapturedState.NEEDS_DECISION, user=user, now=now)


def void_cancelled_sale(order: CapturedOrder, *, user: User, now: datetime) -> None:
    """Void the sale of a cancelled order; the goods are back on their shelves (A44)."""
    _must_need_decision(order)
    with transaction.atomic():
        claim_order(order, state=CapturedState.CANCELLED)
        if order.sale_id is not None:
            void_sale(
                order.sale_id,
                return_goods=True,
                cancel_purchases=True,
                version=None,
                user=user,
                now=now,
                reason=_("Cancelled in the store"),
            )
        order.issues.all().delete()
        _note(order, "log_entry.sale_voided", CapturedState.NEEDS_DECISION, user=user, now=now)


def load_again(order: CapturedOrder, *, user: User, now: datetime) -> None:
    """Take up an order that the store has again after its sale was voided; the void sale stays as it is (A44)."""
    with transaction.atomic():
        deleted, _rows = order.issues.filter(code=IssueCode.BACK_IN_STORE).delete()
        if not deleted or order.state != CapturedState.CANCELLED:
            raise EntryRefused(_("Order %(number)s has not come back in the store.") % {"number": order.number})
        claim_order(order, sale=None)
        _note(order, "log_entry.loaded_again", CapturedState.CANCELLED, user=user, now=now)
        read_again(order)


def accept_change(order: CapturedOrder, *, user: User, now: datetime) -> None:
    """Staff have dealt with what changed in the store after the pick."""
    with transaction.atomic():
        claim_order(order)
        order.issues.filter(code=IssueCode.CHANGED_IN_STORE).delete()
        audit.record(
            user=user,
            action="log_entry.change_settled",
            obj=order,
            changes={},
            scope_key=order.channel.scope_key,
            now=now,
        )


def read_again(order: CapturedOrder) -> None:
    """Have the order read from its store, whatever is known of it."""
    mark([order.channel_id], kind=JobKind.ORDER, keys=[order.remote_id])


def _must_need_decision(order: CapturedOrder) -> None:
    if order.state != CapturedState.NEEDS_DECISION:
        raise EntryRefused(_("Order %(number)s needs no decision any more.") % {"number": order.number})


def _note(order: CapturedOrder, action: str, before: CapturedState, *, user: User, now: datetime) -> None:
    audit.record(
        user=user,
        action=action,
        obj=order,
        changes={"state": (before.value, order.state)},
        scope_key=order.channel.scope_key,
        now=now,
    )
