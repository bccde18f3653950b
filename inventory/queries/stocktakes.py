"""Stocktakes and what was counted in them (SPEC INV-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.models import ProductCost, StockLevel, Stocktake, StocktakeLine
from inventory.queries.search import matching
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.quantities import ZERO, QuantityField

SHOWN = ("left", "counted", "different")
_COUNTED = Q(counted__isnull=False)
_DIFFERENT = _COUNTED & ~Q(counted=F("expected"))


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Lines of a stocktake, and the units that are too many and too few."""

    lines: int
    done: int
    different: int
    more: Decimal
    less: Decimal

    @property
    def left(self) -> int:
        return self.lines - self.done


def stocktake_rows(filters: Mapping[str, Any]) -> QuerySet[Stocktake]:
    """Newest first. Filters: state, location (id)."""
    rows = Stocktake.objects.select_related("location").annotate(
        line_count=Count("lines"), counted_count=Count("lines", filter=Q(lines__counted__isnull=False))
    )
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    if filters.get("location"):
        rows = rows.filter(location_id=filters["location"])
    return rows.order_by("-pk")


def counts_of(stocktake: Stocktake) -> Counts:
    """One statement."""
    difference = F("counted") - F("expected")
    found = stocktake.lines.aggregate(
        lines=Count("pk"),
        done=Count("pk", filter=_COUNTED),
        different=Count("pk", filter=_DIFFERENT),
        more=Sum(difference, filter=Q(counted__gt=F("expected")), output_field=QuantityField()),
        less=Sum(difference, filter=Q(counted__lt=F("expected")), output_field=QuantityField()),
    )
    return Counts(**{**found, "more": found["more"] or ZERO, "less": found["less"] or ZERO})


def line_rows(stocktake: Stocktake, filters: Mapping[str, Any]) -> QuerySet[StocktakeLine]:
    """By SKU, with on hand now. Filters: q, show left | counted | different."""
    levels = StockLevel.objects.filter(product_id=OuterRef("product_id"), location_id=stocktake.location_id)
    on_hand = Subquery(levels.values("on_hand")[:1], output_field=QuantityField())
    rows = stocktake.lines.select_related("product", "counted_by").annotate(
        on_hand=Coalesce(on_hand, 0, output_field=QuantityField()),
    )
    rows = matching(rows, filters.get("q") or "", column="product__search")
    shown = {"left": ~_COUNTED, "counted": _COUNTED, "different": _DIFFERENT}
    rows = rows.filter(shown.get(filters.get("show") or "", Q()))
    return rows.order_by("product__sku_key", "pk")


def values_of(lines: list[StocktakeLine]) -> dict[int, Decimal]:
    """Line → value of its difference at average cost, in the base currency; only where there is a cost."""
    costs = dict(
        ProductCost.objects.filter(product_id__in=[line.product_id for line in lines]).values_list(
            "product_id", "average"
        )
    )
    return {
        line.pk: to_unit((line.counted - line.expected) * costs[line.product_id])
        for line in lines
        if line.product_id in costs and line.counted is not None and line.expected is not None
    }


def total_value(stocktake: Stocktake) -> Decimal | None:
    """Value of all differences at average cost; None where no product of them has a cost."""
    rows = stocktake.lines.filter(_DIFFERENT, product__cost__isnull=False).order_by()
    values = (_value(*row) for row in rows.values_list("counted", "expected", "product__cost__average").iterator())
    first = next(values, None)
    return None if first is None else to_unit(sum(values, first))


def _value(counted: Any, expected: Any, cost: Any) -> Decimal:
    value: Decimal = (counted - expected) * cost
    return value


def last_counted(stocktake: Stocktake, *, most: int) -> list[StocktakeLine]:
    """What was counted last, newest first."""
    rows = stocktake.lines.filter(_COUNTED).select_related("product", "counted_by")
    return list(rows.order_by("-counted_at", "-pk")[:most])
