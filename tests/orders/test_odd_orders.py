"""Orders as odd as plugins and importers make them, from the store's JSON to the captured order."""

from decimal import Decimal
from typing import Any

import pytest

from channels.platforms.woocommerce.mapping.orders import remote_order
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder
from orders.services.capture import capture_orders
from orders.services.totals import prove_remote
from tests.factories.channels import NOW
from tests.orders.shop import Shop
from tests.platforms.woocommerce.reading import line, order

pytestmark = pytest.mark.django_db

LONG = "x" * 900
PERSON = ("first_name", "last_name", "company", "address_1", "city", "postcode", "country", "email", "phone")
FREE = {"total": "0.00", "total_tax": "0.00", "taxes": []}
ODD: dict[str, dict[str, Any]] = {
    "five hundred lines": {"total": "5000.00", "line_items": [line(number, "10.00") for number in range(1, 501)]},
    "long texts": {
        "number": LONG,
        "status": LONG,
        "total": "10.00",
        "payment_method": LONG,
        "payment_method_title": LONG,
        "customer_note": LONG * 20,
        "billing": dict.fromkeys(PERSON, LONG),
        "line_items": [line(1, "10.00", name=LONG, sku=LONG, tax_class=LONG)],
        "shipping_lines": [{"id": 2, "method_title": LONG, "method_id": LONG, **FREE}],
        "coupon_lines": [{"id": 3, "code": LONG, "discount": "0"}],
    },
    "a fee below nothing": {
        "total": "5.00",
        "line_items": [line(1, "10.00")],
        "fee_lines": [{"id": 5, "name": "Rabatt &amp; mehr", **FREE, "total": "-5.00"}],
    },
    "a total below nothing": {
        "total": "-5.00",
        "line_items": [line(1, "10.00")],
        "fee_lines": [{"id": 5, "name": "Rabatt", **FREE, "total": "-15.00"}],
    },
    "no lines": {"total": "0.00"},
    "a line of none": {"total": "0.00", "line_items": [line(1, "0.00", quantity=0)]},
    "parts of a unit": {"total": "3.75", "line_items": [line(1, "3.75", quantity=Decimal("1.5"))]},
    "a huge id": {"id": 10**20, "total": "99999999999.99", "line_items": [line(1, "99999999999.99", quantity=9999999)]},
    "six decimals": {"total": "10.123456", "line_items": [line(1, "10.123456", subtotal="12.345678")]},
    "null bytes": {
        "total": "1.00",
        "customer_note": "a\x00b",
        "billing": {"first_name": "A\x00"},
        "line_items": [line(1, "1.00", name="x\x00y")],
    },
    "a bundle": {"total": "30.00", "line_items": [line(1, "30.00"), line(2, "0.00", bundled_by="1")]},
    "a deleted product": {"total": "1.00", "line_items": [line(1, "1.00", product_id=0, sku=None)]},
    "a SKU on two lines": {"total": "2.00", "line_items": [line(1, "1.00", sku="A"), line(2, "1.00", sku="A")]},
    "a plugin's status": {"total": "1.00", "status": "awaiting-pickup", "line_items": [line(1, "1.00")]},
    "free shipping": {
        "total": "1.00",
        "line_items": [line(1, "1.00")],
        "coupon_lines": [{"id": 4, "code": "free", "discount": "0", "free_shipping": True}],
        "shipping_lines": [{"id": 7, "method_title": "Free", "method_id": "free_shipping", **FREE}],
    },
    "lists that are null": {
        "total": "1.00",
        "line_items": [line(1, "1.00", meta_data=None, taxes=None, tax_class=None, name=None, sku=None)],
        **dict.fromkeys(("billing", "shipping", "customer_id", "customer_note", "number", "payment_method")),
        **dict.fromkeys(("tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds", "meta_data")),
    },
}


@pytest.mark.req("CAP-4")
@pytest.mark.parametrize("name", ODD)
def test_an_odd_order_is_captured_once_and_adds_up(second_shop: Shop, name: str) -> None:
    remote = remote_order(order(**{"date_paid_gmt": "2026-11-01T10:05:00", **ODD[name]}))

    for _again in range(2):
        capture_orders(second_shop.channel, [remote], by=CapturedBy.NOTICE, now=NOW)

    captured = CapturedOrder.objects.get()
    assert captured.state == CapturedState.PENDING
    proof = prove_remote(remote)
    assert (proof.residual, proof.residual_tax) == (0, 0)
    assert captured.lines.count() == len(remote.lines)
