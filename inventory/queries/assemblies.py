"""What is built from what, and what a build takes (SPEC INV-7). Parts that are promised to sales are not built from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from inventory.enums import AssemblyState, RecordStatus
from inventory.models import Assembly, Component, Location, Product, StockLevel
from inventory.queries.search import matching
from inventory_sync.lib.quantities import ZERO


@dataclass(frozen=True, kw_only=True)
class Need:
    """Units a build takes of one component at its location, and what is there."""

    component: Product
    quantity: Decimal
    on_hand: Decimal = ZERO
    allocated: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.allocated

    @property
    def after(self) -> Decimal:
        """On hand when it is built."""
        return self.on_hand - self.quantity

    @property
    def missing(self) -> Decimal:
        """0 where enough is available."""
        return max(ZERO, self.quantity - max(ZERO, self.available))


@dataclass(frozen=True, kw_only=True)
class Buildable:
    """What one location's stock allows to build, and the components that allow no more."""

    location: Location
    units: Decimal
    limiting: tuple[Product, ...]

    @property
    def limiting_skus(self) -> str:
        return ", ".join(product.sku for product in self.limiting)


def bill_of(product_id: int) -> list[Component]:
    """Components of a product in their order."""
    return list(Component.objects.filter(product_id=product_id).select_related("component"))


def used_in(product_id: int) -> list[Component]:
    """Bills of materials that this product is part of."""
    rows = Component.objects.filter(component_id=product_id).select_related("product")
    return list(rows.order_by("product__sku_key"))


def needs(quantities: Mapping[Product, Decimal], *, location_id: int, locked: bool = False) -> list[Need]:
    """What is at the location of each component. `locked` keeps the levels until the transaction ends."""
    rows = StockLevel.objects.filter(location_id=location_id, product__in=quantities).order_by("pk")
    levels = {level.product_id: level for level in (rows.select_for_update() if locked else rows)}
    return [
        Need(component=product, quantity=quantity, on_hand=level.on_hand, allocated=level.allocated)
        if (level := levels.get(product.pk))
        else Need(component=product, quantity=quantity)
        for product, quantity in quantities.items()
    ]


def needs_of(assembly: Assembly) -> list[Need]:
    """Of a draft: what its components have now."""
    lines = assembly.lines.select_related("component")
    return needs({line.component: line.quantity for line in lines}, location_id=assembly.location_id)


def missing_of(assembly: Assembly) -> list[Need]:
    """Components that keep a draft from being built."""
    return [need for need in needs_of(assembly) if need.missing]


def missing_components(*, product_id: int, location_id: int, quantity: Decimal) -> list[Need]:
    """Components that are short for building so many at this location; empty where all suffice."""
    bill = {row.component: row.quantity * quantity for row in bill_of(product_id)}
    return [need for need in needs(bill, location_id=location_id) if need.missing]


def buildable_by_location(bill: Iterable[Component]) -> list[Buildable]:
    """What each active location allows by itself (a build never mixes locations); only those with some component."""
    quantities = {row.component: row.quantity for row in bill}
    rows = StockLevel.objects.filter(product__in=quantities, location__status=RecordStatus.ACTIVE)
    at: dict[Location, dict[int, Decimal]] = {}
    for level in rows.select_related("location").order_by("location__priority", "location_id"):
        at.setdefault(level.location, {})[level.product_id] = level.available
    return [_buildable(location, available, quantities) for location, available in at.items()]


def assembly_rows(filters: Mapping[str, Any]) -> QuerySet[Assembly]:
    """Assemblies, newest first. Filters: q (number or product), state, location (id), product (id), document."""
    rows = Assembly.objects.select_related("product", "location")
    text = filters.get("q") or ""
    if text:
        rows = rows.filter(number__iexact=text.strip()) | matching(rows, text, column="product__search")
    columns = {"state": "state", "location": "location_id", "product": "product_id", "document": "document_key"}
    for name, column in columns.items():
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    return rows.order_by("-pk")


def assemblies_of(document_key: str) -> list[Assembly]:
    """Made for a sale and not voided, oldest first."""
    rows = Assembly.objects.filter(document_key=document_key).exclude(state=AssemblyState.VOIDED)
    return list(rows.select_related("product", "location").order_by("pk"))


def _buildable(
    location: Location, available: Mapping[int, Decimal], quantities: Mapping[Product, Decimal]
) -> Buildable:
    units = {
        product: max(ZERO, available.get(product.pk, ZERO)) // quantity for product, quantity in quantities.items()
    }
    fewest = min(units.values())
    return Buildable(
        location=location,
        units=fewest,
        limiting=tuple(product for product, allowed in units.items() if allowed == fewest),
    )
