"""Customers: list, page, form (SPEC INV-11)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from inventory.enums import RecordStatus
from inventory.forms.customers import AddressSet, ContactSet, CustomerForm
from inventory.forms.parts import others_values
from inventory.models import Customer
from inventory.queries import lists
from inventory.queries.duplicates import duplicates_of
from inventory.registry import registry
from inventory.services.customers import save_customer
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of

ORDERS = {"name": "name", "added": "pk"}
_RELATED = ("merged_into", "price_tier", "terms", "tax_rule", "revenue_account", "sales_representative")


@requires("inventory.view_customer")
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    filters = {"q": parameters.text(request), "status": parameters.choice(request, "status", RecordStatus.values)}
    rows = lists.customer_rows(filters, order=parameters.order(request, ORDERS, default="name"))
    context = {
        "page": page_of(request, rows),
        "filters": filters,
        "filtered": any(filters.values()),
        "statuses": RecordStatus.choices,
    }
    return render(request, "inventory/customers.html", context)


@requires("inventory.view_customer")
@require_safe
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.select_related(*_RELATED), pk=pk)
    context = {
        "customer": found,
        "contacts": found.contacts.all(),
        "addresses": found.addresses.all(),
        "twins": duplicates_of(found) if found.status == RecordStatus.ACTIVE else [],
        "panels": [panel for provider in registry.customer_panels for panel in provider(request.user, pk)],
    }
    return render(request, "inventory/customer.html", context)


@requires("inventory.add_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def new_customer(request: HttpRequest) -> HttpResponse:
    return _answer(request, None)


@requires("inventory.change_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_customer(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, get_object_or_404(Customer, pk=pk))


def _answer(request: HttpRequest, current: Customer | None) -> HttpResponse:
    data = request.POST or None
    form = CustomerForm(data, instance=current)
    contacts = ContactSet(data, prefix="contacts", initial=_contacts(current))
    addresses = AddressSet(data, prefix="addresses", initial=_addresses(current))
    if request.method == "POST" and form.is_valid() & contacts.is_valid() & addresses.is_valid():
        saved = _save(request, current, form, (contacts, addresses))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("inventory:customer", saved.pk)
    context = {
        "form": form,
        "contacts": contacts,
        "addresses": addresses,
        "customer": current,
        "version": current.version if current else "",
    }
    return render(request, "inventory/customer_form.html", context)


def _save(request: HttpRequest, current: Customer | None, form: CustomerForm, sets: tuple[Any, Any]) -> Customer | None:
    contacts, addresses = sets
    try:
        return save_customer(
            current,
            columns=form.columns(),
            contacts=[each.draft() for each in contacts if each.cleaned_data.get("name")],
            addresses=[each.draft() for each in addresses if each.has_changed() or each.initial],
            version=form.cleaned_data["version"] if current else None,
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except EditedMeanwhile as error:
        form.add_error(None, error.message)
        if current is not None:
            current.refresh_from_db()
            for words in others_values(form, {name: getattr(current, name) for name in form.columns()}):
                form.add_error(None, words)
    return None


def _contacts(customer: Customer | None) -> list[dict[str, Any]]:
    names = ("name", "email", "phone", "is_default")
    return [dict(row) for row in customer.contacts.values(*names)] if customer else []


def _addresses(customer: Customer | None) -> list[dict[str, Any]]:
    names = ("type", "line_1", "line_2", "city", "state", "postcode", "country", "is_default")
    return [dict(row) for row in customer.addresses.values(*names)] if customer else []
