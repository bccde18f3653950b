"""Refunds of an order as RemoteRefund.

The store gives a refund's total and tax, but no money per line: a line that names no amount gets its part of what the
shopper paid for it (`discounted_total_inc_tax`), the rest follows from the total. Whether amounts that are named
include tax depends on the store, so they are read in the way that explains the total.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from channels.platforms.bigcommerce.mapping.money import CENT, STEP
from channels.platforms.bigcommerce.mapping.payments import OWN_TENDERS
from channels.platforms.bigcommerce.mapping.values import flag, moment, objects
from channels.platforms.fields import ZERO, Json, maybe_money, money, plain, remote_id, text
from channels.platforms.http import unreadable
from channels.remote import (
    TAX_FREE,
    ChargeKind,
    RefundCharge,
    RefundLine,
    RemoteCharge,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteRefund,
    TenderKind,
)

_CHARGES: Mapping[str, ChargeKind] = {
    "SHIPPING": "shipping",
    "HANDLING": "handling",
    "GIFT_WRAPPING": "wrapping",
    "FEE": "fee",
}
_LABELS: Mapping[ChargeKind, str] = {
    "shipping": "Shipping",
    "handling": "Handling",
    "wrapping": "Gift wrapping",
    "fee": "Fee",
}
_PROVIDERS: Mapping[str, TenderKind] = {"storecredit": "store_credit", "giftcertificate": "gift_certificate"}


@dataclass(frozen=True)
class Part:
    """One item of a refund. `gross` includes tax; `rate` is tax for each unit of net money."""

    item: Json
    gross: Decimal
    rate: Decimal
    is_named: bool
    """Whether the store named the amount; others share what is left of the total."""
    line: RemoteOrderLine | None = None
    charge: RemoteCharge | None = None
    tax: Decimal = ZERO

    @property
    def own_tax(self) -> Decimal:
        return self.gross * self.rate / (1 + self.rate)


def order_refunds(rows: Sequence[Json], order: RemoteOrder) -> tuple[RemoteRefund, ...]:
    """Oldest first. A refund whose payments were all declined gave nothing back, so it is none."""
    valid = [row for row in rows if not _is_declined(row)]
    found = [_refund(row, order) for row in valid]
    return tuple(sorted(found, key=lambda refund: (refund.created_at, len(refund.id), refund.id)))


def _is_declined(row: Json) -> bool:
    payments = objects(row, "payments")
    return bool(payments) and all(flag(payment, "is_declined") for payment in payments)


def _refund(row: Json, order: RemoteOrder) -> RemoteRefund:
    number, created = remote_id(row, "id"), moment(row.get("created"))
    if not number or created is None:
        raise unreadable("a refund without id or date")
    total = money(row, "total_amount")
    items = objects(row, "items")
    on_order = sum((money(item, "requested_amount") for item in items if text(item, "item_type") == "ORDER"), ZERO)
    parts = _with_taxes(_parts(items, order, total - on_order, money(row, "total_tax")), money(row, "total_tax"))
    return RemoteRefund(
        id=number,
        order_id=order.id,
        created_at=created,
        total=total,
        reason=_reason(row, items),
        lines=tuple(_line(part, part.line) for part in parts if part.line is not None and part.charge is None),
        charges=tuple(_charge(part, part.charge) for part in parts if part.charge is not None),
        unassigned=total - sum((part.gross for part in parts), ZERO),
        payments=tuple(_payment(payment, order) for payment in objects(row, "payments")),
        raw=plain(row),
    )


def _reason(row: Json, items: Sequence[Json]) -> str:
    reasons = [text(row, "reason"), *(text(item, "reason") for item in items)]
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))


# -- money


def _parts(items: Sequence[Json], order: RemoteOrder, total: Decimal, tax: Decimal) -> list[Part]:
    """Items with their gross amounts, which add up to `total` wherever one of them is not named."""
    gross = [part for item in items if (part := _part(item, order)) is not None]
    net = [replace(part, gross=part.gross * (1 + part.rate)) if part.is_named else part for part in gross]
    chosen = min((gross, net), key=lambda parts: abs(total - sum((part.gross for part in parts), ZERO)))
    named = [replace(part, gross=part.gross.quantize(CENT)) if part.is_named else part for part in chosen]
    left = total - sum((part.gross for part in named if part.is_named), ZERO)
    return _filled_up(named, left)


def _filled_up(parts: list[Part], left: Decimal) -> list[Part]:
    """Parts without a named amount share `left`; a cent or two of rounding goes to the last part."""
    free = [index for index, part in enumerate(parts) if not part.is_named]
    weight = sum((parts[index].gross for index in free), ZERO)
    if not free or left < 0:
        cleared = [replace(part, gross=part.gross if part.is_named else ZERO) for part in parts]
        if cleared and abs(left) <= CENT * len(parts):
            cleared[-1] = replace(cleared[-1], gross=cleared[-1].gross + left)
        return cleared
    for index in free:
        share = (left / len(free) if not weight else left * parts[index].gross / weight).quantize(CENT)
        parts[index] = replace(parts[index], gross=share)
    last = parts[free[-1]]
    rest = left - sum((parts[index].gross for index in free), ZERO)
    parts[free[-1]] = replace(last, gross=last.gross + rest)
    return parts


def _with_taxes(parts: list[Part], tax: Decimal) -> list[Part]:
    """The refund's tax over its parts, by what each would have; on the last one what rounding leaves."""
    bound = sum((part.own_tax for part in parts), ZERO)
    if not bound:
        return parts
    left, found = tax, []
    taxed = [index for index, part in enumerate(parts) if part.own_tax]
    for index, part in enumerate(parts):
        share = left if index == taxed[-1] else (tax * part.own_tax / bound).quantize(STEP)
        share = share if part.own_tax else ZERO
        left -= share
        found.append(replace(part, tax=share))
    return found


