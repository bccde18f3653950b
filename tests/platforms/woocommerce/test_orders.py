"""What an order means to us."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import MalformedResponse
from channels.platforms.woocommerce.mapping.orders import order_ref, order_version, remote_order
from channels.platforms.woocommerce.mapping.payments import milestones
from channels.remote import Milestones
from tests.platforms.woocommerce.reading import line, order, payload, read

SINCE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


# -- what an order means


@pytest.mark.req("CAP-4", platform="woocommerce")
def test_an_order_comes_whole() -> None:
    found = remote_order(payload("order_paid_with_company"), store_url="https://shop.example/")
    assert (found.id, found.number, found.status, found.currency) == ("155", "155", "completed", "USD")
    assert found.created_at == datetime(2026, 11, 21, 9, 44, 7, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 11, 21, 9, 44, 8, tzinfo=UTC)
    assert found.paid_at == found.completed_at == datetime(2026, 11, 21, 9, 44, 7, tzinfo=UTC)
    assert (found.customer.id, found.customer.company, found.customer.email) == ("2", "Acme Ltd", "ann@example.com")
    assert found.billing.contact == "Ann Buyer"
    assert (found.billing.line_1, found.billing.line_2, found.billing.postcode) == ("1 Main St", "Suite 2", "10001")
    assert (found.billing.state, found.billing.country) == ("NY", "US")
    assert found.shipping is not None
    assert found.shipping_same_as_billing
    assert found.carrier == "Flat rate"
    assert found.customer_note == "Leave at the door"
    assert found.store_url == "https://shop.example/wp-admin/post.php?post=155&action=edit"
    assert [
        (each.product_id, each.variant_id, each.sku, each.quantity, each.unit_price, each.note) for each in found.lines
    ] == [
        ("11", "11", "MUG-11", Decimal(2), Decimal("12.50"), ""),
        ("25", "26", "TS-RED-S", Decimal(1), Decimal("20.00"), "Color: Red; Size: S; Engraving: AB"),
    ]
    assert json.loads(json.dumps(found.raw)) == found.raw


@pytest.mark.req("MPW-2", platform="woocommerce")
def test_numbers_of_plugins_are_numbers_for_people() -> None:
    found = remote_order(order(id=7, number="INV-2026-7"))
    assert (found.id, found.number) == ("7", "INV-2026-7")


@pytest.mark.req("A4", platform="woocommerce")
@pytest.mark.parametrize(
    ("status", "paid", "completed", "reached"),
    [
        ("pending", None, None, Milestones(created=True, paid=False, completed=False, cancelled=False)),
        ("on-hold", None, None, Milestones(created=True, paid=False, completed=False, cancelled=False)),
        ("on-hold", "x", None, Milestones(created=True, paid=True, completed=False, cancelled=False)),
        ("processing", None, None, Milestones(created=True, paid=True, completed=False, cancelled=False)),
        ("completed", None, None, Milestones(created=True, paid=True, completed=True, cancelled=False)),
        ("processing", "x", "x", Milestones(created=True, paid=True, completed=True, cancelled=False)),
        ("refunded", "x", None, Milestones(created=True, paid=True, completed=False, cancelled=False)),
        ("refunded", None, None, Milestones(created=True, paid=False, completed=False, cancelled=False)),
        ("cancelled", None, None, Milestones(created=False, paid=False, completed=False, cancelled=True)),
        ("failed", None, None, Milestones(created=False, paid=False, completed=False, cancelled=False)),
        ("checkout-draft", None, None, Milestones(created=False, paid=False, completed=False, cancelled=False)),
        ("auto-draft", None, None, Milestones(created=False, paid=False, completed=False, cancelled=False)),
        ("packed", None, None, Milestones(created=True, paid=False, completed=False, cancelled=False)),
        ("trash", "x", None, Milestones(created=False, paid=True, completed=False, cancelled=False, deleted=True)),
    ],
)
def test_milestones(status: str, paid: str | None, completed: str | None, reached: Milestones) -> None:
    day = "2026-11-21T09:00:00"
    row = order(status=status, total="5.00", date_paid_gmt=paid and day, date_completed_gmt=completed and day)
    assert milestones(row) == reached


@pytest.mark.req("A4", platform="woocommerce")
def test_what_costs_nothing_is_paid_once_there_is_something() -> None:
    assert milestones(order(status="pending", line_items=[line(1, "0.00")])).paid
    assert not milestones(order(status="pending")).paid


@pytest.mark.req("PAY-3", platform="woocommerce")
@pytest.mark.parametrize(
    ("name", "method", "received"),
    [
        ("order_paid_with_company", "cod", True),
        ("order_checkout_cod", "cod", False),  # processing, and the money comes with the goods
        ("order_checkout_bacs", "bacs", False),
        ("order_with_fees", "other", True),  # paid, by nothing that the store names
    ],
)
def test_only_what_the_store_says_was_paid_is_received(name: str, method: str, received: bool) -> None:
    found = read(name)
    assert [(each.id, each.method_key, each.amount, each.received) for each in found.payments] == [
        (f"order:{found.id}", method, found.total, received)
    ]
    assert (found.payments[0].paid_at is not None) == received


@pytest.mark.req("PAY-3", platform="woocommerce")
def test_without_method_and_money_there_is_no_payment() -> None:
    assert read("order_variable_parent_line").payments == ()
    assert read("order_unknown_sku").payments == ()


@pytest.mark.req("A41", platform="woocommerce")
def test_blank_shipping_is_no_address() -> None:
    found = read("order_with_fees")
    assert found.shipping is None
    assert not found.shipping_same_as_billing
    only_country = {"country": "US", "state": "NY", "first_name": "", "phone": ""}
    assert remote_order(order(shipping=only_country)).shipping is None


@pytest.mark.req("A41", platform="woocommerce")
def test_another_shipping_address_is_not_billing() -> None:
    found = read("order_paid_with_company", shipping={"first_name": "Bo", "address_1": "2 Side St", "country": "us"})
    assert found.shipping is not None
    assert (found.shipping.contact, found.shipping.country) == ("Bo", "US")
    assert not found.shipping_same_as_billing


def test_pickup_ships_nothing() -> None:
    way = {"id": 3, "method_id": "pickup_location", "method_title": "Pickup (Harbour)", "total": "0.00"}
    found = remote_order(order(shipping_lines=[way]))
    assert (found.is_pickup, found.carrier, found.staff_note) == (True, "", "Pickup: Pickup (Harbour)")
    both = remote_order(order(shipping_lines=[way, {**way, "method_id": "flat_rate", "method_title": "Post"}]))
    assert (both.is_pickup, both.carrier) == (False, "Post")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"needs_processing": False}, True),
        ({"needs_processing": True}, False),
        ({"created_via": "checkout"}, True),
        ({"created_via": "store-api"}, True),
        ({"created_via": "checkout", "shipping": {"address_1": "1 Main St"}}, False),
        ({"created_via": "checkout", "shipping_lines": [{"method_id": "flat_rate", "total": "0.00"}]}, False),
        ({"created_via": "admin"}, False),
        ({"needs_processing": False, "line_items": []}, False),
        ({"needs_processing": False, "line_items": [line(1, "5.00", product_id=0)]}, False),
    ],
)
def test_digital_orders_are_those_that_the_store_asked_no_place_for(fields: dict[str, Any], expected: bool) -> None:
    assert remote_order(order(**{"line_items": [line(1, "5.00")], **fields})).is_digital is expected


@pytest.mark.req("CAP-7", platform="woocommerce")
def test_a_product_that_is_gone_leaves_a_line_of_its_own() -> None:
    bread, card = read("order_deleted_product").lines
    assert (bread.kind, bread.product_id, bread.variant_id, bread.sku) == ("custom", "", "", "")
    assert (bread.name, bread.quantity, bread.total) == ("Zero rated bread", Decimal(4), Decimal("8.80"))
    assert card.kind == "product"


def test_a_line_of_a_family_without_its_variant() -> None:
    [found] = read("order_variable_parent_line").lines
    assert (found.product_id, found.variant_id, found.sku, found.quantity) == ("25", "25", "TS", 1)


def test_lines_of_no_or_negative_quantity_keep_their_money() -> None:
    zero = remote_order(order(total="5.00", line_items=[line(1, "5.00", quantity=0)])).lines[0]
    assert (zero.quantity, zero.unit_price, zero.total) == (0, 5, 5)
    assert read("order_negative_quantity").lines[0].quantity == -1


@pytest.mark.req("CAP-8", platform="woocommerce")
def test_prices_including_tax_still_give_net_lines() -> None:
    found = read("order_prices_include_tax")
    assert found.prices_include_tax
    assert [(each.unit_price, each.total, each.tax) for each in found.lines] == [
        (Decimal("11.48"), Decimal("34.44"), Decimal("3.06")),
        (Decimal("9.75"), Decimal("9.75"), Decimal("0.24")),
    ]


def test_the_currency_is_the_order_s_own() -> None:
    assert read("order_other_currency").currency == "EUR"
    with pytest.raises(MalformedResponse):
        remote_order(order(currency=""))


def test_names_are_plain_and_notes_keep_their_characters() -> None:
    note = "Ring \U0001f514 <b>"
    found = remote_order(order(line_items=[line(1, "1.00", name="Nuts &amp; bolts")], customer_note=note))
    assert found.lines[0].name == "Nuts & bolts"
    assert found.customer_note == note
    assert read("order_emoji").customer_note == payload("order_emoji")["customer_note"]


def test_bundled_lines_know_their_parent() -> None:
    rows = [line(1, "10.00"), line(2, "0.00", bundled_by="1")]
    assert [each.parent_id for each in remote_order(order(total="10.00", line_items=rows)).lines] == ["", "1"]


def test_refunds_are_named() -> None:
    assert read("order_refunded").refund_ids == ("174",)


# -- versions


def test_a_version_changes_with_what_matters_only() -> None:
    row = payload("order_paid_with_company")
    first = order_version(row)
    assert first.startswith("2026-11-21T09:44:08|")
    assert len(first) <= 100
    noise = {
        "_links": {"self": []},
        "payment_url": "https://shop.example/pay",
        "currency_symbol": "€",
        "is_editable": True,
        "needs_payment": True,
        "needs_processing": False,
        "version": "11.0.0",
        "cart_hash": "x",
        "meta_data": [*row["meta_data"], {"id": 5, "key": "_edit_lock", "value": "1:1"}],
        "line_items": [
            {**each, "sku": None, "price": Decimal("1.5"), "parent_name": "x"} for each in row["line_items"]
        ],
    }
    assert order_version({**row, **noise}) == first
    assert order_version({**row, "payment_method_title": "Money"}) != first
    for change in (
        {"billing": {**row["billing"], "city": "Boston"}},
        {"line_items": row["line_items"][:1]},
        {"line_items": [{**each, "quantity": 9} for each in row["line_items"]]},
        {"refunds": [{"id": 9, "reason": "", "total": "-1.00"}]},
        {"meta_data": [{"id": 9, "key": "_wc_shipment_tracking_items", "value": [{"tracking_number": "1"}]}]},
        {"meta_data": [{"id": 9, "key": "_tracking_number", "value": "1"}]},
        {"shipping": {**row["shipping"], "postcode": "1"}},
        {"status": "on-hold"},
    ):
        assert order_version({**row, **change}) != first


def test_an_imported_order_without_dates_hides_no_others() -> None:
    row = {**payload("order_paid_with_company"), "date_modified_gmt": None, "date_created_gmt": None}
    row |= {"date_paid_gmt": None, "date_completed_gmt": None}
    then = datetime(2026, 1, 1, tzinfo=UTC)
    assert order_ref(row, undated=then).modified_at == then
    assert remote_order(row).created_at == datetime.fromisoformat(row["date_created"]).replace(tzinfo=UTC)
    with pytest.raises(MalformedResponse):
        order_ref({**row, "id": 0}, undated=then)
