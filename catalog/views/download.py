"""Downloading the store's products: the first look, the question of opening stock, what was left out."""

from collections.abc import Iterator
from typing import cast

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.forms import TAKE, OpeningStockForm
from catalog.models import CatalogConflict
from catalog.queries.activities import latest_download, latest_look
from catalog.queries.conflicts import conflict_rows as open_conflicts
from catalog.services import download as service
from catalog.services.outcomes import OF
from catalog.views.csv_files import csv_file
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.enums import Outcome, RunState
from inventory.models import Run, RunItem, User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.paging import page_of

SHOWN = 20
"""Conflicts beside what was skipped; their own page has all."""


@requires_channel("catalog.download_catalog")
@require_safe
def download(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Before the first download: a look at the store with totals, then the question (A27)."""
    return _page(request, channel, None)


def _page(request: HttpRequest, channel: Channel, form: OpeningStockForm | None) -> HttpResponse:
    look = latest_look(channel)
    totals = service.totals_of(look.run) if look and look.run.state == RunState.DONE else None
    undecided = channel.settings.import_opening_stock is None
    if form is None and totals and undecided:
        form = OpeningStockForm(channel, units=f"{totals.units.normalize():f}")
    context = {
        **channel_frame(request, channel, "catalog"),
        "look": look,
        "totals": totals,
        "form": form,
        "undecided": undecided,
        "progress": latest_download(channel),
    }
    is_part = request.headers.get("HX-Target") == "look"
    template = "catalog/_look.html" if is_part else "catalog/download.html"
    return render(request, template, context, status=422 if form and form.errors else 200)


@requires_channel("catalog.download_catalog")
@require_POST
def look(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Counts what a download would bring."""
    try:
        service.start_look(channel, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.info(request, error.message)
    return redirect("catalog:download", channel.pk)


@requires_channel("catalog.download_catalog")
@require_POST
def start(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Starts the download; the first one needs the answer to A27."""
    user, now = cast("User", request.user), timezone.now()
    if channel.settings.import_opening_stock is None:
        last = latest_look(channel)
        totals = service.totals_of(last.run) if last and last.run.state == RunState.DONE else None
        if totals is None:
            return redirect("catalog:download", channel.pk)
        form = OpeningStockForm(channel, request.POST, units=f"{totals.units.normalize():f}")
        if not form.is_valid():
            return _page(request, channel, form)
        service.decide_opening_stock(channel, take=form.cleaned_data["opening"] == TAKE, user=user, now=now)
    try:
        service.start_download(channel, force=request.POST.get("force") == "1", user=user, now=now)
    except AlreadyRunning as error:
        messages.info(request, error.message)
    else:
        messages.success(request, _("The download has started."))
    return redirect("catalog:catalog", channel.pk)


@requires_channel("catalog.download_catalog")
@require_POST
def resume(request: HttpRequest, channel: Channel, run_id: int) -> HttpResponse:
    """Goes on where a cancelled or failed download stopped."""
    stopped = Run.objects.filter(pk=run_id, scope_key=channel.scope_key).first()
    if stopped is None:
        raise Http404
    try:
        service.resume_download(channel, stopped=stopped, user=cast("User", request.user), now=timezone.now())
    except (AlreadyRunning, service.NothingToResume) as error:
        messages.info(request, error.message)
    else:
        messages.success(request, _("The download goes on where it stopped."))
    return redirect("catalog:catalog", channel.pk)


@requires_channel("catalog.view_listing")
@require_safe
def left_out(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Conflicts (A25), the first of them, and what the last download skipped (A23), with the way out."""
    progress = latest_download(channel)
    context = {
        **channel_frame(request, channel, "catalog"),
        "conflicts": open_conflicts(channel)[:SHOWN],
        "count": open_conflicts(channel).count(),
        "page": page_of(request, _skipped(channel)),
        "progress": progress,
    }
    return render(request, "catalog/left_out.html", context)


def _skipped(channel: Channel) -> QuerySet[RunItem]:
    progress = latest_download(channel)
    rows = RunItem.objects.filter(run=progress.run if progress else None, outcome__in=[Outcome.SKIPPED, Outcome.FAILED])
    clashing = CatalogConflict.objects.filter(channel=channel, remote_id=OuterRef("key"))
    return rows.exclude(Exists(clashing)).order_by("pk")


@requires_channel("catalog.view_listing")
@require_safe
def left_out_csv(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Conflicts and skipped products as a file, one line a variation that was left out; read in pieces."""

    def rows() -> Iterator[list[object]]:
        for conflict in open_conflicts(channel).iterator(chunk_size=500):
            yield from _conflict_lines(conflict)
        for item in _skipped(channel).iterator(chunk_size=500):
            yield _item_line(item)

    head = [_("Store ID"), _("Product"), _("Variation"), _("SKU"), _("Outcome"), _("Why"), _("Way out")]
    return csv_file(f"left-out-{channel.pk}.csv", head=head, rows=rows())


def _conflict_lines(conflict: CatalogConflict) -> Iterator[list[object]]:
    fix = _("Catalog, Conflicts: link it, create it or ignore it.")
    variants = conflict.variants or [{"id": "", "sku": conflict.sku, "name": ""}]
    for each in variants:
        key = f"{conflict.remote_id}/{each['id']}" if each["id"] else conflict.remote_id
        kind = conflict.get_kind_display()
        yield [key, conflict.remote_name, each["name"], each["sku"], kind, conflict.words, fix]


def _item_line(item: RunItem) -> list[object]:
    product, _mark, variation = item.label.rpartition(OF) if "/" in item.key else (item.label, "", "")
    is_failed = item.outcome == Outcome.FAILED
    fix = item.fix_label or (
        _("Correct it in the store, then retry the failed ones.")
        if is_failed
        else _("Give it a SKU in the store, then download again.")
    )
    sku = item.reason.partition(":")[0] if is_failed and ":" in item.reason else ""
    return [item.key, product or item.label, variation, sku, item.get_outcome_display(), item.reason, fix]
