"""Money of an order: by which tax rule each part was taxed, its charges and its discounts (CAP-5, CAP-6, TAX-9, A33).

The store's own sums: `total = Σ line.total + Σ fee.total + shipping_total + total_tax`, and a line's `subtotal` is what
it cost before discounts, always without tax. So the discount is the difference between the two, with its tax, and
nothing is recalculated. What an option of the store rounds at the end instead of line by line stays visible as the
residue that the totals proof books.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from channels.platforms.fields import ZERO, Json, maybe_money, money, remote_id, text
from channels.platforms.woocommerce.mapping.taxes import (
    FEE_KEY,
    SHIPPING_KEY,
    class_key,
    class_label,
    rate_key,
    rate_label,
)
from channels.platforms.woocommerce.mapping.values import maybe_number, objects, title
from channels.remote import TAX_FREE, ChargeKind, RemoteCharge, RemoteName

CENT = Decimal("0.01")
STEP = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class TaxKeys:
    """A part's own key and those that may stand in for it, nearest first."""

    key: str = TAX_FREE
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaxBook:
    """The rates of one order by id, and the class that the lines under them have."""

    rates: Mapping[str, Json]
    classes: Mapping[str, str]
    usual: str
    step: Decimal
    """The smallest amount that the order's figures can tell."""

    def line(self, row: Json) -> TaxKeys:
        """Tax free is what carries no tax and was under no rate (SPEC TAX-4)."""
        own = class_key(text(row, "tax_class"))
        rates = self._rates(row)
        if rates:
            return TaxKeys(key=rate_key(rates), fallbacks=(own,))
        return TaxKeys(key=own) if money(row, "total_tax") else TaxKeys()

    def charge(self, row: Json, key: str) -> TaxKeys:
        """Charges may have a rule of their own; else that of their rate; else that of the class it belongs to.

        Shipping names no class: it is that of the goods under the same rate, else the standard one.
        """
        rates = self._rates(row)
        if rates:
            own = rate_key(rates)
            given = text(row, "tax_class")
            last = class_key(given) if given else self.classes.get(own, class_key(""))
            return TaxKeys(key=key, fallbacks=(own, last))
        return TaxKeys(key=key, fallbacks=(self.usual,)) if money(row, "total_tax") else TaxKeys()

    def _rates(self, row: Json) -> list[str]:
        """Rates that a part was under. One that took nothing although it should have is listed, but was not applied."""
        worth = max(abs(money(row, "subtotal")), abs(money(row, "total")))
        found = []
        for entry in objects(row, "taxes"):
            total = maybe_money(entry, "total")
            number = remote_id(entry, "id")
            if total is None or not number.isdecimal():
                continue
            percent = money(self.rates.get(number, {}), "rate_percent")
            took = total or money(entry, "subtotal")
            if took or abs(worth * percent / 100) < self.step:
                found.append(number)
        return found

    def names(self, keys: Iterable[str]) -> tuple[RemoteName, ...]:
        """What the store calls the rates of these keys, with percentages; of classes an order has only the slug."""
        wanted = dict.fromkeys(keys)
        rates = (RemoteName(key=key, label=self._label(key), kind="rate") for key in wanted if key.startswith("rate:"))
        classes = (RemoteName(key=key, label=class_label(key)) for key in wanted if key.startswith("class:"))
        return (*rates, *classes)

    def _label(self, key: str) -> str:
        rows = [(number, self.rates.get(number, {})) for number in key.removeprefix("rate:").split("+")]
        labels = [rate_label(title(row, "label"), maybe_number(row, "rate_percent")) or number for number, row in rows]
        return " + ".join(labels)


def tax_book(order: Json) -> TaxBook:
    """`order` may be a refund, too: it has lines and rates of the same shape."""
    lines = objects(order, "line_items")
    plain = TaxBook({remote_id(row, "rate_id"): row for row in objects(order, "tax_lines")}, {}, "", _step(order))
    classes: dict[str, str] = {}
    for row in lines:
        keys = plain.line(row)
        if keys.key.startswith("rate:"):
            classes.setdefault(keys.key, keys.fallbacks[-1])
    taxed = (class_key(text(row, "tax_class")) for row in lines if money(row, "total_tax"))
    return TaxBook(plain.rates, classes, next(taxed, class_key("")), plain.step)


def _step(order: Json) -> Decimal:
    exponent = (maybe_money(order, "total") or maybe_money(order, "amount") or CENT).as_tuple().exponent
    return Decimal(1).scaleb(min(0, exponent)) if isinstance(exponent, int) else CENT


# -- charges


