"""A correction of stock: of one product, and of 500 at once (the most that one transaction takes)."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from benchmarks.figures import Figure, compare
from inventory.enums import PostingKind
from inventory.models import Location, Product
from inventory.services.stock import StockChange, change_stock
from tests.statements import statements

_BATCH = 500
_NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def measure() -> list[Figure]:
    location = Location.objects.create(name="Benchmark", is_default=False)
    products = [Product(sku=f"BENCH-{number}", name=f"Benchmark {number}") for number in range(_BATCH)]
    for product in products:
        product.set_keys()
    products = Product.objects.bulk_create(products)
    return [_figure(count, products[:count], location) for count in (1, _BATCH)]


def _figure(count: int, products: list[Product], location: Location) -> Figure:
    numbers = itertools.count(1)
    pks = [product.pk for product in products]

    def ours() -> None:
        changes = [StockChange(product_id=pk, location_id=location.pk, quantity=Decimal(1)) for pk in pks]
        key = f"bench:{count}/{next(numbers)}"
        change_stock(changes, key=key, kind=PostingKind.ADJUSTMENT, document_key="bench:1", at=_NOW)

    ours_ms, floor_ms = compare(ours, _floor(count, pks, location.pk))
    with statements() as sql:
        ours()
    return Figure(name=f"stock correction, {count} product(s)", ours=ours_ms, floor=floor_ms, statements=len(sql))


def _floor(count: int, pks: list[int], location: int) -> Callable[[], None]:
    """The same rows in three statements of plain SQL and one transaction."""
    numbers = itertools.count(1)
    columns = "(key, kind, document_key, at, note) VALUES (%s, 'adjustment', 'bench:1', %s, '')"
    movement = (
        "INSERT INTO inventory_movement (posting_id, product_id, location_id, bucket, quantity, owner_key) "
        "VALUES (%s, %s, %s, 'on_hand', 10000, '')"
    )
    level = "UPDATE inventory_stocklevel SET on_hand = on_hand + 10000 WHERE product_id = %s AND location_id = %s"

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            key = f"floor:{count}/{next(numbers)}"
            cursor.execute(f"INSERT INTO inventory_stockposting {columns} RETURNING id", [key, _NOW])
            posting = cursor.fetchone()[0]
            cursor.executemany(movement, [(posting, pk, location) for pk in pks])
            cursor.executemany(level, [(pk, location) for pk in pks])

    return work
