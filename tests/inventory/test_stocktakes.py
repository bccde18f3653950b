"""Counting while sales go on, by several people, posted once (SPEC INV-6)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import documents
from inventory.models import Movement, Product, ProductCost, Run, StockLevel, StockPosting, Stocktake
from inventory.services import house_runs, runs, stock, stocktake_posting, stocktakes
from inventory.services.imports_documents import COUNTS
from inventory.services.stocktake_posting import Uncounted
from inventory.services.stocktakes import Count, CountedMeanwhile, Scope, StocktakeRefused
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
from tests.inventory.doors import page
from tests.inventory.files import advance, apply, csv_of, preview, shown

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]


def opened(scope: Scope | None = None) -> Stocktake:
    return stocktakes.open_stocktake(location=default_location(), scope=scope or Scope(), user=None, now=NOW)


def add(stocktake: Stocktake, product, quantity, user=None):
    return stocktakes.add_count(stocktake, product_id=product.pk, quantity=Decimal(quantity), user=user, now=NOW)


def finish(stocktake: Stocktake, uncounted=Uncounted.LEAVE) -> Run:
    return advance(stocktake_posting.finish_stocktake(stocktake, uncounted=uncounted, user=None, now=NOW))


def on_hand(product) -> Decimal:
    return StockLevel.objects.get(product=product, location=default_location()).on_hand


def sell(product, quantity) -> None:
    wanted = [demand("line:1", product, quantity)]
    stock.allocate_stock(wanted, key="a", document_key="order:1", at=NOW)
    stock.pick_stock(wanted, key="p", document_key="order:1", at=NOW)
    stock.issue_stock(wanted, key="s", document_key="order:1", at=NOW)


def test_what_is_counted_is_chosen() -> None:
    cups = CategoryFactory(name="Cups")
    mug, cup = stocked_product(5, sku="MUG"), stocked_product(5, sku="CUP", category=cups)
    ProductFactory(sku="NEVER")
    ServiceFactory(sku="WRAP")
    stocked_product(5, sku="ELSEWHERE", location=LocationFactory())

    def lines(scope: Scope) -> set[int]:
        return set(opened(scope).lines.values_list("product_id", flat=True))

    assert lines(Scope()) == {mug.pk, cup.pk}
    assert lines(Scope(category_id=cups.pk)) == {cup.pk}
    never = Product.objects.get(sku="NEVER")
    assert lines(Scope(product_ids=[never.pk])) == {never.pk}
    assert Stocktake.objects.order_by("pk").first().number == "ST-1"


def test_a_difference_is_that_at_the_moment_of_counting() -> None:
    mug, cup = stocked_product(10, sku="MUG"), stocked_product(5, sku="CUP")
    stocktake = opened()
    add(stocktake, mug, 4)
    line = add(stocktake, mug, 4)
    assert (line.counted, line.expected) == (8, 10)
    sell(mug, 3)
    assert on_hand(mug) == 7

    run = finish(stocktake)

    assert (run.state, run.done, run.failed) == ("done", 1, 0)
    assert (on_hand(mug), on_hand(cup)) == (5, 5)
    posting = StockPosting.objects.get(kind="stocktake")
    assert posting.document_key == "stocktake:ST-1"
    assert [movement.quantity for movement in posting.movements.all()] == [-2]
    assert documents.resolve(["stocktake:ST-1"])["stocktake:ST-1"].url == reverse(
        "inventory:stocktake", args=[stocktake.pk]
    )


@pytest.mark.parametrize(("uncounted", "left"), [(Uncounted.LEAVE, 5), (Uncounted.ZERO, 0)])
def test_lines_that_nobody_counted_change_only_by_choice(uncounted, left) -> None:
    mug, cup = stocked_product(10, sku="MUG"), stocked_product(5, sku="CUP")
    stocktake = opened()
    add(stocktake, mug, 11)

    finish(stocktake, uncounted)

    assert (on_hand(mug), on_hand(cup)) == (11, left)


def test_it_is_finished_once_and_then_nobody_counts() -> None:
    mug = stocked_product(10, sku="MUG")
    stocktake = opened()
    with pytest.raises(StocktakeRefused, match="Nothing has been counted"):
        finish(stocktake)
    assert Stocktake.objects.get().state == "open"
    add(stocktake, mug, 9)
    finish(stocktake)

    with pytest.raises(StocktakeRefused, match=r"Stocktake ST-1 is over: done\."):
        finish(stocktake)
    with pytest.raises(StocktakeRefused):
        add(stocktake, mug, 1)
    with pytest.raises(StocktakeRefused):
        stocktakes.drop_stocktake(stocktake, user=None, now=NOW)
    assert (on_hand(mug), Movement.objects.filter(posting__kind="stocktake").count()) == (9, 1)


def test_dropped_counts_move_nothing() -> None:
    mug = stocked_product(10, sku="MUG")
    stocktake = opened()
    add(stocktake, mug, 1)
    stocktakes.drop_stocktake(stocktake, user=None, now=NOW)
    assert (Stocktake.objects.get().state, on_hand(mug)) == ("dropped", 10)


@pytest.mark.req("APP-13")
def test_nobody_overwrites_what_another_counted() -> None:
    mug, ada = stocked_product(10, sku="MUG"), UserFactory(first_name="Ada", last_name="Byron")
    stocktake = opened()
    add(stocktake, mug, 4, user=ada)

    def put(quantity, seen):
        count = Count(product_id=mug.pk, quantity=None if quantity is None else Decimal(quantity))
        return stocktakes.set_count(stocktake, count=count, seen=seen, user=None, now=NOW)

    with pytest.raises(CountedMeanwhile) as refused:
        put(7, None)
    assert refused.value.message == "Ada Byron has counted MUG meanwhile: 4. Nothing was overwritten."
    assert stocktake.lines.get().counted == 4
    assert put(7, Decimal(4)).counted == 7
    line = put(None, Decimal(7))
    assert (line.counted, line.expected, line.counted_by) == (None, None, None)


def test_products_are_found_by_sku_and_barcode() -> None:
    mug = ProductFactory(sku="MUG", barcode="400")
    ProductFactory(sku="A", barcode="7")
    ProductFactory(sku="B", barcode="7")
    ServiceFactory(sku="WRAP")
    assert stocktakes.find_product(" mug ") == mug
    assert stocktakes.find_product("400") == mug
    for text, words in (
        ("x", "There is no product with SKU or barcode “x”."),
        ("7", "Several products have this barcode: A, B. Type the SKU."),
        ("wrap", "WRAP is no stock product."),
    ):
        with pytest.raises(StocktakeRefused) as refused:
            stocktakes.find_product(text)
        assert refused.value.message == words


def test_what_cannot_be_posted_fails_alone_and_is_retried_once() -> None:
    mug, cup = stocked_product(10, sku="MUG"), stocked_product(5, sku="CUP")
    wanted = [demand("line:1", mug, 8)]
    stock.allocate_stock(wanted, key="a", document_key="order:1", at=NOW)
    stock.pick_stock(wanted, key="p", document_key="order:1", at=NOW)
    stocktake = opened()
    add(stocktake, mug, 6)
    add(stocktake, cup, 7)

    run = finish(stocktake)

    assert (run.done, run.failed) == (1, 1)
    failed = run.items.get(outcome="failed")
    assert (failed.before, failed.after) == ("10", "10")
    assert failed.reason.startswith("Not enough stock. MUG at Main warehouse")
    assert (on_hand(mug), on_hand(cup)) == (10, 7)

    stock.release_stock([], key="none", document_key="order:1", at=NOW)
    stock.reverse_posting("p", key="unpick", at=NOW)
    again = advance(stocktake_posting.retry_posting(run, user=None, now=NOW))
    assert (again.done, again.failed, on_hand(mug)) == (1, 0, 6)
    twice = advance(stocktake_posting.retry_posting(run, user=None, now=NOW))
    assert (twice.state, twice.done, on_hand(mug)) == ("done", 0, 6)
    with pytest.raises(runs.RunClosed):
        stocktake_posting.retry_posting(again, user=None, now=NOW)


def test_counts_by_file() -> None:
    mug, cup = stocked_product(10, sku="MUG"), stocked_product(5, sku="CUP")
    stocktake = opened(Scope(product_ids=[mug.pk]))
    add(stocktake, mug, 1)
    plan = preview(
        COUNTS,
        csv_of(["SKU", "Quantity"], ["MUG", "9"], ["CUP", "5"], ["X", "1"], ["mug", "1"]),
        stocktake=stocktake.pk,
    )
    assert shown(plan) == {
        2: {"Counted": ("1", "9")},
        3: {"Counted": ("", "5")},
        4: "There is no product with SKU “X”.",
        5: "SKU “mug” is in line 2 already.",
    }
    assert stocktake.lines.count() == 1
    run = apply(plan)
    assert (run.done, run.failed) == (2, 2)
    counts = {line.product.sku: (line.counted, line.expected) for line in stocktake.lines.all()}
    assert counts == {"MUG": (9, 10), "CUP": (5, 5)}
    finish(stocktake)
    assert (on_hand(mug), on_hand(cup)) == (9, 5)


def test_a_count_that_moved_since_the_preview_is_kept() -> None:
    mug = stocked_product(10, sku="MUG")
    stocktake = opened()
    plan = preview(COUNTS, csv_of(["SKU", "Quantity"], ["MUG", "9"]), stocktake=stocktake.pk)
    add(stocktake, mug, 3)

    run = apply(plan)

    assert (run.done, run.failed, stocktake.lines.get().counted) == (0, 1, 3)


def test_many_lines_come_in_short_steps_and_counts_made_meanwhile_stay(staff, monkeypatch) -> None:
    monkeypatch.setattr(stocktakes, "AT_ONCE", 2)
    monkeypatch.setattr(house_runs, "PORTION", 2)
    products = [stocked_product(5) for _n in range(5)]
    with pytest.raises(StocktakeRefused, match="at most 2 000 products"):
        opened(Scope(product_ids=[each.pk for each in products]))
    assert not Stocktake.objects.exists()

    stocktake = opened()
    assert (stocktake.number, stocktake.lines.count()) == ("ST-1", 0)
    add(stocktake, products[3], 4)
    with pytest.raises(StocktakeRefused, match="still being listed"):
        finish(stocktake, Uncounted.ZERO)
    assert Stocktake.objects.get().state == "open"
    assert "every 2s" in page(staff, "stocktake", stocktake.pk)

    gathering = advance(stocktakes.gathering_of(stocktake))
    assert (gathering.state, gathering.total, gathering.handled) == ("done", 5, 5)
    lines = stocktake.lines.order_by("product_id").values_list("product_id", "counted")
    assert list(lines) == [(each.pk, 4 if each == products[3] else None) for each in products]
    assert "every 2s" not in page(staff, "stocktake", stocktake.pk)
    finish(stocktake)
    assert on_hand(products[3]) == 4


def test_listing_ends_with_the_stocktake_and_says_so_when_stopped(staff, monkeypatch) -> None:
    monkeypatch.setattr(stocktakes, "AT_ONCE", 1)
    for _n in range(3):
        stocked_product(5)
    dropped, stopped = opened(), opened()
    stocktakes.drop_stocktake(dropped, user=None, now=NOW)
    gathering = advance(stocktakes.gathering_of(dropped))
    assert (gathering.state, gathering.message, dropped.lines.count()) == (
        "done",
        "Stocktake ST-1 is over: dropped.",
        0,
    )

    runs.request_cancel(stocktakes.gathering_of(stopped), user=None, now=NOW)
    advance(stocktakes.gathering_of(stopped))
    assert "Not all products are listed" in page(staff, "stocktake", stopped.pk)


def test_pages_from_opening_to_the_end(staff) -> None:
    mug = stocked_product(1200, sku="MUG", name="Mug", barcode="400")
    ProductCost.objects.update_or_create(product=mug, defaults={"average": Decimal("2.5")})
    assert "Start counting" in page(staff, "new_stocktake")
    wrong = staff.post(reverse("inventory:new_stocktake"), {"location": default_location().pk, "skus": "x"})
    assert wrong.status_code == 422
    answer = staff.post(reverse("inventory:new_stocktake"), {"location": default_location().pk})
    stocktake = Stocktake.objects.get()
    assert answer.url == reverse("inventory:stocktake", args=[stocktake.pk])

    counting = reverse("inventory:count", args=[stocktake.pk])
    staff.post(counting, {"code": "400", "quantity": ""})
    answer = staff.post(
        counting, {"code": "mug", "quantity": "1195"}, headers={"HX-Request": "true", "HX-Target": "counting"}
    )
    assert "Mug: 1196 counted" in answer.content.decode().replace("\u202f", "")
    wrong = staff.post(counting, {"code": "nothing", "quantity": "1"})
    assert (wrong.status_code, "There is no product with SKU or barcode" in wrong.content.decode()) == (422, True)
    line = stocktake.lines.get()
    correct = reverse("inventory:set_count", args=[stocktake.pk, line.pk])
    assert 'name="seen" value="1196"' in page(staff, "stocktake", stocktake.pk)
    staff.post(correct, {"counted": "1190", "seen": "1196", "query": "show=different"})
    shown_page = page(staff, "stocktake", stocktake.pk, show="different")
    assert "−10<" in shown_page
    assert "−25.00<" in shown_page
    staff.post(correct, {"counted": "7", "seen": "1196", "back": "count"})
    assert "has counted MUG meanwhile" in page(staff, "count", stocktake.pk)

    staff.post(reverse("inventory:finish_stocktake", args=[stocktake.pk]), {"uncounted": "leave"})
    assert "every 2s" in page(staff, "stocktake", stocktake.pk)
    advance(Run.objects.get(kind=stocktake_posting.POST))
    assert "every 2s" not in page(staff, "stocktake", stocktake.pk)
    assert on_hand(mug) == 1190
    assert "ST-1" in page(staff, "stocktakes")
    staff.post(reverse("inventory:drop_stocktake", args=[stocktake.pk]))
    assert Stocktake.objects.get().state == "done"


def test_pages_need_as_many_statements_for_three_as_for_one(staff) -> None:
    counts = []
    for more in (1, 2):
        for _n in range(more):
            product = stocked_product(5)
        stocktake = opened()
        for line in stocktake.lines.all():
            add(stocktake, line.product, 4, user=staff.user)
        with CaptureQueriesContext(connection) as queries:
            page(staff, "stocktake", stocktake.pk)
            page(staff, "count", stocktake.pk)
            page(staff, "stocktakes")
        counts.append(len(queries))
        assert product.pk
    assert counts[0] == counts[1]
