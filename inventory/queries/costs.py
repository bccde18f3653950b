"""What products cost us (SPEC INV-13). In the base currency."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from inventory.enums import Bucket
from inventory.models import Movement, ProductCost
from inventory_sync.lib.money import ZERO, to_unit


def average_costs(product_ids: Iterable[int]) -> dict[int, Decimal]:
    """Average cost of one unit now, of the products that have one."""
    rows = ProductCost.objects.filter(pk__in=list(product_ids), version__gt=0)
    return dict(rows.values_list("pk", "average"))


def cost_of(posting_keys: Iterable[str]) -> dict[str, Decimal]:
    """Cost of what left the house in each of these postings (of a shipment: cost of goods sold); 0 where unknown.

    What a reversal took back counts against it under its own key.
    """
    keys = list(posting_keys)
    rows = Movement.objects.filter(posting__key__in=keys, bucket=Bucket.ON_HAND, unit_cost__isnull=False).order_by()
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for key, quantity, unit_cost in rows.values_list("posting__key", "quantity", "unit_cost"):
        totals[key] -= quantity * (unit_cost or ZERO)
    return dict.fromkeys(keys, ZERO) | {key: to_unit(total) for key, total in totals.items()}
