"""Products that are built when sold, built for an order before its pick (INV-7, SET-11, SET-12, A9, DOMAIN L6)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from inventory.models import Assembly, Component, Product, StockLevel
from inventory.queries import allocations_of
from inventory.services import stock
from orders.enums import SaleStatus, Stage
from orders.errors import StageRefused
from orders.models import Sale
from orders.queries.captured import oversold_products
from orders.services.stages import authorize_stage, fill_pick, undo_stage, void_sale
from tests.factories.inventory import UserFactory
from tests.factories.remote import line, remote_order
from tests.orders.selling import NOW, World, new_world
from tests.orders.shop import Shop
from tests.statements import statements

D = Decimal
WHO: dict[str, Any] = {"user": None, "now": datetime(2026, 3, 4, 12, tzinfo=UTC)}
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return new_world()


def kit(world: World, *, on_hand: int = 0, poles: int = 0, pegs: int = 0) -> Product:
    """TENT of two poles and eight pegs."""
    tent = world.product("TENT", on_hand=on_hand, auto_assembly=True)
    for sku, count, there in (("POLE", 2, poles), ("PEG", 8, pegs)):
        part = world.product(sku, on_hand=there)
        Component.objects.create(product=tent, component=part, quantity=D(count))
    return tent


def on_hand(*skus: str) -> list[Decimal]:
    rows = dict(StockLevel.objects.values_list("product__sku", "on_hand"))
    return [rows.get(sku, D(0)) for sku in skus]


def built() -> list[tuple[str, Decimal]]:
    return [(each.state, each.quantity) for each in Assembly.objects.exclude(state="voided").order_by("pk")]


def owe(shop: Shop, tent: Product, available: int) -> None:
    """Make the product's own availability what the table says: units on hand, or owed to somebody else."""
    if available < 0:
        demand = stock.Demand(
            owner_key="order-line:other", product_id=tent.pk, location_id=shop.main.pk, quantity=D(-available)
        )
        stock.allocate_stock([demand], key="other", document_key="adjustment:other", at=NOW)


L6 = [
    # available before the order, mode, components suffice → units built, state of the assembly, sale
    (-3, "minimum", True, [("done", 8)], SaleStatus.PICKED),
    (0, "minimum", True, [("done", 5)], SaleStatus.PICKED),
    (3, "minimum", True, [("done", 2)], SaleStatus.PICKED),
    (5, "minimum", True, [], SaleStatus.PICKED),
    (9, "minimum", True, [], SaleStatus.PICKED),
    (-3, "minimum", False, [], SaleStatus.BACKORDERED),
    (0, "minimum", False, [], SaleStatus.BACKORDERED),
    (3, "minimum", False, [], SaleStatus.BACKORDERED),
    (9, "minimum", False, [], SaleStatus.PICKED),
    (-3, "ordered", True, [("done", 5)], SaleStatus.PICKED),
    (0, "ordered", True, [("done", 5)], SaleStatus.PICKED),
    (3, "ordered", True, [("done", 5)], SaleStatus.PICKED),
    (9, "ordered", True, [("done", 5)], SaleStatus.PICKED),
    (0, "ordered", False, [("draft", 5)], SaleStatus.BACKORDERED),
    (9, "ordered", False, [("draft", 5)], SaleStatus.PICKING),
]


@pytest.mark.req("SET-11")
@pytest.mark.req("SET-12")
@pytest.mark.req("A9")
@pytest.mark.req("INV-7")
@pytest.mark.req("PND-4")
@pytest.mark.parametrize(("available", "mode", "enough", "assemblies", "status"), L6)
def test_a_store_order_builds_what_the_table_says(
    shop: Shop, available: int, mode: str, enough: bool, assemblies: list[tuple[str, int]], status: SaleStatus
) -> None:
    tent = shop.product("TENT", on_hand=max(0, available), auto_assembly=True)
    needed = sum(units for _state, units in assemblies) or max(0, 5 - available)
    pole = shop.product("POLE", on_hand=2 * needed - (0 if enough else 1) if needed else 1)
    Component.objects.create(product=tent, component=pole, quantity=D(2))
    owe(shop, tent, available)
    poles = on_hand("POLE")
    shop.set_up(fulfillment_mode="pick", assembly_mode=mode)

    shop.notice(remote_order(line("TENT", 5)))
    shop.handle("100")

    sale = shop.row().sale
    assert sale is not None
    assert (built(), sale.status) == (assemblies, status)
    units = sum(quantity for state, quantity in assemblies if state == "done")
    assert on_hand("TENT", "POLE") == [max(0, available) + units, poles[0] - 2 * units]
    call_command("audit_stock")


