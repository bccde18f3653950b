"""Quantities as stores count them."""

from decimal import ROUND_FLOOR, Decimal

MOST = 2_147_483_647


def whole_units(quantity: Decimal) -> int:
    """Whole units, never more than there are, never negative, and no more than a store can keep."""
    return max(0, min(MOST, int(quantity.to_integral_value(ROUND_FLOOR))))
