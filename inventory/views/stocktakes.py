"""Stocktakes: open, count by hand, scanner or file, look at the differences, finish (SPEC INV-6)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory import queries as inventory_queries
from inventory.enums import RUN_OPEN, RunState, StocktakeState, Tone
from inventory.forms.stocktakes import CountForm, FinishForm, ScanForm, StocktakeForm
from inventory.models import Location, Stocktake, StocktakeLine
from inventory.queries import stocktakes as queries
from inventory.services import stocktake_posting
from inventory.services import stocktakes as services
from inventory.services.stocktakes import Count, StocktakeRefused
from inventory.views import parameters
from inventory.views.activity import described
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

TONES = {StocktakeState.OPEN: Tone.INFO, StocktakeState.DONE: Tone.OK, StocktakeState.DROPPED: Tone.OFF}
_RECENT = 8
_SHOWN = 5


@requires("inventory.view_stocktake")
@require_safe
def stocktakes(request: HttpRequest) -> HttpResponse:
    filters = {
        "state": parameters.choice(request, "state", StocktakeState.values),
        "location": parameters.identifier(request, "location"),
    }
    context = {
        "page": page_of(request, queries.stocktake_rows(filters)),
        "filters": filters,
        "filtered": any(filters.values()),
        "states": StocktakeState.choices,
        "locations": Location.objects.all(),
        "tones": TONES,
    }
    return render(request, "inventory/stocktakes.html", context)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def new_stocktake(request: HttpRequest) -> HttpResponse:
    form = StocktakeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            stocktake = services.open_stocktake(
                location=form.cleaned_data["location"],
                scope=form.scope(),
                note=form.cleaned_data["note"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
            return redirect("inventory:stocktake", stocktake.pk)
        except StocktakeRefused as error:
            form.add_error(None, error.message)
    status = 422 if form.errors else 200
    return render(request, "inventory/stocktake_form.html", {"form": form}, status=status)


@requires("inventory.view_stocktake")
@require_safe
def stocktake(request: HttpRequest, pk: int) -> HttpResponse:
    """Lines with what was counted, what there was then, and the difference, with its value once there is a cost."""
    found = _found(pk)
    filters = {"q": parameters.text(request), "show": parameters.choice(request, "show", queries.SHOWN)}
    page = page_of(request, queries.line_rows(found, filters))
    gathering = services.gathering_of(found)
    is_gathering = gathering is not None and gathering.state in RUN_OPEN
    posting = gathering if is_gathering else stocktake_posting.posting_runs(found).first()
    context = {
        **_state(found),
        "filters": filters,
        "page": page,
        "values": queries.values_of(list(page)),
        "total_value": queries.total_value(found),
        "currency": _currency(),
        "posting": described(posting, now=timezone.now()) if posting else None,
        "is_posting": posting is not None and posting.state in RUN_OPEN,
        "ungathered": gathering if gathering and gathering.state in (RunState.FAILED, RunState.CANCELLED) else None,
        "refused": [
            {"text": f"{item.label}: {item.reason}"} for item in stocktake_posting.refused_lines(found)[:_SHOWN]
        ],
        "can_count": found.state == StocktakeState.OPEN and request.user.has_perm("inventory.adjust_stock"),
        "finish": FinishForm(),
    }
    return render(request, "inventory/stocktake.html", context)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """The counting page: type or scan, Enter adds; what was counted last can be corrected."""
    found = _found(pk)
    form = ScanForm(request.POST or None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            product = services.find_product(form.cleaned_data["code"])
            line = services.add_count(
                found,
                product_id=product.pk,
                quantity=form.number(),
                user=parameters.staff(request),
                now=timezone.now(),
            )
            if not request.headers.get("HX-Request"):
                return redirect(f"{request.path}?line={line.pk}")
            form, context = ScanForm(), {"counted": line, "product": product}
        except StocktakeRefused as error:
            form.add_error("code", error.message)
    else:
        number = parameters.identifier(request, "line")
        line_of = found.lines.select_related("product").filter(pk=number).first() if number else None
        context = {"counted": line_of, "product": line_of.product} if line_of else {}
    context |= {**_state(found), "form": form, "recent": queries.last_counted(found, most=_RECENT)}
    is_part = request.headers.get("HX-Target") == "counting"
    status = 422 if form.errors and not is_part else 200
    template = "inventory/_counting.html" if is_part else "inventory/count.html"
    return render(request, template, context, status=status)


@requires("inventory.adjust_stock")
@require_POST
def set_count(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Correct one line, unless somebody else counted it meanwhile."""
    found = _found(pk)
    row = get_object_or_404(StocktakeLine, pk=line, stocktake=found)
    form = CountForm(request.POST)
    if form.is_valid():
        try:
            services.set_count(
                found,
                count=Count(product_id=row.product_id, quantity=form.cleaned_data["counted"]),
                seen=form.cleaned_data["seen"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
        except StocktakeRefused as error:
            messages.error(request, error.message)
    else:
        messages.error(request, _("A count is a number, zero or more."))
    if request.POST.get("back") == "count":
        return redirect("inventory:count", pk)
    answer = redirect("inventory:stocktake", pk)
    answer["Location"] += _query(request)
    return answer


@requires("inventory.adjust_stock")
@require_POST
def finish_stocktake(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _found(pk), FinishForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what becomes of products that nobody counted."))
        return redirect("inventory:stocktake", pk)
    try:
        stocktake_posting.finish_stocktake(
            found, uncounted=form.choice(), user=parameters.staff(request), now=timezone.now()
        )
    except ProductError as error:
        messages.error(request, error.message)
    return redirect("inventory:stocktake", pk)


@requires("inventory.adjust_stock")
@require_POST
def drop_stocktake(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        services.drop_stocktake(_found(pk), user=parameters.staff(request), now=timezone.now())
    except StocktakeRefused as error:
        messages.error(request, error.message)
    return redirect("inventory:stocktake", pk)


def _found(pk: int) -> Stocktake:
    return get_object_or_404(Stocktake.objects.select_related("location"), pk=pk)


def _state(found: Stocktake) -> dict[str, Any]:
    return {
        "stocktake": found,
        "tone": TONES[StocktakeState(found.state)],
        "totals": queries.counts_of(found),
        "is_open": found.state == StocktakeState.OPEN,
    }


def _currency() -> str:
    currency: str = inventory_queries.organization().base_currency
    return currency


def _query(request: HttpRequest) -> str:
    """The list as it was: its page and filters, from a hidden field, harmless whatever it says."""
    text = request.POST.get("query", "")
    return f"?{text}" if text.isprintable() and len(text) < 500 and not set(text) & set("\r\n#") else ""
