"""What an order costs: discounts, coupons, fees, shipping, gift cards, taxes, and sums that prove (A33, NEW-4)."""

from decimal import Decimal
from typing import Any

import pytest

from channels.platforms.woocommerce.mapping.orders import remote_order
from channels.remote import TAX_FREE, RemoteOrder
from orders.services.totals import Proof, prove_remote
from tests.platforms.woocommerce.reading import PAYLOADS, line, order, payload, rate, read

ORDERS = sorted(path.stem for path in PAYLOADS.glob("order_*.json"))
ROUNDED = {"order_round_at_subtotal": Decimal("-0.01"), "order_round_at_subtotal_dp6": Decimal("-0.0005")}


def proof(found: RemoteOrder) -> tuple[Decimal, Decimal, Decimal]:
    made: Proof = prove_remote(found)
    return made.residual_net, made.residual_tax, made.residual


def charges(found: RemoteOrder) -> list[tuple[str, str, Decimal, Decimal, str]]:
    return [(each.kind, each.code or each.label, each.amount, each.tax, each.tax_key) for each in found.charges]


@pytest.mark.req("NEW-4", platform="woocommerce")
@pytest.mark.req("TAX-3", platform="woocommerce")
@pytest.mark.req("CAP-8", platform="woocommerce")
@pytest.mark.parametrize("name", ORDERS)
def test_totals_and_taxes_are_the_store_s_to_the_smallest_unit(name: str) -> None:
    found = read(name)
    off = ROUNDED.get(name, Decimal(0))
    assert proof(found) == (0, off, off)
    assert found.total == Decimal(payload(name)["total"])
    assert found.total_tax == Decimal(payload(name)["total_tax"])
    assert not prove_remote(found).differs


def test_the_corpus_is_there() -> None:
    assert len(ORDERS) >= 20


def test_rounding_at_the_subtotal_is_a_residue_of_at_most_a_cent_a_line() -> None:
    """The option woocommerce_tax_round_at_subtotal: tax 3.40, and lines that add up to 3.41."""
    made = prove_remote(read("order_round_at_subtotal"))
    assert (made.total_tax, made.sum_tax) == (Decimal("3.40"), Decimal("3.41"))
    assert not made.is_exact
    assert not made.differs


@pytest.mark.req("NEW-4", platform="woocommerce")
def test_an_order_whose_lines_do_not_give_its_total_is_held() -> None:
    made = prove_remote(read("order_paid_with_company", total="50.00"))
    assert made.differs
    assert made.residual == Decimal("-7.17")


# -- discounts


@pytest.mark.req("A33", platform="woocommerce")
@pytest.mark.req("CAP-5", platform="woocommerce")
def test_lines_keep_their_price_and_coupons_are_charges_by_tax_rule() -> None:
    found = read("order_gets_two_coupons")
    assert [(each.sku, each.total, each.tax, each.discount) for each in found.lines] == [
        ("LAMP-1", Decimal("59.90"), Decimal("5.32"), Decimal("7.00")),
        ("BOOK-1", Decimal("29.97"), Decimal("0.75"), Decimal("5.99")),
        ("MUG-11", Decimal("12.50"), Decimal("1.11"), Decimal("2.25")),
    ]
    assert charges(found) == [
        ("coupon", "ten-off, five", Decimal("-9.25"), Decimal("-0.83"), "rate:1"),
        ("coupon", "ten-off, five", Decimal("-5.99"), Decimal("-0.15"), "rate:5"),
    ]
    assert sum(each.tax for each in found.charges) == -Decimal(payload("order_gets_two_coupons")["discount_tax"]) - (
        Decimal("0.01")
    )  # the store's own sum is rounded another way; the lines' taxes are what was charged


