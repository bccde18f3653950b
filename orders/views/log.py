"""The log of a channel: which store order became which sale (SPEC LOG-1, LOG-2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory_sync.lib.paging import page_of
from orders.enums import CapturedState
from orders.forms.pending import LogFilterForm
from orders.models import CapturedOrder
from orders.queries import captured, words


@dataclass(frozen=True, kw_only=True)
class LogRow:
    order: CapturedOrder
    state: words.State
    text: str
    reasons: Sequence[words.Reason]
    needs_decision: bool


@require_GET
@requires_channel("orders.view_capturedorder")
def log(request: HttpRequest, *, channel: Channel) -> HttpResponse:
    """Log tab of a channel."""
    form = LogFilterForm(request.GET)
    wanted = form.wanted()
    page = page_of(request, captured.with_sales(captured.log_entries([channel], wanted=wanted)))
    context = {
        "page": page,
        "rows": [_row(order) for order in page.object_list],
        "form": form,
        "filtered": wanted.is_on,
        "failed": captured.failed_orders([channel]).get(channel.pk, 0),
        "failed_url": reverse("channels:failed", args=[channel.pk]),
        **channel_frame(request, channel, "log"),
    }
    return render(request, "orders/log.html", context)


def _row(order: CapturedOrder) -> LogRow:
    return LogRow(
        order=order,
        state=words.log_state(order),
        text=words.what_happened(order),
        reasons=[words.reason_of(issue, order) for issue in order.issues.all()],
        needs_decision=order.state == CapturedState.NEEDS_DECISION,
    )
