"""The five pick, pack and ship modes (SPEC SET-9) and the header of the sale (MPW-2 to MPW-20)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from inventory.models import Account, Allocation, SalesRepresentative
from orders.enums import SaleStatus
from orders.errors import AlreadySold
from orders.models import Fulfillment, Invoice, Sale, SaleSource
from tests.orders.selling import World, new_world

pytestmark = pytest.mark.django_db

DRAFT, SET, CLOSED = "draft", "authorized", "not_available"


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.mark.req("SET-9")
@pytest.mark.req("A54")
@pytest.mark.req("INV-4")
@pytest.mark.parametrize(
    ("mode", "stages", "level", "status"),
    [
        ("draft", (DRAFT, CLOSED, CLOSED, CLOSED), (10, 4, 0), SaleStatus.ORDERING),
        ("no_pick", (SET, DRAFT, CLOSED, CLOSED), (10, 4, 0), SaleStatus.ORDERED),
        ("pick", (SET, SET, DRAFT, CLOSED), (10, 4, 4), SaleStatus.PICKED),
        ("pick_pack", (SET, SET, SET, DRAFT), (10, 4, 4), SaleStatus.PACKED),
        ("pick_pack_ship", (SET, SET, SET, SET), (6, 0, 0), SaleStatus.INVOICING),
    ],
)
def test_mode_authorizes_exactly_its_stages(world, mode, stages, level, status):
    product = world.product("TENT", on_hand=10)
    world.set_up(fulfillment_mode=mode)

    sale = world.sell(world.order((product, 4, "25.00")))

    round_ = Fulfillment.objects.get(sale=sale)
    assert (sale.order_state, round_.pick_state, round_.pack_state, round_.ship_state) == stages
    assert world.level(product) == tuple(map(Decimal, level))
    assert Sale.objects.get(pk=sale.pk).status == status
    call_command("audit_stock")


@pytest.mark.req("SET-9")
@pytest.mark.req("A8")
def test_short_of_the_full_quantity_leaves_the_pick_a_draft_with_what_is_there(world):
    plenty, scarce = world.product("ROPE", on_hand=9), world.product("TENT", on_hand=3)
    world.set_up(fulfillment_mode="pick_pack_ship")

    sale = world.sell(world.order((plenty, 2, "5.00"), (scarce, 4, "25.00")))

    round_ = Fulfillment.objects.get(sale=sale)
    assert (round_.pick_state, round_.pack_state, round_.ship_state) == (DRAFT, CLOSED, CLOSED)
    assert {line.product.sku: line.quantity for line in round_.lines.all()} == {"ROPE": 2, "TENT": 3}
    assert world.level(plenty) == (9, 2, 0)
    assert world.level(scarce) == (3, 4, 0)
    assert sale.status == SaleStatus.BACKORDERED


@pytest.mark.req("A60")
def test_units_of_other_allowed_locations_count_and_are_taken(world):
    product = world.product("TENT", on_hand=3)
    world.receive(product, 5, at=world.second)
    world.set_up(fulfillment_mode="pick_pack_ship")

    sale = world.sell(world.order((product, 4, "25.00")))

    assert sale.status == SaleStatus.INVOICING
    assert world.level(product) == (0, 0, 0)
    assert world.level(product, world.second) == (4, 0, 0)
    assert not Allocation.objects.filter(quantity__gt=0).exists()
    call_command("audit_stock")


@pytest.mark.req("SET-13")
def test_one_location_takes_nothing_from_the_others(world):
    product = world.product("TENT", on_hand=3)
    world.receive(product, 5, at=world.second)
    world.set_up(fulfillment_mode="pick_pack_ship", location=world.main)

    sale = world.sell(world.order((product, 4, "25.00")))

    assert sale.status == SaleStatus.BACKORDERED
    assert world.level(product, world.second) == (5, 0, 0)


@pytest.mark.req("MPW-2", platform="bigcommerce")
@pytest.mark.req("MPW-4", platform="bigcommerce")
@pytest.mark.req("MPW-5", platform="bigcommerce")
@pytest.mark.req("MPW-6", platform="bigcommerce")
@pytest.mark.req("MPW-7", platform="bigcommerce")
@pytest.mark.req("MPW-13", platform="bigcommerce")
@pytest.mark.req("MPW-14", platform="bigcommerce")
@pytest.mark.req("MPW-16", platform="bigcommerce")
@pytest.mark.req("MPW-17", platform="bigcommerce")
@pytest.mark.req("MPW-18", platform="bigcommerce")
@pytest.mark.req("MPW-19", platform="bigcommerce")
@pytest.mark.req("MPW-20", platform="bigcommerce")
@pytest.mark.req("A40")
def test_header_follows_the_order_and_the_setup(world):
    product = world.product("TENT", on_hand=10)
    order = world.order((product, 4, "25.00"), customer_note="Ring twice")

    sale = world.sell(order)

    assert sale.number != ""
    assert sale.customer_reference == order.number
    assert sale.price_tier_id == 2
    assert sale.terms.name == "Net 14"
    assert sale.sales_representative == "Outdoor"
    assert sale.account == world.sales_account
    # 23:30 UTC is the next day in Berlin
    assert (sale.sale_date, sale.required_by) == (date(2026, 3, 11), date(2026, 3, 11))
    assert (sale.ship_to_company, sale.ship_to_contact) == ("Berg AG", "Ada Berg")
    assert (sale.shipping_notes, sale.comments) == ("Ring twice", "Ring twice")
    assert sale.carrier == "Local Pickup"
    assert sale.customer == world.customer


@pytest.mark.req("SET-16")
@pytest.mark.req("SET-17")
def test_setup_names_account_and_representative(world):
    account = Account.objects.create(code="201", name="Web", account_class="revenue")
    world.set_up(revenue_account=account, sales_representative=SalesRepresentative.objects.create(name="Jonna"))
    product = world.product("TENT", on_hand=10, revenue_account=world.sales_account)

    sale = world.sell(world.order((product, 1, "25.00")))

    assert sale.account == account
    assert sale.lines.get().account == account
    assert sale.sales_representative == "Jonna"


@pytest.mark.req("SET-16")
def test_account_of_the_product_comes_before_the_customers(world):
    own = Account.objects.create(code="202", name="Tents", account_class="revenue")
    world.customer.revenue_account = world.sales_account
    world.customer.save()
    product = world.product("TENT", on_hand=10, revenue_account=own)

    assert world.sell(world.order((product, 1, "25.00"))).lines.get().account == own


@pytest.mark.req("SET-25", platform="bigcommerce")
@pytest.mark.parametrize(("switch", "line"), [(True, "Berg AG, Ring 1"), (False, "Ring 1")])
def test_company_goes_into_the_address_only_by_choice(world, switch, line):
    world.set_up(company_in_address=switch)
    sale = world.sell(world.order((world.product("TENT", on_hand=1), 1, "25.00")))
    assert sale.shipping["line_1"] == line


@pytest.mark.req("SET-15")
@pytest.mark.req("PAY-3")
@pytest.mark.req("A21")
@pytest.mark.req("MPW-9", platform="bigcommerce")
@pytest.mark.req("MPW-10", platform="bigcommerce")
@pytest.mark.req("MPW-11", platform="bigcommerce")
def test_authorized_invoice_posts_the_payment_and_a_draft_keeps_it_as_prepayment(world):
    product = world.product("TENT", on_hand=10)
    world.set_up(fulfillment_mode="pick_pack_ship", invoice_mode="authorized")
    sold = world.sell(world.order((product, 4, "25.00"), paid="124.95"))
    world.set_up(invoice_mode="draft")
    draft = world.sell(world.order((product, 4, "25.00"), paid="124.95"))

    invoice = Invoice.objects.get(sale=sold)
    assert invoice.number
    assert invoice.state == SET
    assert (invoice.invoice_date, invoice.due_date) == (date(2026, 3, 11), date(2026, 3, 25))
    assert (invoice.total, invoice.paid) == (Decimal("124.95"), Decimal("124.95"))
    assert sold.payments.get().state == "posted"
    assert sold.status == SaleStatus.COMPLETED

    waiting = Invoice.objects.get(sale=draft)
    assert waiting.number is None
    assert waiting.state == DRAFT
    assert waiting.paid == 0
    assert draft.payments.get().state == "prepayment"
    assert draft.status == SaleStatus.INVOICING


@pytest.mark.req("TAX-2")
@pytest.mark.req("TAX-3")
@pytest.mark.req("NEW-4")
def test_money_is_the_stores_to_the_cent(world):
    first, second = world.product("TENT", on_hand=10), world.product("ROPE", on_hand=10)
    order = world.order((first, 3, "19.99"), (second, 1, "0.01"))

    sale = world.sell(order)

    rows = [*sale.lines.all(), *sale.charges.all()]
    assert all(row.tax_rule == world.rule for row in rows)
    before_tax = sum(line.total for line in sale.lines.all()) + sum(charge.amount for charge in sale.charges.all())
    tax = sum(row.tax for row in rows)
    assert (before_tax, tax, before_tax + tax) == (sale.total_before_tax, sale.tax, sale.total)
    assert (sale.total, sale.tax) == (order.total, order.total_tax)


@pytest.mark.req("CAP-9")
@pytest.mark.req("LOG-5")
def test_second_sale_of_one_store_order_is_refused_and_leaves_nothing(world):
    product = world.product("TENT", on_hand=10)
    order = world.order((product, 4, "25.00"))
    sale = world.sell(order)

    with pytest.raises(AlreadySold):
        world.sell(order)

    assert list(Sale.objects.all()) == [sale]
    assert SaleSource.objects.get().sale == sale
    assert world.level(product) == (10, 4, 0)
