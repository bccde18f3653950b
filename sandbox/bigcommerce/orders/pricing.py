"""Money of an order, computed the way the store's documents are: the inclusive side has two decimals.

``total_inc = subtotal_inc + shipping_inc + handling_inc + wrapping_inc − discount − coupon``; taxes are those of
the discounted amounts, so ``subtotal_tax`` differs from ``subtotal_inc − subtotal_ex`` where there is a discount.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sandbox.db import Json

ZERO = Decimal(0)
PER_ITEM, PERCENTAGE, PER_TOTAL, SHIPPING_AMOUNT, FREE_SHIPPING = range(5)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def fine(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Taxation:
    """Rates in percent by tax class, and whether the store enters prices with tax."""

    rates: dict[int, Decimal]
    inclusive: bool

    def rate(self, tax_class: int) -> Decimal:
        return self.rates.get(tax_class, self.rates.get(0, ZERO))

    def split(self, entered: Decimal, tax_class: int) -> "Amount":
        factor = 1 + self.rate(tax_class) / 100
        if self.inclusive:
            inc = cents(entered)
            return Amount(entered, fine(inc / factor), inc, tax_class)
        return Amount(entered, fine(entered), cents(entered * factor), tax_class)


@dataclass(frozen=True)
class Amount:
    """What was entered, and its two sides."""

    base: Decimal
    ex: Decimal
    inc: Decimal
    tax_class: int

    @property
    def tax(self) -> Decimal:
        return self.inc - self.ex

    def times(self, quantity: int) -> "Amount":
        return Amount(self.base * quantity, self.ex * quantity, self.inc * quantity, self.tax_class)


@dataclass
class PricedLine:
    quantity: int
    unit: Amount
    wrapping: Amount
    total_tax: Decimal = ZERO
    discounts: list[Json] = field(default_factory=list)

    @property
    def total(self) -> Amount:
        return self.unit.times(self.quantity)

    @property
    def discount(self) -> Decimal:
        return sum((Decimal(entry["amount"]) for entry in self.discounts), ZERO)

    @property
    def discounted_inc(self) -> Decimal:
        return self.total.inc - self.discount


@dataclass
class Totals:
    lines: list[PricedLine]
    shipping: Amount
    handling: Amount
    wrapping: Amount
    coupon_discount: Decimal
    discount_amount: Decimal
    fees_inc: Decimal = ZERO
    fees_tax: Decimal = ZERO

    @property
    def subtotal_ex(self) -> Decimal:
        return sum((line.total.ex for line in self.lines), ZERO)

    @property
    def subtotal_inc(self) -> Decimal:
        return sum((line.total.inc for line in self.lines), ZERO)

    @property
    def subtotal_tax(self) -> Decimal:
        return sum((line.total_tax for line in self.lines), ZERO)

    @property
    def total_inc(self) -> Decimal:
        charges = self.shipping.inc + self.handling.inc + self.wrapping.inc + self.fees_inc
        return self.subtotal_inc + charges - self.coupon_discount - self.discount_amount

    @property
    def total_tax(self) -> Decimal:
        return self.subtotal_tax + self.shipping.tax + self.handling.tax + self.wrapping.tax + self.fees_tax


def apply_coupon(lines: Sequence[PricedLine], coupon: Json) -> Decimal:
    """Spread the coupon over the lines and return its worth; shipping coupons are taken off the shipping cost."""
    kind, amount = int(coupon["type"]), Decimal(str(coupon["amount"]))
    if kind == PERCENTAGE:
        shares = [cents(line.discounted_inc * amount / 100) for line in lines]
    elif kind == PER_ITEM:
        shares = [min(cents(amount * line.quantity), line.discounted_inc) for line in lines]
    elif kind == PER_TOTAL:
        shares = spread(min(amount, sum((line.discounted_inc for line in lines), ZERO)), lines)
    else:
        return ZERO
    name = {PERCENTAGE: f"{amount.normalize():f} % off", PER_ITEM: "Off each item"}.get(kind, "Off the order")
    for line, share in zip(lines, shares, strict=True):
        if share:
            target = "product" if kind == PER_ITEM else "order"
            entry = {"id": "total-coupon" if kind == PER_TOTAL else "coupon", "amount": f"{share:.4f}"}
            line.discounts.append({**entry, "name": name, "code": coupon["code"], "target": target})
    return sum(shares, ZERO)


def apply_manual_discount(lines: Sequence[PricedLine], amount: Decimal) -> Decimal:
    worth = min(cents(amount), sum((line.discounted_inc for line in lines), ZERO))
    for line, share in zip(lines, spread(worth, lines), strict=True):
        if share:
            entry = {"id": "manual-discount", "amount": f"{share:.4f}", "name": "Manual Discount"}
            line.discounts.append({**entry, "code": None, "target": "order"})
    return worth


def spread(amount: Decimal, lines: Sequence[PricedLine]) -> list[Decimal]:
    """Shares in whole cents by the lines' worth; the last line takes what rounding leaves."""
    whole = sum((line.discounted_inc for line in lines), ZERO)
    if not whole:
        return [ZERO for _ in lines]
    shares = [cents(amount * line.discounted_inc / whole) for line in lines[:-1]]
    return [*shares, amount - sum(shares, ZERO)]


def settle_taxes(lines: Sequence[PricedLine]) -> None:
    """Discounts take their share of the tax: 5.1607 on 67.84 becomes 4.40 on 57.84 in the published order 218."""
    for line in lines:
        whole = line.total
        line.total_tax = fine(whole.tax * line.discounted_inc / whole.inc) if line.discounts else whole.tax


def shipping_after(coupon: Json | None, cost: Decimal) -> Decimal:
    if coupon is None:
        return cost
    if int(coupon["type"]) == FREE_SHIPPING:
        return ZERO
    if int(coupon["type"]) == SHIPPING_AMOUNT:
        return max(ZERO, cost - Decimal(str(coupon["amount"])))
    return cost
