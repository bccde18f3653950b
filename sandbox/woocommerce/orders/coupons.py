"""Coupons: what they take off which line, to the cent as WooCommerce spreads it."""

from decimal import ROUND_DOWN, Decimal

from sandbox.db import Json
from sandbox.woocommerce.orders.amounts import ZERO, plain, read, rounded, total
from sandbox.woocommerce.orders.policy import place_of
from sandbox.woocommerce.orders.taxes import TaxPolicy, taxes_in, taxes_on

Cents = dict[int, Decimal]
"""Discount of each line (by its number), in the smallest coin."""


class Basket:
    """The lines' prices in cents, dearest first, and what is off already."""

    def __init__(self, policy: TaxPolicy, order: Json) -> None:
        self.scale = Decimal(10) ** policy.decimals
        self.gross = bool(order["prices_include_tax"])
        lines = [line for line in order["lines"] if line["quantity"] > 0]
        self.prices = {line["id"]: self._price(line) for line in lines}
        self.quantities = {line["id"]: int(line["quantity"]) for line in lines}
        each = {line["id"]: self.prices[line["id"]] / line["quantity"] for line in lines}
        self.order = sorted(each, key=lambda number: -each[number])
        self.off: Cents = dict.fromkeys(self.prices, ZERO)

    def _price(self, line: Json) -> Decimal:
        price = read(line["subtotal"]) + (read(line["subtotal_tax"]) if self.gross else ZERO)
        return rounded(price * self.scale, 0)

    def take(self, found: Cents, number: int, wanted: Decimal) -> Decimal:
        taken = min(wanted, self.prices[number] - self.off[number])
        self.off[number] += taken
        found[number] = found.get(number, ZERO) + taken
        return taken


def percent_off(basket: Basket, percent: Decimal) -> Cents:
    found: Cents = {}
    for number in basket.order:
        basket.take(found, number, (basket.prices[number] * percent / 100).to_integral_value(ROUND_DOWN))
    whole = rounded(total(basket.prices.values()) * percent / 100, 0, half_down=True)
    remainder(basket, found, whole - total(found.values()))
    return found


def remainder(basket: Basket, found: Cents, left: Decimal) -> None:
    """Cent by cent over the units, from the dearest line on."""
    for number in basket.order:
        for _ in range(basket.quantities[number]):
            if left < 1:
                return
            left -= basket.take(found, number, min(Decimal(1), left))


def each_off(basket: Basket, amount: Decimal, found: Cents) -> Decimal:
    return total(basket.take(found, number, amount * basket.quantities[number]) for number in basket.order)


def whole_off(basket: Basket, amount: Decimal) -> Cents:
    """A fixed amount off the cart: the same for every unit, then the rest in cents."""
    found: Cents = {}
    left = amount
    while left > 0:
        open_lines = [one for one in basket.order if basket.prices[one] > basket.off[one]]
        units = sum(basket.quantities[number] for number in open_lines)
        if not units:
            break
        per_unit = (left / units).to_integral_value(ROUND_DOWN)
        if per_unit < 1:
            remainder(basket, found, left)
            break
        taken = each_off(basket, per_unit, found)
        if not taken:
            break
        left -= taken
    return found


def discounts_of(basket: Basket, coupon: Json) -> Cents:
    amount = read(coupon["amount"])
    if coupon["discount_type"] == "percent":
        return percent_off(basket, amount)
    if coupon["discount_type"] == "fixed_product":
        found: Cents = {}
        each_off(basket, amount * basket.scale, found)
        return found
    return whole_off(basket, amount * basket.scale)


def apply_coupons(policy: TaxPolicy, order: Json, coupons: list[Json]) -> None:
    """Take all of them off the lines anew and write what each was worth into its coupon line."""
    basket = Basket(policy, order)
    lines = {line["id"]: line for line in order["lines"]}
    for line in order["lines"]:
        line["total"] = line["subtotal"]
    for coupon in coupons:
        cents = discounts_of(basket, coupon)
        amounts = {number: value / basket.scale for number, value in cents.items()}
        for number, amount in amounts.items():
            lines[number]["total"] = str(
                max(ZERO, read(lines[number]["total"]) - _net(policy, order, lines[number], amount))
            )
        coupon_line = next(one for one in order["coupon_lines"] if one["code"] == coupon["code"])
        worth, tax = _worth(policy, order, lines, amounts)
        coupon_line.update(discount=plain(worth), discount_tax=plain(tax))


def _net(policy: TaxPolicy, order: Json, line: Json, amount: Decimal) -> Decimal:
    if not (order["prices_include_tax"] and policy.enabled and line["tax_status"] == "taxable"):
        return amount
    rates = policy.find(place_of(policy, order), line["tax_class"])
    return amount - total(taxes_in(amount, rates).values())


def _worth(
    policy: TaxPolicy, order: Json, lines: dict[int, Json], amounts: dict[int, Decimal]
) -> tuple[Decimal, Decimal]:
    """Discount and its tax, which WooCommerce takes from the rates of the store's own place."""
    gross = bool(order["prices_include_tax"])
    worth, taxes = total(amounts.values()), ZERO
    for number, amount in amounts.items():
        line = lines[number]
        if line["tax_status"] != "taxable":
            continue
        rates = policy.find(policy.base, line["tax_class"])
        tax = total((taxes_in if gross else taxes_on)(amount, rates).values())
        taxes += policy.line_tax(tax)
    return (worth - taxes if gross else worth), taxes
