"""A third platform's orders and products fit into the port without loss (MPM-12): no adapter, only a mapping.

Recorded from a Magento 2.4.7: an order with a configurable product, a coupon and taxes, one with a bundle, and the
configurable product itself. The mapping lies beside this and shows that `channels.remote` is not made for two
platforms only.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channels.remote import RemoteAddress, RemoteCharge, RemoteName, RemoteOrder
from orders.services.totals import prove_remote
from tests.platforms.magento.mapping import Json, amount, load, map_order, map_product


@pytest.fixture
def product() -> Json:
    found: Json = load("product_configurable")
    return found


@pytest.fixture
def configurable(product: Json) -> RemoteOrder:
    return map_order(load("order_configurable"), product)


@pytest.fixture
def bundle(product: Json) -> RemoteOrder:
    return map_order(load("order_bundle"), product)


@pytest.mark.parametrize("name", ["order_configurable", "order_bundle"])
def test_the_totals_prove(name: str, product: Json) -> None:
    order = load(name)
    made = prove_remote(map_order(order, product))
    assert (made.residual_net, made.residual_tax, made.residual) == (0, 0, 0)
    assert made.total == amount(order, "grand_total")
    assert made.total_tax == amount(order, "tax_amount")


def test_a_configurable_is_one_line_of_its_variant(configurable: RemoteOrder) -> None:
    tee, mug = configurable.lines
    assert (tee.id, tee.other_ids, tee.parent_id) == ("1", ("2",), "")
    assert (tee.product_id, tee.variant_id, tee.sku, tee.name) == ("6", "2", "TEE-S-RED", "Tee")
    assert (tee.quantity, tee.unit_price, tee.total, tee.tax) == (2, 20, 40, Decimal("2.97"))
    assert (tee.discount, tee.note) == (4, "Size: S; Color: Red")
    assert (tee.tax_key, tee.tax_fallbacks) == ("rate:US-CA-*-Rate 1x", ("class:2",))
    assert (mug.id, mug.other_ids, mug.product_id, mug.variant_id, mug.sku) == ("3", (), "1", "1", "MUG-01")
    assert (mug.quantity, mug.unit_price, mug.total, mug.tax) == (3, Decimal("12.5"), Decimal("37.5"), Decimal("2.78"))
    assert (mug.discount, mug.note) == (Decimal("3.75"), "")


def test_the_coupon_and_shipping_are_charges(configurable: RemoteOrder) -> None:
    rate = ("rate:US-CA-*-Rate 1x", "class:2")
    assert configurable.charges == (
        RemoteCharge(
            kind="shipping",
            label="Flat Rate - Fixed",
            amount=Decimal(25),
            tax=Decimal("2.07"),
            tax_key="charge:shipping",
            tax_fallbacks=rate,
        ),
        RemoteCharge(
            kind="coupon",
            label="TEN",
            amount=Decimal("-7.75"),
            tax_key=rate[0],
            tax_fallbacks=rate[1:],
            code="TEN",
        ),
    )
    assert configurable.tax_names == (RemoteName(key=rate[0], label="US-CA-*-Rate 1x 8.25 %", kind="rate"),)


def test_the_taxes_of_lines_and_charges_are_those_by_rate(configurable: RemoteOrder) -> None:
    [applied] = load("order_configurable")["extension_attributes"]["applied_taxes"]
    taxes = [line.tax for line in configurable.lines] + [charge.tax for charge in configurable.charges]
    assert sum(taxes) == applied["amount"] == configurable.total_tax == Decimal("7.82")


def test_a_bundle_heads_its_parts(bundle: RemoteOrder) -> None:
    """What the store also counts on the bundle itself is the sum of its parts: it is told once."""
    gift, mug, tee = bundle.lines
    assert (gift.id, gift.kind, gift.sku, gift.quantity) == ("4", "bundle", "BNDL", 2)
    assert (gift.total, gift.tax, gift.parent_id) == (0, 0, "")
    assert [(line.id, line.kind, line.parent_id) for line in (mug, tee)] == [
        ("5", "product", "4"),
        ("6", "product", "4"),
    ]
    assert (mug.sku, mug.product_id, mug.quantity, mug.unit_price) == ("MUG-01", "1", 4, Decimal("12.5"))
    assert (mug.total, mug.tax) == (50, Decimal("4.13"))
    assert (tee.sku, tee.product_id, tee.quantity, tee.unit_price) == ("TEE-M-BLUE", "5", 2, 20)
    assert (tee.total, tee.tax) == (40, Decimal("3.3"))
    row = next(row for row in load("order_bundle")["items"] if row["product_type"] == "bundle")
    assert (mug.total + tee.total, mug.tax + tee.tax) == (amount(row, "row_total"), amount(row, "tax_amount"))
    per_bundle = [option["option_qty"] for option in row["product_option"]["extension_attributes"]["bundle_options"]]
    assert [line.quantity / gift.quantity for line in (mug, tee)] == per_bundle


def test_people_places_and_money(configurable: RemoteOrder, bundle: RemoteOrder) -> None:
    for order in (configurable, bundle):
        assert order.billing == RemoteAddress(
            first_name="Jane",
            last_name="Doe",
            company="Doe LLC",
            line_1="12 Hill St",
            line_2="Apt 4",
            city="San Jose",
            state="CA",
            postcode="95112",
            country="US",
            phone="4085550100",
            email="jane@example.com",
        )
        assert order.shipping == order.billing
        assert order.shipping_same_as_billing
        assert (order.customer.id, order.customer.email, order.customer.company) == ("", "jane@example.com", "Doe LLC")
    paid, open_ = configurable.payments[0], bundle.payments[0]
    assert (paid.method_key, paid.method_label, paid.amount, paid.received) == (
        "checkmo",
        "Check / Money order",
        Decimal("102.57"),
        True,
    )
    assert paid.paid_at == datetime(2026, 11, 21, 9, 38, 24, tzinfo=UTC)
    assert (open_.amount, open_.received, open_.paid_at) == (Decimal("129.9"), False, None)
    assert (configurable.milestones.paid, configurable.milestones.completed) == (True, True)
    assert (bundle.milestones.created, bundle.milestones.paid) == (True, False)


def test_the_history_is_kept(configurable: RemoteOrder) -> None:
    """PAY-5, MPM-11: every comment with its date, oldest first."""
    assert configurable.staff_note.splitlines() == [
        "2026-11-21 09:37:16 We refunded $26.15 offline.",
        "2026-11-21 09:38:24 We refunded $19.48 offline.",
        "2026-11-21 09:38:24 We refunded $24.35 offline.",
    ]


def test_a_configurable_product_is_a_family(product: Json) -> None:
    found = map_product(product)
    assert (found.id, found.name, found.is_family, found.option_names) == ("6", "Tee", True, ("Size", "Color"))
    assert found.category == "Shirts"
    assert (found.tax_key, found.is_visible, found.weight_unit) == ("class:2", True, "lb")
    assert found.modified_at == datetime(2026, 11, 21, 9, 33, 42, tzinfo=UTC)
    assert [
        (each.id, each.sku, tuple(option.value for option in each.options), each.price, each.weight, each.quantity)
        for each in found.variants
    ] == [
        ("2", "TEE-S-RED", ("S", "Red"), Decimal(20), Decimal("0.5"), Decimal(7)),
        ("3", "TEE-S-BLUE", ("S", "Blue"), Decimal(20), Decimal("0.5"), Decimal(7)),
        ("4", "TEE-M-RED", ("M", "Red"), Decimal(20), Decimal("0.5"), Decimal(7)),
        ("5", "TEE-M-BLUE", ("M", "Blue"), Decimal(20), Decimal("0.5"), Decimal(9)),
    ]
    assert {each.tracking for each in found.variants} == {"variant"}


def test_an_order_of_the_family_names_a_variant_of_it(product: Json, configurable: RemoteOrder) -> None:
    tee = configurable.lines[0]
    family = map_product(product)
    [variant] = [each for each in family.variants if each.id == tee.variant_id]
    assert (tee.product_id, tee.sku) == (family.id, variant.sku)
