"""Products: list, page, form (SPEC INV-1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from inventory import documents, queries
from inventory.enums import ProductType, RecordStatus
from inventory.forms.parts import others_values
from inventory.forms.products import ProductForm
from inventory.models import Brand, Category, Family, Product, Tag
from inventory.queries import assemblies, lists, reorder
from inventory.queries.assembly import Availability, availabilities
from inventory.registry import registry
from inventory.services import books
from inventory.services.products import ProductDetails, ProductRefused, save_product
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of

ORDERS = {"sku": "sku_key", "name": "name_key", "added": "pk"}
_RELATED = (
    "family", "category", "brand", "unit", "sale_tax_rule", "revenue_account", "supplier", "default_location",
)  # fmt: skip
_CHOICES = 500
_RECENT = 10
_HOLDERS = 50


@requires("inventory.view_product")
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """100 000 products answer as fast as ten: one page, its sums and pictures, capped counts."""
    filters = {
        "q": parameters.text(request),
        "type": parameters.choice(request, "type", ProductType.values),
        "status": parameters.choice(request, "status", RecordStatus.values),
        **{name: parameters.identifier(request, name) for name in ("category", "brand", "tag", "family")},
    }
    rows = lists.product_rows(filters, order=parameters.order(request, ORDERS, default="sku"))
    page = page_of(request, rows)
    ids = [product.pk for product in page]
    context = {
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "sums": lists.stock_sums(ids),
        "images": lists.first_images(ids),
        "categories": Category.objects.all()[:_CHOICES],
        "brands": Brand.objects.all()[:_CHOICES],
        "tags": Tag.objects.all()[:_CHOICES],
        "family": Family.objects.filter(pk=filters["family"]).first() if filters["family"] else None,
        "types": ProductType.choices,
        "statuses": RecordStatus.choices,
    }
    return render(request, "inventory/products.html", context)


@requires("inventory.view_product")
@require_safe
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one product: stock per location, who holds it, what moved, prices, and other floors' panels."""
    related = (
        "family",
        "category",
        "brand",
        "unit",
        "sale_tax_rule",
        "revenue_account",
        "supplier",
        "default_location",
    )
    found = get_object_or_404(Product.objects.select_related(*related), pk=pk)
    levels = queries.levels([pk])
    allocations = found.allocations.filter(quantity__gt=0).select_related("location").order_by("-pk")[:_HOLDERS]
    movements = lists.movement_rows({"product": pk})[:_RECENT]
    keys = {each.document_key for each in allocations} | {each.posting.document_key for each in movements}
    context = {
        **(_parts(found) if found.is_stocked else {}),
        "product": found,
        "levels": levels,
        "sums": lists.stock_sums([pk]).get(pk, lists.StockSums()),
        "allocations": allocations,
        "movements": movements,
        "documents": documents.resolve(keys),
        "prices": found.prices.select_related("tier"),
        "images": found.images.all(),
        "custom_fields": found.custom_fields.all(),
        "tags": found.tags.all(),
        "panels": [panel for provider in registry.product_panels for panel in provider(request.user, pk)],
    }
    return render(request, "inventory/product.html", context)


def _parts(product: Product) -> dict[str, object]:
    """What it is built from and part of, what that allows, what it costs, and when it is low."""
    bill = assemblies.bill_of(product.pk)
    available = availabilities([product.pk, *(row.component_id for row in bill)])
    cost = queries.average_costs([product.pk]).get(product.pk)
    return {
        "bill": bill,
        "used_in": assemblies.used_in(product.pk),
        "availability": available,
        "own": available.get(product.pk, Availability(product_id=product.pk)),
        "buildable": assemblies.buildable_by_location(bill) if bill else [],
        "average_cost": cost,
        "currency": queries.organization().base_currency if cost is not None else "",
        "reorder_levels": reorder.levels_of(product.pk),
    }


@requires("inventory.add_product")
@require_http_methods(["GET", "HEAD", "POST"])
def new_product(request: HttpRequest) -> HttpResponse:
    """Empty form; `?family=` starts a variation of that family."""
    family = parameters.identifier(request, "family")
    form = ProductForm(request.POST or None, initial={"family": family} if family else None)
    return _answer(request, form, None)


@requires("inventory.change_product")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_product(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product, pk=pk)
    return _answer(request, ProductForm(request.POST or None, instance=found), found)


def _answer(request: HttpRequest, form: ProductForm, current: Product | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, current)
        if saved is not None:
            messages.success(request, _("%(sku)s is saved.") % {"sku": saved.sku})
            return redirect("inventory:product", saved.pk)
    version = current.version if current else ""
    return render(request, "inventory/product_form.html", {"form": form, "product": current, "version": version})


def _save(request: HttpRequest, form: ProductForm, current: Product | None) -> Product | None:
    """None where it was refused; the form then says why and keeps what was typed."""
    tags = books.ensure_named(form.cleaned_data["tag_names"], model=Tag)
    details = ProductDetails(
        prices=form.prices(),
        custom_fields=form.custom_values(),
        images=None if current else form.cleaned_data["image_lines"],
        tags=list(tags.values()),
    )
    try:
        return save_product(
            current,
            columns=form.columns(),
            details=details,
            version=form.cleaned_data["version"] if current else None,
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except ProductRefused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
    except EditedMeanwhile as error:
        form.add_error(None, error.message)
        if current is not None:
            current.refresh_from_db()
            for words in others_values(form, {name: getattr(current, name) for name in form.columns()}):
                form.add_error(None, words)
    return None
