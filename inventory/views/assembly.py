"""Assemblies: list, page, building by hand with a preview, taking apart (SPEC INV-7)."""

from collections.abc import Callable
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory import documents, queries
from inventory.enums import AssemblyState
from inventory.forms.assembly import BuildForm
from inventory.models import Assembly, Location, Product
from inventory.queries import assemblies as rows_of
from inventory.queries import lists
from inventory.services import assembly as services
from inventory.services.assembly import AssemblyRefused, BuildOrder
from inventory.services.stale import EditedMeanwhile
from inventory.services.stock import StockShort
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of

ACTS: dict[str, Callable[..., Assembly]] = {
    "build": services.complete_assembly,
    "undo": services.undo_assembly,
    "void": services.void_assembly,
}


@requires("inventory.view_assembly")
@require_safe
def assemblies(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    filters = {
        "q": parameters.text(request),
        "state": parameters.choice(request, "state", AssemblyState.values),
        "location": parameters.identifier(request, "location"),
        "product": parameters.identifier(request, "product"),
    }
    page = page_of(request, rows_of.assembly_rows(filters))
    context = {
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "product": Product.objects.filter(pk=filters["product"]).first() if filters["product"] else None,
        "documents": documents.resolve(row.document_key for row in page if row.document_key),
        "locations": Location.objects.all(),
        "states": AssemblyState.choices,
    }
    return render(request, "inventory/assemblies.html", context)


@requires("inventory.view_assembly")
@require_safe
def assembly(request: HttpRequest, pk: int) -> HttpResponse:
    """One assembly: its components, before and after, and what may be done with it."""
    found = get_object_or_404(Assembly.objects.select_related("product", "location"), pk=pk)
    needs = rows_of.needs_of(found)
    context = {
        "assembly": found,
        "needs": needs,
        "missing": any(need.missing for need in needs) and found.state == AssemblyState.DRAFT,
        "document": documents.resolve([found.document_key]).get(found.document_key) if found.document_key else None,
        "movements": lists.movement_rows({"document": found.own_key})[:100],
        "currency": queries.organization().base_currency,
        "version_field": {"version": found.version},
    }
    return render(request, "inventory/assembly.html", context)


@requires("inventory.change_assembly")
@require_POST
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Build a draft, undo a build, or void a draft; the version of the page makes a second press harmless."""
    found = get_object_or_404(Assembly, pk=pk)
    try:
        done = ACTS[what](
            found,
            version=parameters.version(request),
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except (AssemblyRefused, StockShort) as error:
        messages.error(request, error.message)
    except EditedMeanwhile:
        messages.warning(request, _("Somebody was faster. This is how it is now."))
    else:
        state = done.get_state_display()
        messages.success(request, _("%(number)s: %(state)s.") % {"number": done.number, "state": state})
    return redirect("inventory:assembly", pk)


@requires("inventory.add_assembly")
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: HttpRequest) -> HttpResponse:
    """Product, place and number → preview of every component → built whole, or left a draft."""
    if request.method != "POST":
        return render(request, "inventory/build.html", {"form": BuildForm(initial=_prefilled(request))})
    form = BuildForm(request.POST)
    if not form.is_valid() or "edit" in request.POST:
        return render(request, "inventory/build.html", {"form": form})
    try:
        if {"build", "draft"} & request.POST.keys():
            return _made(request, form)
    except (AssemblyRefused, StockShort) as error:
        messages.error(request, error.message)
    return _preview(request, form)


def _made(request: HttpRequest, form: BuildForm) -> HttpResponse:
    data = form.cleaned_data
    order = BuildOrder(
        product_id=form.product.pk,
        location_id=data["location"].pk,
        quantity=data["quantity"],
        owner_key=f"hand:{data['key'] or uuid4()}",
        note=data["note"],
    )
    make = services.build_assembly if "build" in request.POST else services.draft_assembly
    made = make(order, user=parameters.staff(request), now=timezone.now())
    state = made.get_state_display()
    messages.success(request, _("%(number)s: %(state)s.") % {"number": made.number, "state": state})
    return redirect("inventory:assembly", made.pk)


def _preview(request: HttpRequest, form: BuildForm) -> HttpResponse:
    data, product = form.cleaned_data, form.product
    quantities = {row.component: row.quantity * data["quantity"] for row in rows_of.bill_of(product.pk)}
    needs = rows_of.needs(quantities, location_id=data["location"].pk)
    (own,) = rows_of.needs({product: data["quantity"]}, location_id=data["location"].pk)
    context = {
        "form": form,
        "needs": needs,
        "missing": any(need.missing for need in needs),
        "own": own,
        "after": own.on_hand + own.quantity,
        "key": data["key"] or str(uuid4()),
    }
    return render(request, "inventory/build_preview.html", context)


def _prefilled(request: HttpRequest) -> dict[str, object]:
    """`?product=7&location=2`; else the default location."""
    number = parameters.identifier(request, "product")
    product = Product.objects.filter(pk=number).first() if number else None
    place = parameters.identifier(request, "location") or queries.default_location().pk
    return {"sku": product.sku if product else "", "location": place, "quantity": 1}
