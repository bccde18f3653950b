"""Units of measure as the store's settings name them, and measures as it writes them."""

from decimal import Decimal

STORE_WEIGHT = {"kg": "kg", "g": "g", "lbs": "lb", "oz": "oz"}
STORE_LENGTH = {"m": "m", "cm": "cm", "mm": "mm", "in": "in", "yd": "yd"}


def weight_unit(setting: str) -> str:
    """Our name of the unit in the store's settings."""
    return STORE_WEIGHT.get(setting, setting or "kg")


def length_unit(setting: str) -> str:
    return STORE_LENGTH.get(setting, setting or "cm")


def measure_text(value: Decimal) -> str:
    """As the store keeps it: with a dot, without an exponent and useless zeros."""
    whole = f"{value:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