@pytest.mark.req("A33", platform="woocommerce")
def test_under_one_rule_every_coupon_is_a_charge_of_its_own() -> None:
    found = remote_order(
        order(
            total="83.30",
            total_tax="13.30",
            line_items=[line(1, "70.00", "13.30", rate=3, subtotal="100.00", subtotal_tax="19.00")],
            tax_lines=[rate(3, "19")],
            coupon_lines=[
                {"id": 1, "code": "ten", "discount": "10", "discount_tax": "1.9"},
                {"id": 2, "code": "twenty", "discount": "20", "discount_tax": "3.8"},
            ],
        )
    )
    assert charges(found) == [
        ("coupon", "ten", Decimal("-10"), Decimal("-1.90"), "rate:3"),
        ("coupon", "twenty", Decimal("-20"), Decimal("-3.80"), "rate:3"),
    ]
    assert proof(found) == (0, 0, 0)


@pytest.mark.req("A33", platform="woocommerce")
def test_what_staff_took_off_beside_a_coupon_is_a_discount() -> None:
    found = remote_order(
        order(
            total="65.00",
            line_items=[line(1, "65.00", subtotal="100.00")],
            coupon_lines=[{"id": 1, "code": "ten", "discount": "10", "discount_tax": "0"}],
        )
    )
    assert charges(found) == [
        ("coupon", "ten", Decimal("-10"), Decimal(0), TAX_FREE),
        ("discount", "Discount", Decimal("-25.00"), Decimal(0), TAX_FREE),
    ]
    assert proof(found) == (0, 0, 0)


def test_a_coupon_that_claims_more_than_the_lines_show_is_believed_less() -> None:
    found = remote_order(
        order(
            total="95.00",
            line_items=[line(1, "95.00", subtotal="100.00")],
            coupon_lines=[{"id": 1, "code": "ten", "discount": "10", "discount_tax": "0"}],
        )
    )
    assert charges(found) == [("coupon", "ten", Decimal("-5.00"), Decimal(0), TAX_FREE)]
    assert proof(found) == (0, 0, 0)


def test_a_coupon_for_free_shipping_takes_nothing_off_the_goods() -> None:
    found = remote_order(
        order(
            total="10.00",
            line_items=[line(1, "10.00")],
            coupon_lines=[{"id": 1, "code": "shipfree", "discount": "0", "discount_tax": "0"}],
        )
    )
    assert found.charges == ()
    assert found.staff_note == "Coupon: shipfree"


@pytest.mark.req("A33", platform="woocommerce")
def test_a_line_that_staff_made_cheaper_has_a_discount() -> None:
    found = read("order_line_discount")
    assert (found.lines[0].total, found.lines[0].tax, found.lines[0].discount) == (
        Decimal("25.00"),
        Decimal("2.22"),
        Decimal("5.00"),
    )
    assert charges(found) == [("discount", "Discount", Decimal("-5.00"), Decimal("-0.44"), "rate:1")]


def test_a_line_that_staff_made_dearer_costs_what_it_costs() -> None:
    found = remote_order(order(total="12.00", line_items=[line(1, "12.00", subtotal="10.00")]))
    assert (found.lines[0].total, found.lines[0].unit_price, found.lines[0].discount) == (12, 12, 0)
    assert proof(found) == (0, 0, 0)


# -- charges


