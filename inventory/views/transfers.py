"""Transfers: list, page, form, moving and undoing (SPEC INV-6, APP-13)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.enums import Tone, TransferState
from inventory.forms.transfers import ROWS, TransferForm, TransferLineSet, transfer_initial
from inventory.models import Location, Transfer
from inventory.queries.transfers import transfer_rows
from inventory.services import transfers as services
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

TONES = {TransferState.DRAFT: Tone.INFO, TransferState.DONE: Tone.OK, TransferState.VOIDED: Tone.OFF}


@requires("inventory.view_transfer")
@require_safe
def transfers(request: HttpRequest) -> HttpResponse:
    filters = {
        "q": parameters.text(request),
        "state": parameters.choice(request, "state", TransferState.values),
        "location": parameters.identifier(request, "location"),
    }
    context = {
        "page": page_of(request, transfer_rows(filters)),
        "filters": filters,
        "filtered": any(filters.values()),
        "states": TransferState.choices,
        "locations": Location.objects.all(),
        "tones": TONES,
    }
    return render(request, "inventory/transfers.html", context)


@requires("inventory.view_transfer")
@require_safe
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """One transfer with what is free at its source now."""
    found = get_object_or_404(Transfer.objects.select_related("source", "target"), pk=pk)
    lines = list(found.lines.select_related("product").order_by("pk"))
    free = services.free_at(found.source, [line.product_id for line in lines])
    is_draft = found.state == TransferState.DRAFT
    context = {
        "transfer": found,
        "tone": TONES[TransferState(found.state)],
        "lines": [(line, free[line.product_id]) for line in lines],
        "short": is_draft and any(line.quantity > free[line.product_id] for line in lines),
        "is_draft": is_draft,
        "is_done": found.state == TransferState.DONE,
    }
    return render(request, "inventory/transfer.html", context)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def new_transfer(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Transfer.objects.select_related("source", "target"), pk=pk)
    if found.state != TransferState.DRAFT:
        messages.warning(request, _("Only a draft can be changed."))
        return redirect("inventory:transfer", pk)
    return _form(request, found)


def _form(request: HttpRequest, found: Transfer | None) -> HttpResponse:
    head, rows = transfer_initial(found) if found else (_places(), [])
    context: dict[str, Any] = {"transfer": found}
    if request.method != "POST":
        context |= {"form": TransferForm(initial=head), "lines": TransferLineSet(initial=rows)}
        return render(request, "inventory/transfer_form.html", context)
    if "more" in request.POST:
        data = parameters.with_more_rows(request, ROWS)
        context |= {"form": TransferForm(data), "lines": TransferLineSet(data, initial=rows)}
        return render(request, "inventory/transfer_form.html", context)
    form, lines = TransferForm(request.POST), TransferLineSet(request.POST, initial=rows)
    context |= {"form": form, "lines": lines}
    if form.is_valid() & lines.is_valid():
        try:
            saved = services.save_transfer(
                found,
                draft=form.draft(lines.lines),  # type: ignore[attr-defined]
                version=form.cleaned_data["version"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
            return redirect("inventory:transfer", saved.pk)
        except EditedMeanwhile as error:
            messages.error(request, error.message)
            context["others"] = Transfer.objects.select_related("source", "target").get(pk=found.pk) if found else None
            context["stale_version"] = context["others"].version if context["others"] else ""
        except services.TransferRefused as error:
            form.add_error(None, error.message)
    return render(request, "inventory/transfer_form.html", context, status=422)


def _places() -> dict[str, Any]:
    """From the default location, to the next one."""
    active = list(Location.objects.filter(status="active")[:2])
    return {"source": active[0].pk if active else None, "target": active[1].pk if len(active) > 1 else None}


@requires("inventory.adjust_stock")
@require_POST
def complete_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.complete_transfer, _("Transfer %(number)s has moved."))


@requires("inventory.adjust_stock")
@require_POST
def undo_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.undo_transfer, _("Transfer %(number)s is undone: it is a draft again."))


@requires("inventory.adjust_stock")
@require_POST
def void_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.void_transfer, _("Transfer %(number)s is void."))


def _act(request: HttpRequest, pk: int, act: Callable[..., Transfer], done: str) -> HttpResponse:
    """`version` is that of the page, so that nobody moves what somebody else has just changed."""
    found = get_object_or_404(Transfer, pk=pk)
    try:
        result = act(
            found,
            version=parameters.version(request),
            user=parameters.staff(request),
            now=timezone.now(),
        )
        messages.success(request, done % {"number": result.number})
    except ProductError as error:
        messages.error(request, error.message)
    return redirect("inventory:transfer", pk)
