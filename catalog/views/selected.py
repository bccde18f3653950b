"""What is done with products selected in the Catalog tab."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.forms import BufferForm
from catalog.queries.catalog import CatalogFilters, catalog_products
from catalog.services import buffers, updates
from catalog.services.buffer_run import start_set_buffers
from catalog.services.selection import Selection
from catalog.views.plan import KINDS, begin
from catalog.views.tab import cleaned, other_stores
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.errors import ProductError

_DIGITS = 18
_PERMISSIONS = {
    "update": "catalog.push_stock",
    "unlink": "catalog.unlink_listing",
    "buffer": "catalog.change_listingitem",
    "list": "catalog.list_product",
    "hide": "catalog.list_product",
    "show": "catalog.list_product",
    "remove": "catalog.remove_listing",
}


@requires_channel("catalog.view_listing")
@require_POST
def selection(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Updating quantities starts at once; everything else asks or shows first."""
    chosen = selection_of(request, channel)
    if not chosen.product_ids and chosen.filters is None:
        messages.warning(request, _("Select at least one product."))
        return back(request, channel)
    action = request.POST.get("action", "update")
    if action not in _PERMISSIONS or not request.user.has_perm(_PERMISSIONS[action]):
        raise PermissionDenied
    if action in KINDS:
        return begin(request, channel, kind=KINDS[action], selection=chosen, back=back_url(request, channel))
    if action == "update":
        return start_update(request, channel, chosen)
    return ask(request, channel, chosen, action, back_url(request, channel))


def selection_of(request: HttpRequest, channel: Channel) -> Selection:
    """The ticked products, or the filters when all that match are meant."""
    if request.POST.get("all_matching") == "1":
        filters = CatalogFilters.from_options(QueryDict(request.POST.get("filters", "")).dict())
        return Selection(filters=cleaned(filters, other_stores(request, channel)))
    ids = [text for text in request.POST.getlist("product") if text.isascii() and text.isdecimal()]
    return Selection(product_ids=tuple(int(text) for text in ids if len(text) <= _DIGITS))


def start_update(request: HttpRequest, channel: Channel, chosen: Selection) -> HttpResponse:
    """LST-5: quantities of these products; the caller has looked at the permission."""
    try:
        run = updates.start_update(
            channel,
            product_ids=chosen.product_ids,
            filters=chosen.filters,
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        return redirect("inventory:run", error.run.pk)
    except ProductError as error:
        messages.error(request, error.message)
        return back(request, channel)
    return redirect("inventory:run", run.pk)


def ask(
    request: HttpRequest, channel: Channel, chosen: Selection, action: str, back: str, form: BufferForm | None = None
) -> HttpResponse:
    """The page that says to how many what will happen, and what stays: unlinking, or the buffer."""
    products = catalog_products(channel, chosen.filters or CatalogFilters())
    if chosen.filters is None:
        products = products.filter(pk__in=chosen.product_ids)
    if action == "unlink":
        products = products.filter(listing_items__channel=channel)
    context: dict[str, Any] = {
        **channel_frame(request, channel, "catalog"),
        "ids": chosen.product_ids,
        "all_matching": chosen.filters is not None,
        "query": request.POST.get("filters", ""),
        "count": products.count(),
        "back_url": back,
        "form": form or BufferForm(),
    }
    template = "catalog/unlink.html" if action == "unlink" else "catalog/buffer.html"
    return render(request, template, context, status=422 if form else 200)


@requires_channel("catalog.unlink_listing")
@require_POST
def unlink(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Confirmed: few at once, many as an activity."""
    chosen = selection_of(request, channel)
    user, now = cast("User", request.user), timezone.now()
    if chosen.product_ids:
        gone = updates.unlink_products(channel, product_ids=chosen.product_ids, user=user, now=now)
        messages.success(request, _("Unlinked: %(count)s. Nothing changed in the store.") % {"count": len(gone)})
        return back(request, channel)
    try:
        run = updates.start_unlink(channel, filters=chosen.filters, user=user, now=now)
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        run = error.run
    except ProductError as error:
        messages.error(request, error.message)
        return back(request, channel)
    return redirect("inventory:run", run.pk)


@requires_channel("catalog.change_listingitem")
@require_POST
def set_buffer(request: HttpRequest, channel: Channel) -> HttpResponse:
    """BUF-2, BUF-4 for many: nothing is sent by it (BUF-7)."""
    chosen, form = selection_of(request, channel), BufferForm(request.POST)
    if not form.is_valid():
        return ask(request, channel, chosen, "buffer", back_url(request, channel), form)
    user, now = cast("User", request.user), timezone.now()
    try:
        if chosen.filters is not None:
            run = start_set_buffers(channel, filters=chosen.filters, quantity=form.value, user=user, now=now)
            return redirect("inventory:run", run.pk)
        count = buffers.set_buffers(channel, product_ids=chosen.product_ids, quantity=form.value, user=user, now=now)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        words = _("Buffers changed: %(count)s. The stores get other numbers with the next update.")
        messages.success(request, words % {"count": count})
    return back(request, channel)


@requires_channel("catalog.push_stock")
@require_POST
def push_affected(request: HttpRequest, channel: Channel) -> HttpResponse:
    """A32: sends the quantities of the products whose buffer is another one since the last update."""
    try:
        run = buffers.start_push_affected(channel, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.warning(request, error.message)
        run = error.run
    except ProductError as error:
        messages.error(request, error.message)
        return redirect("catalog:catalog", channel.pk)
    return redirect("inventory:run", run.pk)


def back_url(request: HttpRequest, channel: Channel) -> str:
    """The list with the filters that the form carries."""
    query = QueryDict(request.POST.get("filters", ""))
    address = reverse("catalog:catalog", args=[channel.pk])
    return f"{address}?{query.urlencode()}" if query else address


def back(request: HttpRequest, channel: Channel) -> HttpResponse:
    return redirect(back_url(request, channel))
