"""The preview of a stock push: the store's number → ours, then exactly that (A13, NEW-2)."""

from collections.abc import Iterator
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import previews
from catalog.services import preview as service
from catalog.services.updates import ReadOnly
from catalog.views.csv_files import csv_file
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import Run, User
from inventory.services.runs import AlreadyRunning, RunClosed
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

_SHOWN = {"zero": previews.to_zero, "change": previews.changing}


@requires_channel("channels.change_setup", "catalog.push_stock")
@require_safe
def stock_preview(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The newest plan: being read, to be confirmed, or none yet."""
    plan = previews.open_plans(channel).first()
    reader = previews.reader_of(plan) if plan else None
    shown = request.GET.get("show", "")
    context = {
        **channel_frame(request, channel, "catalog"),
        "plan": plan,
        "reader": reader,
        "is_reading": previews.is_reading(reader),
        "is_ready": bool(plan) and previews.is_read(plan) if plan else False,
        "shown": shown,
        "is_first": previews.is_first(channel),
    }
    if plan and context["is_ready"]:
        rows = _SHOWN.get(shown, previews.plan_rows)(plan)
        context |= {"counts": previews.preview_counts(plan), "page": page_of(request, rows)}
        context["safety_count"] = previews.safety_count(channel)
    is_part = request.headers.get("HX-Target") == "reading"
    answer = render(request, "catalog/_reading.html" if is_part else "catalog/stock_preview.html", context)
    if is_part and not context["is_reading"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


@requires_channel("channels.change_setup", "catalog.push_stock")
@require_POST
def start(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Reads the store and lays down a plan."""
    try:
        service.start_preview(channel, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.info(request, error.message)
    except ProductError as error:
        messages.error(request, error.message)
    return redirect("catalog:stock_preview", channel.pk)


@requires_channel("channels.change_setup", "catalog.push_stock")
@require_POST
def confirm(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Switches stock updates on and applies exactly this plan."""
    plan = _plan(channel, run_id)
    try:
        run = service.confirm_preview(channel, plan=plan, user=cast("User", request.user), now=timezone.now())
    except (RunClosed, AlreadyRunning, service.PreviewUnfinished, ReadOnly) as error:
        messages.error(request, error.message)
        return redirect("catalog:stock_preview", channel.pk)
    if channel.settings.update_stock:
        messages.success(request, _("The previewed quantities are being sent."))
    else:
        messages.success(request, _("Stock updates are on. The previewed quantities are being sent."))
    return redirect("inventory:run", run.pk)


@requires_channel("channels.change_setup", "catalog.push_stock")
@require_safe
def preview_csv(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Every row of the plan as a file."""
    plan = _plan(channel, run_id)

    def rows() -> Iterator[list[object]]:
        for item in previews.plan_rows(plan).iterator(chunk_size=500):
            yield [item.label, item.before, item.after, item.get_outcome_display(), item.reason]

    head = [_("Product"), _("In the store now"), _("After"), _("Outcome"), _("Note")]
    return csv_file(f"stock-preview-{plan.pk}.csv", head=head, rows=rows())


def _plan(channel: Channel, run_id: int) -> Run:
    plan = Run.objects.filter(pk=run_id, scope_key=channel.scope_key, kind=previews.FIRST_PUSH).first()
    if plan is None:
        raise Http404
    return plan
