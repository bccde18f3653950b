"""Two workers supply, receive or send in the same moment: one purchase order a supplier, one assembly, one receipt."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from inventory.enums import DropShip
from inventory.models import Assembly, Component, Purchase, Receipt, StockLevel, Supplier
from inventory.services.purchase_drafts import draft_for
from inventory.services.purchase_receipts import Arrived, receive_purchase, record_dispatch, undo_receipt
from inventory.services.purchases import (
    PurchaseRefused,
    PurchaseTerms,
    WantedLine,
    create_purchase,
    order_purchase,
    undo_ordering,
)
from orders.enums import SaleStatus, Stage
from orders.errors import EntryRefused, SaleChanged, StageRefused
from orders.models import Fulfillment, Sale
from orders.services.processing import process_order
from orders.services.stages import authorize_stage, undo_stage
from tests.factories.remote import line, remote_order
from tests.orders.shop import NOW, Shop, new_shop

D = Decimal
WHO: dict[str, Any] = {"user": None, "now": datetime(2026, 3, 4, 12, tzinfo=UTC)}


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = new_shop()
    alpine, other = Supplier.objects.create(name="Alpine"), Supplier.objects.create(name="Other")
    shop.product("SAUNA", drop_ship=DropShip.ALWAYS, supplier=alpine)
    shop.product("STOVE", drop_ship=DropShip.ALWAYS, supplier=alpine)
    shop.product("BOAT", drop_ship=DropShip.ALWAYS, supplier=other)
    tent, pole = shop.product("TENT", auto_assembly=True), shop.product("POLE", on_hand=100)
    Component.objects.create(product=tent, component=pole, quantity=D(2))
    return shop


def wanted() -> Any:
    return remote_order(line("SAUNA"), line("STOVE", 2), line("BOAT"), line("TENT", 5))


def failures(outcomes: list[object], *expected: type[Exception]) -> list[object]:
    return [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, expected)]


def supplied() -> tuple[list[tuple[str, int]], list[tuple[str, Decimal]], Decimal]:
    purchases = Purchase.objects.exclude(state="voided").order_by("supplier__name")
    assemblies = Assembly.objects.exclude(state="voided")
    return (
        [(str(each.supplier), each.lines.count()) for each in purchases],
        [(each.state, each.quantity) for each in assemblies],
        StockLevel.objects.get(product__sku="POLE").on_hand,
    )


EXPECTED = ([("Alpine", 2), ("Other", 1)], [("done", D(5))], D(90))


@pytest.mark.req("INV-8")
@pytest.mark.req("INV-7")
@pytest.mark.req("PND-4")
def test_one_order_processed_by_five_is_supplied_once(shop: Shop, race) -> None:
    shop.set_up(fulfillment_mode="pick")
    pk = shop.capture(wanted()).pk
    outcomes = race([lambda: process_order(pk, user=None, now=NOW)] * 5)
    assert failures(outcomes, EntryRefused) == []
    assert supplied() == EXPECTED
    call_command("audit_stock")


@pytest.mark.req("INV-8")
@pytest.mark.req("INV-7")
def test_one_sale_authorized_by_two_is_supplied_once(shop: Shop, race) -> None:
    shop.notice(wanted())
    sale = Sale.objects.get()
    assert Purchase.objects.count() == 0
    outcomes = race([lambda: authorize_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)] * 3)
    assert failures(outcomes, StageRefused, SaleChanged) == []
    assert [isinstance(each, Sale) for each in outcomes].count(True) == 1
    assert supplied() == EXPECTED
    call_command("audit_stock")


@pytest.mark.req("INV-8")
def test_drafting_for_one_document_at_once_drafts_once(shop: Shop, race) -> None:
    supplier, product = Supplier.objects.get(name="Alpine"), shop.product("LAMP")
    lines = {supplier.pk: [WantedLine(product_id=product.pk, quantity=D(1), owner_key="order-line:1")]}
    outcomes = race([lambda: draft_for("sale:999", wanted=lines, ship_to={}, **WHO)] * 4)
    assert failures(outcomes) == []
    assert {tuple(each) for each in outcomes} == {(Purchase.objects.get(),)}
    assert Purchase.objects.get().lines.count() == 1


@pytest.mark.req("INV-7")
def test_two_orders_build_from_the_same_components(shop: Shop, race) -> None:
    shop.set_up(fulfillment_mode="pick")
    StockLevel.objects.get(product__sku="POLE")
    first = shop.capture(remote_order(line("TENT", 30), id="1")).pk
    second = shop.capture(remote_order(line("TENT", 30), id="2")).pk
    outcomes = race(
        [lambda: process_order(first, user=None, now=NOW), lambda: process_order(second, user=None, now=NOW)]
    )
    assert failures(outcomes) == []
    statuses = sorted(Sale.objects.values_list("status", flat=True))
    units = sum((each.quantity for each in Assembly.objects.filter(state="done")), D(0))
    assert 2 * units + StockLevel.objects.get(product__sku="POLE").on_hand == 100
    assert SaleStatus.BACKORDERED in statuses, "100 poles are not enough for 60 tents"
    call_command("audit_stock")


@pytest.mark.req("INV-9")
def test_the_same_goods_are_received_once(shop: Shop, race) -> None:
    supplier, product = Supplier.objects.get(name="Alpine"), shop.product("LAMP")
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=shop.main.pk)
    draft = create_purchase(terms, lines=[WantedLine(product_id=product.pk, quantity=D(10))], **WHO)
    outcomes = race([lambda: order_purchase(draft.pk, version=0, **WHO)] * 3)
    assert failures(outcomes, PurchaseRefused) == []
    level = StockLevel.objects.get(product=product)
    assert (level.on_hand, level.on_order) == (0, 10)

    units = {draft.lines.get().pk: D(6)}
    same = [lambda: receive_purchase(draft.pk, units=units, key="form", version=None, **WHO)] * 3
    others = [
        lambda: receive_purchase(draft.pk, units=units, key="another", version=None, **WHO),
        lambda: undo_ordering(draft.pk, version=None, **WHO),
    ]
    outcomes = race([*same, *others])
    assert failures(outcomes, PurchaseRefused) == []
    level.refresh_from_db()
    purchase = Purchase.objects.get(pk=draft.pk)
    expected = {"partly": (6, 4, 1), "draft": (0, 0, 0)}[purchase.state]
    assert (level.on_hand, level.on_order, Receipt.objects.count()) == expected
    call_command("audit_stock")


@pytest.mark.req("A61")
def test_a_dispatch_is_entered_once_and_undone_once(shop: Shop, race) -> None:
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("SAUNA", 3)))
    purchase = order_purchase(Purchase.objects.get().pk, version=None, **WHO)
    arrived = Arrived(units={purchase.lines.get().pk: D(2)})
    outcomes = race([lambda: record_dispatch(purchase.pk, arrived=arrived, key="form", version=None, **WHO)] * 3)
    assert failures(outcomes) == []
    assert Fulfillment.objects.filter(number=2).count() == 1
    receipt = Receipt.objects.get()
    outcomes = race([lambda: undo_receipt(receipt.pk, version=None, **WHO)] * 3)
    assert failures(outcomes, PurchaseRefused) == []
    assert [(each.received, each.outstanding) for each in purchase.lines.all()] == [(0, 3)]
    assert list(Fulfillment.objects.filter(number=2).values_list("ship_state", flat=True)) == ["voided"]


@pytest.mark.req("INV-8")
def test_undoing_the_order_while_the_supplier_is_told_ends_in_one_of_both(shop: Shop, race) -> None:
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("SAUNA", 3)))
    sale, purchase = Sale.objects.get(), Purchase.objects.get()
    outcomes = race(
        [
            lambda: undo_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO),
            lambda: order_purchase(purchase.pk, version=None, **WHO),
        ]
    )
    assert failures(outcomes, PurchaseRefused, StageRefused) == []
    sale.refresh_from_db()
    purchase.refresh_from_db()
    assert (sale.order_state, purchase.state) in (("draft", "voided"), ("authorized", "ordered"))


@pytest.mark.req("A61")
def test_a_dispatch_and_the_end_of_the_sale_at_once(shop: Shop, race) -> None:
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("SAUNA", 3)))
    sale, purchase = Sale.objects.get(), Purchase.objects.get()
    order_purchase(purchase.pk, version=None, **WHO)
    arrived = Arrived(units={purchase.lines.get().pk: D(3)})
    outcomes = race(
        [
            lambda: record_dispatch(purchase.pk, arrived=arrived, key="form", version=None, **WHO),
            lambda: undo_stage(sale.pk, stage=Stage.ORDER, version=None, cancel_purchases=True, **WHO),
        ]
    )
    assert failures(outcomes, PurchaseRefused, StageRefused) == []
    sale.refresh_from_db()
    purchase.refresh_from_db()
    assert (sale.order_state, purchase.state) in (("draft", "voided"), ("authorized", "received"))
