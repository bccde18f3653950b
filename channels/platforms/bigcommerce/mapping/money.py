"""Money of an order beside its lines: shipping, handling, wrapping, fees, discounts, coupons (SPEC CAP-5, CAP-6, A33).

`total_inc_tax = subtotal + shipping + handling + wrapping + fees − discount_amount − coupon_discount`, each including
tax (checked on the published orders). The header is the truth: what lines say about their discounts only tells which
tax class a discount belongs to, and what the header has beyond that becomes a charge of its own. So a field that is
left out here breaks the sum, and the totals proof refuses the order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from channels.platforms.bigcommerce.mapping.taxes import TaxBook
from channels.platforms.bigcommerce.mapping.values import objects
from channels.platforms.fields import ZERO, Json, maybe_money, money, remote_id, text
from channels.remote import TAX_FREE, ChargeKind, RemoteCharge

CENT = Decimal("0.01")
STEP = Decimal("0.0001")
LINE_SUMS = ("total_ex_tax", "total_inc_tax", "total_tax", "quantity")
SHIPPING_COUPONS = (3, 4)
"""Coupon types that take money off the shipping: amount, free shipping."""


def net(row: Json, ex: str, inc: str, tax: str) -> Decimal:
    """Net amount: the inclusive one without its tax, because the total adds up on that side.

    Where the three differ by more than rounding, the store's own net amount stays, and the proof shows the rest.
    """
    given, including = maybe_money(row, ex), maybe_money(row, inc)
    if including is None:
        return given or ZERO
    solved = including - money(row, tax)
    return solved if given is None or abs(solved - given) <= 2 * CENT else given


def order_charges(order: Json, lines: Sequence[Json], fees: Sequence[Json], book: TaxBook) -> list[RemoteCharge]:
    """Everything added to the lines; charges of nothing are left out."""
    found = [*_costs(order, "shipping", book), *_costs(order, "handling", book)]
    found += _wrapping(order, lines, book)
    found += [_fee(fee, book) for fee in fees]
    return [charge for charge in found if charge.amount or charge.tax]


def _costs(order: Json, kind: ChargeKind, book: TaxBook, label: str = "") -> Iterator[RemoteCharge]:
    names = {"shipping": "Shipping", "handling": "Handling", "wrapping": "Gift wrapping"}
    prefix = f"{kind}_cost"
    tax = money(order, f"{prefix}_tax")
    row_kind = "gift-wrapping" if kind == "wrapping" else kind
    yield RemoteCharge(
        kind=kind,
        label=label or names[kind],
        amount=net(order, f"{prefix}_ex_tax", f"{prefix}_inc_tax", f"{prefix}_tax"),
        tax=tax,
        tax_key=book.charge_key(
            row_kind, remote_id(order, "id") if label else "", order.get(f"{prefix}_tax_class_id"), tax
        ),
    )


def _wrapping(order: Json, lines: Sequence[Json], book: TaxBook) -> list[RemoteCharge]:
    """One charge per wrapped line where those make up the order's amount, else the order's amount alone."""
    whole = list(_costs(order, "wrapping", book))
    parts = [
        charge
        for line in lines
        if money(line, "wrapping_cost_ex_tax") or money(line, "wrapping_cost_inc_tax")
        for charge in _costs(_wrapped(order, line), "wrapping", book, _wrapping_label(line))
    ]
    same = _gross(parts) == _gross(whole) and _tax(parts) == _tax(whole)
    return parts if parts and same else whole


def _wrapped(order: Json, line: Json) -> Json:
    return {**line, "wrapping_cost_tax_class_id": order.get("wrapping_cost_tax_class_id")}


def _wrapping_label(line: Json) -> str:
    kind, name = text(line, "wrapping_name") or "Gift wrapping", text(line, "name")
    return f"{kind}: {name}" if name else kind


def _fee(fee: Json, book: TaxBook) -> RemoteCharge:
    """The published example misspells `cost_ex_tax` as `cost_exc_tax`."""
    row = {"cost_ex_tax": fee.get("cost_exc_tax"), **{name: value for name, value in fee.items() if value is not None}}
    tax = money(row, "cost_tax")
    label = text(row, "display_name_merchant") or text(row, "display_name_customer") or "Fee"
    return RemoteCharge(
        kind="fee",
        label=label,
        amount=net(row, "cost_ex_tax", "cost_inc_tax", "cost_tax"),
        tax=tax,
        tax_key=book.charge_key("fee", remote_id(row, "id"), row.get("tax_class_id"), tax),
    )


def _gross(charges: Iterable[RemoteCharge]) -> Decimal:
    return sum((charge.amount + charge.tax for charge in charges), ZERO)


def _tax(charges: Iterable[RemoteCharge]) -> Decimal:
    return sum((charge.tax for charge in charges), ZERO)


# -- discounts


@dataclass(frozen=True)
class Reduction:
    """One discount on one line. `effect` is what it takes off the line's net plus the tax the store put on the line."""

    line_id: str
    kind: ChargeKind
    code: str
    label: str
    key: str
    effect: Decimal
    tax_bound: Decimal
    """The tax that discounting can have taken away, when the line's tax is still that of the whole price."""


