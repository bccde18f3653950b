"""Questions to the inventory of record. Reading only."""

from inventory.queries.costs import average_costs, cost_of
from inventory.queries.organization import default_location, organization, organization_zone
from inventory.queries.stock import allocations_of, available, free_to_pick, levels

__all__ = [
    "allocations_of",
    "available",
    "average_costs",
    "cost_of",
    "default_location",
    "free_to_pick",
    "levels",
    "organization",
    "organization_zone",
]
