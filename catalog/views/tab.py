"""The Catalog tab: the list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.queries.activities import ProgressView, latest_download
from catalog.queries.buffers import affected_by_buffer
from catalog.queries.catalog import (
    SORTS,
    CatalogFilters,
    FilterChoices,
    catalog_pages,
    filter_choices,
    rows_of,
)
from catalog.queries.drift import drift_counts
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame, channels_for
from inventory_sync.lib.paging import page_size

SELECTS = (
    "catalog.push_stock",
    "catalog.unlink_listing",
    "catalog.list_product",
    "catalog.remove_listing",
    "catalog.change_listingitem",
)
"""Whoever has one of these can do something with selected products."""


@requires_channel("catalog.view_listing")
@require_safe
def catalog(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Products with what they are in this store."""
    return render(request, "catalog/catalog.html", tab_context(request, channel))


def tab_context(request: HttpRequest, channel: Channel) -> dict[str, Any]:
    """What the tab shows; also below a dialog that was opened by its own address."""
    stores = other_stores(request, channel)
    filters = filters_of(request, stores)
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else ""
    page = catalog_pages(channel, filters, sort=sort, size=page_size(request)).get_page(request.GET.get("page"))
    return {
        **channel_frame(request, channel, "catalog"),
        "page": page,
        "rows": rows_of(channel, list(page.object_list)),
        "filters": filters,
        "is_filtered": bool(filters.as_options()),
        "choices": filter_choices(),
        "stores": stores,
        "orders": orders(),
        "statuses": statuses(),
        "stocks": stocks(),
        "sort": sort or "sku",
        "progress": latest_download(channel),
        "drifts": drift_counts(channel),
        "affected": affected_by_buffer(channel).count(),
        "may_select": any(request.user.has_perm(permission) for permission in SELECTS),
    }


def other_stores(request: HttpRequest, channel: Channel) -> list[tuple[str, str]]:
    """The other channels the user may see, every store by itself (BLK-3)."""
    return [(str(pk), name) for pk, name in channels_for(request.user).values_list("pk", "name") if pk != channel.pk]


def filters_of(request: HttpRequest, stores: list[tuple[str, str]]) -> CatalogFilters:
    """Filters of the address; a store the user may not see filters nothing."""
    return cleaned(CatalogFilters.from_options(request.GET.dict()), stores)


def cleaned(filters: CatalogFilters, stores: list[tuple[str, str]]) -> CatalogFilters:
    """Without what the user may not ask."""
    options = filters.as_options()
    if filters.listed_in not in dict(stores):
        options.pop("listed_in", None)
    return CatalogFilters.from_options(options)


def orders() -> list[tuple[str, str]]:
    """Orders of the list in words, for phones, where the heads of the columns are not shown."""
    return [
        ("sku", _("SKU")),
        ("name", _("Name")),
        ("category", _("Category")),
        ("status", _("Status")),
        ("-on_hand", _("Most on hand")),
        ("available", _("Least available")),
    ]


def described(filters: CatalogFilters, choices: FilterChoices, stores: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Filters that are set: name of the parameter and words."""
    names = {
        "category": dict(choices.categories),
        "brand": dict(choices.brands),
        "tag": dict(choices.tags),
        "listed_in": dict(stores),
        "status": dict(statuses()),
        "stock": dict(stocks()),
    }
    labels = {
        "q": _("Search: %s"),
        "category": _("Category: %s"),
        "brand": _("Brand: %s"),
        "family": _("Family: %s"),
        "tag": _("Tag: %s"),
        "status": _("Status: %s"),
        "stock": _("Stock: %s"),
        "listed_in": _("Listed in: %s"),
    }
    words = []
    for name, value in filters.as_options().items():
        known = names.get(name, {})
        shown = known.get(value, value)
        if name == "category" and value.startswith("-"):
            shown = _("not %s") % known.get(value[1:], value[1:])
        words.append((name, labels[name] % shown))
    return words


def statuses() -> list[tuple[str, str]]:
    return [
        ("listed", _("Listed")),
        ("not_listed", _("Not listed")),
        ("differs", _("Differs from store")),
        ("hidden", _("Listed, hidden")),
        ("problem", _("Update refused")),
    ]


def stocks() -> list[tuple[str, str]]:
    return [("available", _("Available")), ("none", _("None")), ("oversold", _("Oversold"))]


@requires_channel("catalog.view_listing")
@require_safe
def progress(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The running download, for the page to refresh; reloads the page once it has ended."""
    view: ProgressView | None = latest_download(channel)
    response = render(request, "catalog/_progress.html", {"channel": channel, "progress": view})
    if view is None or not view.is_open:
        response["HX-Refresh"] = "true"
    return response
