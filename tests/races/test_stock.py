"""Acts on the same stock at the same moment, each on a connection of its own (SPEC INV-4)."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from inventory.enums import PostingKind
from inventory.models import Allocation, Movement, StockLevel, StockPosting
from inventory.services import stock
from inventory_sync.lib.errors import ProductError
from tests.factories.inventory import NOW, ProductFactory, default_location, demand, stocked_product


def head(key: str) -> dict[str, object]:
    return {"key": key, "document_key": "order:1", "at": NOW}


@pytest.fixture(autouse=True)
def proven(transactional_db):
    yield
    call_command("audit_stock", stdout=StringIO())


@pytest.mark.req("INV-4")
def test_two_orders_pick_the_last_units_and_one_is_told_so(race) -> None:
    product = stocked_product(5)
    orders = [[demand(f"line:{n}", product, 3)] for n in range(4)]
    for n, wanted in enumerate(orders):
        stock.allocate_stock(wanted, **head(f"a{n}"))

    outcomes = race(
        [lambda n=n, wanted=wanted: stock.pick_stock(wanted, **head(f"p{n}")) for n, wanted in enumerate(orders)]
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["StockPosting", *["StockShort"] * 3]
    level = StockLevel.objects.get()
    assert (level.on_hand, level.allocated, level.picked) == (5, 12, 3)


@pytest.mark.req("INV-3")
def test_the_same_act_eight_times_at_once_moves_once(race) -> None:
    product = stocked_product(5)
    wanted = [demand("line:1", product, 3)]

    outcomes = race([lambda: stock.allocate_stock(wanted, **head("capture"))] * 8)

    assert {each.pk for each in outcomes} == {StockPosting.objects.get(key="capture").pk}
    assert Movement.objects.filter(posting__key="capture").count() == 1
    assert StockLevel.objects.get().allocated == 3


@pytest.mark.req("INV-5")
def test_first_units_of_a_product_are_counted_from_all_sides(race) -> None:
    product, place = ProductFactory(), default_location()
    change = [stock.StockChange(product_id=product.pk, location_id=place.pk, quantity=Decimal(1))]

    race(
        [
            *[lambda n=n: stock.change_stock(change, kind=PostingKind.RECEIPT, **head(f"in{n}")) for n in range(4)],
            *[lambda n=n: stock.allocate_stock([demand(f"l:{n}", product, 1)], **head(f"a{n}")) for n in range(4)],
        ]
    )

    level = StockLevel.objects.get()
    assert (level.on_hand, level.allocated) == (4, 4)


def test_opposite_orders_of_lines_do_not_lock_each_other_out(race) -> None:
    products = [stocked_product(50) for _ in range(6)]
    forward = [demand("line:1", product, 1) for product in products]
    backward = [demand("line:2", product, 1) for product in reversed(products)]

    outcomes = race(
        [
            lambda n=n: stock.allocate_stock(forward if n % 2 else backward, **head(f"a{n}"))
            for n in range(8)
        ]
    )  # fmt: skip

    assert all(isinstance(each, StockPosting) for each in outcomes)
    assert set(StockLevel.objects.values_list("allocated", flat=True)) == {8}


def test_release_edit_pick_and_ship_of_one_line_end_in_a_sound_state(race) -> None:
    product = stocked_product(5)
    wanted = [demand("line:1", product, 2)]
    stock.allocate_stock(wanted, **head("capture"))

    outcomes = race(
        [
            lambda: stock.release_stock(["line:1"], **head("release")),
            lambda: stock.reallocate_stock([demand("line:1", product, 4)], **head("edit")),
            lambda: stock.pick_stock(wanted, **head("pick")),
            lambda: stock.issue_stock(wanted, **head("ship")),
            lambda: stock.reverse_posting("capture", key="undo", at=NOW),
        ]
    )

    assert all(each is None or isinstance(each, StockPosting | ProductError) for each in outcomes), outcomes
    level, held = StockLevel.objects.get(), Allocation.objects.get()
    assert (level.allocated, level.picked) == (held.quantity, held.picked)
    assert 0 <= level.picked <= level.on_hand <= 5
