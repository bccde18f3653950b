"""Amounts as WooCommerce reads, rounds and prints them."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)
UNROUNDED = 6
"""Decimals that taxes keep until they are rounded."""


def read(value: Any) -> Decimal:
    """What is no number counts as nothing, and commas are dropped, as the real store does it."""
    text = "".join(char for char in str(value) if char in "0123456789.-")
    try:
        return Decimal(text)
    except InvalidOperation:
        return ZERO


def rounded(value: Decimal, places: int, *, half_down: bool = False) -> Decimal:
    mode = ROUND_HALF_DOWN if half_down else ROUND_HALF_UP
    found = value.quantize(Decimal(1).scaleb(-places), rounding=mode)
    return found or abs(found)


def shown(value: Any, places: int) -> str:
    return str(rounded(read(value), places))


def plain(value: Decimal) -> str:
    """Without the zeros at the end: 5, 4.6, 10.24."""
    text = f"{rounded(value, UNROUNDED):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Decimal) -> float | int:
    """A JSON number; whole ones without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


def total(values: Any) -> Decimal:
    return sum(values, ZERO)
