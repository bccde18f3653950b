"""Refunds: lines, shipping, amounts alone, goods without money; always adding up (REF-1)."""

from decimal import Decimal
from typing import Any

import pytest

from channels.errors import MalformedResponse
from channels.platforms.woocommerce.mapping.refunds import oldest_first, remote_refund
from channels.remote import TAX_FREE, RefundCharge, RefundLine, RemoteRefund
from tests.platforms.woocommerce.reading import payload


def adds_up(refund: RemoteRefund) -> bool:
    lines = sum((each.amount + each.tax for each in refund.lines), Decimal(0))
    charges = sum((each.amount + each.tax for each in refund.charges), Decimal(0))
    return lines + charges + refund.unassigned == refund.total


@pytest.fixture
def refunds() -> dict[str, RemoteRefund]:
    return {each.id: each for each in (remote_refund(row, order_id="155") for row in payload("refunds"))}


def test_goods_that_went_back(refunds: dict[str, RemoteRefund]) -> None:
    found = refunds["169"]
    assert (found.order_id, found.total, found.reason, found.unassigned) == (
        "155",
        Decimal("13.61"),
        "One mug broken",
        0,
    )
    assert found.lines == (
        RefundLine(
            line_id="1",
            quantity=Decimal(1),
            amount=Decimal("12.50"),
            tax=Decimal("1.11"),
            tax_key="rate:1",
            tax_fallbacks=("class:standard",),
        ),
    )
    assert found.created_at.isoformat() == "2026-11-21T09:46:03+00:00"


def test_an_amount_alone_belongs_to_the_whole_order(refunds: dict[str, RemoteRefund]) -> None:
    found = refunds["170"]
    assert (found.lines, found.charges, found.total, found.unassigned) == ((), (), Decimal("5.00"), Decimal("5.00"))


def test_shipping_that_went_back(refunds: dict[str, RemoteRefund]) -> None:
    assert refunds["171"].charges == (
        RefundCharge(
            kind="shipping",
            label="Flat rate",
            amount=Decimal("7.50"),
            tax=Decimal("0.67"),
            tax_key="charge:shipping",
            tax_fallbacks=("rate:1", "class:standard"),
        ),
    )


def test_goods_back_without_money(refunds: dict[str, RemoteRefund]) -> None:
    """The store writes "-0.00"."""
    found = refunds["172"]
    assert str(found.total) in ("0.00", "0")
    assert [(each.line_id, each.quantity, str(each.amount), each.tax_key) for each in found.lines] == [
        ("2", Decimal(1), "0.00", TAX_FREE)
    ]
    assert found.unassigned == 0


def test_every_refund_adds_up(refunds: dict[str, RemoteRefund]) -> None:
    assert all(adds_up(each) for each in refunds.values())
    assert [each.id for each in oldest_first(list(refunds.values()))] == ["169", "170", "171", "172"]


def refund(**fields: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "date_created_gmt": "2026-11-02T10:00:00",
        "amount": "10.00",
        "reason": "",
        "refunded_payment": False,
        "line_items": [],
        "shipping_lines": [],
        "fee_lines": [],
        "tax_lines": [],
        **fields,
    }


def test_a_discount_that_is_taken_back_counts_against_the_refund() -> None:
    """Fee below nothing in the order, above nothing in its refund."""
    found = remote_refund(
        refund(
            fee_lines=[
                {"id": 1, "name": "Loyalty", "total": "2.00", "total_tax": "0.38", "taxes": []},
                {"id": 2, "name": "Wrap", "total": "-3.00", "total_tax": "-0.57", "taxes": []},
            ]
        ),
        order_id="7",
    )
    assert [(each.kind, each.amount, each.tax) for each in found.charges] == [
        ("discount", Decimal("-2.00"), Decimal("-0.38")),
        ("fee", Decimal("3.00"), Decimal("0.57")),
    ]
    assert found.unassigned == Decimal("8.81")
    assert adds_up(found)


def test_money_that_the_gateway_paid_back_has_a_way() -> None:
    order = {"payment_method": "stripe", "payment_method_title": "Card"}
    row = refund(refunded_payment=True)
    found = remote_refund(row, order_id="7", order=order)
    assert [(each.method_key, each.method_label, each.amount, each.received) for each in found.payments] == [
        ("stripe", "Card", Decimal("10.00"), True)
    ]
    assert remote_refund(refund(), order_id="7", order=order).payments == ()


@pytest.mark.parametrize("fields", [{"id": 0}, {"date_created_gmt": None}, {"amount": "much"}])
def test_nonsense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponse):
        remote_refund(refund(**fields), order_id="7")
