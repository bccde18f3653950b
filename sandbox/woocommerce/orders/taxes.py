"""Which tax rates apply where, and what they make of an amount."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.db import Json
from sandbox.woocommerce.orders.amounts import UNROUNDED, ZERO, number, read, rounded, total


@dataclass(frozen=True)
class Place:
    country: str = ""
    state: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True)
class Rate:
    id: int
    percent: Decimal
    name: str
    priority: int
    compound: bool
    shipping: bool
    country: str
    state: str
    postcodes: tuple[str, ...]
    cities: tuple[str, ...]
    tax_class: str
    order: int

    @property
    def code(self) -> str:
        parts = [self.country, self.state, self.name or "TAX", str(abs(self.priority))]
        return "-".join(part.upper() for part in parts if part)

    @property
    def label(self) -> str:
        return self.name or "Tax"

    @property
    def shown_percent(self) -> float | int:
        return number(self.percent)

    def applies(self, place: Place, tax_class: str) -> bool:
        near = self.country in ("", place.country) and self.state in ("", place.state)
        return near and self.tax_class == tax_class and self._covers(place)

    def _covers(self, place: Place) -> bool:
        postcode = place.postcode.upper().replace(" ", "")
        codes = [code.upper().replace(" ", "") for code in self.postcodes]
        if codes and not any(postcode_fits(postcode, code) for code in codes):
            return False
        return not self.cities or place.city.upper() in {city.upper() for city in self.cities}

    @property
    def rank(self) -> tuple[int, bool, bool, bool, bool, int, int]:
        """The most specific rate of a priority comes first."""
        vague = (not self.country, not self.state, not self.postcodes, not self.cities)
        return (self.priority, *vague, self.order, self.id)


def postcode_fits(postcode: str, pattern: str) -> bool:
    if "..." in pattern:
        low, high = pattern.split("...", 1)
        return low <= postcode <= high
    return fnmatch.fnmatchcase(postcode, pattern)


def rate_of(body: Json) -> Rate:
    """A rate from its ``/taxes`` document."""
    tax_class = str(body.get("class") or "standard")
    return Rate(
        id=int(body["id"]),
        percent=read(body["rate"]),
        name=str(body.get("name") or ""),
        priority=int(body.get("priority") or 1),
        compound=bool(body.get("compound")),
        shipping=bool(body.get("shipping", True)),
        country=str(body.get("country") or ""),
        state=str(body.get("state") or ""),
        postcodes=tuple(body.get("postcodes") or ([body["postcode"]] if body.get("postcode") else ())),
        cities=tuple(body.get("cities") or ([body["city"]] if body.get("city") else ())),
        tax_class="" if tax_class == "standard" else tax_class,
        order=int(body.get("order") or 0),
    )


@dataclass(frozen=True)
class TaxPolicy:
    """The store's tax settings; ``shipping_class`` None takes the class from the products."""

    enabled: bool
    prices_include_tax: bool
    round_at_subtotal: bool
    based_on: str
    shipping_class: str | None
    base: Place
    decimals: int
    classes: tuple[str, ...]
    rates: tuple[Rate, ...]

    def find(self, place: Place, tax_class: str, *, shipping: bool = False) -> list[Rate]:
        """One rate of each priority."""
        if not self.enabled:
            return []
        found: dict[int, Rate] = {}
        for rate in sorted(self.rates, key=lambda one: one.rank):
            if rate.applies(place, tax_class):
                found.setdefault(rate.priority, rate)
        return [rate for rate in found.values() if rate.shipping or not shipping]

    def rounded_tax(self, tax: Decimal) -> Decimal:
        return rounded(tax, self.decimals, half_down=self.prices_include_tax)

    def line_tax(self, tax: Decimal) -> Decimal:
        return tax if self.round_at_subtotal else self.rounded_tax(tax)

    def net_price(self, gross: Decimal, tax_status: str, tax_class: str) -> Decimal:
        """A catalog amount without the tax that the store's own place would put on it."""
        if not (self.enabled and self.prices_include_tax and tax_status == "taxable"):
            return gross
        return gross - total(taxes_in(gross, self.find(self.base, tax_class)).values())


def taxes_on(amount: Decimal, rates: Sequence[Rate]) -> dict[int, Decimal]:
    """Taxes on a net amount; compound rates also tax the taxes before them."""
    found = {rate.id: amount * rate.percent / 100 for rate in rates if not rate.compound}
    before = total(found.values())
    for rate in rates:
        if rate.compound:
            found[rate.id] = (amount + before) * rate.percent / 100
            before += found[rate.id]
    return {rate.id: rounded(found[rate.id], UNROUNDED) for rate in rates}


def taxes_in(amount: Decimal, rates: Sequence[Rate]) -> dict[int, Decimal]:
    """Taxes contained in a gross amount."""
    found: dict[int, Decimal] = {}
    left = amount
    for rate in reversed([rate for rate in rates if rate.compound]):
        found[rate.id] = left - left / (1 + rate.percent / 100)
        left -= found[rate.id]
    regular = [rate for rate in rates if not rate.compound]
    divisor = 1 + total(rate.percent for rate in regular) / 100
    for rate in regular:
        found[rate.id] = left * (rate.percent / 100) / divisor
    return {rate.id: rounded(found[rate.id], UNROUNDED) for rate in rates}


def added(sides: Iterable[dict[int, Decimal]]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for side in sides:
        for rate_id, tax in side.items():
            found[rate_id] = found.get(rate_id, ZERO) + tax
    return found