@pytest.mark.req("CAP-6", platform="woocommerce")
@pytest.mark.req("TAX-9", platform="woocommerce")
def test_shipping_and_fees_are_charges_with_rules_of_their_own() -> None:
    found = read("order_with_fees")
    assert charges(found) == [
        ("shipping", "Flat", Decimal("7.50"), Decimal("0.67"), "charge:shipping"),
        ("fee", "Handling", Decimal("3.00"), Decimal("0.27"), "charge:fee"),
        ("discount", "Loyalty", Decimal("-2.00"), Decimal("-0.18"), "charge:fee"),
    ]
    assert {each.tax_fallbacks for each in found.charges} == {("rate:1", "class:standard")}


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_a_charge_falls_back_on_the_class_of_its_rate() -> None:
    """Shipping names no class: it is the one of the goods that were taxed by the same rate."""
    found = remote_order(
        order(
            total="33.00",
            total_tax="3.00",
            line_items=[
                line(1, "10.00", "1.90", rate=3),
                line(2, "10.00", "0.70", rate=4, tax_class="reduced-rate"),
            ],
            shipping_lines=[
                {"id": 3, "method_id": "flat_rate", "method_title": "Post", "total": "5.71", "total_tax": "0.40",
                 "taxes": [{"id": 4, "total": "0.40", "subtotal": ""}]},
                {"id": 4, "method_id": "flat_rate", "method_title": "Free of tax", "total": "4.29", "total_tax": "0.00",
                 "taxes": []},
            ],
            tax_lines=[rate(3, "19"), rate(4, "7")],
        )
    )  # fmt: skip
    assert [(each.tax_key, each.tax_fallbacks) for each in found.charges] == [
        ("charge:shipping", ("rate:4", "class:reduced-rate")),
        (TAX_FREE, ()),
    ]
    assert proof(found) == (0, 0, 0)


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_shipping_under_a_rate_of_its_own_is_of_the_standard_class() -> None:
    found = remote_order(
        order(
            total="16.70",
            total_tax="1.70",
            line_items=[line(1, "10.00", "0.70", rate=4, tax_class="reduced-rate")],
            shipping_lines=[
                {"id": 3, "method_id": "flat_rate", "method_title": "Post", "total": "5.00", "total_tax": "1.00",
                 "taxes": [{"id": 3, "total": "1.00", "subtotal": ""}]},
            ],
            tax_lines=[rate(3, "20"), rate(4, "7")],
        )
    )  # fmt: skip
    assert [each.tax_fallbacks for each in found.charges] == [("rate:3", "class:standard")]
    assert proof(found) == (0, 0, 0)


# -- tax keys


@pytest.mark.req("TAX-4", platform="woocommerce")
@pytest.mark.req("TAX-2", platform="woocommerce")
def test_zero_rate_and_tax_free_are_two_things() -> None:
    found = read("order_zero_rate_and_tax_free")
    assert [(each.sku, each.tax_key, each.tax_fallbacks) for each in found.lines] == [
        ("BREAD", "rate:6", ("class:zero-rate",)),
        ("GC-25", TAX_FREE, ()),
    ]
    assert [(each.key, each.label, each.kind) for each in found.tax_names] == [
        ("rate:6", "Zero 0 %", "rate"),
        ("class:zero-rate", "Zero rate", "class"),
    ]


@pytest.mark.req("TAX-4", platform="woocommerce")
def test_without_taxes_everything_is_tax_free() -> None:
    assert {each.tax_key for each in read("order_taxes_disabled").lines} == {TAX_FREE}


@pytest.mark.req("TAX-2", platform="woocommerce")
def test_rates_that_are_taken_together_are_one_rule() -> None:
    found = read("order_compound_tax")
    assert [(each.tax_key, each.tax_fallbacks, each.tax) for each in found.lines] == [
        ("rate:7+8", ("class:standard",), Decimal("5.81"))
    ]
    assert [(each.key, each.label) for each in found.tax_names] == [
        ("rate:7+8", "QST 9.975 % + GST 5 %"),
        ("class:standard", "Standard"),
    ]


def test_a_rate_that_took_nothing_where_it_should_have_was_not_applied() -> None:
    """Staff edit orders in a table with a column for every rate; a customer may be exempt of one."""
    found = remote_order(
        order(
            total="110.00",
            line_items=[
                line(1, "100.00", taxes=[{"id": 3, "total": "0.00", "subtotal": "0.00"}]),
                line(2, "10.00", taxes=[{"id": 3, "total": "", "subtotal": ""}]),
                line(3, "0.00", taxes=[{"id": 3, "total": "0.00", "subtotal": "0.00"}]),
            ],
            tax_lines=[rate(3, "19")],
        )
    )
    assert [each.tax_key for each in found.lines] == [TAX_FREE, TAX_FREE, "rate:3"]


