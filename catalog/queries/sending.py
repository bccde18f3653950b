"""Which listed items' stock is sent, and why some are not (SPEC LST-2, A28; DOMAIN A2.1)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.enums import Tracking
from catalog.models import ListingItem
from channels.models import Channel
from inventory.enums import DropShip, ProductType
from inventory.models import Product


def sent_items() -> QuerySet[ListingItem]:
    """Items whose stock is sent at all: never services, non-inventory and what is always drop-shipped."""
    return ListingItem.objects.filter(product__type=ProductType.STOCK, sync_stock=True).exclude(
        product__drop_ship=DropShip.ALWAYS
    )


def why_not_sent(product: Product, item: ListingItem | None, channel: Channel) -> str:
    """Why no quantity of a product goes to the store, in words; "" when it does."""
    if item is None:
        return _("It is not listed in this store.")
    if not product.is_stocked:
        return _("It is a service or holds no stock.")
    if product.drop_ship == DropShip.ALWAYS:
        return _("It is always drop-shipped.")
    if not item.sync_stock:
        return _("Sending its stock is switched off.")
    if item.tracking == Tracking.NONE:
        return not_counted()
    if channel.read_only:
        return _("The channel is read-only.")
    return ""


def not_counted() -> str:
    return _("The store does not count it. Switch on inventory tracking there, then download it again.")
