"""The taxes of an order's items and the sums of the order, in WooCommerce's own order of steps."""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.db import Json
from sandbox.woocommerce.orders.amounts import ZERO, read, rounded, total
from sandbox.woocommerce.orders.policy import place_of
from sandbox.woocommerce.orders.taxes import Place, Rate, TaxPolicy, added, taxes_on

NO_TAXES: Json = {"total": {}, "subtotal": {}}
SIDES = ("subtotal", "total")
KINDS = ("lines", "fees", "shipping_lines")


def set_taxes(policy: TaxPolicy, item: Json, on_total: dict[int, Decimal], on_subtotal: dict[int, Decimal]) -> None:
    """The taxes before the discount are never less than those after it."""
    if total(on_subtotal.values()) < total(on_total.values()):
        on_subtotal = on_total
    item["taxes"] = {"total": _kept(on_total), "subtotal": _kept(on_subtotal)}
    item["total_tax"] = str(total(policy.line_tax(tax) for tax in on_total.values()))
    item["subtotal_tax"] = str(total(policy.line_tax(tax) for tax in on_subtotal.values()))


def _kept(taxes: dict[int, Decimal]) -> Json:
    return {str(rate_id): str(tax) for rate_id, tax in taxes.items()}


def tax_items(policy: TaxPolicy, order: Json) -> None:
    place = place_of(policy, order)
    for line in order["lines"]:
        _tax_item(policy, place, line)
    for fee in order["fees"]:
        if read(fee["total"]) >= 0:
            _tax_item(policy, place, fee)
    shipping_class = shipping_class_of(policy, order)
    for line in order["shipping_lines"]:
        taxed = line["tax_status"] == "taxable" and shipping_class is not None
        rates = policy.find(place, shipping_class or "", shipping=True) if taxed else []
        set_taxes(policy, line, taxes_on(read(line["total"]), rates), {})
    for fee in order["fees"]:
        if read(fee["total"]) < 0:
            set_taxes(policy, fee, apportioned(policy, place, order, fee), {})


def _tax_item(policy: TaxPolicy, place: Place, item: Json) -> None:
    rates = policy.find(place, item["tax_class"]) if item["tax_status"] == "taxable" else []
    before = taxes_on(read(item["subtotal"]), rates) if "subtotal" in item else {}
    set_taxes(policy, item, taxes_on(read(item["total"]), rates), before)


def shipping_class_of(policy: TaxPolicy, order: Json) -> str | None:
    """The class of the shipping lines; None when no item has one to inherit."""
    if policy.shipping_class is not None:
        return policy.shipping_class
    found = {line["tax_class"] for line in order["lines"] if line["tax_status"] in ("taxable", "shipping")}
    return next((slug for slug in ("", *policy.classes) if slug in found), None)


def apportioned(policy: TaxPolicy, place: Place, order: Json, fee: Json) -> dict[int, Decimal]:
    """A discount lowers the taxes in proportion to what it is taken off, whatever its own tax status says."""
    costs: dict[str | None, Decimal] = {}
    inherited = shipping_class_of(policy, order)
    for kind in KINDS:
        for item in order[kind]:
            if read(item["total"]) < 0:
                continue
            tax_class = inherited if kind == "shipping_lines" else item["tax_class"]
            key = tax_class if item["tax_status"] == "taxable" else None
            costs[key] = costs.get(key, ZERO) + read(item["total"])
    whole = total(costs.values())
    if not whole:
        return {}
    sides = []
    for key, cost in costs.items():
        if key is not None and cost:
            sides.append(taxes_on(read(fee["total"]) * cost / whole, policy.find(place, key)))
    return added(sides)


def summed(policy: TaxPolicy, items: Iterable[Json]) -> dict[int, Decimal]:
    return added(
        {int(rate_id): policy.line_tax(read(tax)) for rate_id, tax in item["taxes"]["total"].items()} for item in items
    )


def tax_lines(policy: TaxPolicy, order: Json, new_id: "Iterable[int]") -> None:
    """One line of every rate that an item has; rates keep their line's number and gain today's label."""
    cart, shipping = summed(policy, [*order["lines"], *order["fees"]]), summed(policy, order["shipping_lines"])
    rates: dict[int, Rate] = {rate.id: rate for rate in policy.rates}
    known = {line["rate_id"]: line for line in order["tax_lines"]}
    ids = iter(new_id)
    found = []
    wanted = [*(one for one in known if one in cart or one in shipping), *cart, *shipping]
    for rate_id in dict.fromkeys(wanted):
        line = known.get(rate_id) or {"id": next(ids), "rate_id": rate_id, "meta": []}
        if (rate := rates.get(rate_id)) is not None:
            line.update(code=rate.code, label=rate.label, compound=rate.compound, percent=str(rate.percent))
        line.update(tax_total=str(cart.get(rate_id, ZERO)), shipping_tax_total=str(shipping.get(rate_id, ZERO)))
        found.append(line)
    order["tax_lines"] = found
    order["cart_tax"], order["shipping_tax"] = str(total(cart.values())), str(total(shipping.values()))


def cap_discount_fees(policy: TaxPolicy, order: Json) -> None:
    """Negative fees never take off more than there is."""
    places = policy.decimals
    whole = total(rounded(read(item["total"]), places) for kind in ("lines", "shipping_lines") for item in order[kind])
    for fee in order["fees"]:
        amount = read(fee["total"])
        if amount < 0 and amount < -whole < 0:
            fee["total"] = str(-whole)
        whole += read(fee["total"])


def calculate(policy: TaxPolicy, order: Json, new_id: "Iterable[int]", *, taxes: bool = True) -> None:
    """``new_id`` yields fresh numbers for tax lines."""
    cap_discount_fees(policy, order)
    if taxes:
        tax_items(policy, order)
        tax_lines(policy, order, new_id)
    places = policy.decimals
    before = total(rounded(read(line["subtotal"]), places) for line in order["lines"])
    after = total(rounded(read(line["total"]), places) for line in order["lines"])
    taxed = [total(read(tax) for line in order["lines"] for tax in line["taxes"][side].values()) for side in SIDES]
    fees = total(rounded(read(fee["total"]), places) for fee in order["fees"])
    shipping = total(rounded(read(line["total"]), places) for line in order["shipping_lines"])
    tax = read(order["cart_tax"]) + read(order["shipping_tax"])
    order["discount_total"] = str(rounded(before - after, places))
    order["discount_tax"] = str(policy.rounded_tax(taxed[0] - taxed[1]))
    order["shipping_total"] = str(shipping)
    order["total_tax"] = str(rounded(tax, places))
    order["total"] = str(rounded(after + fees + shipping + tax, places))
