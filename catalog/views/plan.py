"""The preview of listing, updating, hiding or removing: read, shown row by row, then exactly that is sent (NEW-2)."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import plans
from catalog.queries.plan_lines import plan_lines
from catalog.services import listing, listing_plan
from catalog.services.buffers import BufferChoice
from catalog.services.plan_ticks import tick_rows
from catalog.services.selection import Selection
from catalog.views.csv_files import csv_file
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame, channels_for
from inventory.enums import RUN_OPEN, Outcome, RunState
from inventory.models import Run, RunItem, User
from inventory.registry import registry as house
from inventory.services import runs
from inventory.services.runs import AlreadyRunning
from inventory.views.activity import described
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import KeyPaginator, page_size

KINDS = {"list": plans.LIST, "hide": plans.HIDE, "show": plans.SHOW, "remove": plans.REMOVE}
_STALE_MINUTES = 60


def begin(
    request: HttpRequest,
    channel: Channel,
    *,
    kind: str,
    selection: Selection,
    back: str,
    buffer: BufferChoice | None = None,
    visible: bool | None = None,
    relist: bool = False,
) -> HttpResponse:
    """Has the store read into a preview and shows it; the caller has looked at the permission."""
    try:
        plan = listing_plan.start_plan(
            channel,
            kind=kind,
            selection=selection,
            buffer=buffer,
            visible=visible,
            relist=relist,
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        return redirect(back)
    except ProductError as error:
        messages.error(request, error.message)
        return redirect(back)
    return redirect("catalog:plan", channel.pk, plan.pk)


@requires_channel("catalog.view_listing")
@require_safe
def plan(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Reading, to be confirmed, being applied, or what became of it."""
    found = plan_or_404(channel, run_id)
    context = {**channel_frame(request, channel, "bulk"), **plan_state(found)}
    is_part = request.headers.get("HX-Target") == "reading"
    if is_part:
        answer = render(request, "catalog/_plan_progress.html", context)
        if not context["reader"] and found.state not in RUN_OPEN:
            answer.headers["HX-Refresh"] = "true"
        return answer
    context |= _rows(request, channel, found)
    context["may"] = plans.may_apply(request.user, found)
    context["has_rest"] = plans.has_rest(found)
    return render(request, "catalog/plan.html", context)


def plan_state(found: Run) -> dict[str, Any]:
    now = timezone.now()
    reader = plans.is_reading(found)
    last = reader or plans.reader_of(found)
    read_at = last.finished_at if last else None
    return {
        "plan": found,
        "reader": described(reader, now=now) if reader else None,
        "last_reader": last,
        "is_ready": plans.is_ready(found),
        "is_stale": bool(read_at) and (now - read_at).total_seconds() > _STALE_MINUTES * 60 if read_at else False,
        "sending": described(found, now=now),
        "is_planned": found.state == RunState.PLANNED,
        "is_sending": found.state in RUN_OPEN,
        "is_dropped": found.state == RunState.CANCELLED and not found.started_at,
        "can_retry": found.failed and found.kind in house.run_retries and found.state not in RUN_OPEN,
        "is_hidden": found.options.get("visible") is False,
        "is_relist": bool(found.options.get("relist")),
        "verb": found.kind.rpartition(".")[2],
    }


def _rows(request: HttpRequest, channel: Channel, found: Run) -> dict[str, Any]:
    """The page's rows: narrowed to what will happen before it is sent, to an outcome afterwards."""
    shown = request.GET.get("show", "")
    rows = plans.plan_rows(found, will=shown)
    if shown in Outcome.values and shown not in plans.Will.values:
        rows = rows.filter(outcome=shown)
    page = KeyPaginator(rows, page_size(request)).get_page(request.GET.get("page"))
    items = RunItem.objects.in_bulk(page.object_list)
    counts = plans.plan_counts(found)
    left_out = RunItem.objects.filter(run=found, outcome=Outcome.SKIPPED, after__will__in=plans.CHANGES).count()
    return {
        "figures": counts,
        "left_out": left_out,
        "to_send": counts.change - left_out,
        "page": page,
        "lines": plan_lines(channel, found, [items[pk] for pk in page.object_list if pk in items]),
        "shown": shown,
    }


