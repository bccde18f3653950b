"""What each act on stock does to on hand, allocated and picked (SPEC INV-3 to INV-5)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from inventory import queries
from inventory.enums import Bucket, PostingKind
from inventory.models import Allocation, Movement, StockLevel, StockPosting
from inventory.services import stock
from inventory.signals import stock_changed
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[tuple[frozenset[int], frozenset[int]]]]:
    news: list[tuple[frozenset[int], frozenset[int]]] = []

    def listen(product_ids: frozenset[int], location_ids: frozenset[int], **_kwargs: object) -> None:
        news.append((product_ids, location_ids))

    stock_changed.connect(listen, weak=False)
    yield news
    stock_changed.disconnect(listen)


def act(name: str, document: str = "order:1") -> dict[str, object]:
    return {"key": name, "document_key": document, "at": NOW}


def level(product, location=None) -> tuple[Decimal, Decimal, Decimal]:
    row = StockLevel.objects.get(product=product, location=location or default_location())
    return row.on_hand, row.allocated, row.picked


@pytest.mark.req("INV-3")
@pytest.mark.req("INV-4")
def test_an_order_of_four_from_capture_to_shipment() -> None:
    product = stocked_product(10)
    wanted = [demand("line:1", product, 4)]

    stock.allocate_stock(wanted, **act("capture"))
    assert level(product) == (10, 4, 0)
    stock.assign_document(["line:1"], document_key="sale:7")
    assert level(product) == (10, 4, 0)
    stock.pick_stock(wanted, **act("pick", "sale:7"))
    assert level(product) == (10, 4, 4)
    stock.issue_stock(wanted, **act("ship", "sale:7"))
    assert level(product) == (6, 0, 0)
    assert queries.available([product.pk]) == {product.pk: 6}

    shipment = Movement.objects.filter(posting__key="ship").order_by("pk")
    assert [(row.bucket, row.quantity, row.owner_key) for row in shipment] == [
        (Bucket.ON_HAND, -4, ""),
        (Bucket.ALLOCATED, -4, "line:1"),
        (Bucket.PICKED, -4, "line:1"),
    ]


@pytest.mark.req("INV-5")
def test_allocating_more_than_there_is_makes_available_negative() -> None:
    product = stocked_product(10)

    stock.allocate_stock([demand("line:1", product, 12)], **act("capture"))

    assert level(product) == (10, 12, 0)
    assert queries.available([product.pk]) == {product.pk: -2}


@pytest.mark.req("INV-4")
def test_two_orders_never_pick_the_same_unit() -> None:
    product = stocked_product(5)
    stock.allocate_stock([demand("line:1", product, 4)], **act("a1"))
    stock.allocate_stock([demand("line:2", product, 3)], **act("a2"))
    stock.pick_stock([demand("line:1", product, 4)], **act("p1"))

    with pytest.raises(stock.StockShort) as refused:
        stock.pick_stock([demand("line:2", product, 3)], **act("p2"))

    assert level(product) == (5, 7, 4)
    assert not StockPosting.objects.filter(key="p2").exists()
    assert refused.value.shortages == (
        stock.Shortage(product_id=product.pk, location_id=default_location().pk, wanted=Decimal(3), free=Decimal(1)),
    )
    assert refused.value.message == (f"Not enough stock. {product.sku} at Main warehouse: 3 wanted, 1 there.")
    assert queries.free_to_pick([product.pk], [default_location().pk]) == {(product.pk, default_location().pk): 1}


def test_the_same_key_twice_moves_once() -> None:
    product = stocked_product(10)
    first = stock.allocate_stock([demand("line:1", product, 4)], **act("capture"))

    again = stock.allocate_stock([demand("line:1", product, 4)], **act("capture"))

    assert again == first
    assert level(product) == (10, 4, 0)
    assert Movement.objects.filter(posting=first).count() == 1


def test_release_lets_go_everything_once() -> None:
    product = stocked_product(10)
    stock.allocate_stock([demand("line:1", product, 4), demand("line:2", product, 1)], **act("capture"))

    released = stock.release_stock(["line:1", "line:2"], **act("cancel"))
    again = stock.release_stock(["line:1", "line:2"], **act("cancel"))
    nothing = stock.release_stock(["line:1"], **act("other"))

    assert released == again
    assert nothing is None
    assert level(product) == (10, 0, 0)
    assert queries.allocations_of(["line:1", "line:2"]) == []


def test_picked_units_are_not_released() -> None:
    product = stocked_product(10)
    stock.allocate_stock([demand("line:1", product, 4)], **act("capture"))
    stock.pick_stock([demand("line:1", product, 1)], **act("pick"))

    with pytest.raises(stock.StockPicked, match=product.sku):
        stock.release_stock(["line:1"], **act("cancel"))
    with pytest.raises(stock.StockPicked, match=product.sku):
        stock.reallocate_stock([demand("line:1", product, 0)], **act("edit"))

    assert level(product) == (10, 4, 1)


def test_reallocation_moves_the_net_difference() -> None:
    near, far = default_location(), LocationFactory(name="Far")
    product = stocked_product(10)
    stock.allocate_stock([demand("line:1", product, 4)], **act("capture"))

    posting = stock.reallocate_stock(
        [demand("line:1", product, 1, near), demand("line:1", product, 3, far)], **act("edit")
    )
    nothing = stock.reallocate_stock(
        [demand("line:1", product, 1, near), demand("line:1", product, 3, far)], **act("edit again")
    )

    assert level(product, near) == (10, 1, 0)
    assert level(product, far) == (0, 3, 0)
    assert nothing is None
    assert sorted(Movement.objects.filter(posting=posting).values_list("quantity", flat=True)) == [-3, 3]


def test_nobody_ships_what_was_not_picked_for_him() -> None:
    product = stocked_product(10)
    stock.allocate_stock([demand("line:1", product, 4), demand("line:2", product, 4)], **act("capture"))
    stock.pick_stock([demand("line:1", product, 4)], **act("pick"))

    with pytest.raises(stock.StockNotHeld, match=product.sku):
        stock.issue_stock([demand("line:2", product, 4)], **act("ship"))
    with pytest.raises(stock.StockNotHeld, match=product.sku):
        stock.issue_stock([demand("nobody", product, 4)], **act("ship"))

    assert level(product) == (10, 8, 4)


@pytest.mark.req("INV-4")
def test_undo_writes_exact_mirror_rows_and_deletes_nothing() -> None:
    product = stocked_product(10)
    wanted = [demand("line:1", product, 4)]
    stock.allocate_stock(wanted, **act("capture"))
    stock.pick_stock(wanted, **act("pick"))
    stock.issue_stock(wanted, **act("ship"))
    before = list(Movement.objects.values_list("pk", "quantity"))

    undone = stock.reverse_posting("ship", key="unship", at=NOW)
    again = stock.reverse_posting("ship", key="unship", at=NOW)

    assert undone == again
    assert undone.reverses.key == "ship"
    assert level(product) == (10, 4, 4)
    assert set(before) <= set(Movement.objects.values_list("pk", "quantity"))
    mirrored = Movement.objects.filter(posting=undone).values_list("bucket", "quantity", "owner_key")
    assert sorted(mirrored) == [("allocated", 4, "line:1"), ("on_hand", 4, ""), ("picked", 4, "line:1")]
    with pytest.raises(stock.AlreadyReversed):
        stock.reverse_posting("ship", key="unship/2", at=NOW)


def test_goods_since_consumed_are_not_taken_back() -> None:
    product = stocked_product(0)
    receipt = stock.change_stock(
        [stock.StockChange(product_id=product.pk, location_id=default_location().pk, quantity=Decimal(3))],
        kind=PostingKind.RESTOCK,
        **act("restock"),
    )
    wanted = [demand("line:1", product, 2)]
    stock.allocate_stock(wanted, **act("capture"))
    stock.pick_stock(wanted, **act("pick"))

    with pytest.raises(stock.StockShort) as refused:
        stock.reverse_posting(receipt.key, key="undo", at=NOW)

    assert level(product) == (3, 2, 2)
    assert [(short.wanted, short.free) for short in refused.value.shortages] == [(3, 1)]


def test_quantities_of_four_decimals_add_up() -> None:
    product = stocked_product(Decimal("0.3"))
    place = default_location().pk
    for number, quantity in enumerate(["-0.1", "-0.2"]):
        stock.change_stock(
            [stock.StockChange(product_id=product.pk, location_id=place, quantity=Decimal(quantity))],
            kind=PostingKind.ADJUSTMENT,
            **act(f"adjust {number}"),
        )

    assert level(product) == (0, 0, 0)


def test_services_do_not_move() -> None:
    service = ServiceFactory()

    with pytest.raises(ValueError, match=service.sku):
        stock.allocate_stock([demand("line:1", service, 1)], **act("capture"))

    assert not StockLevel.objects.exists()
    assert not Allocation.objects.exists()


def test_news_is_sent_where_availability_changes(told: list[tuple[frozenset[int], frozenset[int]]]) -> None:
    product, place = stocked_product(10), default_location().pk
    told.clear()
    wanted = [demand("line:1", product, 4)]

    stock.allocate_stock(wanted, **act("capture"))
    stock.pick_stock(wanted, **act("pick"))
    stock.issue_stock(wanted, **act("ship"))

    assert told == [(frozenset({product.pk}), frozenset({place}))]


@pytest.mark.parametrize("lines", [1, 30])
def test_statements_do_not_grow_with_the_lines(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_changed, "receivers", [])  # what others do about the news is theirs
    products = [ProductFactory() for _ in range(lines)]
    wanted = [demand(f"line:{number}", product, 2) for number, product in enumerate(products)]
    default_location()
    counts = []

    def counted(call, *args, **kwargs) -> None:
        with statements() as sql:
            call(*args, **kwargs)
        counts.append(len(sql))

    changes = [
        stock.StockChange(product_id=each.product_id, location_id=each.location_id, quantity=Decimal(9))
        for each in wanted
    ]
    counted(stock.change_stock, changes, kind=PostingKind.OPENING, **act("opening"))
    counted(stock.allocate_stock, wanted, **act("capture"))
    counted(stock.pick_stock, wanted, **act("pick"))
    counted(stock.issue_stock, wanted, **act("ship"))
    counted(stock.reverse_posting, "ship", key="unship", at=NOW)
    counted(stock.reverse_posting, "pick", key="unpick", at=NOW)
    counted(stock.release_stock, [each.owner_key for each in wanted], **act("release"))

    assert counts == [6, 6, 6, 7, 8, 8, 7]
