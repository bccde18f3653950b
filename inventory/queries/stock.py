"""Questions about stock. Available = on hand − allocated and may be negative (SPEC INV-5)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import F, Sum

from inventory.enums import RecordStatus
from inventory.models import Allocation, StockLevel
from inventory_sync.lib.quantities import ZERO, QuantityField

AVAILABLE = F("on_hand") - F("allocated")


def available(product_ids: Iterable[int], *, location_ids: Sequence[int] | None = None) -> dict[int, Decimal]:
    """On hand − allocated, negatives included, summed over these locations or all active ones; 0 without a level."""
    wanted = list(dict.fromkeys(product_ids))
    rows = StockLevel.objects.filter(product_id__in=wanted)
    if location_ids is None:
        rows = rows.filter(location__status=RecordStatus.ACTIVE)
    else:
        rows = rows.filter(location_id__in=location_ids)
    sums = rows.order_by().values_list("product_id").annotate(total=Sum(AVAILABLE, output_field=QuantityField()))
    return dict.fromkeys(wanted, ZERO) | dict(sums)


def levels(product_ids: Iterable[int]) -> list[StockLevel]:
    """Levels with their locations, in the order in which sales look at locations."""
    rows = StockLevel.objects.filter(product_id__in=list(product_ids)).select_related("location")
    return list(rows.order_by("product_id", "location__priority", "location_id"))


def allocations_of(owner_keys: Iterable[str]) -> list[Allocation]:
    """What these owners hold now."""
    rows = Allocation.objects.filter(owner_key__in=list(owner_keys), quantity__gt=0)
    return list(rows.order_by("owner_key", "pk"))


def free_to_pick(product_ids: Iterable[int], location_ids: Iterable[int]) -> dict[tuple[int, int], Decimal]:
    """On hand − picked by (product, location): what another pick may take."""
    rows = StockLevel.objects.filter(product_id__in=list(product_ids), location_id__in=list(location_ids))
    return {
        (product_id, location_id): on_hand - picked
        for product_id, location_id, on_hand, picked in rows.values_list(
            "product_id", "location_id", "on_hand", "picked"
        )
    }
