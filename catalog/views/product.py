"""One product in one store: the dialog of the Catalog tab, and its panel on the product page."""

import json
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import ListingItem
from catalog.queries.catalog import catalog_row, catalog_rows, family_size, listings_of
from catalog.queries.explain import explain
from catalog.services import updates
from catalog.views.tab import start_update, tab_context
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channels_for, web_address
from inventory.models import Product, User
from inventory_sync.lib.access import requires


@requires_channel("catalog.view_listing")
@require_safe
def product(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """The dialog: alone for the script, else over the tab."""
    context = _dialog(request, channel, product_id)
    if request.headers.get("HX-Target") == "layer":
        return render(request, "catalog/_product.html", context)
    return render(request, "catalog/catalog.html", {**tab_context(request, channel), **context, "dialog_open": True})


def _dialog(request: HttpRequest, channel: Channel, product_id: int) -> dict[str, Any]:
    row = _row(channel, product_id)
    item = row.item
    return {
        "channel": channel,
        "row": row,
        "item": item,
        "explanation": explain(channel, row.sync) if row.sync.is_counted else None,
        "not_sent": updates.why_not_sent(row.product, item, channel),
        "variations": family_size(item.listing) if item and item.listing.family_id else 0,
        "store_url": web_address(item.listing.url) if item else "",
        "back_url": reverse("catalog:catalog", args=[channel.pk]),
        "can_switch": request.user.has_perm("catalog.change_listingitem"),
        "sends_by_itself": channel.settings.update_stock and not channel.read_only,
    }


def _row(channel: Channel, product_id: int) -> Any:
    rows = catalog_rows(channel, Product.objects.filter(pk=product_id).select_related("brand"))
    found = rows.select_related("family", "category", "brand").first()
    if found is None:
        raise Http404
    return catalog_row(channel, found)


@requires_channel("catalog.change_listingitem")
@require_POST
def switch(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-2: on or off."""
    get_object_or_404(ListingItem, channel=channel, product_id=product_id)
    send = f"send_{product_id}" in request.POST or request.POST.get("send") == "on"
    updates.switch_sending(
        channel, product_id=product_id, send=send, user=cast("User", request.user), now=timezone.now()
    )
    text = _("Its stock is sent to the store.") if send else _("Its stock is not sent any more.")
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Trigger"] = _toast(text)
        return response
    messages.success(request, text)
    return redirect("catalog:product", channel.pk, product_id)


def _toast(text: str) -> str:
    return json.dumps({"toast": {"text": text, "tone": "ok"}})


@requires_channel("catalog.push_stock")
@require_POST
def update(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-5 for one product."""
    get_object_or_404(ListingItem, channel=channel, product_id=product_id)
    return start_update(request, channel, [product_id], None)


@requires_channel("catalog.unlink_listing")
@require_POST
def unlink(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-6, confirmed in the dialog."""
    now = timezone.now()
    if updates.unlink_products(channel, product_ids=[product_id], user=cast("User", request.user), now=now):
        messages.success(request, _("Unlinked. The product stays here and in the store."))
    else:
        messages.info(request, _("It was not linked."))
    return redirect("catalog:catalog", channel.pk)


@requires("catalog.view_listing")
@require_safe
def panel(request: HttpRequest, product_id: int) -> HttpResponse:
    """Where a product is listed, on its own page."""
    get_object_or_404(Product, pk=product_id)
    channels = {channel.pk: channel for channel in channels_for(request.user)}
    items = list(listings_of(product_id, list(channels)))
    listed = {item.channel_id for item in items}
    others = [channel for pk, channel in channels.items() if pk not in listed]
    context = {"items": items, "others": others, "product_id": product_id}
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "catalog/_panel.html" if is_part else "catalog/panel.html", context)