@dataclass(frozen=True)
class Discounts:
    charges: list[RemoteCharge] = field(default_factory=list)
    by_line: dict[str, Decimal] = field(default_factory=dict)
    """Part of the discounts on each line, positive and without tax."""


def order_discounts(
    order: Json, lines: Sequence[Json], coupons: Sequence[Json], charges: Sequence[RemoteCharge], book: TaxBook
) -> Discounts:
    """Negative charges, one per coupon or discount and tax class (A33).

    Their tax is the order's tax less all other taxes: nothing where the store taxed the discounted line already.
    """
    reductions = [reduction for line in lines for reduction in _reductions(line, book)]
    reductions += _beyond_lines(order, lines, coupons, charges, book)
    others = sum((money(line, "total_tax") for line in lines), ZERO) + _tax(charges)
    tolerance = CENT * (len(lines) + len(charges))
    taxes = _tax_gap(money(order, "total_tax") - others, reductions, tolerance=tolerance)
    grouped: dict[tuple[ChargeKind, str, str], RemoteCharge] = {}
    by_line: dict[str, Decimal] = {}
    for reduction, tax in zip(reductions, taxes, strict=True):
        amount = reduction.effect - tax
        by_line[reduction.line_id] = by_line.get(reduction.line_id, ZERO) - amount
        key = (reduction.kind, reduction.code, reduction.key)
        before = grouped.get(key)
        grouped[key] = RemoteCharge(
            kind=reduction.kind,
            label=before.label if before else reduction.label,
            amount=amount + (before.amount if before else ZERO),
            tax=tax + (before.tax if before else ZERO),
            tax_key=reduction.key,
            code=reduction.code,
        )
    return Discounts(charges=[charge for charge in grouped.values() if charge.amount or charge.tax], by_line=by_line)


def _reductions(line: Json, book: TaxBook) -> Iterator[Reduction]:
    entries = [entry for entry in objects(line, "applied_discounts") if money(entry, "amount")]
    given = sum((money(entry, "amount") for entry in entries), ZERO)
    if not given:
        return
    effect = line_effect(line, given)
    ex, tax = money(line, "total_ex_tax"), money(line, "total_tax")
    left = effect
    for index, entry in enumerate(entries):
        last = index == len(entries) - 1
        share = left if last else (effect * money(entry, "amount") / given).quantize(STEP)
        left -= share
        kind = _kind(entry)
        yield Reduction(
            line_id=remote_id(line, "id"),
            kind=kind,
            code=text(entry, "code"),
            label=_label(kind, text(entry, "code"), text(entry, "name")),
            key=book.line_key(line, tax),
            effect=share,
            tax_bound=(-share * tax / ex if ex else ZERO),
        )


def line_effect(line: Json, given: Decimal) -> Decimal:
    """What the discounts `given` (including tax) take off the line's net and the tax that is on it, negative.

    A line whose tax is already that of the discounted price (manual discounts) loses the net part only. The store's
    `discounted_total_inc_tax` tells; figures outside what the line's own rate allows are not believed.
    """
    ex, inc, tax = money(line, "total_ex_tax"), money(line, "total_inc_tax"), money(line, "total_tax")
    paid = maybe_money(line, "discounted_total_inc_tax")
    paid = inc - given if paid is None else paid
    effect = paid - ex - tax
    least = given * ex / inc if inc and ex else given
    slack = CENT * (1 + money(line, "quantity"))  # unit prices are rounded, then multiplied
    believable = least - slack <= -effect <= given + slack
    return effect if believable else -given


