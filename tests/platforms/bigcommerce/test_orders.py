"""Reading orders with the fewest calls, and what an order means to us."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from channels.platforms.bigcommerce.mapping.orders import OrderParts, order_version, remote_order, side_loaded
from channels.platforms.bigcommerce.mapping.payments import milestones, order_payments
from channels.platforms.bigcommerce.orders import groups
from channels.platforms.bigcommerce.store import Store
from tests.platforms.bigcommerce.test_order_money import header, line
from tests.platforms.conftest import Shopkeeper

ORDERS = ("GET", "/v2/orders")


def paths(keeper: Shopkeeper) -> list[str]:
    return [path for _method, path in keeper.requests()]


# -- calls


def test_an_order_costs_two_calls(store: Store, keeper: Shopkeeper) -> None:
    """The order with all its parts, and its tax rows."""
    number = keeper.place({"sku": "ZH-Y10", "wrap": True}, coupon="SAVE10", shipping_cost="5", fees=[{"cost": "1"}])
    keeper.forget()
    store.orders.get_many([number])
    assert paths(keeper) == [f"/v2/orders/{number}", f"/v2/orders/{number}/taxes"]


def test_neighbouring_orders_come_in_one_call(store: Store, keeper: Shopkeeper) -> None:
    numbers = [keeper.place({"sku": "ZH-Y10"}) for _ in range(10)]
    keeper.forget()
    assert [order.id for order in store.orders.get_many(numbers)] == numbers
    assert sorted(paths(keeper)) == sorted(["/v2/orders", *(f"/v2/orders/{number}/taxes" for number in numbers)])


def test_an_untaxed_order_costs_one_call(store: Store, keeper: Shopkeeper) -> None:
    number = keeper.place({"sku": "GS-50", "tax_class_id": 1})
    keeper.forget()
    order = store.orders.get_many([number])[0]
    assert paths(keeper) == [f"/v2/orders/{number}"]
    assert order.is_digital
    assert order.shipping is None
    assert [entry.needs_shipping for entry in order.lines] == [False]


def test_archived_orders_are_found_one_by_one(store: Store, keeper: Shopkeeper) -> None:
    numbers = [keeper.place({"sku": "ZH-Y10"}) for _ in range(3)]
    keeper.act(numbers[1], "archive")
    found = store.orders.get_many(numbers)
    assert [order.milestones.deleted for order in found] == [False, True, False]


def test_a_store_that_cannot_give_a_range_is_asked_one_by_one(store: Store, keeper: Shopkeeper) -> None:
    numbers = [keeper.place({"sku": "ZH-Y10"}) for _ in range(3)]
    keeper.fault("error", path="/v2/orders", times=None)
    assert [order.id for order in store.orders.get_many(numbers)] == numbers


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([1], [[1]]),
        ([1, 2, 3], [[1, 2, 3]]),
        ([1, 5, 10], [[1, 5], [10]]),
        (list(range(250)), [list(range(100)), list(range(100, 200)), list(range(200, 250))]),
    ],
)
def test_only_dense_ranges_are_asked_for(numbers: list[int], expected: list[list[int]]) -> None:
    assert list(groups(numbers)) == expected


@pytest.mark.parametrize("field", ["changed_since", "created_since"])
def test_a_poll_of_many_orders_pages_by_date(store: Store, keeper: Shopkeeper, field: str) -> None:
    """250 orders a call, although all have the same second; everything comes."""
    keeper.call("POST", "/stores/demo/orders", {"lines": [{"sku": "ZH-Y10"}], "count": 260})
    keeper.forget()
    since, cursor, found = datetime.now(UTC) - timedelta(hours=1), "", []
    while True:
        page = getattr(store.orders, field)(since, cursor=cursor)
        found += [ref.id for ref in page.refs]
        if not (cursor := page.next_cursor):
            break
    assert len(set(found)) == 260
    assert len(keeper.requests()) <= 3


def test_orders_that_move_while_we_page_are_not_lost(store: Store, keeper: Shopkeeper) -> None:
    numbers: list[str] = []
    for day in range(1, 13):
        draft = {"lines": [{"sku": "ZH-Y10"}], "count": 25, "date_created": f"2026-02-{day:02d}T10:00:00+00:00"}
        numbers += [str(number) for number in keeper.call("POST", "/stores/demo/orders", draft)["ids"]]
    since = datetime(2026, 1, 31, tzinfo=UTC)
    page = store.orders.changed_since(since)
    assert len(page.refs) == 250
    for number in numbers[:40]:
        keeper.act(number, "touch")
    rest = store.orders.changed_since(since, cursor=page.next_cursor)
    assert {ref.id for ref in (*page.refs, *rest.refs)} == set(numbers)


def test_an_empty_poll_is_no_error(store: Store, keeper: Shopkeeper) -> None:
    keeper.fault("empty", path="/v2/orders")
    page = store.orders.changed_since(datetime(2020, 1, 1, tzinfo=UTC))
    assert (page.refs, page.next_cursor) == ((), "")


def test_lines_outside_every_consignment_are_fetched(store: Store, keeper: Shopkeeper) -> None:
    number = keeper.place({"sku": "ZH-Y10", "quantity": 2}, {"name": "Engraving", "price": "9.90"})
    order = store._client.order(int(number))
    assert order is not None
    side = side_loaded(order)
    assert side.complete
    shipping = order["consignments"]["shipping"][0]
    shipping["line_items"] = shipping["line_items"][:1]
    assert not side_loaded(order).complete
    del order["consignments"]
    assert not side_loaded(order).has_consignments
    keeper.forget()
    whole = store.orders._whole(order)  # type: ignore[attr-defined]
    assert [entry.kind for entry in whole.lines] == ["product", "custom"]
    assert paths(keeper) == [f"/v2/orders/{number}/{part}" for part in ("products", "shipping_addresses", "taxes")]


def test_only_a_vague_tender_is_looked_up(store: Store, keeper: Shopkeeper) -> None:
    number = keeper.place({"sku": "ZH-Y10", "price": "20"}, overrides={"payment_method": ""})
    keeper.forget()
    payment = store.orders.get_many([number])[0].payments[0]
    assert f"/v3/orders/{number}/transactions" in paths(keeper)
    assert (payment.method_key, payment.amount, payment.received) == ("squarev2", Decimal(20), True)
    assert payment.paid_at is not None


# -- milestones (A4)


@pytest.mark.req("A4")
@pytest.mark.req("SET-1")
@pytest.mark.parametrize(
    ("status", "payment", "expected"),
    [
        (0, "", ""),
        (0, "captured", ""),
        (1, "", ""),
        (1, "captured", "created paid"),
        (2, "", "created paid completed"),
        (3, "", "created paid"),
        (4, "refunded", "created paid"),
        (5, "captured", "cancelled"),
        (6, "declined", "cancelled"),
        (7, "", "created"),
        (7, "authorized", "created"),
        (7, "captured", "created paid"),
        (8, "", "created paid"),
        (9, "", "created paid"),
        (10, "", "created paid completed"),
        (11, "authorized", "created paid"),
        (12, "", "created"),
        (13, "", "created"),
        (13, "paid", "created paid"),
        (14, "partially refunded", "created paid"),
    ],
)
def test_thresholds(status: int, payment: str, expected: str) -> None:
    found = milestones({"status_id": status, "payment_status": payment, "total_inc_tax": "5.0000"})
    reached = [name for name in ("created", "paid", "completed", "cancelled") if getattr(found, name)]
    assert " ".join(reached) == expected


@pytest.mark.req("A4")
def test_history_counts() -> None:
    shipped = {"status_id": 4, "date_shipped": "Tue, 05 Mar 2019 21:40:11 +0000", "total_inc_tax": "5"}
    assert milestones(shipped).completed
    assert milestones({"status_id": 7, "total_inc_tax": "0.0000"}).paid
    assert not milestones({"status_id": 1, "total_inc_tax": "0.0000"}).paid
    assert milestones({"status_id": "11", "is_deleted": True, "total_inc_tax": "5"}).deleted


@pytest.mark.req("PAY-3")
@pytest.mark.parametrize(
    ("status", "payment", "received"),
    [
        (11, "captured", True),
        (11, "authorized", False),
        (11, "", True),
        (7, "", False),
        (7, "pending", False),
        (4, "refunded", True),
        (9, "capture pending", False),
        (9, "void", False),
    ],
)
def test_only_money_that_was_received_counts(status: int, payment: str, received: bool) -> None:
    order = header(status_id=status, payment_status=payment)
    found = order_payments(order, [])
    assert [(entry.amount, entry.received) for entry in found] == [(Decimal("119.0000"), received)]


def test_transactions_explain_a_payment_in_two_parts() -> None:
    order = header(payment_method="", payment_status="captured")
    base = {"order_id": "5", "event": "purchase", "status": "ok", "date_created": "2026-01-02T03:04:05+00:00"}
    rows = [
        {**base, "id": 1, "gateway": "squarev2", "method": "nonce", "amount": Decimal("100")},
        {**base, "id": 2, "method": "offline", "offline": {"display_name": "Cash"}, "amount": "19"},
        {**base, "id": 3, "method": "store_credit", "amount": 4},
        {**base, "id": 4, "event": "refund", "gateway": "squarev2", "amount": 100},
        {**base, "id": 5, "status": "error", "gateway": "squarev2", "amount": 100},
    ]
    found = order_payments(order, rows)
    assert [(entry.id, entry.method_key, entry.amount) for entry in found] == [
        ("5:1", "squarev2", 100),
        ("5:2", "Cash", 19),
    ]


# -- fields


ADDRESS = {
    "id": 9,
    "first_name": "Jane",
    "last_name": "Doe",
    "street_1": "1 Main St",
    "city": "Austin",
    "state": "Texas",
    "zip": "78108",
    "country": "United States",
    "country_iso2": "US",
}


def order(parts: dict[str, Any] | None = None, **changes: Any) -> Any:
    return remote_order(header(**changes), OrderParts(**{"lines": [line()], **(parts or {})}))


@pytest.mark.req("MPW-15")
def test_shipping_equal_to_billing_is_marked() -> None:
    billing = {**ADDRESS, "street_1": "1  MAIN st", "email": "jane@example.com", "phone": "1"}
    found = order({"addresses": [ADDRESS]}, billing_address=billing)
    assert found.shipping_same_as_billing
    assert found.billing.email == "jane@example.com"
    assert found.shipping.country == "US"
    other = order({"addresses": [{**ADDRESS, "zip": "1"}]}, billing_address=billing)
    assert not other.shipping_same_as_billing
    none = order(billing_address=billing)
    assert none.shipping is None
    assert not none.shipping_same_as_billing


def test_several_shipping_addresses_are_noted() -> None:
    second = {**ADDRESS, "id": 10, "first_name": "Max", "city": "Dallas"}
    lines = [line(order_address_id=9), line(id=2, order_address_id=10)]
    found = order({"addresses": [ADDRESS, second], "lines": lines}, staff_notes="Fragile")
    assert found.shipping.city == "Austin"
    assert found.staff_note == "Fragile\nThe order has 2 shipping addresses; this is the first one."
    assert found.lines[0].note == ""
    assert found.lines[1].note == "Ship to: Max Doe 1 Main St 78108 Dallas United States"


def test_a_guest_has_no_customer_id() -> None:
    assert order(customer_id=0, billing_address=ADDRESS).customer.id == ""
    assert order(customer_id=11, billing_address=ADDRESS).customer.id == "11"


@pytest.mark.parametrize(
    ("changes", "kind", "product"),
    [
        ({}, "product", "7"),
        ({"product_id": 0, "sku": "", "variant_id": 0}, "custom", ""),
        ({"product_id": 0, "type": "giftcertificate"}, "gift_certificate", ""),
    ],
)
def test_kinds_of_lines(changes: dict[str, Any], kind: str, product: str) -> None:
    found = order({"lines": [line(**changes)]}).lines[0]
    assert (found.kind, found.product_id) == (kind, product)


def test_a_bundle_s_children_cost_nothing_and_follow_their_parent() -> None:
    free = {"price_ex_tax": "0", "total_ex_tax": "0", "total_inc_tax": "0", "total_tax": "0"}
    child = line(id=2, sku="ABS", parent_order_product_id=1, is_bundled_product=True, **free)
    tax = {"tax_class_id": 4, "rate": "7", "line_item_type": "item", "order_product_id": "1"}
    found = order({"lines": [line(), child], "taxes": [tax]}).lines[1]
    assert (found.parent_id, found.total, found.tax_key, found.needs_shipping) == ("1", 0, "4", True)


def test_choices_without_a_sku_are_kept_as_a_note() -> None:
    options = [{"display_name": "Engraving", "display_value": "Jane", "type": "Text field"}]
    found = order({"lines": [line(product_options=options, wrapping_message="Happy birthday")]}).lines[0]
    assert found.note == "Engraving: Jane; Wrapping: Happy birthday"


def test_the_currency_is_the_one_the_shopper_paid_in() -> None:
    assert order(default_currency_code="GBP", currency_code="EUR").currency == "GBP"


def test_dates_are_aware_whatever_their_form() -> None:
    found = order(date_created="2026-01-02T03:04:05+02:00", date_shipped="Tue, 05 Mar 2019 21:40:11 +0000")
    assert found.created_at == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert found.completed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)


def test_two_changes_within_a_second_are_two_versions() -> None:
    assert order_version(header(status_id=11)) != order_version(header(status_id=5))


@pytest.mark.parametrize("wrong", ["abc", "NaN", "Infinity", True, ["1"]])
def test_money_is_never_guessed(wrong: Any) -> None:
    from channels.errors import MalformedResponse

    with pytest.raises(MalformedResponse):
        order(total_inc_tax=wrong)


def test_unknown_and_missing_fields_are_tolerated() -> None:
    found = remote_order({**header(), "new_field": {"a": 1}}, OrderParts(lines=[{"id": 1, "quantity": "2"}]))
    assert (found.lines[0].quantity, found.lines[0].name, found.billing.city) == (2, "1", "")


def test_a_pickup_names_its_location(store: Store) -> None:
    found = order({"is_pickup": True, "pickup_location": "2"})
    assert found.is_pickup
    assert found.location_id == "2"
