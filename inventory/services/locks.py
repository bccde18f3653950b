"""Row locks of the inventory, always in the order of primary keys.

They spare PostgreSQL deadlocks and refused constraints; SQLite ignores them. Nothing is right only because of them.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from inventory.models import StockLevel

Place = tuple[int, int]
"""Product id, location id."""


def at_places(places: Iterable[Place]) -> Q:
    """Condition for exactly these products at these locations: one term a location, never one a line."""
    by_location: dict[int, list[int]] = defaultdict(list)
    for product_id, location_id in sorted(set(places)):
        by_location[location_id].append(product_id)
    condition = Q(pk__in=[])
    for location_id, product_ids in by_location.items():
        condition |= Q(location_id=location_id, product_id__in=product_ids)
    return condition


def lock_levels(places: Iterable[Place]) -> dict[Place, StockLevel]:
    """Existing levels of these places, locked until the transaction ends, with SKU and type of their products."""
    rows = (
        StockLevel.objects.select_for_update(of=("self",))
        .select_related("product")
        .only("product_id", "location_id", "product__sku", "product__type")
        .filter(at_places(places))
        .order_by("pk")
    )
    return {(level.product_id, level.location_id): level for level in rows}
