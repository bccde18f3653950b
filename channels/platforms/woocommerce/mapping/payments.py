"""What an order has reached, and what the store says was paid (A4, PAY-3, PAY-6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from channels.platforms.fields import ZERO, Json, money, remote_id, text
from channels.platforms.woocommerce.mapping.money import CENT
from channels.platforms.woocommerce.mapping.values import maybe_number, moment, objects
from channels.remote import Milestones, RemotePayment, TenderKind

NOT_ORDERS = frozenset({"checkout-draft", "auto-draft", "draft", "new", "trash", "failed", "cancelled"})
"""Carts in the making and orders that came to nothing. Any other status, also a plugin's own, is an order."""
PAID = frozenset({"processing", "completed"})
_CARD_LINES = ("gift_cards", "gift_card_lines", "pw_gift_card_lines", "yith_gift_card_lines")
"""Lists that gift card plugins add to an order, each entry with an `amount`."""
_CARD_META = ("_ywgc_applied_gift_cards",)
_CREDIT_META = ("smart_coupons_contribution", "_store_credit_used")
"""Order metadata of gift card and store credit plugins: amounts by code."""
_CREDIT_COUPONS = frozenset({"smart_coupon", "store_credit"})
"""Types of coupon that are money, spent after tax; spent before tax they are on the lines as any coupon."""
_LABELS: Mapping[TenderKind, str] = {"gift_certificate": "Gift card", "store_credit": "Store credit"}


def milestones(order: Json) -> Milestones:
    """Thresholds of A4. A refunded order was paid once; one that costs nothing is paid."""
    status = text(order, "status")
    created = status not in NOT_ORDERS
    free = created and not money(order, "total") and bool(objects(order, "line_items"))
    completed = status == "completed" or moment(order, "date_completed_gmt") is not None
    return Milestones(
        created=created,
        paid=status in PAID or moment(order, "date_paid_gmt") is not None or free,
        completed=completed,
        cancelled=status == "cancelled",
        deleted=status == "trash",
    )


@dataclass(frozen=True, kw_only=True)
class Tender:
    """Gift card or store credit that the order's total is already reduced by (SPEC PAY-6)."""

    kind: TenderKind
    amount: Decimal


def order_tenders(order: Json, gap: Decimal) -> tuple[Tender, ...]:
    """Tenders that explain `gap`, what the parts of the order add up to beyond its total.

    A plugin's amounts count only where the total really lacks them: the same plugins also book them as discounts or
    fees, and then they are in the parts already.
    """
    found: list[Tender] = []
    for tenders in _sources(order):
        amount = sum((tender.amount for tender in tenders), ZERO)
        if 0 < amount <= gap + CENT:
            found += tenders
            gap -= amount
    return tuple(found)


def _sources(order: Json) -> Iterator[list[Tender]]:
    for name in _CARD_LINES:
        yield [Tender(kind="gift_certificate", amount=_amount(row)) for row in objects(order, name) if _amount(row)]
    for row in objects(order, "meta_data"):
        key, value = text(row, "key"), row.get("value")
        if key in _CARD_META or key in _CREDIT_META:
            kind: TenderKind = "gift_certificate" if key in _CARD_META else "store_credit"
            yield [Tender(kind=kind, amount=amount) for amount in _amounts(value)]
    coupons = [row for row in objects(order, "coupon_lines") if text(row, "discount_type") in _CREDIT_COUPONS]
    amounts = [money(row, "discount") + money(row, "discount_tax") for row in coupons]
    yield [Tender(kind="store_credit", amount=amount) for amount in amounts if amount > 0]


def _amount(row: Json) -> Decimal:
    return abs(maybe_number(row, "amount") or ZERO)


def _amounts(value: object) -> list[Decimal]:
    """PHP writes an empty map as a list. What is no amount is not believed to be one."""
    if not isinstance(value, Mapping):
        return []
    found = [maybe_number(value, name) for name in value]
    return [amount for amount in found if amount is not None and amount > 0]


def order_payments(order: Json, tenders: tuple[Tender, ...]) -> tuple[RemotePayment, ...]:
    """Tenders of the order itself, then all the rest as one payment, received when the store says on which day.

    Cash on delivery is processed before it is paid; a bank transfer waits on hold.
    """
    number, created = remote_id(order, "id"), milestones(order).created
    found = [
        RemotePayment(
            id=f"order:{number}:{tender.kind.replace('_', '-')}:{position}",
            method_key=tender.kind,
            method_label=_LABELS[tender.kind],
            amount=tender.amount,
            kind=tender.kind,
            received=created,
        )
        for position, tender in enumerate(tenders, 1)
    ]
    due, paid_at = money(order, "total"), moment(order, "date_paid_gmt")
    method = text(order, "payment_method")
    if due > 0 and (method or paid_at is not None):
        found.append(
            RemotePayment(
                id=f"order:{number}",
                method_key=method or "other",
                method_label=text(order, "payment_method_title") or method or "Other",
                amount=due,
                received=paid_at is not None,
                paid_at=paid_at,
            )
        )
    return tuple(found)
