"""Authorize, undo, void and pay by hand."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from inventory.models import Allocation, AuditEntry, Movement, StockPosting
from orders.enums import SaleStatus, Stage
from orders.errors import PaymentRefused, SaleChanged, StageRefused
from orders.models import Fulfillment, Invoice, Sale
from orders.services import payments, stages
from tests.orders.selling import NOW, World, new_world

pytestmark = pytest.mark.django_db

GOODS = (Stage.ORDER, Stage.PICK, Stage.PACK, Stage.SHIP)


@pytest.fixture
def world() -> World:
    return new_world()


def authorize(sale: Sale, *names: Stage) -> Sale:
    for name in names:
        sale = stages.authorize_stage(sale.pk, stage=name, version=None, user=None, now=NOW)
    return sale


def undo(sale: Sale, name: Stage) -> Sale:
    return stages.undo_stage(sale.pk, stage=name, version=None, user=None, now=NOW)


@pytest.mark.req("INV-4")
def test_stages_by_hand_move_stock_only_when_shipped(world):
    product = world.product("TENT", on_hand=10)
    sale = world.sell(world.order((product, 4, "25.00"), paid="124.95"))
    seen = []
    for name in (*GOODS, Stage.INVOICE):
        sale = authorize(sale, name)
        seen.append((name, world.level(product), sale.status))
    assert seen == [
        (Stage.ORDER, (10, 4, 0), SaleStatus.ORDERED),
        (Stage.PICK, (10, 4, 4), SaleStatus.PICKED),
        (Stage.PACK, (10, 4, 4), SaleStatus.PACKED),
        (Stage.SHIP, (6, 0, 0), SaleStatus.INVOICING),
        (Stage.INVOICE, (6, 0, 0), SaleStatus.COMPLETED),
    ]
    assert AuditEntry.objects.filter(action="sale.ship.authorized").count() == 1
    call_command("audit_stock")


@pytest.mark.parametrize("name", [Stage.PICK, Stage.PACK, Stage.SHIP, Stage.INVOICE])
@pytest.mark.req("INV-12")
def test_stage_before_its_gate_is_refused_and_nothing_moves(world, name):
    product = world.product("TENT", on_hand=10)
    sale = world.sell(world.order((product, 4, "25.00")))
    postings = StockPosting.objects.count()

    with pytest.raises(StageRefused):
        authorize(sale, name)

    assert world.level(product) == (10, 4, 0)
    assert StockPosting.objects.count() == postings
    assert Sale.objects.get().version == 0


@pytest.mark.req("INV-4")
def test_undo_and_authorize_again_moves_by_new_rows(world):
    product = world.product("TENT", on_hand=10)
    sale = authorize(world.sell(world.order((product, 4, "25.00"))), *GOODS)
    rows = Movement.objects.count()

    undo(sale, Stage.PICK)
    assert world.level(product) == (10, 4, 0)
    assert Movement.objects.count() > rows
    round_ = Fulfillment.objects.get()
    assert (round_.pick_state, round_.pack_state, round_.ship_state) == ("draft", "not_available", "not_available")

    authorize(sale, Stage.PICK, Stage.PACK, Stage.SHIP)
    assert world.level(product) == (6, 0, 0)
    call_command("audit_stock")


@pytest.mark.req("INV-4")
def test_undo_order_takes_everything_back_but_keeps_the_allocation(world):
    product = world.product("TENT", on_hand=10)
    sale = authorize(world.sell(world.order((product, 4, "25.00"), paid="124.95")), *GOODS, Stage.INVOICE)
    number = Invoice.objects.get().number

    sale = undo(sale, Stage.ORDER)

    assert sale.status == SaleStatus.ORDERING
    assert world.level(product) == (10, 4, 0)
    invoice = Invoice.objects.get()
    assert (invoice.state, invoice.number, invoice.paid) == ("not_available", number, 0)
    assert sale.payments.get().state == "prepayment"
    assert authorize(sale, Stage.ORDER, Stage.INVOICE).invoice.number == number


@pytest.mark.req("A55")
def test_void_releases_and_nets_money_to_zero_but_keeps_the_record(world):
    product = world.product("TENT", on_hand=10)
    sale = authorize(
        world.sell(world.order((product, 4, "25.00"), paid="124.95")), Stage.ORDER, Stage.PICK, Stage.INVOICE
    )

    void = stages.void_sale(sale.pk, return_goods=False, version=None, user=world.user, now=NOW, reason="twice")
    again = stages.void_sale(sale.pk, return_goods=False, version=None, user=world.user, now=NOW)

    assert (void.status, again.status) == (SaleStatus.VOIDED, SaleStatus.VOIDED)
    assert world.level(product) == (10, 0, 0)
    assert not Allocation.objects.filter(quantity__gt=0).exists()
    assert (Invoice.objects.get().state, Invoice.objects.get().paid) == ("voided", 0)
    assert sale.payments.get().state == "voided"
    assert not sale.sources.get().active
    assert AuditEntry.objects.filter(action="sale.voided", user=world.user).count() == 1
    call_command("audit_stock")


@pytest.mark.req("A44")
def test_shipped_sale_is_voided_only_with_the_goods_back(world):
    product = world.product("TENT", on_hand=10)
    sale = authorize(world.sell(world.order((product, 4, "25.00"))), *GOODS)

    with pytest.raises(StageRefused):
        stages.void_sale(sale.pk, return_goods=False, version=None, user=None, now=NOW)
    assert world.level(product) == (6, 0, 0)
    assert not stages.may_void_by_itself(sale)

    stages.void_sale(sale.pk, return_goods=True, version=None, user=None, now=NOW)
    assert world.level(product) == (10, 0, 0)


@pytest.mark.req("A44")
@pytest.mark.parametrize(("tracking", "alone"), [("", True), ("TRK1", False)])
def test_shipment_of_the_automatic_mode_may_be_voided_alone_until_it_is_tracked(world, tracking, alone):
    world.set_up(fulfillment_mode="pick_pack_ship")
    sale = world.sell(world.order((world.product("TENT", on_hand=10), 4, "25.00")))
    if tracking:
        stages.set_shipment(sale.pk, carrier="Post", tracking_number=tracking, version=None, user=None, now=NOW)
    assert stages.may_void_by_itself(sale) is alone


@pytest.mark.req("INV-4")
def test_two_sales_never_pick_the_same_unit(world):
    product = world.product("TENT", on_hand=5)
    first, second = (world.sell(world.order((product, 4, "25.00"))) for _ in range(2))
    authorize(first, Stage.ORDER, Stage.PICK)
    sale = authorize(second, Stage.ORDER)
    assert sale.status == SaleStatus.BACKORDERED

    with pytest.raises(StageRefused, match="3 of TENT"):
        authorize(second, Stage.PICK)

    assert world.level(product) == (5, 8, 4)


@pytest.mark.req("A41")
def test_shipment_without_address_is_refused_and_pickup_is_not(world):
    product = world.product("TENT", on_hand=10)
    sale = authorize(world.sell(world.order((product, 1, "25.00"), shipping={})), Stage.ORDER, Stage.PICK, Stage.PACK)
    with pytest.raises(StageRefused, match="no shipping address"):
        authorize(sale, Stage.SHIP)
    assert world.level(product) == (10, 1, 1)

    pickup = world.sell(world.order((product, 1, "25.00"), shipping={}, needs_shipping=False))
    authorize(pickup, *GOODS)
    assert world.level(product) == (9, 1, 1)


@pytest.mark.req("APP-13")
def test_second_save_of_an_old_page_is_refused(world):
    product = world.product("TENT", on_hand=10)
    sale = world.sell(world.order((product, 1, "25.00")))
    seen = Sale.objects.get().version
    stages.authorize_stage(sale.pk, stage=Stage.ORDER, version=seen, user=None, now=NOW)

    with pytest.raises(SaleChanged):
        stages.authorize_stage(sale.pk, stage=Stage.PICK, version=seen, user=None, now=NOW)

    assert world.level(product) == (10, 1, 0)


@pytest.mark.req("INV-12")
def test_payments_by_hand_complete_the_sale_and_can_be_taken_back(world):
    sale = authorize(world.sell(world.order((world.product("TENT", on_hand=10), 4, "25.00"))), *GOODS, Stage.INVOICE)

    def pay(amount: str) -> Sale:
        return payments.book_payment(
            sale.pk,
            account=world.bank,
            amount=Decimal(amount),
            paid_at=NOW,
            reference="",
            version=None,
            user=None,
            now=NOW,
        )

    assert pay("100.00").status == SaleStatus.INVOICED
    for bad in ("24.96", "0", "-1"):
        with pytest.raises(PaymentRefused):
            pay(bad)
    assert pay("24.95").status == SaleStatus.COMPLETED
    first = sale.payments.first()
    assert (
        payments.take_back_payment(sale.pk, payment_id=first.pk, version=None, user=None, now=NOW).status
        == SaleStatus.INVOICED
    )
    assert Invoice.objects.get().paid == Decimal("24.95")
    with pytest.raises(PaymentRefused):
        payments.book_payment(
            sale.pk,
            account=world.sales_account,
            amount=Decimal(1),
            paid_at=NOW,
            reference="",
            version=None,
            user=None,
            now=NOW,
        )


@pytest.mark.req("APP-5")
def test_audit_keeps_old_and_new_and_belongs_to_the_channel(world):
    sale = authorize(world.sell(world.order((world.product("TENT", on_hand=10), 1, "25.00"))), Stage.ORDER)
    for number in ("TRK1", "TRK2"):
        stages.set_shipment(
            sale.pk, carrier="Local Pickup", tracking_number=number, version=None, user=world.user, now=NOW
        )
    payments.book_payment(
        sale.pk,
        account=world.bank,
        amount=Decimal(5),
        paid_at=NOW,
        reference="",
        version=None,
        user=world.user,
        now=NOW,
    )

    edits = AuditEntry.objects.filter(action="sale.shipment.edited").order_by("pk")
    assert [entry.changes for entry in edits] == [
        {"tracking_number": ["", "TRK1"]},
        {"tracking_number": ["TRK1", "TRK2"]},
    ]
    payment = AuditEntry.objects.get(action="sale.payment.added")
    assert (payment.scope_key, payment.user) == (world.channel.scope_key, world.user)
