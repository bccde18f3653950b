"""What the catalog does when stock or Setup changes: it leaves marks, in the transaction of the change."""

from typing import Any

from django.utils import timezone

from catalog.services.links import mark_content_changed
from catalog.services.marks import mark_all, mark_all_of_all_locations, mark_stock_changed
from channels.models import Channel
from channels.signals import mapping_changed, settings_changed
from inventory.signals import locations_changed, price_changed, product_changed, stock_changed


def on_stock_changed(*, product_ids: frozenset[int], location_ids: frozenset[int], **_kwargs: Any) -> None:
    mark_stock_changed(product_ids, location_ids=location_ids)


def on_locations_changed(**_kwargs: Any) -> None:
    mark_all_of_all_locations()


def on_settings_changed(*, channel: Channel, changed: frozenset[str], **_kwargs: Any) -> None:
    """Another location means other quantities; a channel that goes live again catches up.

    Saving a buffer sends nothing (BUF-7), and switching the push on sends exactly its preview (A13).
    """
    if changed & {"location", "read_only"} and channel.settings.update_stock and not channel.read_only:
        mark_all(channel)


def on_mapping_changed(*, channel: Channel, kind: str, **_kwargs: Any) -> None:
    """Quantities go to another location of the store: what was sent before says nothing there."""
    if kind == "location" and channel.settings.update_stock and not channel.read_only:
        mark_all(channel, forget_sent=True)


def on_product_changed(*, product_ids: frozenset[int], **_kwargs: Any) -> None:
    """A change of price or content here is not sent by itself: the listing shows "differs from store" (LST-17)."""
    mark_content_changed(product_ids, now=timezone.now())


def connect() -> None:
    stock_changed.connect(on_stock_changed, dispatch_uid="catalog.stock_changed")
    locations_changed.connect(on_locations_changed, dispatch_uid="catalog.locations_changed")
    product_changed.connect(on_product_changed, dispatch_uid="catalog.product_changed")
    price_changed.connect(on_product_changed, dispatch_uid="catalog.price_changed")
    settings_changed.connect(on_settings_changed, dispatch_uid="catalog.settings_changed")
    mapping_changed.connect(on_mapping_changed, dispatch_uid="catalog.mapping_changed")
