"""Reorder levels and what is low (SPEC INV-18)."""

from decimal import Decimal

import pytest

from inventory.enums import PostingKind
from inventory.models import AuditEntry, ReorderLevel
from inventory.queries import reorder as queries
from inventory.services import reorder, stock
from inventory.services.reorder import ReorderChoice, ReorderRefused
from inventory.services.stale import EditedMeanwhile
from tests.factories.inventory import (
    NOW,
    CategoryFactory,
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    UserFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.inventory.test_on_order import act, change
from tests.statements import statements

pytestmark = pytest.mark.django_db
D = Decimal


def choice(product, level, quantity=None, location=None) -> ReorderChoice:
    return ReorderChoice(
        product_id=product.pk,
        location_id=(location or default_location()).pk,
        level=None if level is None else D(str(level)),
        quantity=None if quantity is None else D(str(quantity)),
    )


def save(*choices: ReorderChoice, **kwargs) -> int:
    return reorder.set_reorder_levels(choices, user=UserFactory(), now=NOW, **kwargs)


def low(**filters) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    return [
        (row.product.sku, row.location.name, row.available, row.on_order, row.suggested)
        for row in queries.low_rows(filters)
    ]


@pytest.mark.req("INV-18")
def test_low_is_at_or_below_the_level() -> None:
    products = {left: stocked_product(left, sku=f"P{left}") for left in (4, 5, 6)}
    save(*[choice(product, 5, 20) for product in products.values()])
    stocked_product(0 + 1, sku="WITHOUT")
    never_there = ProductFactory(sku="NEVER")
    save(choice(never_there, 0))

    assert low() == [
        ("NEVER", "Main warehouse", 0, 0, 1),
        ("P4", "Main warehouse", 4, 0, 16),
        ("P5", "Main warehouse", 5, 0, 15),
    ]
    assert queries.low_count() == 3


@pytest.mark.req("INV-18")
def test_each_location_counts_for_itself_and_what_is_promised_is_not_there() -> None:
    product, annex = stocked_product(10, sku="TENT"), LocationFactory(name="Annex")
    stock.change_stock([change(product, 3, location=annex)], kind=PostingKind.OPENING, **act("there"))
    save(choice(product, 5), choice(product, 3, location=annex))
    assert low() == [("TENT", "Annex", 3, 0, 1)]

    stock.allocate_stock([demand("line:1", product, 12)], **act("sold"))

    assert low() == [("TENT", "Main warehouse", -2, 0, 8), ("TENT", "Annex", 3, 0, 1)]
    assert low(location=annex.pk) == [("TENT", "Annex", 3, 0, 1)]


@pytest.mark.req("INV-18")
def test_what_is_on_order_is_not_suggested_again() -> None:
    product = stocked_product(2, sku="TENT")
    save(choice(product, 5, 20))
    stock.change_on_order([change(product, 10)], **act("o1"))
    assert low(state="to_order") == [("TENT", "Main warehouse", 2, 10, 8)]

    stock.change_on_order([change(product, 8)], **act("o2"))

    assert low(state="to_order") == []
    assert low() == [("TENT", "Main warehouse", 2, 18, 0)]
    assert queries.low_count() == 0


@pytest.mark.req("INV-18")
def test_filters_and_what_is_out_of_use() -> None:
    tents = CategoryFactory()
    first, second, third = (
        ProductFactory(sku="A-TENT", category=tents),
        ProductFactory(sku="B-POLE"),
        ProductFactory(sku="C-OLD", status="deprecated"),
    )
    closed = LocationFactory(status="deprecated")
    save(choice(first, 1), choice(second, 1), choice(third, 1), choice(second, 1, location=closed))

    assert [row[0] for row in low()] == ["A-TENT", "B-POLE"]
    assert [row[0] for row in low(category=tents.pk)] == ["A-TENT"]
    assert [row[0] for row in low(q="pole")] == ["B-POLE"]
    assert low(supplier=999) == []


@pytest.mark.req("INV-18")
def test_saved_changed_and_taken_off_with_a_trail() -> None:
    product = ProductFactory()
    assert save(choice(product, 5, 20)) == 1
    assert save(choice(product, 5, 20)) == 0
    assert save(choice(product, "7.5")) == 1
    assert save(choice(product, None)) == 1
    assert not ReorderLevel.objects.exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("changes", flat=True)) == [
        {"reorder level at Main warehouse": [None, "5"], "order up to at Main warehouse": [None, "20"]},
        {"reorder level at Main warehouse": ["5", "7.5"], "order up to at Main warehouse": ["20", None]},
        {"reorder level at Main warehouse": ["7.5", None]},
    ]


@pytest.mark.parametrize(
    ("level", "quantity", "words"), [(-1, None, "below zero"), (5, 5, "more than the level"), (None, 5, "too")]
)
def test_senseless_levels_are_refused(level, quantity, words) -> None:
    with pytest.raises(ReorderRefused, match=words):
        save(choice(ProductFactory(), 1), choice(ProductFactory(), level, quantity))
    assert not ReorderLevel.objects.exists()


def test_a_service_is_never_low() -> None:
    with pytest.raises(ReorderRefused, match="no stock product"):
        save(choice(ServiceFactory(), 1))


@pytest.mark.req("APP-13")
def test_the_second_of_two_edits_is_refused() -> None:
    product = ProductFactory()
    seen = queries.fingerprint(product.pk)
    save(choice(product, 5), fingerprint=seen)
    with pytest.raises(EditedMeanwhile):
        save(choice(product, 6), fingerprint=seen)
    assert ReorderLevel.objects.get().level == 5


@pytest.mark.parametrize("number", [1, 20])
def test_statements_do_not_grow_with_the_levels(number) -> None:
    products = [ProductFactory() for _ in range(number)]
    choices = [choice(product, 3) for product in products]
    with statements() as sql:
        reorder.set_reorder_levels(choices, user=None, now=NOW)
    assert len(sql) == 5
    with statements() as sql:
        assert len(low()) == number
    assert len(sql) == 1
