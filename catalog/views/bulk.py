"""The Bulk listing tab: choose products, choose what to do, check (SPEC BLK-1 to BLK-6)."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.forms import BulkForm
from catalog.queries import plans
from catalog.queries.catalog import CatalogFilters, catalog_pages, filter_choices, rows_of
from catalog.services.selection import Selection
from catalog.views.plan import KINDS, begin
from catalog.views.selected import ask, selection_of
from catalog.views.tab import cleaned, described, filters_of, other_stores, statuses, stocks
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from channels.registry import platform_spec
from inventory.models import User
from inventory_sync.lib.paging import page_size

ACTIONS = {
    "list": "catalog.list_product",
    "hide": "catalog.list_product",
    "show": "catalog.list_product",
    "unlink": "catalog.unlink_listing",
    "remove": "catalog.remove_listing",
}


@requires_channel("catalog.view_listing", "catalog.list_product")
@require_safe
def bulk(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Steps 1 and 2."""
    return _page(request, channel, filters_of(request, other_stores(request, channel)), None)


def _page(request: HttpRequest, channel: Channel, filters: CatalogFilters, form: BulkForm | None) -> HttpResponse:
    stores, choices = other_stores(request, channel), filter_choices()
    page = catalog_pages(channel, filters, size=page_size(request)).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        **channel_frame(request, channel, "bulk"),
        "filters": filters,
        "choices": choices,
        "stores": stores,
        "statuses": statuses(),
        "stocks": stocks(),
        "chips": _chips(channel, filters, described(filters, choices, stores)),
        "page": page,
        "rows": rows_of(channel, list(page.object_list)),
        "query": _query(filters),
        "which": request.POST.get("which", ""),
        "ticked": set(selection_of(request, channel).product_ids),
        "form": form or BulkForm(channel, allowed=_allowed(request)),
        "open_plan": plans.open_plan(channel, cast("User", request.user)),
        "content": platform_spec(channel.platform).content,
    }
    return render(request, "catalog/bulk.html", context, status=422 if form else 200)


def _allowed(request: HttpRequest) -> list[str]:
    return [action for action, permission in ACTIONS.items() if request.user.has_perm(permission)]


def _query(filters: CatalogFilters) -> str:
    query = QueryDict(mutable=True)
    query.update(filters.as_options())
    return query.urlencode()


def _chips(channel: Channel, filters: CatalogFilters, words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each filter in words with the address that lacks it."""
    address = reverse("catalog:bulk", args=[channel.pk])
    chips = []
    for name, text in words:
        rest = CatalogFilters.from_options({key: each for key, each in filters.as_options().items() if key != name})
        chips.append((text, f"{address}?{_query(rest)}"))
    return chips


@requires_channel("catalog.view_listing", "catalog.list_product")
@require_POST
def check(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Step 3: has the store compared; unlinking needs no store and asks at once."""
    allowed = _allowed(request)
    if request.POST.get("action") in ACTIONS and request.POST["action"] not in allowed:
        raise PermissionDenied
    query = QueryDict(request.POST.get("filters", ""))
    filters = cleaned(CatalogFilters.from_options(query.dict()), other_stores(request, channel))
    form = BulkForm(channel, request.POST, allowed=allowed)
    if not form.is_valid():
        return _page(request, channel, filters, form)
    address = f"{reverse('catalog:bulk', args=[channel.pk])}?{_query(filters)}"
    chosen = _chosen(request, channel, filters)
    if not chosen.product_ids and chosen.filters is None:
        messages.warning(request, _("Select at least one product."))
        return redirect(address)
    action = form.cleaned_data["action"]
    if action == "unlink":
        return ask(request, channel, chosen, "unlink", address)
    is_list = action == "list"
    return begin(
        request,
        channel,
        kind=KINDS[action],
        selection=chosen,
        back=address,
        buffer=form.choice if is_list else None,
        visible=form.cleaned_data["visible"] if is_list else None,
    )


def _chosen(request: HttpRequest, channel: Channel, filters: CatalogFilters) -> Selection:
    """Everything that matches, unless single products were ticked."""
    if request.POST.get("which") == "ticked":
        return selection_of(request, channel)
    return Selection(filters=filters)
