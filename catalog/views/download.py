"""Downloading the store's products: the first look, the question of opening stock, what was left out."""

from collections.abc import Iterator
from typing import cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.forms import TAKE, OpeningStockForm
from catalog.queries.activities import latest_download, latest_look
from catalog.queries.catalog import conflicts
from catalog.services import download as service
from catalog.views.csv_files import csv_file
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.enums import Outcome, RunState
from inventory.models import RunItem, User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.paging import page_of


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
        service.start_download(channel, user=user, now=now)
    except AlreadyRunning as error:
        messages.info(request, error.message)
    else:
        messages.success(request, _("The download has started."))
    return redirect("catalog:catalog", channel.pk)


@requires_channel("catalog.view_listing")
@require_safe
def left_out(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Conflicts (A25) and what the last download skipped (A23), with the way out."""
    progress = latest_download(channel)
    context = {
        **channel_frame(request, channel, "catalog"),
        "conflicts": conflicts(channel)[:500],
        "page": page_of(request, _skipped(channel)),
        "progress": progress,
    }
    return render(request, "catalog/left_out.html", context)


def _skipped(channel: Channel) -> QuerySet[RunItem]:
    progress = latest_download(channel)
    rows = RunItem.objects.filter(run=progress.run if progress else None, outcome__in=[Outcome.SKIPPED, Outcome.FAILED])
    clashing = [*conflicts(channel).values_list("remote_id", flat=True)[:500]]
    return rows.exclude(key__in=clashing).order_by("pk")


@requires_channel("catalog.view_listing")
@require_safe
def left_out_csv(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Conflicts and skipped products as a file."""

    def rows() -> Iterator[list[object]]:
        for conflict in conflicts(channel).iterator(chunk_size=500):
            yield [conflict.remote_id, conflict.remote_name, conflict.sku, _("Conflict"), conflict.words]
        for item in _skipped(channel).iterator(chunk_size=500):
            yield [item.key, item.label, "", item.get_outcome_display(), item.reason]

    head = [_("In the store"), _("Product"), _("SKU"), _("Outcome"), _("Why")]
    return csv_file(f"left-out-{channel.pk}.csv", head=head, rows=rows())
