"""Money of an order: exact values of both ways to enter prices."""

from decimal import Decimal

import pytest

from sandbox.bigcommerce.orders import pricing
from sandbox.bigcommerce.orders.pricing import Amount, PricedLine, Taxation, Totals

INCLUSIVE = Taxation({0: Decimal(19), 4: Decimal(7)}, inclusive=True)
EXCLUSIVE = Taxation({0: Decimal("8.25")}, inclusive=False)
NOTHING = Amount(Decimal(0), Decimal(0), Decimal(0), 2)


def lines(taxation: Taxation, *entered: tuple[str, int]) -> list[PricedLine]:
    return [PricedLine(quantity, taxation.split(Decimal(price), 0), NOTHING) for price, quantity in entered]


def test_inclusive_prices_keep_their_cents_and_estimate_the_net() -> None:
    amount = INCLUSIVE.split(Decimal("189.90"), 0)

    assert (amount.inc, amount.ex, amount.tax) == (Decimal("189.90"), Decimal("159.5798"), Decimal("30.3202"))
    assert INCLUSIVE.split(Decimal("10.70"), 4).ex == Decimal("10.0000")


def test_exclusive_prices_round_the_gross_to_cents() -> None:
    amount = EXCLUSIVE.split(Decimal("55.99"), 0)

    assert (amount.ex, amount.inc, amount.tax) == (Decimal("55.9900"), Decimal("60.61"), Decimal("4.6200"))


@pytest.mark.parametrize(
    ("coupon", "worth", "shares"),
    [
        ({"code": "P", "type": 1, "amount": 10}, "4.00", ["3.00", "1.00"]),
        ({"code": "T", "type": 2, "amount": 5}, "5.00", ["3.75", "1.25"]),
        ({"code": "I", "type": 0, "amount": 2}, "8.00", ["6.00", "2.00"]),
        ({"code": "F", "type": 4, "amount": 0}, "0", ["0", "0"]),
        ({"code": "T", "type": 2, "amount": 500}, "40.00", ["30.00", "10.00"]),
    ],
)
def test_a_coupon_is_spread_over_the_lines(coupon: dict[str, object], worth: str, shares: list[str]) -> None:
    ordered = lines(INCLUSIVE, ("10.00", 3), ("10.00", 1))

    assert pricing.apply_coupon(ordered, coupon) == Decimal(worth)
    assert [line.discount for line in ordered] == [Decimal(share) for share in shares]


def test_the_last_line_takes_what_rounding_leaves() -> None:
    ordered = lines(INCLUSIVE, ("1.00", 1), ("1.00", 1), ("1.00", 1))

    assert pricing.apply_manual_discount(ordered, Decimal("1.00")) == Decimal("1.00")
    assert [line.discount for line in ordered] == [Decimal("0.33"), Decimal("0.33"), Decimal("0.34")]


def test_totals_follow_the_documented_arithmetic() -> None:
    ordered = lines(INCLUSIVE, ("100.00", 1))
    coupon = pricing.apply_coupon(ordered, {"code": "T", "type": 2, "amount": 5})
    discount = pricing.apply_manual_discount(ordered, Decimal(5))
    pricing.settle_taxes(ordered)
    totals = Totals(ordered, INCLUSIVE.split(Decimal("11.90"), 0), NOTHING, NOTHING, coupon, discount)

    assert totals.total_inc == Decimal("101.90")
    assert totals.subtotal_tax == Decimal("14.3698")
    assert totals.subtotal_inc - totals.subtotal_ex == Decimal("15.9664")
    assert totals.total_tax == Decimal("16.2698")
    assert ordered[0].discounted_inc == Decimal("90.00")


def test_the_published_order_218_is_met() -> None:
    line = PricedLine(1, Amount(Decimal("67.84"), Decimal("62.6793"), Decimal("67.84"), 0), NOTHING)
    pricing.apply_coupon([line], {"code": "S2549JM0Y", "type": 2, "amount": 5})
    pricing.apply_manual_discount([line], Decimal(5))
    pricing.settle_taxes([line])
    shipping = Amount(Decimal(12), Decimal("11.09"), Decimal("12.00"), 0)
    totals = Totals([line], shipping, NOTHING, NOTHING, Decimal(5), Decimal(5))

    assert totals.subtotal_tax == Decimal("4.4000")
    assert (totals.total_inc, totals.total_tax) == (Decimal("69.84"), Decimal("5.3100"))
