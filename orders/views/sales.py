"""Sales: list, sale page, and the doors of its stages."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_POST

from channels.queries import channels_for
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of
from orders.enums import SaleStatus, Stage
from orders.forms.sales import LineForm, PaymentForm, ShipmentForm, UndoForm, VersionForm, VoidForm
from orders.models import Sale
from orders.queries import sales as sale_queries
from orders.services import drop_shipping, payments, stages
from orders.views.sale_page import sale_page

_STAGE_WORDS = {
    Stage.ORDER: lazy("order"),
    Stage.PICK: lazy("pick"),
    Stage.PACK: lazy("pack"),
    Stage.SHIP: lazy("shipment"),
    Stage.INVOICE: lazy("invoice"),
}


@require_GET
@requires("orders.view_sale")
def sales(request: HttpRequest) -> HttpResponse:
    """List of sales with filters in the address."""
    channels = list(channels_for(request.user))
    rows = sale_queries.sales_list(
        text=request.GET.get("q", ""),
        status=request.GET.get("status", ""),
        source_key=request.GET.get("source", ""),
        since=_day(request.GET.get("since", "")),
        sources=[channel.scope_key for channel in channels],
    )
    context = {
        "page": page_of(request, rows),
        "channels": channels,
        "statuses": SaleStatus.choices,
        "filtered": any(request.GET.get(name) for name in ("q", "status", "source", "since")),
    }
    return render(request, "orders/sales.html", context)


@require_GET
@requires("orders.view_sale")
def sale(request: HttpRequest, sale_id: int) -> HttpResponse:
    """One sale with its stages, invoice, payments, proof and history."""
    _visible_sale(request, sale_id)
    view = sale_queries.sale_view(sale_id)
    return render(request, "orders/sale.html", sale_page(view, user=request.user, payment_form=_payment_form(view)))


@require_POST
@requires("orders.authorize_stage")
def authorize(request: HttpRequest, sale_id: int, stage: str) -> HttpResponse:
    known = _stage(stage)
    return _change(
        request,
        sale_id,
        VersionForm(request.POST),
        lambda seen: stages.authorize_stage(sale_id, stage=known, **seen),
        _("The %(stage)s is authorized.") % {"stage": _STAGE_WORDS[known]},
    )


@require_POST
@requires("orders.undo_stage")
def undo(request: HttpRequest, sale_id: int, stage: str) -> HttpResponse:
    known = _stage(stage)
    form = UndoForm(request.POST)
    return _change(
        request,
        sale_id,
        form,
        lambda seen: stages.undo_stage(
            sale_id, stage=known, cancel_purchases=form.cleaned_data["cancel_purchases"], **seen
        ),
        _("The %(stage)s is a draft again.") % {"stage": _STAGE_WORDS[known]},
    )


@require_POST
@requires("orders.authorize_stage")
def fill_pick(request: HttpRequest, sale_id: int) -> HttpResponse:
    return _change(
        request,
        sale_id,
        VersionForm(request.POST),
        lambda seen: stages.fill_pick(sale_id, **seen),
        _("The pick holds what is on hand."),
    )


@require_POST
@requires("orders.authorize_stage")
def shipment(request: HttpRequest, sale_id: int) -> HttpResponse:
    form = ShipmentForm(request.POST)
    return _change(
        request,
        sale_id,
        form,
        lambda seen: stages.set_shipment(
            sale_id,
            carrier=form.cleaned_data["carrier"],
            tracking_number=form.cleaned_data["tracking_number"],
            **seen,
        ),
        _("Carrier and tracking number are saved."),
    )


@require_POST
@requires("orders.authorize_stage")
def line_supplier(request: HttpRequest, sale_id: int, line_id: int) -> HttpResponse:
    """Choose who sends a line of a draft order."""
    form = LineForm(request.POST)
    return _change(
        request,
        sale_id,
        form,
        lambda seen: drop_shipping.set_drop_ship(
            sale_id, line_id=line_id, is_on=form.cleaned_data["by_supplier"], **seen
        ),
        _("Who sends the line is saved."),
    )


@require_POST
@requires("orders.authorize_stage")
def draft_purchases(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Draft the purchase orders that drop-shipped lines still lack."""
    return _change(
        request,
        sale_id,
        VersionForm(request.POST),
        lambda seen: drop_shipping.draft_missing(sale_id, **seen),
        _("The purchase order is drafted."),
    )


@require_POST
@requires("orders.void_sale")
def void(request: HttpRequest, sale_id: int) -> HttpResponse:
    form = VoidForm(request.POST)
    return _change(
        request,
        sale_id,
        form,
        lambda seen: stages.void_sale(
            sale_id,
            return_goods=form.cleaned_data["return_goods"],
            reason=form.cleaned_data["reason"],
            cancel_purchases=form.cleaned_data["cancel_purchases"],
            **seen,
        ),
        _("The sale is void: stock, allocations and money are reversed."),
    )


@require_POST
@requires("orders.add_payment")
def add_payment(request: HttpRequest, sale_id: int) -> HttpResponse:
    form = PaymentForm(request.POST)

    def book(seen: dict[str, Any]) -> Sale:
        given = form.cleaned_data
        paid_at = timezone.make_aware(datetime.combine(given["paid_on"], time(12)))
        return payments.book_payment(
            sale_id,
            account=given["account"],
            amount=given["amount"],
            paid_at=paid_at,
            reference=given["reference"],
            **seen,
        )

    return _change(request, sale_id, form, book, _("The payment is booked."))


@require_POST
@requires("orders.change_payment")
def void_payment(request: HttpRequest, sale_id: int, payment_id: int) -> HttpResponse:
    return _change(
        request,
        sale_id,
        VersionForm(request.POST),
        lambda seen: payments.take_back_payment(sale_id, payment_id=payment_id, **seen),
        _("The payment is taken back."),
    )


def _change(
    request: HttpRequest, sale_id: int, form: VersionForm, act: Callable[[dict[str, Any]], object], done: str
) -> HttpResponse:
    """Check, act, say what happened, and show the sale again."""
    _visible_sale(request, sale_id)
    if not form.is_valid():
        for name, errors in form.errors.items():
            field = form.fields.get(name)
            label = field.label if field and field.label else name
            messages.error(request, f"{label}: {' '.join(str(error) for error in errors)}")
        return redirect("orders:sale", sale_id)
    try:
        act({"version": form.cleaned_data["version"], "user": request.user, "now": timezone.now()})
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("orders:sale", sale_id)


def _day(text: str) -> date | None:
    """A day of the address; nothing for what is no day."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _visible_sale(request: HttpRequest, sale_id: int) -> None:
    """404 for a sale that is not there, 403 for one of a channel the user may not see."""
    source = Sale.objects.filter(pk=sale_id).values_list("source_key", flat=True).first()
    if source is None:
        raise Http404
    if source and source not in {channel.scope_key for channel in channels_for(request.user)}:
        raise PermissionDenied


def _stage(name: str) -> Stage:
    try:
        return Stage(name)
    except ValueError as error:
        raise Http404 from error


def _payment_form(view: sale_queries.SaleView) -> PaymentForm:
    return PaymentForm(
        initial={
            "version": view.sale.version,
            "amount": view.open_amount,
            "paid_on": timezone.localdate(),
            "reference": view.sale.customer_reference,
        }
    )
