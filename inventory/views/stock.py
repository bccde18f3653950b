"""Stock: levels, movements, oversold, adjustment (SPEC INV-3 to INV-6)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from inventory import documents
from inventory.enums import Bucket, PostingKind, RecordStatus
from inventory.forms.stock import ROWS, AdjustmentForm, AdjustmentLineSet
from inventory.models import Location, Product
from inventory.queries import lists
from inventory.services import adjustments
from inventory.services.stock import StockShort
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

ORDERS = {
    "sku": "product__sku_key",
    "on_hand": "on_hand",
    "allocated": "allocated",
    "on_order": "on_order",
    "available": "free",
}
STATES = ("oversold", "none", "there", "allocated", "ordered")
_HOLDERS = 5
_KEY = "adjustment:"


@requires("inventory.view_stocklevel")
@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """Levels per product and location."""
    filters = {
        "q": parameters.text(request),
        "location": parameters.identifier(request, "location"),
        "state": parameters.choice(request, "state", STATES),
    }
    rows = lists.level_rows(filters, order=parameters.order(request, ORDERS, default="sku"))
    context = {
        "page": page_of(request, rows),
        "filters": filters,
        "filtered": any(filters.values()),
        "locations": Location.objects.all(),
        "oversold": lists.oversold_count(),
    }
    return render(request, "inventory/stock.html", context)


@requires("inventory.view_movement")
@require_safe
def movements(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first."""
    filters = {
        "q": parameters.text(request),
        "document": parameters.text(request, "document"),
        "product": parameters.identifier(request, "product"),
        "location": parameters.identifier(request, "location"),
        "bucket": parameters.choice(request, "bucket", Bucket.values),
        "kind": parameters.choice(request, "kind", PostingKind.values),
    }
    page = page_of(request, lists.movement_rows(filters))
    context = {
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "documents": documents.resolve(row.posting.document_key for row in page),
        "product": Product.objects.filter(pk=filters["product"]).first() if filters["product"] else None,
        "locations": Location.objects.all(),
        "buckets": Bucket.choices,
        "kinds": PostingKind.choices,
    }
    return render(request, "inventory/movements.html", context)


@requires("inventory.view_stocklevel")
@require_safe
def oversold(request: HttpRequest) -> HttpResponse:
    """Where more is allocated than there is, and for whom (SPEC INV-5)."""
    query = parameters.text(request)
    page = page_of(request, lists.oversold_rows(query))
    holders = lists.holders(list(page), most=_HOLDERS)
    links = documents.resolve(each.document_key for rows in holders.values() for each in rows)
    rows = [(level, holders.get((level.product_id, level.location_id), [])) for level in page]
    context = {"page": page, "rows": rows, "documents": links, "q": query}
    return render(request, "inventory/oversold.html", context)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: HttpRequest) -> HttpResponse:
    """Numbers typed → preview old → new → applied exactly as previewed, once."""
    locations = list(Location.objects.filter(status=RecordStatus.ACTIVE))
    choices = {"locations": locations}
    if request.method != "POST":
        lines = AdjustmentLineSet(initial=_prefilled(request, locations), form_kwargs=choices)
        return render(request, "inventory/adjust.html", {"form": AdjustmentForm(), "lines": lines})
    form, lines = AdjustmentForm(request.POST), AdjustmentLineSet(request.POST, form_kwargs=choices)
    if "more" in request.POST:
        more = AdjustmentLineSet(parameters.with_more_rows(request, ROWS), form_kwargs=choices)
        return render(request, "inventory/adjust.html", {"form": form, "lines": more})
    if not (form.is_valid() & lines.is_valid()) or "edit" in request.POST:
        return render(request, "inventory/adjust.html", {"form": form, "lines": lines})
    return _preview_or_apply(request, form, lines)


def _preview_or_apply(request: HttpRequest, form: AdjustmentForm, lines: AdjustmentLineSet) -> HttpResponse:  # type: ignore[valid-type]
    wanted = lines.lines  # type: ignore[attr-defined]
    mode = form.chosen_mode()
    key = parameters.key(request)
    # Keys of other documents are not to be taken: whatever comes later under a taken key moves nothing.
    key = key if key.startswith(_KEY) else f"{_KEY}{uuid4()}"
    context = {"form": form, "lines": lines, "key": key}
    try:
        if "apply" in request.POST:
            posting = adjustments.apply_adjustment(
                wanted,
                mode=mode,
                fingerprint=request.POST.get("fingerprint", ""),
                reason=form.cleaned_data["reason"],
                key=key,
                user=parameters.staff(request),
                now=timezone.now(),
            )
            number = posting.document_key.partition(":")[2]
            messages.success(request, _("Adjustment %(number)s is applied.") % {"number": number})
            return redirect("inventory:stock")
        context["plan"] = adjustments.plan_adjustment(wanted, mode=mode)
    except adjustments.StockMovedMeanwhile as error:
        messages.warning(request, error.message)
        context["plan"] = adjustments.plan_adjustment(wanted, mode=mode)
    except (adjustments.AdjustmentRefused, StockShort) as error:
        return _refused(request, context, error)
    return render(request, "inventory/adjust_preview.html", context)


def _refused(request: HttpRequest, context: dict[str, object], error: ProductError) -> HttpResponse:
    messages.error(request, error.message)
    return render(request, "inventory/adjust.html", context)


def _prefilled(request: HttpRequest, locations: list[Location]) -> list[dict[str, object]]:
    """`?product=7&location=2` fills the first row; the others start at the default location."""
    default = next((place.pk for place in locations if place.is_default), None)
    place = parameters.identifier(request, "location") or default
    number = parameters.identifier(request, "product")
    product = Product.objects.filter(pk=number).first() if number else None
    return [{"sku": product.sku, "location": place}] if product else []