def _part(item: Json, order: RemoteOrder) -> Part | None:
    """None for amounts of the whole order and for what is not of this order."""
    kind, number = text(item, "item_type"), remote_id(item, "item_id")
    line = next((line for line in order.lines if line.id == number), None)
    if kind == "PRODUCT":
        return None if line is None else _line_part(item, line, order)
    if kind not in _CHARGES:
        return None
    charge = _charge_of(_CHARGES[kind], number, order)
    named = maybe_money(item, "requested_amount")
    gross = named if named is not None else _wrapping_share(item, number, order)
    return Part(item, gross + _adjusted(item), _rate(charge.amount, charge.tax), named is not None, line, charge)


def _line_part(item: Json, line: RemoteOrderLine, order: RemoteOrder) -> Part:
    named = maybe_money(item, "requested_amount")
    row = _raw_line(line.id, order)
    paid = maybe_money(row, "discounted_total_inc_tax")
    whole = line.total + line.tax if paid is None else paid
    share = whole * money(item, "quantity") / line.quantity if line.quantity else whole
    gross = (share if named is None else named) + _adjusted(item)
    return Part(item, gross, _rate(line.total, line.tax), named is not None, line)


def _adjusted(item: Json) -> Decimal:
    """Adjustments are negative."""
    return sum((money(entry, "amount") for entry in objects(item, "adjustments")), ZERO)


def _rate(net: Decimal, tax: Decimal) -> Decimal:
    return tax / net if net > 0 and tax > 0 else ZERO


def _raw_line(number: str, order: RemoteOrder) -> Json:
    rows = objects(order.raw, "products")
    return next((row for row in rows if remote_id(row, "id") == number), {})


def _charge_of(kind: ChargeKind, number: str, order: RemoteOrder) -> RemoteCharge:
    """The order's charge; several of a kind are told apart by the fee's own name or the wrapped line's."""
    found = [charge for charge in order.charges if charge.kind == kind]
    fee = next((row for row in objects(order.raw, "fees") if remote_id(row, "id") == number), {})
    names = {text(fee, "display_name_merchant"), text(fee, "display_name_customer")} - {""}
    wrapped = text(_raw_line(number, order), "name") if kind == "wrapping" else ""
    for charge in found:
        if charge.label in names or (wrapped and charge.label.endswith(f": {wrapped}")):
            return charge
    return found[0] if found else RemoteCharge(kind=kind, label=_LABELS[kind], amount=ZERO)


def _wrapping_share(item: Json, number: str, order: RemoteOrder) -> Decimal:
    row = _raw_line(number, order)
    quantity = money(row, "quantity")
    whole = money(row, "wrapping_cost_inc_tax")
    return whole * money(item, "quantity") / quantity if quantity else whole


# -- out


def _line(part: Part, line: RemoteOrderLine) -> RefundLine:
    return RefundLine(
        line_id=line.id,
        quantity=money(part.item, "quantity"),
        amount=part.gross - part.tax,
        tax=part.tax,
        tax_key=line.tax_key,
        tax_fallbacks=line.tax_fallbacks,
    )


def _charge(part: Part, charge: RemoteCharge) -> RefundCharge:
    return RefundCharge(
        kind=charge.kind,
        label=charge.label,
        amount=part.gross - part.tax,
        tax=part.tax,
        tax_key=charge.tax_key if part.tax else TAX_FREE,
        tax_fallbacks=charge.tax_fallbacks if part.tax else (),
    )


def _payment(row: Json, order: RemoteOrder) -> RemotePayment:
    """Credit goes to its own tender; everything else back to how the order was paid."""
    provider = text(row, "provider_id")
    kind = _PROVIDERS.get(provider.casefold().replace("_", ""), "payment")
    ordinary = next((payment for payment in order.payments if payment.kind == "payment"), None)
    key, label = provider or "other", provider or "Other"
    if kind != "payment":
        key, label = str(kind), OWN_TENDERS[kind]
    elif ordinary is not None:
        key, label = ordinary.method_key, ordinary.method_label
    return RemotePayment(
        id=f"{order.id}:refund-{remote_id(row, 'id')}",
        method_key=key,
        method_label=label,
        amount=money(row, "amount"),
        kind=kind,
        received=not flag(row, "is_declined"),
    )
