"""Pending orders of one channel and of all, and the Process buttons (SPEC PND-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame, channels_for
from inventory.models import User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of
from orders.enums import CapturedState
from orders.forms.pending import PendingFilterForm, SelectionForm
from orders.models import CapturedOrder
from orders.queries import captured, words
from orders.services.bulk import BulkProcessed, process_selected

_REASONS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class PendingRow:
    order: CapturedOrder
    state: words.State
    reasons: Sequence[words.Reason]
    becomes: str
    may_process: bool


@require_GET
@requires_channel("orders.view_capturedorder")
def pending(request: HttpRequest, *, channel: Channel) -> HttpResponse:
    """Pending tab of a channel."""
    context = _list_context(request, [channel], reverse("orders:process", args=[channel.pk]))
    return render(request, "orders/pending.html", {**context, **channel_frame(request, channel, "pending")})


@require_GET
@requires("orders.view_capturedorder")
def pending_all(request: HttpRequest) -> HttpResponse:
    """Pending orders of all channels the user sees."""
    channels = list(channels_for(request.user))
    context = _list_context(request, channels, reverse("orders:process-all"))
    return render(request, "orders/pending_all.html", {**context, "show_channel": True})


@require_POST
@requires_channel("orders.process_order")
def process(request: HttpRequest, *, channel: Channel) -> HttpResponse:
    return _process(request, [channel], reverse("orders:pending", args=[channel.pk]))


@require_POST
@requires("orders.process_order")
def process_all(request: HttpRequest) -> HttpResponse:
    return _process(request, list(channels_for(request.user)), reverse("orders:pending-all"))


def _list_context(request: HttpRequest, channels: Sequence[Channel], process_url: str) -> dict[str, Any]:
    form = PendingFilterForm(request.GET)
    wanted = form.wanted()
    orders = captured.pending_orders(channels, wanted=wanted, now=timezone.now())
    page = page_of(request, captured.with_details(orders))
    shown = list(page.object_list)
    short = captured.oversold_products(shown)
    by_pk = {channel.pk: channel for channel in channels}
    return {
        "page": page,
        "rows": [_row(order, short) for order in shown],
        "form": form,
        "filtered": wanted.is_on,
        "ready": orders.filter(state=CapturedState.PENDING).count(),
        "process_url": f"{process_url}?{request.GET.urlencode()}",
        "skipped": [
            {
                "name": label or key,
                "count": count,
                "channel": by_pk[channel_id],
                "url": words.setup_url(channel_id, "tax"),
                "log_url": f"{reverse('orders:log', args=[channel_id])}?result=skipped",
            }
            for channel_id, key, label, count in captured.skipped_classes(channels)
        ],
    }


def _row(order: CapturedOrder, short: dict[int, Any]) -> PendingRow:
    issues = list(order.issues.all())
    reasons = [words.reason_of(issue, order) for issue in issues]
    shortages = words.short_words(order, short)
    return PendingRow(
        order=order,
        state=words.pending_state(order, issues, is_short=bool(shortages)),
        reasons=[*reasons, *shortages],
        becomes=words.becomes(order),
        may_process=order.state == CapturedState.PENDING,
    )


def _process(request: HttpRequest, channels: Sequence[Channel], back: str) -> HttpResponse:
    """Process what was chosen, say what became of it, and show the list again."""
    target = f"{back}?{request.GET.urlencode()}" if request.GET else back
    form = SelectionForm(request.POST)
    form.is_valid()
    if form.cleaned_data.get("all_matching"):
        wanted = PendingFilterForm(request.GET).wanted()
        ids = captured.ready_ids(captured.pending_orders(channels, wanted=wanted, now=timezone.now()))
    else:
        chosen = CapturedOrder.objects.filter(channel__in=channels, pk__in=form.cleaned_data.get("selected", []))
        ids = list(chosen.values_list("pk", flat=True))
    if not ids:
        messages.warning(request, _("Nothing to process: choose orders that are ready."))
        return redirect(target)
    try:
        result = process_selected(ids, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.error(request, error.message)
        return redirect("inventory:run", error.run.pk)
    if result.runs:
        return redirect("inventory:run", result.runs[0].pk)
    say_processed(request, result)
    return redirect(target)


def say_processed(request: HttpRequest, result: BulkProcessed) -> None:
    """How many became sales, and why the others did not."""
    made = [each for each in result.processed if each.sale]
    refused = [each for each in result.processed if not each.sale]
    if made:
        text = ngettext("%(count)s order became a sale.", "%(count)s orders became sales.", len(made))
        messages.success(request, text % {"count": len(made)})
    for each in refused[:_REASONS_SHOWN]:
        messages.error(request, each.reason)
    if len(refused) > _REASONS_SHOWN:
        rest = len(refused) - _REASONS_SHOWN
        messages.error(
            request, ngettext("%(count)s more was refused.", "%(count)s more were refused.", rest) % {"count": rest}
        )