@pytest.mark.req("INV-7")
def test_it_is_built_where_the_order_takes_it_and_never_across_locations(world: World) -> None:
    tent = kit(world, poles=10, pegs=20)
    peg = Product.objects.get(sku="PEG")
    world.receive(peg, 100, at=world.second)
    world.set_up(fulfillment_mode="pick")
    sale = world.sell(world.order((tent, 3, "50")))
    assert (built(), sale.status) == ([], SaleStatus.BACKORDERED)
    assert on_hand("POLE") == [10]


@pytest.mark.req("INV-7")
def test_each_location_builds_its_own_share(world: World) -> None:
    tent = kit(world, poles=10, pegs=40)
    for part in ("POLE", "PEG"):
        world.receive(Product.objects.get(sku=part), 80, at=world.second)
    world.set_up(fulfillment_mode="draft")
    sale = world.sell(world.order((tent, 5, "50")))
    owner = sale.lines.get().owner_key
    shares = [
        stock.Demand(owner_key=owner, product_id=tent.pk, location_id=place.pk, quantity=D(units))
        for place, units in ((world.main, 2), (world.second, 3))
    ]
    stock.reallocate_stock(shares, key="spread", document_key=sale.document_key, at=NOW)

    authorize_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)
    authorize_stage(sale.pk, stage=Stage.PICK, version=None, **WHO)
    assert sorted((str(each.location), each.quantity, each.owner_key) for each in Assembly.objects.all()) == [
        ("Main", 2, f"{owner}@{world.main.pk}"),
        ("Second", 3, f"{owner}@{world.second.pk}"),
    ]
    assert [(each.location, each.picked) for each in allocations_of([owner])] == [(world.main, 2), (world.second, 3)]


@pytest.mark.req("SET-12")
def test_two_lines_of_one_product_are_built_together_once(world: World) -> None:
    tent = kit(world, on_hand=1, poles=100, pegs=100)
    world.set_up(fulfillment_mode="pick")
    sale = world.sell(world.order((tent, 2, "50"), (tent, 3, "50")))
    assert (sum(quantity for _state, quantity in built()), sale.status) == (4, SaleStatus.PICKED)
    assert on_hand("TENT", "POLE") == [5, 92]


@pytest.mark.req("SET-12")
@pytest.mark.req("A9")
def test_components_that_arrive_are_built_by_filling_the_pick(world: World) -> None:
    tent = kit(world, poles=5, pegs=100)
    world.set_up(fulfillment_mode="pick")
    sale = world.sell(world.order((tent, 3, "50")))
    assert (built(), sale.status) == ([], SaleStatus.BACKORDERED)
    with pytest.raises(StageRefused, match="missing: 3 of TENT"):
        authorize_stage(sale.pk, stage=Stage.PICK, version=None, **WHO)

    world.receive(Product.objects.get(sku="POLE"), 1)
    fill_pick(sale.pk, version=None, **WHO)
    fill_pick(sale.pk, version=None, **WHO)
    assert (built(), on_hand("TENT", "POLE", "PEG")) == ([("done", 3)], [3, 0, 76])
    assert authorize_stage(sale.pk, stage=Stage.PICK, version=None, **WHO).status == SaleStatus.PICKED


@pytest.mark.req("SET-11")
def test_a_draft_assembly_is_built_by_filling_the_pick(world: World) -> None:
    tent = kit(world, poles=5, pegs=100)
    world.set_up(fulfillment_mode="pick", assembly_mode="ordered")
    sale = world.sell(world.order((tent, 3, "50")))
    assert built() == [("draft", 3)]
    world.receive(Product.objects.get(sku="POLE"), 1)
    world.channel.captured_orders.update(sale=sale)
    fill_pick(sale.pk, version=None, **WHO)
    assert (built(), on_hand("TENT", "POLE")) == ([("done", 3)], [3, 0])


