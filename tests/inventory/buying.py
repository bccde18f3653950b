"""Short ways to draft, order and receive in tests of purchase orders."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from inventory.models import Location, Movement, Product, Purchase, Receipt, StockLevel, StockPosting, Supplier
from inventory.services.purchase_receipts import receive_purchase
from inventory.services.purchases import PurchaseTerms, WantedLine, create_purchase, order_purchase

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
D = Decimal
WHO: dict[str, Any] = {"user": None, "now": NOW}


def draft(
    supplier: Supplier, place: Location | None, *lines: tuple[Product, int | str, str | None], **terms: Any
) -> Purchase:
    return create_purchase(
        PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk if place else None, **terms),
        lines=[
            WantedLine(product_id=product.pk, quantity=D(quantity), unit_cost=D(cost) if cost else None)
            for product, quantity, cost in lines
        ],
        **WHO,
    )


def ordered(
    supplier: Supplier, place: Location, *lines: tuple[Product, int | str, str | None], **terms: Any
) -> Purchase:
    return order_purchase(draft(supplier, place, *lines, **terms).pk, version=None, **WHO)


def level(product: Product, place: Location) -> tuple[Decimal, Decimal]:
    """On hand, on order."""
    row = StockLevel.objects.filter(product=product, location=place).first()
    return (row.on_hand, row.on_order) if row else (D(0), D(0))


def state(purchase: Purchase) -> str:
    return Purchase.objects.get(pk=purchase.pk).state


def arrive(purchase: Purchase, *units: int | str, key: str = "", version: int | None = None) -> Receipt:
    lines = list(purchase.lines.all())
    return receive_purchase(
        purchase.pk,
        units={line.pk: D(each) for line, each in zip(lines, units, strict=False)},
        key=key or f"form:{purchase.receipts.count()}",
        version=version,
        **WHO,
    )


def rows() -> tuple[int, int]:
    return StockPosting.objects.count(), Movement.objects.count()
