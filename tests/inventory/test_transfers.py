"""Goods from one location to another, by hand and by file (SPEC INV-6, APP-13)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import documents
from inventory.models import AuditEntry, Movement, Product, StockLevel, StockPosting, Transfer
from inventory.services import stock, transfers
from inventory.services.imports_documents import TRANSFERS
from inventory.services.stale import EditedMeanwhile
from inventory.services.transfers import TransferDraft, TransferRefused
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    ServiceFactory,
    UserFactory,
    default_location,
    demand,
    organization,
    stocked_product,
)
from tests.inventory.doors import page
from tests.inventory.files import apply, csv_of, preview, shown

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]


@pytest.fixture
def shop():
    return LocationFactory(name="Shop")


def draft(shop, **quantities) -> TransferDraft:
    lines = {Product.objects.get(sku=sku).pk: Decimal(quantity) for sku, quantity in quantities.items()}
    return TransferDraft(source=default_location(), target=shop, note="Monday", lines=lines)


def saved(shop, **quantities) -> Transfer:
    return transfers.save_transfer(None, draft=draft(shop, **quantities), user=None, now=NOW)


def levels() -> dict[str, Decimal]:
    return {f"{each.product.sku} {each.location.name}": each.on_hand for each in StockLevel.objects.all()}


def test_a_draft_moves_nothing_then_all_of_it_moves_in_one_posting(shop) -> None:
    stocked_product(10, sku="MUG")
    stocked_product(5, sku="CUP")
    transfer = saved(shop, MUG=4, CUP=5)
    assert (transfer.state, transfer.number) == ("draft", f"draft-{transfer.pk}")
    assert levels() == {"MUG Main warehouse": 10, "CUP Main warehouse": 5}

    transfers.complete_transfer(transfer, user=UserFactory(), now=NOW)

    transfer.refresh_from_db()
    assert (transfer.state, transfer.number, transfer.done_at) == ("done", "TR-1", NOW)
    assert levels() == {"MUG Main warehouse": 6, "CUP Main warehouse": 0, "MUG Shop": 4, "CUP Shop": 5}
    posting = StockPosting.objects.get(kind="transfer")
    assert (posting.document_key, posting.note, posting.movements.count()) == ("transfer:TR-1", "Monday", 4)
    link = documents.resolve(["transfer:TR-1"])["transfer:TR-1"]
    assert (link.label, link.url) == ("TR-1", reverse("inventory:transfer", args=[transfer.pk]))
    assert AuditEntry.objects.filter(action="Moved the transfer").count() == 1


def test_units_that_sales_hold_stay_and_nothing_moves(shop) -> None:
    product = stocked_product(10, sku="MUG")
    stock.allocate_stock([demand("line:1", product, 7)], key="a", document_key="order:1", at=NOW)
    transfer = saved(shop, MUG=4)

    with pytest.raises(TransferRefused) as refused:
        transfers.complete_transfer(transfer, user=None, now=NOW)

    assert refused.value.message == (
        "At Main warehouse there is not enough that no sale holds. MUG: 4 to move, 3 free."
    )
    assert levels() == {"MUG Main warehouse": 10}
    transfer.refresh_from_db()
    assert (transfer.state, transfer.number) == ("draft", f"draft-{transfer.pk}")
    assert not Movement.objects.filter(posting__kind="transfer").exists()


def test_undo_brings_it_back_and_it_can_move_again(shop) -> None:
    stocked_product(10, sku="MUG")
    transfer = transfers.complete_transfer(saved(shop, MUG=4), user=None, now=NOW)

    transfer = transfers.undo_transfer(transfer, user=None, now=NOW)
    assert (transfer.state, transfer.number) == ("draft", "TR-1")
    assert levels() == {"MUG Main warehouse": 10, "MUG Shop": 0}
    transfer = transfers.complete_transfer(transfer, user=None, now=NOW)
    assert levels() == {"MUG Main warehouse": 6, "MUG Shop": 4}
    assert (transfer.number, transfer.revision) == ("TR-1", 1)


def test_undo_is_refused_once_the_goods_are_gone(shop) -> None:
    product = stocked_product(10, sku="MUG")
    transfer = transfers.complete_transfer(saved(shop, MUG=4), user=None, now=NOW)
    stock.allocate_stock([demand("line:1", product, 1, shop)], key="a", document_key="order:1", at=NOW)
    stock.pick_stock([demand("line:1", product, 1, shop)], key="p", document_key="order:1", at=NOW)
    stock.issue_stock([demand("line:1", product, 1, shop)], key="s", document_key="order:1", at=NOW)

    with pytest.raises(TransferRefused, match=r"the goods are no longer all at Shop\. Not enough stock\. MUG at Shop"):
        transfers.undo_transfer(transfer, user=None, now=NOW)

    assert levels() == {"MUG Main warehouse": 6, "MUG Shop": 3}
    assert Transfer.objects.get().state == "done"


def test_void_and_what_cannot_be(shop) -> None:
    stocked_product(10, sku="MUG")
    ServiceFactory(sku="WRAP")
    transfer = transfers.void_transfer(saved(shop, MUG=4), user=None, now=NOW)
    with pytest.raises(TransferRefused, match=r"is voided by now\."):
        transfers.complete_transfer(transfer, user=None, now=NOW)
    for wrong, words in (
        ({"lines": {}}, "Enter at least one product."),
        ({"source": shop}, "Choose two different locations."),
        ({"target": LocationFactory(name="Old", status="deprecated")}, "Location “Old” is deprecated."),
        ({"lines": draft(shop, WRAP=1).lines}, "Only stock products can be moved, not WRAP."),
    ):
        with pytest.raises(TransferRefused) as refused:
            transfers.save_transfer(None, draft=replace(draft(shop, MUG=1), **wrong), user=None, now=NOW)
        assert refused.value.message == words
    assert levels() == {"MUG Main warehouse": 10}


@pytest.mark.req("APP-13")
def test_the_second_save_and_a_move_of_what_changed_are_refused(shop) -> None:
    stocked_product(10, sku="MUG")
    transfer = saved(shop, MUG=4)
    transfers.save_transfer(transfer, draft=draft(shop, MUG=5), version=transfer.version, user=None, now=NOW)

    with pytest.raises(EditedMeanwhile):
        transfers.save_transfer(transfer, draft=draft(shop, MUG=6), version=transfer.version, user=None, now=NOW)
    with pytest.raises(EditedMeanwhile):
        transfers.complete_transfer(transfer, version=transfer.version, user=None, now=NOW)

    assert Transfer.objects.get().lines.get().quantity == 5
    assert levels() == {"MUG Main warehouse": 10}


def test_a_file_makes_one_transfer_a_route_and_a_short_row_fails_alone(shop) -> None:
    stocked_product(10, sku="MUG")
    stocked_product(5, sku="CUP")
    LocationFactory(name="Fair")
    plan = preview(TRANSFERS, csv_of(
        ["SKU", "From", "To", "Quantity"],
        ["MUG", "Main warehouse", "Shop", "4"], ["CUP", "Main warehouse", "shop", "9"],
        ["MUG", "Main warehouse", "Fair", "6"], ["MUG", "Nowhere", "Fair", "1"], ["TEA", "Shop", "Fair", "1"],
    ))  # fmt: skip

    assert shown(plan) == {
        2: {"Free at Main warehouse": ("10", "6"), "To Shop": ("", "+4")},
        3: "At Main warehouse only 5 are free: the others are held for sales or not there.",
        4: {"Free at Main warehouse": ("6", "0"), "To Fair": ("", "+6")},
        5: "There is no location “Nowhere”.",
        6: "There is no product with SKU “TEA”.",
    }
    run = apply(plan)
    assert (run.done, run.failed) == (2, 3)
    assert levels() == {"MUG Main warehouse": 0, "CUP Main warehouse": 5, "MUG Shop": 4, "MUG Fair": 6}
    assert sorted(Transfer.objects.values_list("number", flat=True)) == ["TR-1", "TR-2"]


def test_pages(staff, shop) -> None:
    stocked_product(10, sku="MUG")
    head = {"source": default_location().pk, "target": shop.pk, "note": "Fair"}
    lines = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0, "form-0-sku": "mug", "form-0-quantity": "4"}
    assert "A draft moves nothing" in page(staff, "new_transfer")
    wrong = staff.post(reverse("inventory:new_transfer"), head | lines | {"form-0-sku": "x", "target": head["source"]})
    assert wrong.status_code == 422
    assert "There is no product with this SKU." in wrong.content.decode()
    answer = staff.post(reverse("inventory:new_transfer"), head | lines)
    transfer = Transfer.objects.get()
    assert answer.url == reverse("inventory:transfer", args=[transfer.pk])
    shown_page = page(staff, "transfer", transfer.pk)
    assert "Free at the source" in shown_page

    edit = reverse("inventory:edit_transfer", args=[transfer.pk])
    stale = staff.post(edit, head | lines | {"version": transfer.version - 1})
    assert stale.status_code == 422
    assert "Saved by somebody else meanwhile" in stale.content.decode()
    staff.post(edit, head | lines | {"form-0-quantity": "3", "version": transfer.version})
    transfer.refresh_from_db()
    for act, state in (("complete", "done"), ("undo", "draft"), ("void", "voided")):
        staff.post(reverse(f"inventory:{act}_transfer", args=[transfer.pk]), {"version": transfer.version})
        transfer.refresh_from_db()
        assert transfer.state == state
    assert "TR-1" in page(staff, "transfers")
    assert staff.get(edit).url == reverse("inventory:transfer", args=[transfer.pk])
    assert levels()["MUG Main warehouse"] == 10


def test_the_list_needs_as_many_statements_for_three_as_for_one(staff, shop) -> None:
    stocked_product(10, sku="MUG")
    counts = []
    for more in (1, 2):
        for _n in range(more):
            saved(shop, MUG=1)
        with CaptureQueriesContext(connection) as queries:
            page(staff, "transfers")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_viewers_see_and_do_not_move(client, shop) -> None:
    organization()
    stocked_product(10, sku="MUG")
    transfer = saved(shop, MUG=1)
    client.force_login(UserFactory(role="Viewer"))
    assert "Move the goods" not in page(client, "transfer", transfer.pk)
    assert client.post(reverse("inventory:complete_transfer", args=[transfer.pk])).status_code == 403
