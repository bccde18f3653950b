"""What suppliers send to customers: no allocation, one purchase order, complete when they sent it (INV-8, A61, L8)."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from inventory.enums import DropShip, PurchaseState
from inventory.models import Allocation, AuditEntry, Movement, Product, Purchase, StockPosting, Supplier
from inventory.services.products import ProductDetails, save_product
from inventory.services.purchase_receipts import undo_receipt
from inventory.services.purchases import PurchaseRefused, order_purchase, void_purchase
from orders.enums import SaleStatus, Stage, StageState
from orders.errors import StageRefused
from orders.models import Fulfillment, Sale, SaleLine
from orders.queries.sales import sale_view
from orders.services.drop_shipping import draft_missing, follow_receipt, set_drop_ship
from orders.services.payments import book_payment
from orders.services.stages import undo_stage, void_sale
from tests.factories.remote import CANCELLED, line, remote_order
from tests.orders.dropping import LATER, WHO, D, always, dispatch, price, signed_in, status, step
from tests.orders.selling import ADDRESS, NOW, World, new_world
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    world = new_world()
    world.set_up(fulfillment_mode="no_pick")
    return world


@pytest.fixture
def supplier(db: None) -> Supplier:
    return Supplier.objects.create(name="Alpine Wholesale")


@pytest.mark.req("INV-8")
def test_a_captured_order_of_it_holds_nothing_and_drafts_one_purchase_a_supplier(shop: Shop) -> None:
    alpine, other = Supplier.objects.create(name="Alpine"), Supplier.objects.create(name="Other")
    shop.product("TENT", on_hand=10)
    for sku, sends in (("SAUNA", alpine), ("STOVE", alpine), ("BOAT", other)):
        shop.product(sku, on_hand=5, drop_ship=DropShip.ALWAYS, supplier=sends)
    shop.set_up(fulfillment_mode="no_pick")

    shop.notice(remote_order(line("TENT", 2), line("SAUNA"), line("STOVE", 3), line("BOAT"), pay=True))

    assert shop.held() == [("TENT", "Main warehouse", D(2))]
    sale = shop.row().sale
    assert sale is not None
    found = Purchase.objects.filter(document_key=sale.document_key).order_by("supplier__name")
    assert [
        (
            str(each.supplier),
            each.state,
            each.ship_to["city"],
            [(row.product.sku, row.quantity) for row in each.lines.all()],
        )
        for each in found
    ] == [
        ("Alpine", "draft", "Kiel", [("SAUNA", 1), ("STOVE", 3)]),
        ("Other", "draft", "Kiel", [("BOAT", 1)]),
    ]
    assert all(each.location is None for each in found)
    assert not Movement.objects.filter(bucket="on_order").exists()
    call_command("audit_stock")


@pytest.mark.req("INV-8")
def test_a_waiting_order_holds_nothing_of_it_back(shop: Shop) -> None:
    shop.product("SAUNA", drop_ship=DropShip.ALWAYS)
    shop.set_up(capture_when="completed")
    shop.notice(remote_order(line("SAUNA", 4)))
    assert (shop.row().state, shop.channel.holds.count()) == ("waiting", 0)


@pytest.mark.req("INV-8")
def test_a_mode_switched_after_capture_is_put_right(world: World, supplier: Supplier) -> None:
    sauna, tent = world.product("SAUNA", on_hand=5), always(world, "TENT", supplier, on_hand=5)
    order = world.order((sauna, 2, "10"), (tent, 3, "10"))
    owner = order.lines.get(product=tent).owner_key
    Allocation.objects.filter(owner_key=owner).delete()
    assert world.level(sauna)[:2] == (5, 2)
    Product.objects.filter(pk=sauna.pk).update(drop_ship=DropShip.ALWAYS, supplier=supplier)
    Product.objects.filter(pk=tent.pk).update(drop_ship=DropShip.NEVER)

    world.sell(order)
    assert world.level(sauna)[:2] == (5, 0)
    assert list(Allocation.objects.filter(owner_key=owner).values_list("quantity", flat=True)) == [3]
    assert [row.product.sku for row in Purchase.objects.get().lines.all()] == ["SAUNA"]


@pytest.mark.req("INV-8")
def test_authorizing_again_drafts_nothing_more(world: World, supplier: Supplier) -> None:
    sauna = always(world, "SAUNA", supplier)
    world.set_up(fulfillment_mode="draft")
    sale = world.sell(world.order((sauna, 2, "10")))
    assert Purchase.objects.count() == 0

    step(sale, Stage.ORDER)
    with pytest.raises(StageRefused):
        step(sale, Stage.ORDER)
    with pytest.raises(StageRefused, match="Nothing to draft"):
        draft_missing(sale.pk, version=None, **WHO)
    assert [(row.quantity, row.owner_key) for row in Purchase.objects.get().lines.all()] == [
        (2, SaleLine.objects.get().owner_key)
    ]


A61 = [
    # (own units, drop units, what happens, status afterwards)
    ("drop only, nothing sent", False, [], SaleStatus.ORDERED),
    ("drop only, part sent", False, [1], SaleStatus.SHIPPING),
    ("drop only, all sent", False, [1, 1], SaleStatus.COMPLETED),
    ("mixed, supplier first", True, [2], SaleStatus.ORDERED),
]


@pytest.mark.req("A61")
@pytest.mark.parametrize(("name", "mixed", "sent", "expected"), A61, ids=[row[0] for row in A61])
def test_when_the_sale_is_complete(
    world: World, supplier: Supplier, name: str, mixed: bool, sent: list[int], expected: SaleStatus
) -> None:
    sauna, tent = always(world, "SAUNA", supplier), world.product("TENT", on_hand=5)
    lines = [(sauna, 2, "10"), *([(tent, 1, "10")] if mixed else [])]
    world.set_up(fulfillment_mode="no_pick", invoice_mode="authorized")
    sale = world.sell(world.order(*lines))
    book_payment(sale.pk, account=world.bank, amount=sale.total, paid_at=NOW, reference="", version=None, **WHO)
    for number, units in enumerate(sent):
        dispatch(sale, units, key=f"form:{number}")
    expected = SaleStatus.INVOICED if expected == SaleStatus.ORDERED else expected
    assert status(sale) == expected


@pytest.mark.req("A61")
def test_a_mixed_sale_is_complete_when_both_have_sent(world: World, supplier: Supplier) -> None:
    sauna, tent = always(world, "SAUNA", supplier), world.product("TENT", on_hand=5)
    world.set_up(fulfillment_mode="pick_pack_ship", invoice_mode="authorized")
    order = world.order((sauna, 2, "10"), (tent, 1, "10"))
    sale = world.sell(order)
    book_payment(sale.pk, account=world.bank, amount=sale.total, paid_at=NOW, reference="", version=None, **WHO)
    assert world.level(tent) == (4, 0, 0)
    assert status(sale) == SaleStatus.SHIPPING

    receipt = dispatch(sale, 2)
    assert status(sale) == SaleStatus.COMPLETED
    undo_receipt(receipt, version=None, **WHO)
    assert status(sale) == SaleStatus.SHIPPING


@pytest.mark.req("A61")
def test_the_dispatch_is_a_shipment_with_its_cost_of_goods(world: World, supplier: Supplier) -> None:
    sauna = always(world, "SAUNA", supplier, on_hand=5)
    sale = world.sell(world.order((sauna, 2, "10")))
    price(sale, "31.50")
    Purchase.objects.update(currency="USD", rate=D("0.8"))
    before = (StockPosting.objects.count(), world.level(sauna))

    receipt = dispatch(sale, 2)
    follow_receipt(receipt, **WHO)

    round_ = Fulfillment.objects.get(sale=sale, number=2)
    assert (round_.supplier, round_.carrier, round_.tracking_number) == ("Alpine Wholesale", "DHL", "JJD01")
    assert (round_.ship_state, round_.pick_state, round_.shipped_at) == ("authorized", "not_available", LATER)
    assert [(row.quantity, row.unit_cost, row.location) for row in round_.lines.all()] == [(2, D("25.2000"), None)]
    assert (StockPosting.objects.count(), world.level(sauna)) == before, "our own stock does not move"
    assert Sale.objects.get().fulfillments.count() == 2

    undo_receipt(receipt, version=None, **WHO)
    round_.refresh_from_db()
    assert round_.ship_state == StageState.VOIDED
    dispatch(sale, 1, key="again")
    assert [each.number for each in sale_view(sale.pk).supply.dispatches] == [3]
    call_command("audit_stock")


@pytest.mark.req("INV-8")
def test_a_line_without_supplier_waits_for_one_and_the_rest_goes_on(world: World, supplier: Supplier) -> None:
    sauna, tent = always(world, "SAUNA", None), world.product("TENT", on_hand=5)
    world.set_up(fulfillment_mode="pick_pack_ship")
    sale = world.sell(world.order((sauna, 1, "10"), (tent, 1, "10")))
    assert (Purchase.objects.count(), world.level(tent)) == (0, (4, 0, 0))
    client = signed_in(world)
    url = reverse("orders:sale", args=[sale.pk])
    page = client.get(url).content.decode()
    assert "SAUNA has no supplier" in page
    assert reverse("inventory:edit_product", args=[sauna.pk]) in page

    save_product(sauna, columns={"supplier": supplier}, details=ProductDetails(), version=None, user=None, now=NOW)
    assert [(str(each.supplier), each.document_key) for each in Purchase.objects.all()] == [
        ("Alpine Wholesale", sale.document_key)
    ]
    assert "SAUNA has no supplier" not in client.get(url).content.decode()

    void_purchase(Purchase.objects.get().pk, version=None, **WHO)
    assert "SAUNA is on no purchase order" in client.get(url).content.decode()
    client.post(reverse("orders:draft-purchases", args=[sale.pk]), {"version": Sale.objects.get().version})
    assert Purchase.objects.filter(state=PurchaseState.DRAFT).count() == 1


@pytest.mark.req("INV-8")
def test_staff_choose_who_sends_where_the_product_leaves_it_open(world: World, supplier: Supplier) -> None:
    boat, tent = world.product("BOAT", on_hand=5, drop_ship=DropShip.OPTIONAL, supplier=supplier), world.product("TENT")
    world.set_up(fulfillment_mode="draft")
    sale = world.sell(world.order((boat, 2, "10"), (tent, 1, "5")))
    row, other = sale.lines.get(product=boat), sale.lines.get(product=tent)
    assert (row.drop_ship, world.level(boat)) == (False, (5, 2, 0))

    set_drop_ship(sale.pk, line_id=row.pk, is_on=True, version=None, **WHO)
    assert world.level(boat) == (5, 0, 0)
    set_drop_ship(sale.pk, line_id=row.pk, is_on=False, version=None, **WHO)
    assert world.level(boat) == (5, 2, 0)
    for _twice in range(2):
        set_drop_ship(sale.pk, line_id=row.pk, is_on=True, version=None, **WHO)
    assert world.level(boat) == (5, 0, 0)
    with pytest.raises(StageRefused, match="leaves no choice"):
        set_drop_ship(sale.pk, line_id=other.pk, is_on=True, version=None, **WHO)

    step(sale, Stage.ORDER)
    assert [(each.product, each.quantity) for each in Purchase.objects.get().lines.all()] == [(boat, 2)]
    with pytest.raises(StageRefused, match="while the order is a draft"):
        set_drop_ship(sale.pk, line_id=row.pk, is_on=False, version=None, **WHO)
    assert world.level(boat) == (5, 0, 0)
    call_command("audit_stock")


@pytest.mark.req("INV-8")
def test_undoing_the_order_voids_drafts_and_asks_about_ordered_ones(world: World, supplier: Supplier) -> None:
    sauna = always(world, "SAUNA", supplier)
    sale = world.sell(world.order((sauna, 2, "10")))
    undo_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO)
    assert [each.state for each in Purchase.objects.all()] == ["voided"]

    step(sale, Stage.ORDER)
    second = Purchase.objects.exclude(state="voided").get()
    order_purchase(second.pk, version=None, **WHO)
    entries = AuditEntry.objects.count()
    for act in (
        lambda: undo_stage(sale.pk, stage=Stage.ORDER, version=None, **WHO),
        lambda: void_sale(sale.pk, return_goods=False, version=None, **WHO),
    ):
        with pytest.raises(PurchaseRefused) as refused:
            act()
        assert refused.value.message == (
            "Already ordered from the supplier: PO-2. Tell the supplier, then choose to void it too."
        )
    assert (AuditEntry.objects.count(), Sale.objects.get().order_state) == (entries, "authorized")

    undo_stage(sale.pk, stage=Stage.ORDER, version=None, cancel_purchases=True, **WHO)
    assert sorted(each.state for each in Purchase.objects.all()) == ["voided", "voided"]
    assert Sale.objects.get().order_state == "draft"


@pytest.mark.req("INV-8")
@pytest.mark.req("A61")
def test_what_the_supplier_sent_is_not_undone_but_can_be_voided(world: World, supplier: Supplier) -> None:
    sauna = always(world, "SAUNA", supplier)
    sale = world.sell(world.order((sauna, 2, "10")))
    dispatch(sale, 1)
    with pytest.raises(StageRefused, match="has sent goods"):
        undo_stage(sale.pk, stage=Stage.ORDER, version=None, cancel_purchases=True, **WHO)
    with pytest.raises(StageRefused, match="is shipped"):
        void_sale(sale.pk, return_goods=False, cancel_purchases=True, version=None, **WHO)

    void_sale(sale.pk, return_goods=True, cancel_purchases=True, version=None, **WHO)
    assert status(sale) == SaleStatus.VOIDED
    assert [(row.received, row.closed) for row in Purchase.objects.get().lines.all()] == [(1, 1)]
    assert set(Fulfillment.objects.values_list("ship_state", flat=True)) == {"voided"}


@pytest.mark.req("A61")
def test_nothing_is_sent_for_a_sale_that_is_void(world: World, supplier: Supplier) -> None:
    sale = world.sell(world.order((always(world, "SAUNA", supplier), 2, "10")))
    receipt = dispatch(sale, 2)
    void_sale(sale.pk, return_goods=True, cancel_purchases=True, version=None, **WHO)
    undo_receipt(receipt, version=None, **WHO)
    assert Purchase.objects.get().state == PurchaseState.ORDERED

    with pytest.raises(StageRefused, match="The sale is void"):
        dispatch(sale, 2, key="again")

    assert Purchase.objects.get().state == PurchaseState.ORDERED
    assert Purchase.objects.get().receipts.count() == 1
    assert set(Fulfillment.objects.values_list("ship_state", flat=True)) == {"voided"}
    void_purchase(Purchase.objects.get().pk, version=None, **WHO)
    assert status(sale) == SaleStatus.VOIDED


@pytest.mark.req("INV-8")
@pytest.mark.req("A44")
@pytest.mark.parametrize(
    ("ordered", "state", "purchase"), [(False, "cancelled", "voided"), (True, "needs_decision", "ordered")]
)
def test_a_cancelled_order_asks_once_the_supplier_has_it(shop: Shop, ordered: bool, state: str, purchase: str) -> None:
    shop.product("SAUNA", drop_ship=DropShip.ALWAYS, supplier=Supplier.objects.create(name="Alpine"))
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("SAUNA")))
    if ordered:
        order_purchase(Purchase.objects.get().pk, version=None, **WHO)
    shop.notice(remote_order(line("SAUNA"), milestones=CANCELLED, version="v2"))
    assert (shop.row().state, Purchase.objects.get().state) == (state, purchase)


@pytest.mark.req("A35")
@pytest.mark.req("INV-8")
def test_a_change_in_the_store_redrafts_until_the_supplier_has_it(shop: Shop) -> None:
    shop.product("SAUNA", drop_ship=DropShip.ALWAYS, supplier=Supplier.objects.create(name="Alpine"))
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("SAUNA", 1)))
    shop.notice(remote_order(line("SAUNA", 3), version="v2"))
    drafts = Purchase.objects.exclude(state="voided")
    assert [row.quantity for row in drafts.get().lines.all()] == [3]

    order_purchase(drafts.get().pk, version=None, **WHO)
    shop.notice(remote_order(line("SAUNA", 2), version="v3"))
    assert [row.quantity for row in drafts.get().lines.all()] == [3]
    assert [issue.code for issue in shop.row().issues.all()] == ["changed_in_store"]


@pytest.mark.req("A61")
def test_the_sale_page_shows_who_sends_what(world: World, supplier: Supplier) -> None:
    sauna, boat = always(world, "SAUNA", supplier), world.product("BOAT", drop_ship=DropShip.OPTIONAL)
    world.set_up(fulfillment_mode="draft")
    sale = world.sell(world.order((sauna, 2, "10"), (boat, 1, "5"), shipping=ADDRESS))
    client = signed_in(world)
    url = reverse("orders:sale", args=[sale.pk])
    switch = reverse("orders:line-supplier", args=[sale.pk, sale.lines.get(product=boat).pk])
    assert switch in client.get(url).content.decode()
    client.post(switch, {"version": Sale.objects.get().version, "by_supplier": "on"})
    assert "Send it ourselves" in client.get(url).content.decode()
    client.post(switch, {"version": Sale.objects.get().version})

    client.post(reverse("orders:authorize", args=[sale.pk, "order"]), {"version": Sale.objects.get().version})
    page = client.get(url).content.decode()
    assert "Waits for Alpine Wholesale" in page
    assert reverse("inventory:purchase", args=[Purchase.objects.get().pk]) in page
    dispatch(sale, 2)
    page = client.get(url).content.decode()
    assert "Alpine Wholesale sends it: 2 of 2 sent" in page
    assert "JJD01" in page
    buying = client.get(reverse("inventory:purchase", args=[Purchase.objects.get().pk])).content.decode()
    assert "24103 Kiel" in buying
    assert url in buying


def test_the_dispatch_page_is_the_purchase_page_of_a_customer(world: World, supplier: Supplier) -> None:
    sale = world.sell(world.order((always(world, "SAUNA", supplier), 2, "10")))
    purchase = order_purchase(Purchase.objects.get().pk, version=None, **WHO)
    client = signed_in(world)
    edit = reverse("inventory:edit_purchase", args=[purchase.pk])
    assert client.get(edit).status_code == 200
    url = reverse("inventory:receive_purchase", args=[purchase.pk])
    assert "Sent by Alpine Wholesale" in client.get(url).content.decode()
    row = purchase.lines.get()
    form = {"key": "k", "version": purchase.version, f"units-{row.pk}": "2", "carrier": "DHL", "tracking_number": "JJ9"}
    for _twice in range(2):
        client.post(url, form)
    assert [each.tracking_number for each in sale_view(sale.pk).supply.dispatches] == ["JJ9"]
    assert status(sale) == SaleStatus.INVOICING
