"""Opening stock of products that a download makes (SPEC CAT-16, A27): asked once, new products only."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from channels.models import Channel
from channels.remote import RemoteProduct, RemoteVariant
from inventory.enums import PostingKind
from inventory.models import Location, User
from inventory.queries import default_location
from inventory.services import stock
from inventory_sync.lib.quantities import MAX

DOCUMENT_PREFIX = "download"
"""Document of opening stock: `download:<channel id>`."""


def opening_location(channel: Channel) -> Location:
    """The channel's location, else its default for online sales, else the default one."""
    return channel.settings.location or channel.settings.default_location or default_location()


def opening_quantity(product: RemoteProduct, variant: RemoteVariant) -> Decimal | None:
    """What the store has of this variant alone; None where it does not count it or only together with others."""
    if variant.tracking == "none":
        return None
    shares = sum(each.tracking == "product" for each in product.variants) > 1
    return None if variant.tracking == "product" and shares else variant.quantity


def put_opening_stock(
    channel: Channel, *, quantities: Mapping[int, Decimal | None], user: User | None, now: datetime
) -> None:
    """One posting for new products, where staff asked for it; call it in the transaction that makes them."""
    if not channel.settings.import_opening_stock:
        return
    known = {pk: quantity for pk, quantity in sorted(quantities.items()) if quantity and 0 < quantity <= MAX}
    if not known:
        return
    location = opening_location(channel)
    document = f"{DOCUMENT_PREFIX}:{channel.pk}"
    stock.change_stock(
        [
            stock.StockChange(product_id=product_id, location_id=location.pk, quantity=quantity)
            for product_id, quantity in known.items()
        ],
        key=f"{document}/opening/{min(known)}",
        kind=PostingKind.OPENING,
        document_key=document,
        at=now,
        user=user,
        note=channel.name,
    )
