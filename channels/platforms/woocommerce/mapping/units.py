"""Units of measure as the store's settings name them, and measures converted between them."""

from decimal import Decimal

STORE_WEIGHT = {"kg": "kg", "g": "g", "lbs": "lb", "oz": "oz"}
STORE_LENGTH = {"m": "m", "cm": "cm", "mm": "mm", "in": "in", "yd": "yd"}
GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
MILLIMETERS = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
    "yd": Decimal("914.4"),
}
_STEP = Decimal("0.0001")


def weight_unit(setting: str) -> str:
    """Our name of the unit in the store's settings."""
    return STORE_WEIGHT.get(setting, setting or "kg")


def length_unit(setting: str) -> str:
    return STORE_LENGTH.get(setting, setting or "cm")


def converted(value: Decimal, table: dict[str, Decimal], unit: str, wanted: str) -> Decimal:
    """To four decimals. Units that the table does not know are left alone."""
    if unit == wanted or unit not in table or wanted not in table:
        return value
    return (value * table[unit] / table[wanted]).quantize(_STEP)


def measure_text(value: Decimal) -> str:
    """As the store keeps it: with a dot, without an exponent and useless zeros."""
    whole = f"{value:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
