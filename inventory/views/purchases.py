"""Purchase orders: list, page, form, receiving (SPEC INV-9), and what suppliers send to customers (INV-8, A61)."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory import documents
from inventory.enums import PurchaseState
from inventory.forms.purchases import (
    ROWS,
    AnswerForm,
    ArrivalForm,
    PricesForm,
    PurchaseForm,
    PurchaseLineSet,
    VersionForm,
    cost_as_typed,
)
from inventory.models import Location, Purchase, Receipt, Supplier
from inventory.queries import default_location, organization_zone
from inventory.queries import purchases as queries
from inventory.services import purchase_receipts, purchases
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

TONES = {
    PurchaseState.DRAFT: "off",
    PurchaseState.ORDERED: "info",
    PurchaseState.PARTLY: "warn",
    PurchaseState.RECEIVED: "ok",
    PurchaseState.VOIDED: "off",
}
_DONE = {
    "order": gettext_lazy("%(number)s is ordered."),
    "unorder": gettext_lazy("%(number)s is a draft again; nothing of it is on order."),
    "close": gettext_lazy("The rest of %(number)s is closed; nothing of it is on order any more."),
    "void": gettext_lazy("%(number)s is void."),
}


@requires("inventory.view_purchase")
@require_safe
def purchase_list(request: HttpRequest) -> HttpResponse:
    """Purchase orders with filters in the address."""
    today = timezone.now().astimezone(organization_zone()).date()
    filters = {
        "q": parameters.text(request),
        "state": parameters.choice(request, "state", queries.STATE_FILTERS),
        "goes": parameters.choice(request, "goes", queries.DESTINATIONS),
        "supplier": parameters.identifier(request, "supplier"),
        "location": parameters.identifier(request, "location"),
    }
    page = page_of(request, queries.purchase_rows(filters, today=today))
    sums = queries.line_sums(purchase.pk for purchase in page)
    links = documents.resolve(purchase.document_key for purchase in page if purchase.document_key)
    rows = [
        {
            "purchase": purchase,
            "tone": TONES[PurchaseState(purchase.state)],
            "sums": sums.get(purchase.pk),
            "is_late": queries.is_late(purchase, today),
            "document": links.get(purchase.document_key),
        }
        for purchase in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "filtered": any(filters.values()),
        "states": PurchaseState.choices,
        "suppliers": Supplier.objects.all(),
        "locations": Location.objects.all(),
    }
    return render(request, "inventory/purchases.html", context)


@requires("inventory.view_purchase")
@require_safe
def purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """One purchase order: lines, what arrived, what can be done next."""
    view = _view(pk)
    found = view.purchase
    state = PurchaseState(found.state)
    today = timezone.now().astimezone(organization_zone()).date()
    context = {
        "view": view,
        "purchase": found,
        "tone": TONES[state],
        "is_late": queries.is_late(found, today),
        "document": documents.resolve([found.document_key]).get(found.document_key) if found.document_key else None,
        "ship_to": _address_lines(found.ship_to),
        "version_field": {"version": found.version},
        "may_edit": state == PurchaseState.DRAFT or state in purchases.OPEN,
        "may_receive": state in purchases.OPEN,
        "may_close": state == PurchaseState.PARTLY and not found.is_drop_ship,
        "may_void": state in (PurchaseState.DRAFT, PurchaseState.ORDERED),
    }
    return render(request, "inventory/purchase.html", context)


@requires("inventory.add_purchase")
@require_http_methods(["GET", "HEAD", "POST"])
def new_purchase(request: HttpRequest) -> HttpResponse:
    """Empty form; `?supplier=` chooses him."""
    if request.method != "POST":
        initial = {
            "location": default_location().pk,
            "supplier": parameters.identifier(request, "supplier"),
            "key": f"form:{uuid4()}",
        }
        return _form(request, PurchaseForm(initial=initial), PurchaseLineSet())
    form, lines = PurchaseForm(request.POST), PurchaseLineSet(request.POST)
    if "more" in request.POST:
        return _form(request, form, PurchaseLineSet(parameters.with_more_rows(request, ROWS)))
    if form.is_valid() & lines.is_valid():
        try:
            made = purchases.create_purchase(
                form.terms(),
                lines=lines.wanted,  # type: ignore[attr-defined]
                key=form.cleaned_data["key"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
        except ProductError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(number)s is drafted.") % {"number": made})
            return redirect("inventory:purchase", made.pk)
    return _form(request, form, lines)


@requires("inventory.change_purchase")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft whole; an order that is with the supplier only in what he answered."""
    view = _view(pk)
    if view.purchase.state in purchases.OPEN:
        return _edit_answer(request, view)
    if view.purchase.state != PurchaseState.DRAFT:
        messages.error(request, _("%(number)s cannot be edited any more.") % {"number": view.purchase})
        return redirect("inventory:purchase", pk)
    return _edit_draft(request, view)


