"""What keeps a product a stock product: the ledger, documents and bills of materials that name it."""

from collections.abc import Collection

from django.db.models import Model

from inventory.models import (
    Allocation,
    Assembly,
    AssemblyLine,
    Component,
    Movement,
    PurchaseLine,
    StockLevel,
    StocktakeLine,
    TransferLine,
)

_NAMING: tuple[tuple[type[Model], str], ...] = (
    (StockLevel, "product_id"),
    (Movement, "product_id"),
    (Allocation, "product_id"),
    (PurchaseLine, "product_id"),
    (TransferLine, "product_id"),
    (StocktakeLine, "product_id"),
    (Assembly, "product_id"),
    (AssemblyLine, "component_id"),
)


def with_stock_history(product_ids: Collection[int]) -> set[int]:
    """Those that have moved, are held, or stand on a document; one statement a table."""
    found: set[int] = set()
    for model, column in _NAMING:
        left = set(product_ids) - found
        if left:
            rows = model._default_manager.filter(**{f"{column}__in": left}).order_by()
            found.update(rows.values_list(column, flat=True).distinct())
    return found


def in_bills(product_ids: Collection[int]) -> set[int]:
    """Those that are built from others, or part of them."""
    if not product_ids:
        return set()
    rows = Component.objects.filter(product_id__in=product_ids) | Component.objects.filter(component_id__in=product_ids)
    pairs = rows.order_by().values_list("product_id", "component_id")
    return {product_id for pair in pairs for product_id in pair} & set(product_ids)
