"""Stock that suppliers owe, arrives and is built from parts (SPEC INV-3, INV-7, INV-9)."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from inventory.enums import Bucket, PostingKind
from inventory.models import Movement, StockLevel, StockPosting
from inventory.services import stock
from tests.factories.inventory import NOW, LocationFactory, ProductFactory, default_location, demand, stocked_product

pytestmark = pytest.mark.django_db
D = Decimal


def act(name: str, document: str = "purchase:PO-1") -> dict[str, object]:
    return {"key": name, "document_key": document, "at": NOW}


def change(product, quantity, cost=None, location=None) -> stock.StockChange:
    return stock.StockChange(
        product_id=product.pk,
        location_id=(location or default_location()).pk,
        quantity=D(quantity),
        unit_cost=None if cost is None else D(cost),
    )


def level(product, location=None) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    row = StockLevel.objects.get(product=product, location=location or default_location())
    return row.on_hand, row.allocated, row.on_order, row.picked


def parts(product, location=None) -> dict[str, object]:
    return {"product_id": product.pk, "location_id": (location or default_location()).pk}


@pytest.mark.req("INV-3")
def test_ordered_then_received_in_two_parts() -> None:
    product = ProductFactory()

    stock.change_on_order([change(product, 10)], **act("o"))
    assert level(product) == (0, 0, 10, 0)
    first = stock.receive_stock([change(product, 4, "2.50")], **act("r1"))
    assert level(product) == (4, 0, 6, 0)
    stock.receive_stock([change(product, 6, "2.50")], **act("r2"))
    assert level(product) == (10, 0, 0, 0)

    assert StockPosting.objects.get(key="o").kind == PostingKind.ORDERED
    assert first.kind == PostingKind.RECEIPT
    rows = Movement.objects.filter(posting=first).values_list("bucket", "quantity", "unit_cost")
    assert sorted(rows) == [(Bucket.ON_HAND, D(4), D("2.5")), (Bucket.ON_ORDER, D(-4), None)]
    call_command("audit_stock")


@pytest.mark.req("INV-3")
def test_more_than_is_on_order_is_refused_in_words() -> None:
    product = ProductFactory(sku="TENT")
    stock.change_on_order([change(product, 3)], **act("o"))

    with pytest.raises(stock.NotOnOrder, match="TENT at Main warehouse: 4 wanted, 3 there") as refused:
        stock.receive_stock([change(product, 4)], **act("r"))
    with pytest.raises(stock.StockShort):
        stock.change_on_order([change(product, -4)], **act("back"))

    assert [(each.wanted, each.free) for each in refused.value.shortages] == [(4, 3)]
    assert level(product) == (0, 0, 3, 0)
    assert StockPosting.objects.count() == 1


@pytest.mark.req("INV-3")
def test_an_undone_receipt_is_on_order_again_unless_it_was_used() -> None:
    product = ProductFactory()
    stock.change_on_order([change(product, 5)], **act("o"))
    stock.receive_stock([change(product, 5)], **act("r"))

    stock.reverse_posting("r", key="r/undo", at=NOW)
    assert level(product) == (0, 0, 5, 0)

    stock.receive_stock([change(product, 5)], **act("r-again"))
    stock.change_stock([change(product, -1)], kind=PostingKind.ADJUSTMENT, **act("broken"))
    with pytest.raises(stock.StockShort):
        stock.reverse_posting("r-again", key="r-again/undo", at=NOW)
    assert level(product) == (4, 0, 0, 0)


@pytest.mark.req("INV-7")
def test_building_takes_the_parts_of_its_location_and_undoing_gives_them_back() -> None:
    kit, pole, cloth = ProductFactory(), stocked_product(10), stocked_product(3)
    stock.allocate_stock([demand("line:1", pole, 9)], **act("sold"))

    posting = stock.assemble_stock(
        **parts(kit), quantity=D(2), components={pole.pk: D(8), cloth.pk: D(2)}, **act("build", "assembly:AS-1")
    )

    assert (level(kit), level(pole), level(cloth)) == ((2, 0, 0, 0), (2, 9, 0, 0), (1, 0, 0, 0))
    assert posting.kind == PostingKind.ASSEMBLY
    stock.reverse_posting("build", key="build/undo", at=NOW)
    assert (level(kit), level(pole), level(cloth)) == ((0, 0, 0, 0), (10, 9, 0, 0), (3, 0, 0, 0))
    call_command("audit_stock")


@pytest.mark.req("INV-7")
def test_picked_parts_and_parts_elsewhere_are_not_built_from() -> None:
    kit, pole, elsewhere = ProductFactory(), stocked_product(4, sku="POLE"), LocationFactory()
    stock.change_stock([change(pole, 50, location=elsewhere)], kind=PostingKind.OPENING, **act("there"))
    stock.allocate_stock([demand("line:1", pole, 3)], **act("sold"))
    stock.pick_stock([demand("line:1", pole, 3)], **act("picked"))

    with pytest.raises(stock.StockShort, match="POLE at Main warehouse: 2 wanted, 1 there"):
        stock.assemble_stock(**parts(kit), quantity=D(1), components={pole.pk: D(2)}, **act("build"))

    assert level(pole) == (4, 3, 0, 3)
    assert not StockLevel.objects.filter(product=kit).exists()


@pytest.mark.parametrize("quantity", [-1, D("-0.0001")])
def test_nothing_negative_arrives_or_is_built(quantity) -> None:
    product, part = ProductFactory(), stocked_product(5)
    with pytest.raises(ValueError, match="not negative"):
        stock.receive_stock([change(product, quantity)], **act("r"))
    with pytest.raises(ValueError, match="not negative"):
        stock.assemble_stock(**parts(product), quantity=D(1), components={part.pk: D(quantity)}, **act("b"))
