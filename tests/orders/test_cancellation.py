"""Cancelled or deleted in the store (SPEC CAN-1, PND-6, A44)."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from channels.remote import Milestones
from inventory.models import Allocation
from orders.enums import CapturedState, IssueCode, SaleStatus, Stage
from orders.errors import EntryRefused
from orders.models import CapturedOrder, OrderIssue, Sale, SaleSource
from orders.services.entries import keep_sale, load_again, void_cancelled_sale
from orders.services.stages import authorize_stage, set_shipment
from tests.factories.channels import member
from tests.factories.remote import CANCELLED, line, remote_order
from tests.orders.shop import NOW, Shop

D = Decimal
DELETED = Milestones(created=True, paid=True, completed=False, cancelled=False, deleted=True)


def cancelled(**more: object) -> object:
    return remote_order(line("TENT", 3, "25.00"), milestones=CANCELLED, status="Cancelled", pay=True, **more)


@pytest.fixture
def blocked(shop: Shop) -> Shop:
    shop.product("TENT", on_hand=10)
    shop.set_up(customer=None)
    shop.notice(remote_order(line("TENT", 3, "25.00")))
    return shop


@pytest.mark.req("CAN-1")
@pytest.mark.req("PND-6")
@pytest.mark.parametrize("how", ["cancelled", "deleted", "gone"])
def test_a_pending_order_leaves_pending_and_lets_its_stock_go(blocked: Shop, how: str) -> None:
    if how == "gone":
        blocked.store.orders_there.clear()
        outcomes = blocked.handle("100")
    else:
        outcomes = blocked.notice(
            remote_order(line("TENT", 3, "25.00"), milestones=CANCELLED if how == "cancelled" else DELETED)
        )

    row = blocked.row()
    assert [outcome.verdict for outcome in outcomes] == ["done"]
    assert (row.state, row.sale, row.issues.count()) == ("cancelled", None, 0)
    assert blocked.held() == []
    call_command("audit_stock")


@pytest.mark.req("CAN-1")
def test_an_order_cancelled_before_it_was_known_never_becomes_pending(shop: Shop) -> None:
    outcomes = shop.notice(remote_order(milestones=CANCELLED))
    vanished = shop.handle("999")

    assert [outcome.verdict for outcome in (*outcomes, *vanished)] == ["nothing", "done"]
    assert CapturedOrder.objects.count() == 0


@pytest.mark.req("CAN-1")
@pytest.mark.req("A44")
@pytest.mark.parametrize("mode", ["draft", "no_pick", "pick", "pick_pack", "pick_pack_ship"])
def test_a_sale_is_voided_by_itself_whatever_the_mode_did(shop: Shop, mode: str) -> None:
    tent = shop.product("TENT", on_hand=10)
    shop.set_up(fulfillment_mode=mode, invoice_mode="authorized")
    shop.notice(remote_order(line("TENT", 3, "25.00"), pay=True))

    shop.notice(cancelled())
    shop.notice(cancelled())

    row = shop.row()
    assert row.sale is not None
    assert (row.state, row.sale.status) == ("cancelled", SaleStatus.VOIDED)
    assert shop.level(tent) == (D(10), D(0))
    assert SaleSource.objects.filter(active=True).count() == 0
    assert {payment.state for payment in row.sale.payments.all()} == {"voided"}
    call_command("audit_stock")


@pytest.fixture
def shipped(shop: Shop) -> Shop:
    """A person shipped it, with a tracking number."""
    shop.product("TENT", on_hand=10)
    shop.set_up(fulfillment_mode="pick_pack")
    shop.notice(remote_order(line("TENT", 3, "25.00"), pay=True))
    sale = Sale.objects.get()
    authorize_stage(sale.pk, stage=Stage.SHIP, version=None, user=None, now=NOW)
    set_shipment(sale.pk, carrier="DHL", tracking_number="T1", version=None, user=None, now=NOW)
    return shop


@pytest.mark.req("A44")
def test_a_shipped_sale_asks_for_a_decision_once(shipped: Shop) -> None:
    shipped.notice(cancelled())
    shipped.notice(cancelled())

    row = shipped.row()
    assert (row.state, Sale.objects.get().status) == ("needs_decision", SaleStatus.INVOICING)
    assert [issue.code for issue in OrderIssue.objects.all()] == [IssueCode.CANCELLED_IN_STORE]


@pytest.mark.req("A44")
def test_void_and_return_goods(shipped: Shop) -> None:
    shipped.notice(cancelled())
    user = member()

    void_cancelled_sale(shipped.row(), user=user, now=NOW)

    row = shipped.row()
    assert row.sale is not None
    assert (row.state, row.sale.status) == ("cancelled", SaleStatus.VOIDED)
    assert shipped.level(row.sale.lines.get().product) == (D(10), D(0))
    with pytest.raises(EntryRefused):
        void_cancelled_sale(shipped.row(), user=user, now=NOW)
    call_command("audit_stock")


@pytest.mark.req("A44")
def test_keep_the_sale_and_nobody_is_asked_again(shipped: Shop) -> None:
    shipped.notice(cancelled())

    keep_sale(shipped.row(), user=member(), now=NOW)
    shipped.notice(cancelled())

    assert (shipped.row().state, Sale.objects.get().status) == ("sale", SaleStatus.INVOICING)
    assert OrderIssue.objects.count() == 0


@pytest.mark.req("A44")
def test_a_cancellation_taken_back_before_the_decision_ends_the_question(shipped: Shop) -> None:
    shipped.notice(cancelled())

    shipped.notice(remote_order(line("TENT", 3, "25.00"), pay=True, version="v3"))

    assert (shipped.row().state, OrderIssue.objects.count()) == ("sale", 0)


@pytest.mark.req("CAN-1")
def test_an_order_that_comes_back_is_captured_again_if_it_had_no_sale(blocked: Shop) -> None:
    order = remote_order(line("TENT", 3, "25.00"))
    blocked.notice(remote_order(line("TENT", 3, "25.00"), milestones=CANCELLED))
    blocked.set_up(customer=blocked.default_customer)

    blocked.notice(order)

    assert (blocked.row().state, Sale.objects.count()) == ("sale", 1)
    assert blocked.held() == [("TENT", "Main warehouse", D(3))]
    call_command("audit_stock")


@pytest.mark.req("CAN-1")
@pytest.mark.req("LOG-5")
def test_an_order_whose_sale_was_voided_is_not_captured_by_itself_again(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3, "25.00"), pay=True)
    shop.notice(order)
    shop.notice(cancelled())

    shop.notice(order)

    assert (shop.row().state, Sale.objects.count()) == ("cancelled", 1)
    assert shop.held() == []


@pytest.mark.req("A44")
def test_an_order_that_is_back_may_be_loaded_again_once(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3, "25.00"))
    shop.notice(order)
    shop.notice(remote_order(line("TENT", 3, "25.00"), milestones=CANCELLED))
    with pytest.raises(EntryRefused):
        load_again(shop.row(), user=member(), now=NOW)

    for version in ("v7", "v8"):
        shop.notice(order, version=version)
    assert [issue.code for issue in shop.row().issues.all()] == [IssueCode.BACK_IN_STORE]
    shop.notice(remote_order(line("TENT", 3, "25.00"), milestones=CANCELLED), version="v9")
    assert shop.row().issues.count() == 0
    shop.notice(order, version="v10")
    load_again(shop.row(), user=member(), now=NOW)
    with pytest.raises(EntryRefused):
        load_again(shop.row(), user=member(), now=NOW)
    shop.handle("100")

    assert shop.row().state == CapturedState.SALE
    assert sorted(Sale.objects.values_list("status", flat=True)) == sorted([SaleStatus.VOIDED, shop.row().sale.status])
    assert shop.held() == [("TENT", "Main warehouse", 3)]
    call_command("audit_stock")


@pytest.mark.req("CAN-1")
def test_cancelling_an_order_of_a_reconnected_store_finds_its_sale(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    shop.notice(remote_order(line("TENT", 3, "25.00"), pay=True))
    CapturedOrder.objects.all().delete()

    shop.notice(cancelled())

    assert Sale.objects.get().status == SaleStatus.VOIDED
    assert Allocation.objects.filter(quantity__gt=0).count() == 0
    assert shop.row().state == CapturedState.CANCELLED
