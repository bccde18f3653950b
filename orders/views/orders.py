"""One captured order: its page, and what staff do with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from channels.queries import channel_frame, channels_for
from inventory.models import User
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from orders.enums import PENDING_TAB, CapturedState, IssueCode
from orders.models import CapturedOrder
from orders.queries import captured, words
from orders.services import entries
from orders.services.processing import process_order
from orders.services.totals import prove_captured


@require_GET
@requires("orders.view_capturedorder")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Lines, allocation, proof of the totals, reasons, and what can be done."""
    try:
        parts = captured.order_parts(order_id, channels=channels_for(request.user))
    except CapturedOrder.DoesNotExist as error:
        raise Http404 from error
    row = parts.order
    is_pending = row.state in PENDING_TAB
    held = parts.held
    context = {
        "order": row,
        "parts": parts,
        "rows": [(line, held.get(line.owner_key, [])) for line in parts.lines],
        "state": words.pending_state(row, parts.issues) if is_pending else words.log_state(row),
        "reasons": [_without_itself(words.reason_of(issue, row), request.path) for issue in parts.issues],
        "proof": prove_captured(row, lines=parts.lines, charges=parts.charges, payments=parts.payments),
        "story": words.becomes(row) if is_pending else words.what_happened(row),
        "may_process": row.state == CapturedState.PENDING and request.user.has_perm("orders.process_order"),
        "may_delete": entries.may_delete(row) and request.user.has_perm("orders.delete_log_entry"),
        "needs_decision": row.state == CapturedState.NEEDS_DECISION and request.user.has_perm("orders.void_sale"),
        "is_back": any(issue.code == IssueCode.BACK_IN_STORE for issue in parts.issues),
        "is_changed": any(issue.code == IssueCode.CHANGED_IN_STORE for issue in parts.issues),
        **channel_frame(request, row.channel, "pending" if is_pending else "log"),
    }
    return render(request, "orders/order.html", context)


def _without_itself(reason: words.Reason, path: str) -> words.Reason:
    """A way out that leads to the page it stands on is none."""
    return replace(reason, url="") if reason.url == path else reason


@require_POST
@requires("orders.process_order")
def process(request: HttpRequest, order_id: int) -> HttpResponse:
    """Process one order; opens its sale."""
    row = _visible(request, order_id)
    try:
        sale = process_order(row.pk, user=cast("User", request.user), now=timezone.now())
    except ProductError as error:
        messages.error(request, error.message)
        return redirect("orders:order", row.pk)
    messages.success(request, _("Order %(number)s became sale %(sale)s.") % {"number": row.number, "sale": sale.number})
    return redirect("orders:sale", sale.pk)


@require_POST
@requires("orders.process_order")
def read_again(request: HttpRequest, order_id: int) -> HttpResponse:
    """Have the order read from its store again, soon."""
    row = _visible(request, order_id)
    entries.read_again(row)
    messages.success(request, _("Order %(number)s is read from the store again.") % {"number": row.number})
    return redirect("orders:order", row.pk)


@require_POST
@requires("orders.process_order")
def load_again(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take up an order that the store has again."""
    row = _visible(request, order_id)
    done = _("Order %(number)s is loaded again.") % {"number": row.number}
    _act(request, lambda user: entries.load_again(row, user=user, now=timezone.now()), done)
    return redirect("orders:order", row.pk)


@require_POST
@requires("orders.delete_log_entry")
def delete(request: HttpRequest, order_id: int) -> HttpResponse:
    row = _visible(request, order_id)
    done = _("The entry of order %(number)s is deleted.") % {"number": row.number}
    if _act(request, lambda user: entries.delete_log_entry(row, user=user, now=timezone.now()), done):
        return redirect("orders:log", row.channel_id)
    return redirect("orders:order", row.pk)


@require_POST
@requires("orders.void_sale")
def keep(request: HttpRequest, order_id: int) -> HttpResponse:
    """Keep the sale of an order that was cancelled in the store."""
    row = _visible(request, order_id)
    done = _("The sale of order %(number)s is kept.") % {"number": row.number}
    _act(request, lambda user: entries.keep_sale(row, user=user, now=timezone.now()), done)
    return redirect("orders:order", row.pk)


@require_POST
@requires("orders.void_sale")
def void(request: HttpRequest, order_id: int) -> HttpResponse:
    """Void the sale of an order that was cancelled in the store, goods back."""
    row = _visible(request, order_id)
    done = _("The sale of order %(number)s is void, its goods are back.") % {"number": row.number}
    _act(request, lambda user: entries.void_cancelled_sale(row, user=user, now=timezone.now()), done)
    return redirect("orders:order", row.pk)


@require_POST
@requires("orders.authorize_stage")
def settle(request: HttpRequest, order_id: int) -> HttpResponse:
    """A change in the store is dealt with."""
    row = _visible(request, order_id)
    _act(request, lambda user: entries.accept_change(row, user=user, now=timezone.now()), _("The change is settled."))
    return redirect("orders:order", row.pk)


def _visible(request: HttpRequest, order_id: int) -> CapturedOrder:
    """404 for an order that is not there or not for these eyes."""
    rows = CapturedOrder.objects.filter(channel__in=channels_for(request.user)).exclude(state=CapturedState.FORGOTTEN)
    row = rows.select_related("channel").filter(pk=order_id).first()
    if row is None:
        raise Http404
    return row


def _act(request: HttpRequest, act: Callable[[User], None], done: str) -> bool:
    try:
        act(cast("User", request.user))
    except ProductError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, done)
    return True
