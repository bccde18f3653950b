"""What the store says was paid, and what an order has reached (A4, PAY-3, PAY-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from channels.platforms.bigcommerce.mapping.values import flag, moment
from channels.platforms.fields import ZERO, Json, money, remote_id, text, whole
from channels.remote import Milestones, RemotePayment, TenderKind

INCOMPLETE, PENDING, SHIPPED, REFUNDED, CANCELLED, DECLINED, COMPLETED, PARTLY_REFUNDED = 0, 1, 2, 4, 5, 6, 10, 14
PAID_STATUSES = frozenset({2, 3, 8, 9, 10, 11})
"""The store's own idea of paid, for its tax documents; refunded orders were paid once (A4: history counts)."""
RECEIVED = frozenset({"captured", "paid", "refunded", "partially refunded"})
NOT_RECEIVED = frozenset(
    {"authorized", "capture pending", "declined", "held for review", "pending", "void", "void pending"}
)
OWN_TENDERS: dict[TenderKind, str] = {"gift_certificate": "Gift certificate", "store_credit": "Store credit"}
"""Amounts that the order itself names, by label."""
_VAGUE = frozenset({"", "store credit", "gift certificate", "manual"})


def milestones(order: Json) -> Milestones:
    """Thresholds of A4. Reaching “paid” implies “created”, reaching “completed” implies both."""
    status, payment = whole(order, "status_id"), text(order, "payment_status").casefold()
    cancelled = status in (CANCELLED, DECLINED)
    real = status not in (INCOMPLETE, PENDING) and not cancelled
    refunded = status in (REFUNDED, PARTLY_REFUNDED)
    shipped = status in (SHIPPED, COMPLETED) or (refunded and bool(text(order, "date_shipped")))
    by_payment = payment in RECEIVED and status != INCOMPLETE and not cancelled
    free = real and not money(order, "total_inc_tax")
    paid = by_payment or (real and (status in PAID_STATUSES or refunded)) or free
    return Milestones(
        created=real or paid,
        paid=paid,
        completed=real and shipped,
        cancelled=cancelled,
        deleted=flag(order, "is_deleted"),
    )


def money_received(order: Json, reached: Milestones) -> bool:
    """Whether the store says the tender was received. An authorization is none, whatever the order's status says."""
    payment = text(order, "payment_status").casefold()
    return payment in RECEIVED or (payment not in NOT_RECEIVED and reached.paid)


def tender_is_vague(order: Json) -> bool:
    """Whether only the order's transactions can name the tender."""
    return (
        _due(order) > 0
        and text(order, "payment_method").casefold() in _VAGUE
        and money_received(order, milestones(order))
    )


def _due(order: Json) -> Decimal:
    """What is left for the ordinary tender."""
    return money(order, "total_inc_tax") - money(order, "gift_certificate_amount") - money(order, "store_credit_amount")


@dataclass(frozen=True)
class Tender:
    id: str
    method: str
    amount: Decimal
    paid_at: datetime | None


def order_payments(order: Json, transactions: Sequence[Json]) -> tuple[RemotePayment, ...]:
    """Gift certificates and store credit first: they are tenders, not discounts (PAY-6)."""
    number, reached = remote_id(order, "id"), milestones(order)
    found = [
        RemotePayment(
            id=f"{number}:{kind.replace('_', '-')}",
            method_key=kind,
            method_label=label,
            amount=money(order, f"{kind}_amount"),
            kind=kind,
            received=reached.created,
        )
        for kind, label in OWN_TENDERS.items()
        if money(order, f"{kind}_amount") > 0
    ]
    due = _due(order)
    if due > 0:
        found += _tender_payments(order, due, money_received(order, reached), _tenders(transactions))
    return tuple(found)


def _tender_payments(order: Json, due: Decimal, received: bool, tenders: Sequence[Tender]) -> list[RemotePayment]:
    """One payment of all that is due, or one per transaction where they explain it to the cent."""
    number = remote_id(order, "id")
    if not received or sum((tender.amount for tender in tenders), ZERO) != due:
        method = text(order, "payment_method") or text(order, "payment_provider_id")
        method = method or next((tender.method for tender in tenders), "")
        paid_at = max((tender.paid_at for tender in tenders if tender.paid_at), default=None)
        tenders = [Tender(f"{number}:payment", method, due, paid_at)]
    return [
        RemotePayment(
            id=tender.id,
            method_key=tender.method or "other",
            method_label=tender.method or "Other",
            amount=tender.amount,
            received=received,
            paid_at=tender.paid_at if received else None,
        )
        for tender in tenders
    ]


def _tenders(transactions: Sequence[Json]) -> list[Tender]:
    """Money that came in, by transaction. `order_id` and ids may be text; test payments count in test stores only."""
    return [
        Tender(
            f"{remote_id(row, 'order_id')}:{remote_id(row, 'id')}",
            _method(row),
            money(row, "amount"),
            moment(row.get("date_created")),
        )
        for row in transactions
        if text(row, "event") in ("purchase", "capture")
        and text(row, "status") in ("ok", "")
        and text(row, "method") not in OWN_TENDERS
    ]


def _method(row: Json) -> str:
    for part, name in (("custom", "payment_method"), ("offline", "display_name")):
        inner = row.get(part)
        if isinstance(inner, dict) and text(inner, name):
            return text(inner, name)
    return text(row, "gateway") or text(row, "method")
