"""Refunds: the store names totals, so the money of each part is found from what was paid for it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import MalformedResponse
from channels.platforms.bigcommerce.mapping.orders import OrderParts, remote_order
from channels.platforms.bigcommerce.mapping.refunds import order_refunds
from channels.platforms.bigcommerce.store import Store
from channels.remote import RemoteOrder, RemoteRefund
from tests.platforms.bigcommerce.test_order_money import header, line
from tests.platforms.conftest import Shopkeeper

D = Decimal


def an_order(**changes: Any) -> RemoteOrder:
    """Two lines at 19 %: three of 11.90 (one coupon off) and one of 59.50; shipping 5.95 with tax."""
    first = line(
        id=87,
        quantity=3,
        total_ex_tax="30.0000",
        total_inc_tax="35.7000",
        total_tax="5.7000",
        discounted_total_inc_tax="29.7500",
    )
    second = line(id=88, quantity=1, total_ex_tax="50.0000", total_inc_tax="59.5000", total_tax="9.5000")
    order = header(
        id=180,
        shipping_cost_ex_tax="5.0000",
        shipping_cost_inc_tax="5.9500",
        shipping_cost_tax="0.9500",
        payment_method="Card",
        **changes,
    )
    taxes = [
        {"rate": "19", "line_amount": "1", "tax_class_id": 3, "line_item_type": "item", "order_product_id": number}
        for number in (87, 88)
    ]
    return remote_order(order, OrderParts(lines=[first, second], taxes=taxes))


def refund(total: str, tax: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {
        "id": 12,
        "order_id": 180,
        "created": "2022-06-16T16:44:15+00:00",
        "reason": "",
        "total_amount": D(total),
        "total_tax": D(tax),
        "items": [{"reason": "", "requested_amount": None, **item} for item in items],
        "payments": [],
    }
    return {**plain, **more}


def goods(number: int, quantity: int, amount: str | None = None) -> dict[str, Any]:
    named = {} if amount is None else {"requested_amount": D(amount)}
    return {"item_type": "PRODUCT", "item_id": number, "quantity": quantity, **named}


def charge(kind: str, number: int, amount: str) -> dict[str, Any]:
    return {"item_type": kind, "item_id": number, "requested_amount": D(amount)}


def read(*rows: dict[str, Any], order: RemoteOrder | None = None) -> RemoteRefund:
    (found,) = order_refunds(rows, order or an_order())
    return found


def adds_up(found: RemoteRefund) -> bool:
    parts = (*found.lines, *found.charges)
    return sum((part.amount + part.tax for part in parts), found.unassigned) == found.total


def test_goods_are_worth_what_was_paid_for_them() -> None:
    """One of three at 29.75 after the coupon, and the other line."""
    found = read(refund("69.42", "11.0839", goods(87, 1), goods(88, 1)))
    assert adds_up(found)
    assert found.unassigned == 0
    gross = [part.amount + part.tax for part in found.lines]
    assert gross == [D("9.92"), D("59.50")]
    assert sum(part.tax for part in found.lines) == D("11.0839")
    assert [part.tax_key for part in found.lines] == ["3", "3"]
    assert [(part.line_id, part.quantity) for part in found.lines] == [("87", D(1)), ("88", D(1))]


def test_an_amount_that_the_merchant_chose_is_shared() -> None:
    found = read(refund("20.00", "3.1933", goods(87, 3), goods(88, 1), uses_merchant_override_values=True))
    assert adds_up(found)
    assert [part.amount + part.tax for part in found.lines] == [D("6.67"), D("13.33")]


def test_named_amounts_may_be_without_tax() -> None:
    """As in the published example: 10 and 10 are 20 plus tax."""
    found = read(refund("23.80", "3.80", goods(88, 1, "10"), charge("SHIPPING", 9, "10")))
    assert adds_up(found)
    assert found.unassigned == 0
    assert [(part.amount, part.tax) for part in (*found.lines, *found.charges)] == [(D(10), D("1.9"))] * 2


def test_named_amounts_may_include_tax() -> None:
    found = read(refund("17.85", "2.85", goods(88, 1, "11.90"), charge("SHIPPING", 9, "5.95")))
    assert adds_up(found)
    assert [(part.amount, part.tax) for part in found.lines] == [(D(10), D("1.9"))]
    assert [(part.kind, part.amount, part.tax) for part in found.charges] == [("shipping", D(5), D("0.95"))]


def test_the_rest_beside_a_named_amount_is_for_the_goods() -> None:
    found = read(refund("65.45", "10.45", goods(88, 1), charge("SHIPPING", 9, "5.95")))
    assert [part.amount + part.tax for part in (*found.lines, *found.charges)] == [D("59.50"), D("5.95")]
    assert adds_up(found)


def test_an_amount_of_the_order_is_of_no_line() -> None:
    found = read(refund("7.00", "0", charge("ORDER", 180, "7")))
    assert (found.lines, found.charges, found.unassigned, found.total) == ((), (), D(7), D(7))
    mixed = read(refund("66.50", "9.50", goods(88, 1), charge("ORDER", 180, "7")))
    assert (mixed.unassigned, adds_up(mixed)) == (D(7), True)
    assert mixed.lines[0].amount + mixed.lines[0].tax == D("59.50")


def test_a_refund_of_tax_only_has_no_items() -> None:
    found = read(refund("3.80", "3.80"))
    assert (found.lines, found.unassigned) == ((), D("3.80"))


def test_less_than_the_named_amounts_is_a_negative_rest() -> None:
    found = read(refund("10.00", "1.5966", charge("SHIPPING", 9, "5.95"), goods(88, 1, "11.90")))
    assert found.unassigned == D("-7.85")
    assert adds_up(found)


def test_adjustments_lower_what_goods_are_worth() -> None:
    lowered = {**goods(88, 1), "adjustments": [{"amount": D("-9.50"), "description": "Restocking"}]}
    found = read(refund("59.92", "9.567", lowered, goods(87, 1)))
    assert adds_up(found)
    assert [part.amount + part.tax for part in found.lines] == [D("50.00"), D("9.92")]


def test_goods_of_another_order_are_left_in_the_rest() -> None:
    found = read(refund("12.00", "0", goods(999, 1)))
    assert (found.lines, found.unassigned) == ((), D(12))


def test_a_declined_refund_is_none() -> None:
    declined = {"id": 13, "provider_id": "braintree", "amount": D(50), "is_declined": True}
    fine = {**declined, "id": 14, "is_declined": False}
    assert order_refunds([refund("50", "5", goods(88, 1), payments=[declined])], an_order()) == ()
    found = read(refund("50", "5", goods(88, 1), payments=[declined, fine]))
    assert [payment.received for payment in found.payments] == [False, True]


@pytest.mark.parametrize(
    ("provider", "kind", "method"),
    [
        ("storecredit", "store_credit", "store_credit"),
        ("giftcertificate", "gift_certificate", "gift_certificate"),
        ("braintree", "payment", "Card"),
        ("custom", "payment", "Card"),
    ],
)
def test_money_goes_back_the_way_it_came(provider: str, kind: str, method: str) -> None:
    row = {"id": 13, "provider_id": provider, "amount": D(50), "is_declined": False}
    (payment,) = read(refund("50", "5", goods(88, 1), payments=[row])).payments
    assert (payment.kind, payment.method_key, payment.amount, payment.id) == (kind, method, D(50), "180:refund-13")


def test_refunds_come_oldest_first_with_their_reasons() -> None:
    late = refund("5", "0", {**charge("ORDER", 180, "5"), "reason": "Scratch"}, id=7, created="2022-07-01T00:00:00Z")
    early = refund("5", "0", charge("ORDER", 180, "5"), id=11, reason="Late")
    found = order_refunds([late, early], an_order())
    assert [(entry.id, entry.reason) for entry in found] == [("11", "Late"), ("7", "Scratch")]


@pytest.mark.parametrize("name", ["id", "created"])
def test_a_refund_without_id_or_date_is_unreadable(name: str) -> None:
    with pytest.raises(MalformedResponse):
        order_refunds([refund("5", "0", **{name: None})], an_order())


def test_the_published_refunds_are_read(shared_dir: Path) -> None:
    path = shared_dir / "platforms/bigcommerce/samples/refunds_v3_list.json"
    rows = json.loads(path.read_text(), parse_float=Decimal)["data"]
    found = order_refunds(rows, an_order())
    assert [(entry.id, entry.total, entry.reason) for entry in found] == [
        ("12", D(50), "Customer requires a refund."),
        ("13", D("20.83"), ""),
    ]
    assert all(adds_up(entry) for entry in found)
    assert found[0].lines[0].tax == D(5)
    assert found[0].payments[0].kind == "store_credit"


CHARGED = ["SHIPPING", "HANDLING", "FEE", "ORDER", "GIFT_WRAPPING"]
amounts = st.decimals(min_value="0", max_value="500", places=2)
items = st.lists(
    st.one_of(
        st.builds(goods, st.sampled_from([87, 88, 999]), st.integers(1, 3)),
        st.builds(goods, st.sampled_from([87, 88]), st.integers(1, 3), amounts.map(str)),
        st.builds(
            charge,
            st.sampled_from(["SHIPPING", "HANDLING", "FEE", "ORDER", "GIFT_WRAPPING"]),
            st.just(87),
            amounts.map(str),
        ),
    ),
    max_size=5,
)


@given(total=amounts, tax=st.decimals(min_value="-5", max_value="50", places=4), items=items)
def test_parts_and_rest_are_always_the_total(total: Decimal, tax: Decimal, items: list[dict[str, Any]]) -> None:
    found = read(refund(str(total), str(tax), *items))
    assert adds_up(found)
    assert found.total == total


# -- at the store


def test_refunds_cost_one_call_where_there_are_none(store: Store, keeper: Shopkeeper) -> None:
    number = keeper.place({"sku": "ZH-Y10", "quantity": 2})
    keeper.forget()
    assert store.orders.refunds(number) == ()
    assert keeper.requests() == [("GET", f"/v3/orders/{number}/payment_actions/refunds")]


def test_all_kinds_of_money_come_back(store: Store, keeper: Shopkeeper) -> None:
    number = keeper.place(
        {"sku": "ZH-Y10", "quantity": 2, "wrap": True},
        coupon="SAVE10",
        shipping_cost="5",
        handling_cost="2",
        fees=[{"name": "Insurance", "cost": "1"}],
    )
    (order,) = store.orders.get_many([number])
    line_id = int(order.lines[0].id)
    items = [
        {"item_type": "PRODUCT", "item_id": line_id, "quantity": 1},
        {"item_type": "GIFT_WRAPPING", "item_id": line_id, "quantity": 1},
        {"item_type": "SHIPPING", "item_id": 1, "amount": 3},
        {"item_type": "HANDLING", "item_id": 1, "amount": 2},
        {"item_type": "FEE", "item_id": 1, "amount": 1},
    ]
    keeper.act(number, "refund", items=items, reason="Changed their mind")
    keeper.act(number, "refund")
    first, second = store.orders.refunds(number)
    assert first.total + second.total == order.total
    assert adds_up(first)
    assert adds_up(second)
    assert {entry.kind for entry in first.charges} == {"wrapping", "shipping", "handling", "fee"}
    assert (first.reason, first.unassigned) == ("Changed their mind", D(0))
    shipping = next(entry for entry in first.charges if entry.kind == "shipping")
    assert abs(shipping.amount + shipping.tax - 3) <= D("0.01")
    assert first.payments[0].method_key == order.payments[0].method_key
