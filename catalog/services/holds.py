"""Units a store has sold that we do not hold yet (A52): subtracted from that store's sync quantity only."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from catalog.enums import HoldReason
from catalog.models import StoreHold
from catalog.services.marks import mark_store_moved
from channels.models import Channel


def set_holds(
    channel: Channel,
    *,
    owner_key: str,
    quantities: Mapping[int, Decimal],
    reason: HoldReason = HoldReason.SHADOW,
) -> None:
    """Makes these the owner's holds: product id → units; marks what moved in the same transaction. Idempotent."""
    wanted = {product_id: quantity for product_id, quantity in quantities.items() if quantity > 0}
    with transaction.atomic():
        rows = StoreHold.objects.filter(channel=channel, owner_key=owner_key, reason=reason)
        old = dict(rows.values_list("product_id", "quantity"))
        rows.exclude(product_id__in=wanted).delete()
        StoreHold.objects.bulk_create(
            [
                StoreHold(channel=channel, product_id=product_id, owner_key=owner_key, reason=reason, quantity=quantity)
                for product_id, quantity in wanted.items()
            ],
            update_conflicts=True,
            unique_fields=["channel", "product", "owner_key", "reason"],
            update_fields=["quantity"],
        )
        moved = [pk for pk in old.keys() | wanted.keys() if old.get(pk) != wanted.get(pk)]
        if moved:
            mark_store_moved(channel, product_ids=moved)


def clear_holds(channel: Channel, *, owner_key: str) -> None:
    """Lets go of everything the owner keeps, marked in the same transaction. Idempotent."""
    with transaction.atomic():
        rows = StoreHold.objects.filter(channel=channel, owner_key=owner_key)
        held = list(rows.values_list("product_id", flat=True))
        if held:
            rows.delete()
            mark_store_moved(channel, product_ids=held)
