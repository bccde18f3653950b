"""What is low at a location (SPEC INV-18): available at or below its reorder level. Products without one never are."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from inventory.enums import RecordStatus
from inventory.models import Location, ReorderLevel, StockLevel
from inventory.queries.search import matching
from inventory_sync.lib.paging import MOST_COUNTED
from inventory_sync.lib.quantities import ZERO, QuantityField

_ZERO = Value(ZERO, output_field=QuantityField())
_ONE = Value(Decimal(1), output_field=QuantityField())


def low_rows(filters: Mapping[str, Any], *, order: str = "product__sku_key") -> QuerySet[ReorderLevel]:
    """Rows with `available`, `on_order` and `suggested`: what to order so that available and on order reach the amount
    to order up to (without one: just above the level).

    Filters: q, location, supplier, category (ids), state "to_order" (not yet enough on order).
    """
    rows = _with_stock().filter(available__lte=F("level")).select_related("location", "product__supplier")
    rows = rows.select_related("location", "product", "product__supplier").defer("product__description")
    rows = matching(rows, filters.get("q") or "", column="product__search")
    columns = {"location": "location_id", "supplier": "product__supplier_id", "category": "product__category_id"}
    for name, column in columns.items():
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    if filters.get("state") == "to_order":
        rows = rows.filter(suggested__gt=ZERO)
    return rows.order_by(order, "location__priority", "pk")


def low_count() -> int:
    """Products low at a location and not enough on order, counted no further than a list counts."""
    return low_rows({"state": "to_order"}).order_by()[:MOST_COUNTED].count()


def levels_of(product_id: int) -> list[ReorderLevel]:
    """Reorder levels of one product with what is there, in the order of locations."""
    rows = _with_stock(active=False).filter(product_id=product_id).select_related("location")
    return list(rows.order_by("location__priority", "location_id"))


def fingerprint(product_id: int) -> str:
    """Of the levels as they are; two people must not overwrite each other (SPEC APP-13)."""
    rows = ReorderLevel.objects.filter(product_id=product_id).order_by("location_id")
    parts = [f"{place}/{level:f}/{quantity}" for place, level, quantity in _columns(rows)]
    return hashlib.sha256(";".join(parts).encode()).hexdigest()[:16]


def places_of(product_id: int) -> list[tuple[Location, ReorderLevel | None, Decimal]]:
    """Active locations, and others with a level, with what is available there."""
    levels = {row.location_id: row for row in ReorderLevel.objects.filter(product_id=product_id)}
    stock = {row.location_id: row.available for row in StockLevel.objects.filter(product_id=product_id)}
    wanted = Q(status=RecordStatus.ACTIVE) | Q(pk__in=levels)
    return [
        (location, levels.get(location.pk), stock.get(location.pk, ZERO))
        for location in Location.objects.filter(wanted).order_by("priority", "pk")
    ]


def _with_stock(*, active: bool = True) -> QuerySet[Any]:
    """One join: the stock level of the same product and location, if there is one."""
    rows = ReorderLevel.objects.annotate(
        at=FilteredRelation("product__levels", condition=Q(product__levels__location=F("location")))
    ).annotate(
        available=Coalesce(F("at__on_hand") - F("at__allocated"), _ZERO, output_field=QuantityField()),
        on_order=Coalesce(F("at__on_order"), _ZERO, output_field=QuantityField()),
    )
    if active:
        rows = rows.filter(product__status=RecordStatus.ACTIVE, location__status=RecordStatus.ACTIVE)
    missing = Coalesce(F("quantity"), F("level") + _ONE, output_field=QuantityField()) - F("available") - F("on_order")
    return rows.annotate(missing=missing).annotate(
        suggested=Case(When(missing__gt=ZERO, then=F("missing")), default=_ZERO, output_field=QuantityField())
    )


def _columns(rows: QuerySet[ReorderLevel]) -> list[tuple[int, Decimal, Decimal | None]]:
    return list(rows.values_list("location_id", "level", "quantity"))
