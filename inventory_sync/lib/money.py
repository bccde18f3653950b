"""Money: Decimal with a currency, quantised to what the currency or the ledger keeps."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

ZERO = Decimal(0)
UNIT_PLACES = Decimal("0.0001")
"""Unit prices and tax amounts are kept to 4 decimals (SPEC INV-14)."""

_THREE = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_NONE = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)


def decimals(currency: str) -> int:
    """Number of decimals of a currency's smallest unit (ISO 4217)."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def to_currency(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's smallest unit."""
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), rounding=ROUND_HALF_UP)


def to_unit(amount: Decimal) -> Decimal:
    """Round half up to the 4 decimals of unit prices and tax."""
    return amount.quantize(UNIT_PLACES, rounding=ROUND_HALF_UP)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """numeric(19,4); quantised on the way in, so both databases keep the same digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 19)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Decimal):
            value = to_unit(value)
        return super().get_db_prep_save(value, connection)


class CurrencyField(models.CharField):  # type: ignore[type-arg]
    """ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)
