"""Quantities: Decimal with four decimals in Python, integers of 10⁻⁴ in the database.

SQLite keeps decimals as REAL, where 0.3 − 0.1 − 0.2 is not zero and breaks a CHECK; integers add up on both databases.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

SCALE = 10_000
STEP = Decimal("0.0001")
ZERO = Decimal(0)
MAX = Decimal(10) ** 11


def quantize(value: Decimal | int | str) -> Decimal:
    """Round half up to four decimals."""
    return Decimal(value).quantize(STEP, rounding=ROUND_HALF_UP)


def to_store(value: Decimal | int | str) -> int:
    """Database integer of a quantity."""
    return int(quantize(value) * SCALE)


def from_store(value: int | Decimal) -> Decimal:
    """Quantity of a database integer."""
    return Decimal(int(value)) / SCALE


class QuantityField(models.BigIntegerField):  # type: ignore[type-arg]
    """Quantity of goods. Assign Decimal, int or numeric str; read Decimal."""

    description = "Quantity with four decimals, stored as an integer"
    _pyi_private_set_type: Decimal | int | str | Combinable  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]
    _pyi_lookup_exact_type: Decimal | int | str  # type: ignore[assignment]

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_store(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return quantize(value)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise ValidationError(_("“%(value)s” is no quantity."), params={"value": value}) from error

    def get_prep_value(self, value: Any) -> int | None:
        if value is None or hasattr(value, "resolve_expression"):
            return value  # type: ignore[no-any-return]
        return to_store(value)

    @property
    def validators(self) -> list[Any]:
        return []

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        defaults: dict[str, Any] = {"form_class": forms.DecimalField, "max_digits": 15, "decimal_places": 4}
        return models.Field.formfield(self, **{**defaults, **kwargs})