def _kind(entry: Json) -> ChargeKind:
    return "coupon" if text(entry, "code") or "coupon" in text(entry, "id") else "discount"


def _label(kind: ChargeKind, code: str, name: str) -> str:
    if kind == "coupon":
        return f"Coupon {code}" if code else "Coupon"
    return name or "Discount"


def _tax_gap(gap: Decimal, reductions: Sequence[Reduction], *, tolerance: Decimal) -> list[Decimal]:
    """Tax of each reduction: the order's missing tax by their bounds, nothing where it is not explained by them."""
    bound = sum((reduction.tax_bound for reduction in reductions), ZERO)
    if gap >= -tolerance or not bound or -gap > bound + tolerance:
        return [ZERO] * len(reductions)
    left, found = gap, []
    for index, reduction in enumerate(reductions):
        last = index == len(reductions) - 1
        share = left if last else (gap * reduction.tax_bound / bound).quantize(STEP)
        left -= share
        found.append(share)
    return found


def _beyond_lines(
    order: Json, lines: Sequence[Json], coupons: Sequence[Json], charges: Sequence[RemoteCharge], book: TaxBook
) -> list[Reduction]:
    """The header's discounts that no line shows: off the shipping, or of orders from before lines showed them."""
    on_lines: dict[ChargeKind, Decimal] = {"coupon": ZERO, "discount": ZERO}
    for line in lines:
        for entry in objects(line, "applied_discounts"):
            on_lines[_kind(entry)] += money(entry, "amount")
    coupon = money(order, "coupon_discount") - on_lines["coupon"]
    given = coupon + money(order, "discount_amount") - on_lines["discount"]
    if not given:  # also when the same money is filed under the other name
        return []
    shares: dict[ChargeKind, Decimal] = {"coupon": coupon, "discount": given - coupon}
    if min(shares.values()) * max(shares.values()) < 0:
        shares = {"discount": given}
    plain = [line for line in lines if not objects(line, "applied_discounts")]
    sums = {name: sum((money(line, name) for line in plain), ZERO) for name in LINE_SUMS}
    effect = line_effect(sums, given)
    rate = sums["total_tax"] / sums["total_ex_tax"] if sums["total_ex_tax"] else ZERO
    code = ", ".join(dict.fromkeys(text(entry, "code") for entry in coupons if text(entry, "code")))
    found: list[Reduction] = []
    for kind, part in shares.items():
        share = (effect * part / given).quantize(STEP) if len(found) == 0 and part != given else effect
        effect -= share
        found.append(
            Reduction(
                line_id="",
                kind=kind,
                code=code if kind == "coupon" else "",
                label=_label(kind, code, ""),
                key=_key_beyond_lines(lines, coupons, charges, book),
                effect=share,
                tax_bound=max(ZERO, -share * rate),
            )
        )
    return [reduction for reduction in found if reduction.effect]


def _key_beyond_lines(
    lines: Sequence[Json], coupons: Sequence[Json], charges: Sequence[RemoteCharge], book: TaxBook
) -> str:
    """The shipping's class for a coupon on shipping, else the class of the first line that is worth something."""
    if any(money(entry, "type") in SHIPPING_COUPONS for entry in coupons):
        for charge in charges:
            if charge.kind == "shipping":
                return charge.tax_key
    valued = [line for line in lines if money(line, "total_ex_tax")]
    return next((book.line_key(line, money(line, "total_tax")) for line in valued), TAX_FREE)


def coupons_unexplained(order: Json, lines: Sequence[Json]) -> bool:
    """Whether the order's coupons must be asked for: the lines do not name all that the header took off."""
    known = sum(
        (
            money(entry, "amount")
            for line in lines
            for entry in objects(line, "applied_discounts")
            if text(entry, "code")
        ),
        ZERO,
    )
    return money(order, "coupon_discount") != known