def test_a_tax_without_its_rate_goes_by_class() -> None:
    found = remote_order(order(total="11.90", total_tax="1.90", line_items=[line(1, "10.00", "1.90")]))
    assert (found.lines[0].tax_key, found.lines[0].tax_fallbacks) == ("class:standard", ())


# -- gift cards and store credit


def with_card(**fields: Any) -> RemoteOrder:
    return remote_order(
        order(
            total="60.00",
            date_paid_gmt="2026-11-01T10:01:00",
            payment_method="stripe",
            payment_method_title="Card",
            line_items=[line(1, "100.00")],
            **fields,
        )
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"gift_cards": [{"id": 1, "code": "AAAA", "amount": "40.00"}]}, "gift_certificate"),
        ({"pw_gift_card_lines": [{"id": 5, "card_number": "AAAA", "amount": "40"}]}, "gift_certificate"),
        ({"meta_data": [{"id": 1, "key": "_ywgc_applied_gift_cards", "value": {"A": 40}}]}, "gift_certificate"),
        ({"meta_data": [{"id": 1, "key": "smart_coupons_contribution", "value": {"a": "40"}}]}, "store_credit"),
        ({"coupon_lines": [{"id": 1, "code": "a", "discount": "40", "discount_type": "smart_coupon"}]}, "store_credit"),
    ],
)
def test_a_gift_card_that_the_total_lacks_is_a_payment(fields: dict[str, Any], kind: str) -> None:
    found = with_card(**fields)
    assert found.total == 100
    assert [(each.method_key, each.amount, each.kind, each.received) for each in found.payments] == [
        (kind, Decimal(40), kind, True),
        ("stripe", Decimal(60), "payment", True),
    ]
    assert len({each.id for each in found.payments}) == 2
    assert proof(found) == (0, 0, 0)


def test_two_cards_are_two_payments() -> None:
    found = with_card(gift_cards=[{"id": 1, "amount": "15.00"}, {"id": 2, "amount": "25.00"}])
    assert [each.amount for each in found.payments] == [15, 25, 60]


def test_a_card_that_is_in_the_lines_already_is_not_counted_twice() -> None:
    found = remote_order(
        order(
            total="60.00",
            line_items=[line(1, "100.00")],
            fee_lines=[{"id": 2, "name": "Gift card", "total": "-40.00", "total_tax": "0.00", "taxes": []}],
            meta_data=[{"id": 1, "key": "_ywgc_applied_gift_cards", "value": {"A": "40"}}],
        )
    )
    assert found.total == 60
    assert proof(found) == (0, 0, 0)


def test_store_credit_that_is_on_the_lines_is_a_coupon() -> None:
    credit = {"id": 1, "code": "a", "discount": "40", "discount_tax": "0", "discount_type": "smart_coupon"}
    found = remote_order(
        order(
            total="60.00",
            line_items=[line(1, "60.00", subtotal="100.00")],
            coupon_lines=[credit],
            meta_data=[{"id": 1, "key": "smart_coupons_contribution", "value": {"a": "40"}}],
        )
    )
    assert (found.total, charges(found)) == (60, [("coupon", "a", Decimal(-40), Decimal(0), TAX_FREE)])
    assert found.payments == ()


@pytest.mark.parametrize("value", [[], {"A": "a lot"}, {"A": "-40"}, {"A": "400"}, "40", {"A": {"B": 40}}])
def test_nonsense_of_a_plugin_is_no_money(value: Any) -> None:
    found = with_card(meta_data=[{"id": 1, "key": "_ywgc_applied_gift_cards", "value": value}])
    assert found.total == 60
    assert prove_remote(found).differs
