"""The same order through several doors in the same moment: one captured order, one sale, allocations right."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from orders.enums import CapturedState
from orders.errors import EntryRefused
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services.cancellation import cancel_vanished
from orders.services.claims import Raced
from orders.services.processing import process_order
from tests.factories.remote import CANCELLED, line, remote_order
from tests.orders.shop import NOW, Shop, new_shop

D = Decimal


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = new_shop()
    shop.product("TENT", on_hand=10)
    return shop


def failures(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.mark.req("CAP-9")
@pytest.mark.req("JOB-5")
@pytest.mark.req("A35")
def test_five_notices_and_a_poll_at_once_make_one_order_and_one_sale(shop: Shop, race) -> None:
    order = remote_order(line("TENT", 3), pay=True)
    shop.store.orders_there[order.id] = order

    outcomes = race([lambda: shop.handle("100")] * 5 + [lambda: shop.handle("100", version="v1")])
    assert failures(outcomes) == []
    shop.handle("100")

    row = shop.row()
    assert (CapturedOrder.objects.count(), Sale.objects.count(), SaleSource.objects.count()) == (1, 1, 1)
    assert (row.state, row.sale) == (CapturedState.SALE, Sale.objects.get())
    assert shop.held() == [("TENT", "Main warehouse", D(3))]
    assert Sale.objects.get().payments.count() == 1
    call_command("audit_stock")


@pytest.mark.req("PND-3")
@pytest.mark.req("JOB-5")
def test_five_people_press_process_at_once(shop: Shop, race) -> None:
    pk = shop.capture(remote_order(line("TENT", 3))).pk

    outcomes = race([lambda: process_order(pk, user=None, now=NOW)] * 5)

    refused = failures(outcomes)
    assert all(isinstance(each, EntryRefused) for each in refused)
    assert len(refused) < 5
    assert (Sale.objects.count(), shop.row().sale) == (1, Sale.objects.get())
    assert shop.held() == [("TENT", "Main warehouse", D(3))]
    call_command("audit_stock")


@pytest.mark.req("CAN-1")
@pytest.mark.req("JOB-5")
def test_processing_and_cancelling_at_once_end_without_a_stray_unit(shop: Shop, race) -> None:
    order = remote_order(line("TENT", 3))
    pk = shop.capture(order).pk
    gone = remote_order(line("TENT", 3), milestones=CANCELLED)
    shop.store.orders_there[order.id] = gone

    outcomes = race(
        [
            lambda: process_order(pk, user=None, now=NOW),
            lambda: shop.handle("100"),
            lambda: cancel_vanished(shop.channel, ["100"], now=NOW),
        ]
    )
    assert all(isinstance(each, EntryRefused | Raced) for each in failures(outcomes))
    shop.handle("100")

    assert shop.row().state == CapturedState.CANCELLED
    assert shop.held() == []
    assert Sale.objects.exclude(status="voided").count() == 0
    call_command("audit_stock")
