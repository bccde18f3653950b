"""Quantities and reorder levels from a file (SPEC INV-6)."""

from decimal import Decimal

import pytest

from inventory.models import DocumentNumber, ReorderLevel, StockLevel, StockPosting
from inventory.services import house_runs, stock
from inventory.services.imports_reorder import REORDER
from inventory.services.imports_stock import STOCK
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    default_location,
    demand,
    put_on_hand,
    stocked_product,
)
from tests.inventory.files import apply, bring, csv_of, preview, shown

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]
HEADS = ["SKU", "Location", "Quantity"]


def levels() -> dict[str, Decimal]:
    return {f"{each.product.sku} {each.location.name}": each.on_hand for each in StockLevel.objects.all()}


@pytest.mark.req("NEW-2")
@pytest.mark.parametrize(
    ("mode", "number", "new"), [("set_to", "7", 7), ("change_by", "−3", 7), ("set_to", "7,5", "7.5")]
)
def test_old_and_new_are_shown_then_posted(mode, number, new) -> None:
    stocked_product(10, sku="MUG")
    LocationFactory(name="Shop")
    plan = preview(
        STOCK, csv_of(HEADS, ["mug", "", number], ["MUG", "shop", "4"], delimiter=";"), mode=mode, reason="Counted"
    )
    assert shown(plan) == {
        2: {"On hand at Main warehouse": ("10", str(new))},
        3: {"On hand at Shop": ("0", "4")},
    }
    assert levels() == {"MUG Main warehouse": 10}

    apply(plan)

    assert levels() == {"MUG Main warehouse": Decimal(new), "MUG Shop": 4}
    posting = StockPosting.objects.get(kind="adjustment")
    assert (posting.document_key, posting.note) == ("adjustment:ADJ-1", "Counted")


def test_pieces_of_a_file_share_one_number(monkeypatch) -> None:
    monkeypatch.setattr(house_runs, "PORTION", 2)
    default_location()
    products = [ProductFactory() for _ in range(5)]

    run = bring(STOCK, csv_of(HEADS, *[[each.sku, "", "3"] for each in products]))

    assert (run.state, run.done, run.failed) == ("done", 5, 0)
    assert set(StockPosting.objects.values_list("document_key", flat=True)) == {"adjustment:ADJ-1"}
    assert StockPosting.objects.count() == 3
    assert list(DocumentNumber.objects.filter(kind="adjustment").values_list("next_number", flat=True)) == [2]
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {Decimal(3)}


def test_bad_rows_do_not_stop_the_others() -> None:
    mug, cup = stocked_product(10, sku="MUG"), stocked_product(10, sku="CUP")
    ServiceFactory(sku="WRAP")
    stock.allocate_stock([demand("line:1", mug, 4)], key="a", document_key="order:1", at=NOW)
    stock.pick_stock([demand("line:1", mug, 4)], key="p", document_key="order:1", at=NOW)
    plan = preview(STOCK, csv_of(
        HEADS, ["MUG", "", "3"], ["WRAP", "", "1"], ["X", "", "1"], ["CUP", "Nowhere", "1"], ["CUP", "", "-1"],
        ["CUP", "Main warehouse", "8"], ["CUP", "main warehouse", "9"], ["", "", "5"],
    ))  # fmt: skip

    assert shown(plan) == {
        2: "4 of MUG are picked for sales: on hand cannot be less.",
        3: "WRAP is no stock product.",
        4: "There is no product with SKU “X”.",
        5: "There is no location “Nowhere”.",
        6: "The quantity is below zero.",
        7: {"On hand at Main warehouse": ("10", "8")},
        8: "SKU “CUP” is in line 7 already.",
        9: "There is no SKU in this line.",
    }
    assert apply(plan).done == 1
    assert levels() == {"MUG Main warehouse": 10, "CUP Main warehouse": 8}
    assert cup.pk


def test_stock_that_moved_since_the_preview_is_refused_alone() -> None:
    mug = stocked_product(10, sku="MUG")
    stocked_product(10, sku="CUP")
    plan = preview(STOCK, csv_of(HEADS, ["MUG", "", "7"], ["CUP", "", "7"]))
    put_on_hand({mug: 1})

    run = apply(plan)

    assert (run.done, run.failed) == (1, 1)
    assert levels() == {"MUG Main warehouse": 11, "CUP Main warehouse": 7}


def test_reorder_levels_are_set_and_taken_away() -> None:
    mug, cup = ProductFactory(sku="MUG"), ProductFactory(sku="CUP")
    for product in (mug, cup):
        ReorderLevel.objects.create(product=product, location=default_location(), level=2, quantity=9)
    plan = preview(REORDER, csv_of(
        ["SKU", "Reorder level", "Order up to"], ["MUG", "4", ""], ["CUP", "-", ""], ["X", "1", ""], ["mug", "1", "1"],
    ))  # fmt: skip

    assert shown(plan) == {
        2: {"Reorder level": ("2", "4")},
        3: {"Reorder level": ("2", ""), "Order up to": ("9", "")},
        4: "There is no product with SKU “X”.",
        5: "SKU “mug” is in line 2 already.",
    }
    assert apply(plan).done == 2
    level = ReorderLevel.objects.get()
    assert (level.product, level.level, level.quantity) == (mug, 4, 9)
