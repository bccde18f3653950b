"""Families: list, page, form (SPEC INV-2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from inventory.forms.parts import others_values
from inventory.forms.products import FamilyForm
from inventory.models import Family
from inventory.queries import lists
from inventory.services.products import ProductRefused, save_family
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of


@requires("inventory.view_family")
@require_safe
def families(request: HttpRequest) -> HttpResponse:
    query = parameters.text(request)
    context = {"page": page_of(request, lists.family_rows(query)), "q": query}
    return render(request, "inventory/families.html", context)


@requires("inventory.view_family", "inventory.view_product")
@require_safe
def family(request: HttpRequest, pk: int) -> HttpResponse:
    """A family with its variations and their stock."""
    found = get_object_or_404(Family, pk=pk)
    page = page_of(request, lists.product_rows({"family": pk}, order="sku_key"))
    context = {"family": found, "page": page, "sums": lists.stock_sums([product.pk for product in page])}
    return render(request, "inventory/family.html", context)


@requires("inventory.add_family")
@require_http_methods(["GET", "HEAD", "POST"])
def new_family(request: HttpRequest) -> HttpResponse:
    return _answer(request, FamilyForm(request.POST or None), None)


@requires("inventory.change_family")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_family(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Family, pk=pk)
    return _answer(request, FamilyForm(request.POST or None, instance=found), found)


def _answer(request: HttpRequest, form: FamilyForm, current: Family | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, current)
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("inventory:family", saved.pk)
    version = current.version if current else ""
    return render(request, "inventory/family_form.html", {"form": form, "family": current, "version": version})


def _save(request: HttpRequest, form: FamilyForm, current: Family | None) -> Family | None:
    try:
        return save_family(
            current,
            columns=form.columns(),
            version=form.cleaned_data["version"] if current else None,
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except ProductRefused as error:
        form.add_error(error.field or None, error.message)
    except EditedMeanwhile as error:
        form.add_error(None, error.message)
        if current is not None:
            current.refresh_from_db()
            for words in others_values(form, {name: getattr(current, name) for name in form.columns()}):
                form.add_error(None, words)
    return None
