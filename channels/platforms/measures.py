"""Measures from one unit to another."""

from collections.abc import Mapping
from decimal import Decimal

GRAMS: Mapping[str, Decimal] = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
MILLIMETERS: Mapping[str, Decimal] = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
    "yd": Decimal("914.4"),
}
_STEP = Decimal("0.0001")


def converted(value: Decimal, table: Mapping[str, Decimal], unit: str, wanted: str) -> Decimal:
    """To four decimals. Units that the table does not know are left alone."""
    if unit == wanted or unit not in table or wanted not in table:
        return value
    return (value * table[unit] / table[wanted]).quantize(_STEP)