@requires_channel("catalog.view_listing")
@require_POST
def ticks(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Leaves single rows out, or takes them in again: at once with script, with a button without."""
    found = plan_or_404(channel, run_id)
    _check(request, found)
    _tick(request, found)
    if request.headers.get("HX-Request"):
        context = {"channel": channel, **plan_state(found), **_rows(request, channel, found), "may": True}
        return render(request, "catalog/_plan_bar.html", context)
    return redirect(f"{reverse('catalog:plan', args=[channel.pk, found.pk])}?{request.POST.get('query', '')}")


def _tick(request: HttpRequest, found: Run) -> None:
    tick_rows(found, shown=request.POST.getlist("shown"), ticked=request.POST.getlist("key"))


@requires_channel("catalog.view_listing")
@require_POST
def confirm(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Applies exactly the rows that are ticked."""
    found = plan_or_404(channel, run_id)
    _check(request, found)
    _tick(request, found)
    send(request, channel, found)
    return redirect("catalog:plan", channel.pk, found.pk)


def send(request: HttpRequest, channel: Channel, found: Run) -> bool:
    """Confirms a preview; says why where that is refused."""
    try:
        listing.confirm_plan(channel, plan=found, user=cast("User", request.user), now=timezone.now())
    except ProductError as error:
        messages.error(request, error.message)
        return False
    return True


@requires_channel("catalog.view_listing")
@require_POST
def again(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """The same choice compared with the store once more."""
    found = plan_or_404(channel, run_id)
    _check(request, found)
    options = dict(found.options)
    return begin(
        request,
        channel,
        kind=found.kind,
        selection=Selection.from_options(options),
        buffer=listing_plan.buffer_of(found),
        visible=options.get("visible"),
        relist=bool(options.get("relist")),
        back=reverse("catalog:plan", args=[channel.pk, found.pk]),
    )


@requires_channel("catalog.view_listing")
@require_POST
def drop(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Forgets the preview; nothing has been sent."""
    found = plan_or_404(channel, run_id)
    _check(request, found)
    try:
        runs.request_cancel(found, user=cast("User", request.user), now=timezone.now())
    except runs.RunClosed as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("The preview is dropped. Nothing was sent."))
    return redirect("catalog:bulk", channel.pk)


@requires_channel("catalog.view_listing")
@require_safe
def plan_csv(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Every row of the preview, one line a changed field."""
    found = plan_or_404(channel, run_id)

    def lines() -> Iterator[list[object]]:
        for item in plans.plan_rows(found).iterator(chunk_size=500):
            row = plans.as_row(item)
            head = [item.label, row.will.label, item.get_outcome_display()]
            for change in row.changes:
                yield [*head, change.sku, change.label, change.old, change.new, change.note or item.reason]
            if not row.changes:
                yield [*head, "", "", "", "", "; ".join([item.reason, *row.notes]).strip("; ")]

    head = [_("Product"), _("Will"), _("Outcome"), _("SKU"), _("Field"), _("In the store now"), _("After"), _("Note")]
    return csv_file(f"listing-preview-{found.pk}.csv", head=head, rows=lines())


@requires("catalog.view_listing", "inventory.view_run")
@require_safe
def plan_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """From the list of activities to the preview's own page."""
    found = get_object_or_404(Run, pk=run_id, kind__in=plans.KINDS)
    number = found.scope_key.partition(":")[2]
    channel = get_object_or_404(channels_for(request.user), pk=int(number) if number.isdecimal() else 0)
    return redirect("catalog:plan", channel.pk, found.pk)


def plan_or_404(channel: Channel, run_id: int) -> Run:
    try:
        return plans.plan_of(channel, run_id)
    except Run.DoesNotExist as error:
        raise Http404 from error


def _check(request: HttpRequest, found: Run) -> None:
    if not plans.may_apply(request.user, found):
        raise PermissionDenied
