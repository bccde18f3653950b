"""A payment that fails after the order was captured at *created*, and one that succeeds after all (A4, A35, PND-6)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.enums import CapturedBy, CapturedState
from orders.models import Sale
from orders.queries.words import what_happened
from tests.factories.remote import CREATED, INCOMPLETE, PAID, line, remote_order
from tests.orders.shop import Shop

D = Decimal


@pytest.fixture
def early(second_shop: Shop) -> Shop:
    """Captures what is created, paid or not."""
    second_shop.set_up(capture_when="created")
    return second_shop


def unpaid(**more: object) -> object:
    return remote_order(line("TENT", 3), **{"milestones": CREATED, "status": "pending", "version": "v1", **more})


def failed(**more: object) -> object:
    return unpaid(**{"milestones": INCOMPLETE, "status": "failed", "version": "v2", **more})


def paid(**more: object) -> object:
    return unpaid(**{"milestones": PAID, "status": "processing", "version": "v3", "pay": True, **more})


@pytest.mark.req("PND-6", platform="woocommerce")
@pytest.mark.req("A4", platform="woocommerce")
def test_a_pending_order_lets_its_stock_go_and_says_why(early: Shop) -> None:
    tent = early.product("TENT", on_hand=10)
    early.capture(unpaid(), by=CapturedBy.LOADED)
    assert (early.row().state, early.level(tent)) == ("pending", (D(10), D(3)))

    for _ in range(2):
        early.notice(failed())

    assert (early.row().state, early.level(tent), Sale.objects.count()) == ("cancelled", (D(10), D(0)), 0)
    assert what_happened(early.row()) == "“failed” in the store, stock released"


@pytest.mark.req("A4", platform="woocommerce")
@pytest.mark.req("A35", platform="woocommerce")
def test_a_sale_is_voided_and_the_order_is_sold_once_more_when_it_is_paid(early: Shop) -> None:
    tent = early.product("TENT", on_hand=10)
    early.notice(unpaid())
    first = early.row().sale
    assert first is not None
    assert early.level(tent) == (D(10), D(3))

    for _ in range(2):
        early.notice(failed())
    first.refresh_from_db()
    assert (early.row().state, first.status, early.level(tent)) == ("cancelled", "voided", (D(10), D(0)))

    for _ in range(2):
        early.notice(paid())

    assert (early.row().state, early.level(tent)) == ("sale", (D(10), D(3)))
    assert early.row().sale != first
    assert Sale.objects.exclude(status="voided").count() == 1


@pytest.mark.req("A4", platform="woocommerce")
def test_a_pending_order_that_failed_is_captured_when_it_is_paid(early: Shop) -> None:
    tent = early.product("TENT", on_hand=10)
    early.capture(unpaid(), by=CapturedBy.LOADED)
    early.notice(failed())

    early.notice(paid())

    assert (early.row().state, early.level(tent), Sale.objects.count()) == ("sale", (D(10), D(3)), 1)


@pytest.mark.req("A35", platform="woocommerce")
def test_what_was_shipped_needs_a_decision_and_payment_takes_it_back(early: Shop) -> None:
    early.set_up(fulfillment_mode="pick_pack_ship")
    early.product("TENT", on_hand=10)
    early.notice(unpaid())
    sale = early.row().sale
    assert sale is not None
    sale.fulfillments.update(tracking_number="Z1")

    early.notice(failed())
    assert early.row().state == CapturedState.NEEDS_DECISION

    early.notice(paid())
    sale.refresh_from_db()
    assert (early.row().state, Sale.objects.count()) == ("sale", 1)
    assert sale.status != "voided"


@pytest.mark.req("A4")
def test_an_order_that_was_paid_once_stays(shop: Shop) -> None:
    """History counts: a word of the store that takes the order back changes nothing once money came."""
    shop.notice(remote_order())
    back = {"created": False, "paid": True, "completed": False, "cancelled": False}

    shop.notice(remote_order(milestones=type(PAID)(**back), version="v2"))

    assert (shop.row().state, Sale.objects.exclude(status="voided").count()) == ("sale", 1)


def test_a_cancelled_order_seen_again_costs_no_call(shop: Shop) -> None:
    from tests.factories.remote import CANCELLED

    shop.notice(remote_order())
    shop.notice(remote_order(milestones=CANCELLED, version="v2"))
    shop.notice(remote_order(milestones=CANCELLED, version="v3"))
    shop.store.calls.clear()

    assert [each.verdict for each in shop.handle("100", version="v3")] == ["nothing"]
    assert shop.store.calls == []


@pytest.mark.req("A35", platform="woocommerce")
def test_a_product_renamed_or_deleted_in_the_store_changes_no_sale(second_shop: Shop) -> None:
    """There a line says today's SKU of its product, and none once the product is deleted."""
    second_shop.product("TENT", on_hand=10)
    second_shop.notice(remote_order(line("TENT", 3)))
    before = second_shop.row().fingerprint

    deleted = replace(line("TENT", 3), sku="", product_id="")
    second_shop.notice(remote_order(deleted, version="v2"))

    row = second_shop.row()
    assert (row.fingerprint, row.remote_version, row.issues.count()) == (before, "v2", 0)
    assert row.sale is not None
    assert [each.sku for each in row.sale.lines.all()] == ["TENT"]