def order_charges(order: Json, book: TaxBook) -> list[RemoteCharge]:
    """One for each way of shipping and each fee; those of nothing are left out."""
    found = [
        _charge(row, "shipping", title(row, "method_title") or "Shipping", book.charge(row, SHIPPING_KEY))
        for row in objects(order, "shipping_lines")
    ]
    for row in objects(order, "fee_lines"):
        label = title(row, "name") or "Fee"
        found.append(_charge(row, fee_kind(row), label, book.charge(row, FEE_KEY)))
    return [charge for charge in found if charge.amount or charge.tax]


def fee_kind(row: Json) -> ChargeKind:
    """A fee below nothing takes money off the order: shops write discounts that way."""
    return "discount" if (money(row, "total") or money(row, "total_tax")) < 0 else "fee"


def _charge(row: Json, kind: ChargeKind, label: str, keys: TaxKeys) -> RemoteCharge:
    return RemoteCharge(
        kind=kind,
        label=label,
        amount=money(row, "total"),
        tax=money(row, "total_tax"),
        tax_key=keys.key,
        tax_fallbacks=keys.fallbacks,
    )


# -- lines and their discounts


@dataclass(frozen=True, kw_only=True)
class LineMoney:
    """Net and tax of a line before discounts, and what they take off it (negative or 0)."""

    net: Decimal
    tax: Decimal
    off_net: Decimal = ZERO
    off_tax: Decimal = ZERO


def line_money(row: Json) -> LineMoney:
    """A line that staff made dearer has no discount: its price is what it costs."""
    net, tax = money(row, "total"), money(row, "total_tax")
    before = maybe_money(row, "subtotal")
    if before is None or before <= net:
        return LineMoney(net=net, tax=tax)
    before_tax = money(row, "subtotal_tax")
    return LineMoney(net=before, tax=before_tax, off_net=net - before, off_tax=tax - before_tax)


@dataclass
class _Group:
    keys: TaxKeys
    net: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True)
class Discounts:
    charges: list[RemoteCharge] = field(default_factory=list)
    codes_without_amount: list[str] = field(default_factory=list)
    """Coupons that took nothing off the goods, such as those for free shipping."""


def order_discounts(order: Json, book: TaxBook) -> Discounts:
    """Negative charges, one per tax rule of the discounted lines; where there is one rule, one per coupon (A33)."""
    groups: dict[str, _Group] = {}
    for row in objects(order, "line_items"):
        amounts, keys = line_money(row), book.line(row)
        if amounts.off_net or amounts.off_tax:
            group = groups.setdefault(keys.key, _Group(keys))
            group.net += amounts.off_net
            group.tax += amounts.off_tax
    coupons = objects(order, "coupon_lines")
    given = [row for row in coupons if money(row, "discount")]
    idle = [text(row, "code") for row in coupons if not money(row, "discount") and text(row, "code")]
    if len(groups) == 1 and given:
        charges = _by_coupon(next(iter(groups.values())), given)
    else:
        codes = ", ".join(dict.fromkeys(text(row, "code") for row in given if text(row, "code")))
        charges = [
            _discount(group.keys, group.net, group.tax, codes, is_coupon=bool(given)) for group in groups.values()
        ]
    return Discounts(charges, idle)


def _by_coupon(group: _Group, coupons: Sequence[Json]) -> list[RemoteCharge]:
    """The store's own amount of each coupon; what staff took off beside them is a discount of its own."""
    rest_net = group.net + sum((money(row, "discount") for row in coupons), ZERO)
    rest_tax = group.tax + sum((money(row, "discount_tax") for row in coupons), ZERO)
    tolerance = CENT * (1 + len(coupons))
    if rest_net > tolerance:  # the coupons claim more than the lines show: the lines are what was charged
        codes = ", ".join(text(row, "code") for row in coupons)
        return [_discount(group.keys, group.net, group.tax, codes, is_coupon=True)]
    amounts = [(text(row, "code"), -money(row, "discount"), -money(row, "discount_tax")) for row in coupons]
    extra = []
    if abs(rest_net) <= tolerance:
        code, net, tax = amounts[-1]
        amounts[-1] = (code, net + rest_net, tax + rest_tax)
    else:
        extra = [_discount(group.keys, rest_net, rest_tax, "", is_coupon=False)]
    return [_discount(group.keys, net, tax, code, is_coupon=True) for code, net, tax in amounts] + extra


def _discount(keys: TaxKeys, net: Decimal, tax: Decimal, code: str, *, is_coupon: bool) -> RemoteCharge:
    return RemoteCharge(
        kind="coupon" if is_coupon else "discount",
        label=(f"Coupon {code}" if code else "Coupon") if is_coupon else "Discount",
        amount=net,
        tax=tax,
        tax_key=keys.key,
        tax_fallbacks=keys.fallbacks,
        code=code,
    )