def _edit_draft(request: HttpRequest, view: queries.PurchaseView) -> HttpResponse:
    found, data = view.purchase, request.POST if request.method == "POST" else None
    form = PurchaseForm(data, purchase=found, initial=_initial(found))
    if found.is_drop_ship:
        lines: Any = PricesForm(data, lines=view.lines)
    else:
        lines = PurchaseLineSet(data, initial=[_line_initial(line) for line in view.lines])
    if data is not None and "more" in data and not found.is_drop_ship:
        return _form(request, form, PurchaseLineSet(parameters.with_more_rows(request, ROWS)), found)
    if data is not None and form.is_valid() & lines.is_valid():
        wanted = lines.wanted() if found.is_drop_ship else lines.wanted
        try:
            purchases.edit_purchase(
                found.pk,
                terms=form.terms(),
                lines=wanted,
                version=form.cleaned_data["version"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
        except ProductError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(number)s is saved.") % {"number": found})
            return redirect("inventory:purchase", found.pk)
    return _form(request, form, lines, found)


def _edit_answer(request: HttpRequest, view: queries.PurchaseView) -> HttpResponse:
    found = view.purchase
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            purchases.note_answer(
                found.pk,
                expected_on=given["expected_on"],
                supplier_reference=given["supplier_reference"],
                note=given["note"],
                version=given["version"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
        except ProductError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(number)s is saved.") % {"number": found})
            return redirect("inventory:purchase", found.pk)
    return _form(request, form, None, found)


@require_POST
@requires("inventory.receive_purchase")
def act_on_purchase(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Order, undo the ordering, close the rest."""
    return _act(request, pk, act, {"order": purchases.order_purchase, "unorder": purchases.undo_ordering,
                                   "close": purchases.close_rest})  # fmt: skip


@require_POST
@requires("inventory.change_purchase")
def void_purchase(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "void", {"void": purchases.void_purchase})


def _act(request: HttpRequest, pk: int, act: str, acts: dict[str, Callable[..., Purchase]]) -> HttpResponse:
    form = VersionForm(request.POST)
    if act not in acts or not Purchase.objects.filter(pk=pk).exists():
        raise Http404
    version = form.cleaned_data["version"] if form.is_valid() else None
    try:
        done = acts[act](pk, version=version, user=parameters.staff(request), now=timezone.now())
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, str(_DONE[act]) % {"number": done})
    return redirect("inventory:purchase", pk)


@requires("inventory.receive_purchase")
@require_http_methods(["GET", "HEAD", "POST"])
def receive_purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """What arrived, or what the supplier sent to the customer."""
    view = _view(pk)
    found = view.purchase
    if found.state not in purchases.OPEN:
        messages.error(request, _("Nothing of %(number)s is on order.") % {"number": found})
        return redirect("inventory:purchase", pk)
    initial = {"version": found.version, "key": f"form:{uuid4()}"}
    data = request.POST if request.method == "POST" else None
    form = ArrivalForm(data, lines=view.lines, is_dispatch=found.is_drop_ship, initial=initial)
    if data is not None and form.is_valid():
        try:
            receipt = _receive(found, form, {"user": parameters.staff(request), "now": timezone.now()})
        except ProductError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _booked(found, receipt))
            return redirect("inventory:purchase", pk)
    context = {
        "view": view,
        "purchase": found,
        "form": form,
        "document": documents.resolve([found.document_key]).get(found.document_key) if found.document_key else None,
    }
    return render(request, "inventory/purchase_receive.html", context)


def _receive(found: Purchase, form: ArrivalForm, who: dict[str, Any]) -> Receipt:
    given = form.cleaned_data
    who |= {"key": given["key"], "version": given["version"]}
    if not found.is_drop_ship:
        return purchase_receipts.receive_purchase(found.pk, units=form.units(), **who)
    arrived = purchase_receipts.Arrived(
        units=form.units(), carrier=given["carrier"], tracking_number=given["tracking_number"]
    )
    return purchase_receipts.record_dispatch(found.pk, arrived=arrived, **who)


@require_POST
@requires("inventory.receive_purchase")
def undo_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    receipt = Receipt.objects.filter(pk=pk).first()
    if receipt is None:
        raise Http404
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else None
    try:
        purchase_receipts.undo_receipt(pk, version=version, user=parameters.staff(request), now=timezone.now())
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The receipt is undone: what it brought is still to come."))
    return redirect("inventory:purchase", receipt.purchase_id)


def _address_lines(address: Mapping[str, str]) -> list[str]:
    """As it goes on a label."""
    city = " ".join(part for part in (address.get("postcode"), address.get("city")) if part)
    parts = [address.get(name, "") for name in ("company", "contact", "line_1", "line_2")]
    return [part for part in (*parts, city, address.get("state", ""), address.get("country", "")) if part]


def _view(pk: int) -> queries.PurchaseView:
    try:
        return queries.purchase_view(pk)
    except Purchase.DoesNotExist as error:
        raise Http404 from error


def _booked(purchase: Purchase, receipt: Receipt) -> str:
    words = _("Dispatch %(number)s is booked.") if purchase.is_drop_ship else _("Receipt %(number)s is booked.")
    return words % {"number": f"{purchase}/{receipt.number}"}


def _form(request: HttpRequest, form: AnswerForm, lines: Any, found: Purchase | None = None) -> HttpResponse:
    return render(request, "inventory/purchase_form.html", {"form": form, "lines": lines, "purchase": found})


def _initial(found: Purchase) -> dict[str, Any]:
    names = ("currency", "expected_on", "supplier_reference", "note", "version")
    columns = {name: getattr(found, name) for name in names}
    rate = f"{found.rate.normalize():f}" if found.currency else ""
    return columns | {"supplier": found.supplier_id, "location": found.location_id, "rate": rate}


def _line_initial(line: Any) -> dict[str, Any]:
    return {"sku": line.product.sku, "quantity": f"{line.quantity.normalize():f}", "unit_cost": cost_as_typed(line)}
