"""Why a quantity is what it is, opened by a click on it (NEW-3)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.enums import Tracking
from catalog.models import ListingItem
from catalog.queries.buffers import old_buffer
from catalog.queries.explain import explain
from catalog.queries.levels import sync_quantities
from catalog.queries.next_push import next_push
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import Product


@requires_channel("catalog.view_listing")
@require_safe
def why(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """The text of a popover; without a script a page of its own."""
    product = get_object_or_404(Product.objects.only("sku", "name", "type", "drop_ship"), pk=product_id)
    item = ListingItem.objects.filter(channel=channel, product=product).first()
    context = {"channel": channel, **explained(channel, product, item)}
    if request.headers.get("HX-Request"):
        return render(request, "catalog/_why.html", context)
    return render(request, "catalog/why.html", {**channel_frame(request, channel, "catalog"), **context})


def explained(channel: Channel, product: Product, item: ListingItem | None) -> dict[str, Any]:
    """What `catalog/_explanation.html` shows."""
    sync = sync_quantities(channel, [product.pk])[product.pk]
    return {
        "product": product,
        "item": item,
        "sync": sync,
        "explanation": explain(channel, sync) if sync.is_counted else None,
        "next_push": next_push(channel, product=product, item=item, now=timezone.now()),
        "old_buffer": old_buffer(item, sync) if item else None,
        "counted_with": _counted_with(item) if item else 0,
    }


def _counted_with(item: ListingItem) -> int:
    """How many others share its number in the store."""
    if item.tracking != Tracking.PRODUCT:
        return 0
    others = ListingItem.objects.filter(
        channel=item.channel_id, remote_product_id=item.remote_product_id, tracking=Tracking.PRODUCT
    )
    return others.exclude(pk=item.pk).count()
