"""From a store's order to a pending order with its stock allocated, once (SPEC CAP, PND)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.models import Listing, ListingItem
from channels.errors import TemporarilyUnavailable
from channels.remote import RemoteAddress, RemoteCharge, RemoteCustomer
from inventory.models import Allocation, Product, StockPosting
from orders.enums import CapturedBy, CapturedState, IssueCode, LineKind
from orders.models import CapturedOrder, Sale
from orders.services.capture import capture_orders
from tests.factories import remote
from tests.factories.channels import ChannelFactory, LocationMappingFactory
from tests.factories.inventory import ServiceFactory, put_on_hand
from tests.factories.remote import COMPLETED, CREATED, PLACED, line, payment, remote_order, remote_product
from tests.orders.shop import NOW, Shop
from tests.statements import statements

D = Decimal


@pytest.mark.req("CAP-4")
@pytest.mark.req("CAP-6")
@pytest.mark.req("CAP-8")
@pytest.mark.req("PND-1")
@pytest.mark.req("PND-4")
@pytest.mark.req("TAX-2")
@pytest.mark.req("MPW-8")
def test_a_captured_order_holds_what_the_store_said_and_allocates_at_once(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)

    row = shop.capture(remote_order(line("TENT", 3, "25.00"), pay=True, customer_note="Ring twice"))

    assert (row.state, row.number, row.currency) == ("pending", "100", "EUR")
    assert (row.total, row.total_tax, row.units) == (D("95.20"), D("15.20"), D(3))
    assert (row.customer_name, row.customer_email) == ("Wiebke Harmsen", "wiebke@shop.example")
    assert row.customer_note == "Ring twice"
    assert row.billing["company"] == "Harmsen GmbH"
    assert (row.shipping["city"], row.shipping["contact"]) == ("Kiel", "Lars Harmsen")
    saved = row.lines.get()
    assert (saved.product, saved.quantity, saved.unit_price, saved.total, saved.tax) == (
        tent, D(3), D(25), D(75), D("14.25"),
    )  # fmt: skip
    assert saved.tax_rule == shop.rule
    charge = row.charges.get()
    assert (charge.kind, charge.amount, charge.tax, charge.tax_rule) == ("shipping", D(5), D("0.95"), shop.rule)
    paid = row.payments.get()
    assert (paid.amount, paid.account) == (D("95.20"), shop.bank)
    assert shop.level(tent) == (D(10), D(3))
    assert Allocation.objects.get().document_key == row.document_key
    call_command("audit_stock")


@pytest.mark.req("CAP-9")
@pytest.mark.req("JOB-5")
def test_the_same_order_again_changes_nothing(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3))

    first = shop.capture(order)
    for by in (CapturedBy.NOTICE, CapturedBy.POLL, CapturedBy.LOADED):
        shop.capture(order, by=by)

    assert CapturedOrder.objects.get().pk == first.pk
    assert shop.level(tent) == (D(10), D(3))
    assert StockPosting.objects.filter(key__startswith="order:").count() == 1
    assert CapturedOrder.objects.get().captured_by == CapturedBy.NOTICE


@pytest.mark.req("INV-5")
@pytest.mark.req("A60")
@pytest.mark.req("A10")
def test_units_come_from_the_header_first_then_by_priority_and_the_rest_is_owed_by_the_header(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=2)
    put_on_hand({tent: 3}, location=shop.second)

    shop.capture(remote_order(line("TENT", 9)))

    assert shop.held() == [("TENT", "Main warehouse", D(6)), ("TENT", "Second", D(3))]
    assert shop.level(tent) == (D(2), D(6))
    call_command("audit_stock")


@pytest.mark.req("A36")
def test_two_lines_of_one_product_share_what_is_free(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=2)
    put_on_hand({tent: 5}, location=shop.second)

    shop.capture(remote_order(line("TENT", 2, id="a"), line("TENT", 4, id="b")))

    assert shop.held() == [("TENT", "Main warehouse", D(2)), ("TENT", "Second", D(4))]


@pytest.mark.req("SET-13")
@pytest.mark.req("A10")
def test_a_linked_location_books_and_allocates_everything_there(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=5)
    shop.set_up(location=shop.second)

    row = shop.capture(remote_order(line("TENT", 4)))

    assert row.location == shop.second
    assert shop.held() == [("TENT", "Second", D(4))]
    assert shop.level(tent) == (D(5), D(0))


@pytest.mark.req("SET-32")
@pytest.mark.req("MPW-12")
def test_the_stores_fulfillment_location_books_the_order(shop: Shop) -> None:
    shop.product("TENT", on_hand=5)
    LocationMappingFactory(channel=shop.channel, remote_key="7", location=shop.second)

    row = shop.capture(remote_order(line("TENT", 1), location_id="7"))

    assert (row.location, row.state) == (shop.second, "pending")
    assert shop.held() == [("TENT", "Main warehouse", D(1))]  # the header has none, the other location has


@pytest.mark.req("CAP-7")
def test_a_line_matches_by_sku_regardless_of_case(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=5)

    row = shop.capture(remote_order(line("tent", 1)))

    assert row.lines.get().product == tent


@pytest.mark.req("CAP-7")
def test_a_missing_product_is_downloaded_first_in_one_batch(shop: Shop) -> None:
    shop.set_up(import_opening_stock=False)
    shop.store.products_there = {"P-NEW": remote_product("NEW"), "P-OTHER": remote_product("OTHER")}

    shop.notice(remote_order(line("NEW", 2), line("OTHER", 1)))

    assert [call for call in shop.store.calls if call[0] == "products"] == [("products", ("P-NEW", "P-OTHER"))]
    lines = {each.sku: each.product.sku for each in shop.row().lines.select_related("product")}
    assert lines == {"NEW": "NEW", "OTHER": "OTHER"}
    assert shop.level(Product.objects.get(sku="NEW")) == (D(0), D(2))


@pytest.mark.req("CAP-7")
@pytest.mark.req("A34")
def test_a_line_without_product_becomes_a_service_line_with_a_warning(shop: Shop) -> None:
    shop.notice(remote_order(line("GONE", 2)))

    row = shop.row()
    saved = row.lines.get()
    assert (saved.kind, saved.product, saved.quantity, saved.total) == (LineKind.SERVICE, None, D(2), D(20))
    assert [(issue.code, issue.label) for issue in row.issues.all()] == [(IssueCode.UNKNOWN_PRODUCT, "GONE")]
    assert row.sale is not None
    assert shop.held() == []


@pytest.mark.req("CAP-7")
def test_a_store_without_products_delays_the_order_but_never_loses_it(shop: Shop) -> None:
    shop.store.product_failure = TemporarilyUnavailable("The store does not answer.")
    order = remote_order(line("GONE", 1))
    shop.store.orders_there[order.id] = order

    with pytest.raises(TemporarilyUnavailable):
        shop.handle(order.id, attempts=0)
    assert CapturedOrder.objects.count() == 0
    outcomes = shop.handle(order.id, attempts=3)

    assert [outcome.verdict for outcome in outcomes] == ["done"]
    assert shop.row().lines.get().kind == LineKind.SERVICE


def test_services_and_typed_in_lines_hold_no_stock(shop: Shop) -> None:
    ServiceFactory(sku="CARE", name="Product CARE")

    row = shop.capture(
        remote_order(
            line("CARE", 1),
            line("", 1, id="typed", kind="custom", product_id="", variant_id="", name="Engraving"),
            line("GIFT", 1, kind="gift_certificate"),
        )
    )

    assert [each.kind for each in row.lines.all()] == ["product", "service", "service"]
    assert list(row.issues.all()) == []
    assert shop.held() == []


@pytest.mark.req("SET-1")
@pytest.mark.req("A4")
@pytest.mark.parametrize(
    ("condition", "milestones", "state"),
    [
        ("created", CREATED, "pending"),
        ("paid", CREATED, "waiting"),
        ("paid", remote.PAID, "pending"),
        ("paid", COMPLETED, "pending"),
        ("completed", remote.PAID, "waiting"),
        ("completed", COMPLETED, "pending"),
    ],
)
def test_the_condition_is_a_threshold(shop: Shop, condition: str, milestones: object, state: str) -> None:
    shop.product("TENT", on_hand=5)
    shop.set_up(capture_when=condition)

    row = shop.capture(remote_order(milestones=milestones))

    assert row.state == state


@pytest.mark.req("SET-1")
def test_an_incomplete_order_leaves_nothing(shop: Shop) -> None:
    shop.notice(remote_order(milestones=remote.INCOMPLETE))

    assert CapturedOrder.objects.count() == 0


@pytest.mark.req("A40")
@pytest.mark.req("MPW-13")
@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ("created", {}, PLACED),
        ("paid", {"paid_at": PLACED + timedelta(hours=2)}, PLACED + timedelta(hours=2)),
        ("paid", {"paid_at": None}, PLACED + timedelta(minutes=5)),
        ("completed", {"completed_at": PLACED + timedelta(days=3)}, PLACED + timedelta(days=3)),
        ("completed", {"completed_at": None}, PLACED + timedelta(minutes=5)),
    ],
)
def test_the_capture_date_is_when_the_condition_was_met(
    shop: Shop, condition: str, facts: dict[str, object], expected: object
) -> None:
    shop.set_up(capture_when=condition)

    assert shop.capture(remote_order(milestones=COMPLETED, **facts)).captured_at == expected


@pytest.mark.req("A41")
@pytest.mark.req("MPW-15")
def test_shipping_is_billing_only_when_the_store_says_so(shop: Shop) -> None:
    same = shop.capture(remote_order(id="1", shipping=None, shipping_same_as_billing=True))
    none = shop.capture(remote_order(id="2", shipping=None))
    pickup = shop.capture(remote_order(id="3", shipping=None, is_pickup=True))

    assert (same.shipping["city"], none.shipping, pickup.shipping) == ("Flensburg", {}, {})
    assert [issue.code for issue in none.issues.all() if issue.code == IssueCode.NO_ADDRESS] == [IssueCode.NO_ADDRESS]
    assert (none.needs_shipping, pickup.needs_shipping) == (True, False)
    assert not pickup.issues.filter(code=IssueCode.NO_ADDRESS).exists()


@pytest.mark.req("PAY-3")
@pytest.mark.req("PAY-4")
@pytest.mark.req("PAY-2")
def test_only_received_money_counts_and_an_unmapped_method_leaves_a_notice(shop: Shop) -> None:
    order = remote_order(
        payments=(
            payment("20.00", id="a"),
            payment("5.00", id="b", method_key="voucher", method_label="Voucher"),
            payment("30.00", id="c", received=False),
        )
    )

    row = shop.capture(order)

    paid = {each.remote_id: (each.amount, each.account) for each in row.payments.select_related("account")}
    assert paid == {"a": (D(20), shop.bank), "b": (D(5), None)}
    assert row.state == CapturedState.PENDING
    assert [(each.key, each.label) for each in row.issues.filter(code=IssueCode.PAYMENT_UNMAPPED)] == [
        ("voucher", "Voucher")
    ]
    assert shop.channel.payment_mappings.get(remote_key="voucher").account is None


@pytest.mark.req("CAP-5")
def test_discounts_are_charges_of_the_whole_order(shop: Shop) -> None:
    shop.product("TENT", on_hand=5)
    coupon = RemoteCharge(kind="coupon", label="SAVE10", code="SAVE10", amount=D("-5.00"), tax=D("-0.95"), tax_key="0")

    row = shop.capture(remote_order(line("TENT", 2, "25.00"), charges=[coupon]))

    assert row.lines.get().total == D(50)
    charge = row.charges.get()
    assert (charge.kind, charge.amount, charge.tax, charge.code) == ("coupon", D(-5), D("-0.95"), "SAVE10")
    assert row.total == D("53.55")


@pytest.mark.req("HIS-5")
def test_texts_that_are_too_long_or_hold_nul_are_stored_cut(shop: Shop) -> None:
    order = remote_order(
        line("TENT", 1, name="<b>x</b>" * 200 + "\x00"),
        customer=RemoteCustomer(id="9", first_name="A" * 400),
        billing=RemoteAddress(first_name="N\x00", line_1="S" * 900),
    )

    row = shop.capture(order)

    assert len(row.customer_name) == 256
    assert row.billing["first_name"] == "N"
    assert len(row.lines.get().name) == 512


@pytest.mark.req("A35")
def test_a_pending_order_follows_the_store(shop: Shop) -> None:
    tent, rope = shop.product("TENT", on_hand=10), shop.product("ROPE", on_hand=10)
    shop.set_up(customer=None)
    row = shop.capture(remote_order(line("TENT", 3), line("ROPE", 1)))
    owner = row.lines.get(sku="TENT").owner_key

    changed = remote_order(line("TENT", 5), line("MUG", 1), pay=True, customer_note="Blue, please")
    shop.product("MUG", on_hand=1)
    row = shop.capture(changed)

    assert row.state == CapturedState.BLOCKED
    assert [(each.sku, each.quantity) for each in row.lines.all()] == [("TENT", D(5)), ("MUG", D(1))]
    assert row.lines.get(sku="TENT").owner_key == owner
    assert (row.total, row.customer_note, row.payments.count()) == (changed.total, "Blue, please", 1)
    assert shop.held() == [("MUG", "Main warehouse", D(1)), ("TENT", "Main warehouse", D(5))]
    assert shop.level(rope) == (D(10), D(0))
    assert shop.level(tent) == (D(10), D(5))
    call_command("audit_stock")


def test_a_matched_line_that_becomes_a_typed_in_one_lets_its_stock_go(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    shop.set_up(customer=None)
    shop.capture(remote_order(line("TENT", 3)))

    shop.capture(remote_order(line("", 3, id="L-TENT", kind="custom", product_id="", variant_id="")))

    assert shop.level(tent) == (D(10), D(0))
    assert shop.row().lines.get().kind == LineKind.SERVICE


@pytest.mark.req("CAP-10")
def test_capturing_marks_the_stock_of_the_other_stores(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    other = ChannelFactory(settings={"update_stock": True, "stock_preview_confirmed_at": NOW})
    listing = Listing.objects.create(channel=other, product=tent, remote_id="77")
    ListingItem.objects.create(
        listing=listing, channel=other, product=tent, remote_product_id="77", remote_id="78", remote_sku="TENT"
    )

    shop.capture(remote_order(line("TENT", 3)))

    assert list(other.marks.values_list("kind", "key")) == [("stock", str(tent.pk))]


def counted_capture(shop: Shop, size: int) -> list[str]:
    for number in range(size):
        shop.product(f"{size}-{number}", on_hand=5)
    order = remote_order(*(line(f"{size}-{number}", 2) for number in range(size)), id=str(size), pay=True)
    with statements() as sql:
        capture_orders(shop.channel, [order], by=CapturedBy.NOTICE, now=NOW)
    assert shop.row(str(size)).lines.count() == size
    return sql


def test_a_capture_takes_few_statements_whatever_its_lines(shop: Shop) -> None:
    few, many = counted_capture(shop, 3), counted_capture(shop, 30)

    assert len(few) <= 30
    assert len(many) <= len(few) + 6
    print(f"capture: {len(few)} statements for 3 lines, {len(many)} for 30")


def test_a_batch_is_captured_order_by_order(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    orders = [remote_order(line("TENT", 1), id=str(number)) for number in range(5)]

    outcomes = shop.notice(*orders)

    assert [outcome.verdict for outcome in outcomes] == ["done"] * 5
    assert Sale.objects.count() == 5
    assert shop.held() == [("TENT", "Main warehouse", D(1))] * 5
