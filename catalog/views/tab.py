"""The Catalog tab: list, selection, and what is done with it."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.queries.activities import ProgressView, latest_download
from catalog.queries.catalog import CatalogFilters, catalog_products, catalog_row, catalog_rows, filter_choices
from catalog.services import updates
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import SIZES

_DIGITS = 18
STATUSES = ("listed", "not_listed", "hidden", "problem")


@requires_channel("catalog.view_listing")
@require_safe
def catalog(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Products with what they are in this store."""
    return render(request, "catalog/catalog.html", tab_context(request, channel))


def tab_context(request: HttpRequest, channel: Channel) -> dict[str, Any]:
    """What the tab shows; also below a dialog that was opened by its own address."""
    filters = CatalogFilters.from_options(request.GET.dict())
    rows = catalog_rows(channel, catalog_products(channel, filters), sort=request.GET.get("sort", ""))
    page = Paginator(rows, _size(request)).get_page(request.GET.get("page"))
    return {
        **channel_frame(request, channel, "catalog"),
        "page": page,
        "rows": [catalog_row(channel, product) for product in page],
        "filters": filters,
        "is_filtered": bool(filters.as_options()),
        "choices": filter_choices(),
        "progress": latest_download(channel),
        "may_select": request.user.has_perm("catalog.push_stock") or request.user.has_perm("catalog.unlink_listing"),
    }


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("rows", "")
    return int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]


@requires_channel("catalog.view_listing")
@require_safe
def progress(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The running download, for the page to refresh; reloads the page once it has ended."""
    view: ProgressView | None = latest_download(channel)
    response = render(request, "catalog/_progress.html", {"channel": channel, "progress": view})
    if view is None or not view.is_open:
        response["HX-Refresh"] = "true"
    return response


# --- selected products


@requires_channel("catalog.view_listing")
@require_POST
def selection(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Update quantities starts at once; unlinking asks first."""
    ids, filters = chosen(request)
    if not ids and filters is None:
        messages.warning(request, _("Select at least one product."))
        return back(request, channel)
    if request.POST.get("action") == "unlink":
        return _ask_unlink(request, channel, ids, filters)
    return start_update(request, channel, ids, filters)


def chosen(request: HttpRequest) -> tuple[list[int], CatalogFilters | None]:
    """The ticked products, or the filters when all that match are meant."""
    if request.POST.get("all_matching") == "1":
        return [], CatalogFilters.from_options(QueryDict(request.POST.get("filters", "")).dict())
    ids = [text for text in request.POST.getlist("product") if text.isascii() and text.isdecimal()]
    return [int(text) for text in ids if len(text) <= _DIGITS], None


def start_update(
    request: HttpRequest, channel: Channel, ids: Sequence[int], filters: CatalogFilters | None
) -> HttpResponse:
    if not request.user.has_perm("catalog.push_stock"):
        raise PermissionDenied
    try:
        run = updates.start_update(
            channel, product_ids=ids, filters=filters, user=cast("User", request.user), now=timezone.now()
        )
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        return redirect("inventory:run", error.run.pk)
    except ProductError as error:
        messages.error(request, error.message)
        return back(request, channel)
    return redirect("inventory:run", run.pk)


def _ask_unlink(
    request: HttpRequest, channel: Channel, ids: Sequence[int], filters: CatalogFilters | None
) -> HttpResponse:
    if not request.user.has_perm("catalog.unlink_listing"):
        raise PermissionDenied
    products = catalog_products(channel, filters or CatalogFilters())
    if filters is None:
        products = products.filter(pk__in=ids)
    count = products.filter(listing_items__channel=channel).count()
    context = {
        **channel_frame(request, channel, "catalog"),
        "ids": ids,
        "all_matching": filters is not None,
        "query": request.POST.get("filters", ""),
        "count": count,
        "back_url": back_url(request, channel),
    }
    return render(request, "catalog/unlink.html", context)


@requires_channel("catalog.unlink_listing")
@require_POST
def unlink(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Confirmed: few at once, many as an activity."""
    ids, filters = chosen(request)
    user, now = cast("User", request.user), timezone.now()
    if ids:
        gone = updates.unlink_products(channel, product_ids=ids, user=user, now=now)
        messages.success(request, _("Unlinked: %(count)s. Nothing changed in the store.") % {"count": len(gone)})
        return back(request, channel)
    try:
        run = updates.start_unlink(channel, filters=filters, user=user, now=now)
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        run = error.run
    except ProductError as error:
        messages.error(request, error.message)
        return back(request, channel)
    return redirect("inventory:run", run.pk)


def back_url(request: HttpRequest, channel: Channel) -> str:
    """The list with the filters that the form carries."""
    query = QueryDict(request.POST.get("filters", ""))
    address = reverse("catalog:catalog", args=[channel.pk])
    return f"{address}?{query.urlencode()}" if query else address


def back(request: HttpRequest, channel: Channel) -> HttpResponse:
    return redirect(back_url(request, channel))