@pytest.mark.req("INV-7")
@pytest.mark.req("PND-4")
def test_undoing_the_order_takes_apart_what_was_built(world: World) -> None:
    tent = kit(world, poles=10, pegs=40)
    world.set_up(fulfillment_mode="pick")
    sale = world.sell(world.order((tent, 5, "50")))
    assert on_hand("TENT", "POLE", "PEG") == [5, 0, 0]

    undo_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)
    assert (on_hand("TENT", "POLE", "PEG"), built()) == ([0, 10, 40], [])
    authorize_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)
    assert (on_hand("TENT", "POLE"), built()) == ([5, 0], [("done", 5)])
    void_sale(sale.pk, return_goods=False, version=None, **WHO)
    assert (on_hand("TENT", "POLE", "PEG"), built()) == ([0, 10, 40], [])
    call_command("audit_stock")


@pytest.mark.req("INV-7")
def test_what_was_built_and_has_gone_stays_built(world: World) -> None:
    tent = kit(world, poles=10, pegs=40)
    world.set_up(fulfillment_mode="no_pick")
    sale = world.sell(world.order((tent, 5, "50")))
    world.receive(tent, -4)
    undo_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)
    assert (on_hand("TENT", "POLE"), built()) == ([1, 0], [("done", 5)])
    assert Sale.objects.get().order_state == "draft"


@pytest.mark.req("A35")
@pytest.mark.req("INV-7")
def test_a_change_in_the_store_builds_anew(shop: Shop) -> None:
    tent, pole = shop.product("TENT", auto_assembly=True), shop.product("POLE", on_hand=20)
    Component.objects.create(product=tent, component=pole, quantity=D(2))
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("TENT", 3)))
    assert on_hand("TENT", "POLE") == [3, 14]
    shop.notice(remote_order(line("TENT", 5), version="v2"))
    assert (on_hand("TENT", "POLE"), built()) == ([5, 10], [("done", 5)])


@pytest.mark.req("INV-7")
@pytest.mark.parametrize(("poles", "short"), [(10, {}), (9, {"TENT": D(1)})])
def test_a_pending_order_is_oversold_only_where_components_are_short(
    shop: Shop, poles: int, short: dict[str, Decimal]
) -> None:
    tent, pole = shop.product("TENT", auto_assembly=True), shop.product("POLE", on_hand=poles)
    Component.objects.create(product=tent, component=pole, quantity=D(2))
    order = shop.capture(remote_order(line("TENT", 5)))
    found = oversold_products([order])
    assert {Product.objects.get(pk=pk).sku: units for pk, units in found.items()} == short


def test_a_product_without_components_is_sold_from_the_shelf(world: World) -> None:
    tent = world.product("TENT", on_hand=1, auto_assembly=True)
    world.set_up(fulfillment_mode="pick")
    assert world.sell(world.order((tent, 2, "50"))).status == SaleStatus.BACKORDERED
    assert built() == []


@pytest.mark.req("A9")
@pytest.mark.parametrize(("mode", "words"), [("minimum", "3 of TENT are not built"), ("ordered", "Components missing")])
def test_the_sale_says_what_is_missing(world: World, mode: str, words: str) -> None:
    tent = kit(world, poles=4, pegs=100)
    world.set_up(fulfillment_mode="pick", assembly_mode=mode)
    sale = world.sell(world.order((tent, 3, "50")))
    user = UserFactory(role="Operator")
    user.user_permissions.add(Permission.objects.get(codename="use_bigcommerce"))
    client = Client()
    client.force_login(user)
    page = client.get(reverse("orders:sale", args=[sale.pk])).content.decode()
    assert words in page
    assert "2 of POLE" in page
    if mode == "ordered":
        assert Assembly.objects.get().number in page


BEFORE = 42
"""Statements of processing an order of three plain lines before anything could be built or sent by suppliers."""


def test_plain_orders_cost_no_statement_more(world: World) -> None:
    products = [world.product(sku, on_hand=5) for sku in ("A", "B", "C")]
    world.set_up(fulfillment_mode="pick_pack_ship", invoice_mode="authorized")
    order = world.order(*((product, 1, "10") for product in products))
    with statements() as sql:
        world.sell(order)
    assert len(sql) <= BEFORE + 2
