"""Two people at the same count, transfer or preview at the same moment (SPEC INV-6, APP-13)."""

from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.models import Product, Run, StockLevel, StockPosting
from inventory.services import house_runs, imports, stocktake_posting, stocktakes, transfers
from inventory.services.imports_stock import STOCK
from inventory.services.stocktake_posting import Uncounted
from inventory.services.stocktakes import Scope
from inventory.services.transfers import TransferDraft
from tests.factories.inventory import NOW, LocationFactory, default_location, stocked_product
from tests.inventory.files import csv_of, preview

pytestmark = pytest.mark.req("INV-6")


def names(outcomes) -> list[str]:
    return sorted(type(each).__name__ for each in outcomes)


def test_counts_of_several_people_add_up_and_are_posted_once(race) -> None:
    mug = stocked_product(10)
    stocktake = stocktakes.open_stocktake(location=default_location(), scope=Scope(), user=None, now=NOW)
    one = {"product_id": mug.pk, "quantity": Decimal(1), "user": None, "now": NOW}

    race([lambda: stocktakes.add_count(stocktake, **one)] * 6)
    assert stocktake.lines.get().counted == 6
    ends = {"uncounted": Uncounted.LEAVE, "user": None, "now": NOW}
    outcomes = race([lambda: stocktake_posting.finish_stocktake(stocktake, **ends)] * 4)
    assert names(outcomes) == ["Run", *["StocktakeRefused"] * 3]
    run = Run.objects.get(kind=stocktake_posting.POST)
    race([lambda: house_runs.advance_house_run(run.pk, now_fn=timezone.now)] * 3)

    assert StockLevel.objects.get().on_hand == 6
    assert StockPosting.objects.filter(kind="stocktake").count() == 1


@pytest.mark.req("APP-13")
def test_a_transfer_moves_once(race) -> None:
    mug, shop = stocked_product(10), LocationFactory()
    draft = TransferDraft(source=default_location(), target=shop, note="", lines={mug.pk: Decimal(4)})
    transfer = transfers.save_transfer(None, draft=draft, user=None, now=NOW)

    outcomes = race([lambda: transfers.complete_transfer(transfer, user=None, now=NOW)] * 4)

    assert names(outcomes) == ["Transfer", *["TransferRefused"] * 3]
    assert set(StockLevel.objects.values_list("location__name", "on_hand")) == {
        (default_location().name, 6), (shop.name, 4),
    }  # fmt: skip


def test_a_preview_is_applied_once(race) -> None:
    stocked_product(10, sku="MUG")
    plan = preview(STOCK, csv_of(["SKU", "Quantity"], ["MUG", "5"]), mode="change_by")

    outcomes = race([lambda: imports.confirm_import(plan, user=None, now=NOW)] * 3)
    assert names(outcomes) == ["Run", *["RunClosed"] * 2]
    race([lambda: house_runs.advance_house_run(plan.pk, now_fn=timezone.now)] * 3)

    assert StockLevel.objects.get().on_hand == 15
    assert Product.objects.count() == 1
