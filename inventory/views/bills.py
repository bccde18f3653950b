"""What a product is built from (SPEC INV-7)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from inventory.forms.assembly import SPARE_ROWS, BillForm, ComponentSet, rows_of
from inventory.models import Product
from inventory.queries.assemblies import bill_of
from inventory.services.bills import BillRefused, set_components
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires


@requires("inventory.change_product")
@require_http_methods(["GET", "HEAD", "POST"])
def components(request: HttpRequest, pk: int) -> HttpResponse:
    """Editor of a bill of materials; refused with words where it would have two levels."""
    product = get_object_or_404(Product, pk=pk)
    if request.method != "POST":
        form = BillForm(initial={"version": product.version, "auto_assembly": product.auto_assembly})
        return _page(request, product, form, ComponentSet(initial=rows_of(bill_of(pk))))
    if "more" in request.POST:
        data = parameters.with_more_rows(request, SPARE_ROWS)
        return _page(request, product, BillForm(data), ComponentSet(data))
    form, rows = BillForm(request.POST), ComponentSet(request.POST)
    if form.is_valid() & rows.is_valid() and _saved(request, product, form, rows):
        return redirect("inventory:product", pk)
    return _page(request, product, form, rows)


def _saved(request: HttpRequest, product: Product, form: BillForm, rows: ComponentSet) -> bool:  # type: ignore[valid-type]
    try:
        set_components(
            product.pk,
            rows.components,  # type: ignore[attr-defined]
            form.cleaned_data["auto_assembly"],
            version=form.cleaned_data["version"],
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except (BillRefused, EditedMeanwhile) as error:
        form.add_error(None, error.message)
        if isinstance(error, EditedMeanwhile):
            product.refresh_from_db()
            now = ", ".join(f"{row.quantity.normalize():f} × {row.component.sku}" for row in bill_of(product.pk))
            form.add_error(None, _("Saved now: %(components)s.") % {"components": now or _("no components")})
        return False
    messages.success(request, _("The components of %(sku)s are saved.") % {"sku": product.sku})
    return True


def _page(request: HttpRequest, product: Product, form: BillForm, rows: ComponentSet) -> HttpResponse:  # type: ignore[valid-type]
    context = {"product": product, "form": form, "rows": rows, "version": product.version}
    return render(request, "inventory/components.html", context)
