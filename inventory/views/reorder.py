"""Low stock, and the levels at which it is low (SPEC INV-18)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.enums import RecordStatus
from inventory.forms.reorder import ReorderForm
from inventory.models import Category, Location, Product, Supplier
from inventory.queries import reorder as queries
from inventory.services.purchase_drafts import draft_from_reorder
from inventory.services.purchases import PurchaseRefused
from inventory.services.reorder import ReorderRefused, set_reorder_levels
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of

ORDERS = {
    "sku": "product__sku_key",
    "available": "available",
    "suggested": "suggested",
    "supplier": "product__supplier__name",
}
STATES = ("to_order",)
_CHOICES = 500
_ID_DIGITS = 19
MOST_ORDERED = 1000


@requires("inventory.view_reorderlevel")
@require_safe
def low_stock(request: HttpRequest) -> HttpResponse:
    """Available at or below the reorder level."""
    filters = _filters(request)
    rows = queries.low_rows(filters, order=parameters.order(request, ORDERS, default="sku"))
    page = page_of(request, rows)
    context = {
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "key": str(uuid4()),
        "locations": Location.objects.filter(status=RecordStatus.ACTIVE),
        "suppliers": Supplier.objects.filter(status=RecordStatus.ACTIVE)[:_CHOICES],
        "categories": Category.objects.all()[:_CHOICES],
    }
    return render(request, "inventory/low_stock.html", context)


@requires("inventory.view_reorderlevel", "inventory.add_purchase")
@require_POST
def order_low_stock(request: HttpRequest) -> HttpResponse:
    """Drafts of purchase orders for the ticked rows, or for all that match: one a supplier and location."""
    places = _places(request)
    back = f"{reverse('inventory:low_stock')}?{request.GET.urlencode()}"
    if not places:
        messages.warning(request, _("Tick what is to be ordered first."))
        return redirect(back)
    try:
        drafted = draft_from_reorder(
            places[:MOST_ORDERED],
            key=parameters.key(request),
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except PurchaseRefused as error:
        messages.error(request, error.message)
        return redirect(back)
    if drafted.without_supplier:
        skus = ", ".join(drafted.without_supplier[:5])
        messages.warning(request, _("No supplier is set for: %(skus)s. They were left out.") % {"skus": skus})
    if len(places) > MOST_ORDERED:
        messages.warning(request, _("The first %(most)s were taken: more are low.") % {"most": MOST_ORDERED})
    numbers = ", ".join(purchase.number for purchase in drafted.purchases[:5])
    messages.success(request, _("Drafted: %(numbers)s.") % {"numbers": numbers})
    if len(drafted.purchases) == 1:
        return redirect("inventory:purchase", drafted.purchases[0].pk)
    return redirect("inventory:purchases")


@requires("inventory.change_product")
@require_http_methods(["GET", "HEAD", "POST"])
def reorder_levels(request: HttpRequest, pk: int) -> HttpResponse:
    """Levels of one product, a row a location."""
    product = get_object_or_404(Product, pk=pk)
    places = queries.places_of(pk)
    locations = [location for location, _level, _available in places]
    initial: dict[str, object] = {"fingerprint": queries.fingerprint(pk)}
    for location, level, _available in places:
        if level is not None:
            initial[f"level_{location.pk}"] = f"{level.level.normalize():f}"
            initial[f"upto_{location.pk}"] = f"{level.quantity.normalize():f}" if level.quantity is not None else ""
    form = ReorderForm(request.POST or None, product=product, locations=locations, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        return redirect("inventory:product", pk)
    rows = [(location, available, *form.cells(location)) for location, _level, available in places]
    context = {"product": product, "form": form, "rows": rows, "fingerprint": initial["fingerprint"]}
    return render(request, "inventory/reorder_levels.html", context)


def _saved(request: HttpRequest, form: ReorderForm) -> bool:
    try:
        set_reorder_levels(
            form.choices(),
            fingerprint=form.cleaned_data["fingerprint"],
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except ReorderRefused as error:
        form.add_error(f"level_{error.place[1]}", error.message)
        return False
    except EditedMeanwhile as error:
        form.add_error(None, error.message)
        form.add_error(None, _("Saved now: %(levels)s.") % {"levels": _in_words(form.product) or _("no level")})
        return False
    messages.success(request, _("The reorder levels of %(sku)s are saved.") % {"sku": form.product.sku})
    return True


def _in_words(product: Product) -> str:
    return ", ".join(f"{row.location.name} {row.level.normalize():f}" for row in queries.levels_of(product.pk))


def _filters(request: HttpRequest) -> dict[str, object]:
    return {
        "q": parameters.text(request),
        "state": parameters.choice(request, "state", STATES),
        **{name: parameters.identifier(request, name) for name in ("location", "supplier", "category")},
    }


def _places(request: HttpRequest) -> list[tuple[int, int]]:
    """Product and location of the chosen rows; one more than are taken at once shows that there are more."""
    rows = queries.low_rows(_filters(request))
    if request.POST.get("all_matching") != "1":
        ticked = [int(value) for value in request.POST.getlist("row") if value.isdecimal() and len(value) < _ID_DIGITS]
        rows = rows.filter(pk__in=ticked[: MOST_ORDERED + 1])
    return list(rows.values_list("product_id", "location_id")[: MOST_ORDERED + 1])
