"""Quantities of a large range: as many statements as for one product, and time that grows with the range only."""

import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import ProductBuffer, StoreHold
from catalog.queries.levels import SyncQuantity, sync_quantities
from channels.models import Channel
from inventory.models import Component, Location, Product, StockLevel
from inventory.queries.assembly import related_products
from tests.catalog.drains import fresh
from tests.factories.catalog import sending_channel
from tests.factories.inventory import LocationFactory, default_location

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.req("INV-7")]
PRODUCTS, KITS, EACH = 2000, 500, 4
STATEMENTS = 6


def products(count: int, word: str, **columns: object) -> list[Product]:
    made = [Product(sku=f"{word}-{n}", name=f"{word} {n}", **columns) for n in range(count)]
    for product in made:
        product.set_keys()
    return Product.objects.bulk_create(made)


def stock(rows: list[Product], places: list[Location], on_hand: int, allocated: int) -> None:
    StockLevel.objects.bulk_create(
        StockLevel(product=product, location=place, on_hand=on_hand, allocated=allocated)
        for product in rows
        for place in places
    )


@pytest.fixture
def channel() -> Channel:
    """2 000 products at three places; 500 more are built from four of the first 100, and each is owed two."""
    places = [default_location(), LocationFactory(), LocationFactory()]
    channel = sending_channel(use_buffer=True, buffer=1)
    plain = products(PRODUCTS, "part")
    kits = products(KITS, "kit", auto_assembly=True)
    stock(plain, places, 1000, 10)
    stock(kits, places[:1], 0, 2)
    Component.objects.bulk_create(
        Component(product=kit, component=plain[(number * EACH + place) % 100], quantity=Decimal(1))
        for number, kit in enumerate(kits)
        for place in range(EACH)
    )
    ProductBuffer.objects.bulk_create(ProductBuffer(channel=channel, product=each, quantity=5) for each in plain[::2])
    StoreHold.objects.bulk_create(
        StoreHold(channel=channel, product=each, owner_key="order:1", reason="shadow", quantity=Decimal(3))
        for each in plain[::3]
    )
    return fresh(channel)


def asked(channel: Channel, ids: list[int]) -> tuple[dict[int, SyncQuantity], int, float]:
    """The quantities, the statements and the seconds they took."""
    started = time.perf_counter()
    with CaptureQueriesContext(
        connection,
    ) as statements:
        found = sync_quantities(channel, ids)
    return found, len(statements), time.perf_counter() - started


def test_2000_products_with_500_kits_take_the_statements_of_one(channel: Channel) -> None:
    ids = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    kit = ids[-1]
    asked(channel, [kit])

    one, few, _seconds = asked(channel, [kit])
    part, some, short = asked(channel, [*ids[: PRODUCTS // 10], *ids[-KITS // 10 :]])
    found, many, seconds = asked(channel, ids)

    assert few <= STATEMENTS
    assert some == many <= STATEMENTS
    assert len(found) == PRODUCTS + KITS
    assert found[kit] == one[kit]
    assert {pk: each for pk, each in found.items() if pk in part} == part
    # 20 kits take each of the first 100 parts; each kit is owed 2, and 2 × 19 of its parts are kept for the others.
    first = found[ids[0]]
    assert (first.needed, first.buffer, first.held, first.quantity) == (40, 5, 3, 2970 - 40 - 5 - 3)
    assert (found[kit].own, found[kit].buildable, found[kit].quantity) == (-2, 2970 - 38, 2970 - 38 - 2 - 1)
    assert seconds < 30 * max(short, 0.02), "the time of ten times as many grows no faster than their number, by far"


def test_what_one_change_may_move_takes_two_statements(channel: Channel) -> None:
    ids = list(Product.objects.order_by("pk").values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as statements:
        of_part = related_products([ids[0]])
        of_kits = related_products(ids[-KITS:])
        of_plain = related_products(ids[100:PRODUCTS])

    assert len(statements) == 1 + 2 + 1
    assert len(of_part) == 1 + 20
    assert of_kits == {*ids[:100], *ids[-KITS:]}
    assert of_plain == set(ids[100:PRODUCTS])
