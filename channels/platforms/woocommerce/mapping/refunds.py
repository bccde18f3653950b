"""Refunds of an order (REF-1). The store writes them as negative copies of the order's lines; ours are positive."""

from collections.abc import Sequence
from decimal import Decimal

from channels.platforms.fields import ZERO, Json, money, plain, remote_id, text
from channels.platforms.http import unreadable
from channels.platforms.woocommerce.mapping.money import TaxBook, fee_kind, tax_book
from channels.platforms.woocommerce.mapping.taxes import FEE_KEY, SHIPPING_KEY
from channels.platforms.woocommerce.mapping.values import moment, objects, title
from channels.remote import ChargeKind, RefundCharge, RefundLine, RemotePayment, RemoteRefund

_ORIGINAL = "_refunded_item_id"


def paid_back(refund: Json) -> bool:
    """Whether the store itself sent the money back through the gateway; else staff did, or nobody."""
    return refund.get("refunded_payment") is True


def remote_refund(refund: Json, *, order_id: str, order: Json | None = None) -> RemoteRefund:
    """`order` names the gateway that paid back; it is needed only where `paid_back`."""
    number, created = remote_id(refund, "id"), moment(refund, "date_created_gmt")
    if not number or created is None:
        raise unreadable("a refund without id or date")
    book = tax_book(refund)
    lines = tuple(_line(row, book) for row in objects(refund, "line_items") if _says_something(row))
    charges = _charges(refund, book)
    total = abs(money(refund, "amount"))
    assigned = sum((line.amount + line.tax for line in lines), ZERO)
    assigned += sum((charge.amount + charge.tax for charge in charges), ZERO)
    return RemoteRefund(
        id=number,
        order_id=order_id,
        created_at=created,
        total=total,
        reason=text(refund, "reason"),
        lines=lines,
        charges=charges,
        unassigned=total - assigned,
        payments=_payments(refund, order, total),
        raw=plain(refund),
    )


def _says_something(row: Json) -> bool:
    return bool(money(row, "quantity") or money(row, "total") or money(row, "total_tax"))


def _line(row: Json, book: TaxBook) -> RefundLine:
    keys = book.line(row)
    return RefundLine(
        line_id=_original(row),
        quantity=_back(row, "quantity"),
        amount=_back(row, "total"),
        tax=_back(row, "total_tax"),
        tax_key=keys.key,
        tax_fallbacks=keys.fallbacks,
    )


def _original(row: Json) -> str:
    """Id of the order's line, which the store keeps as metadata of the refund's."""
    return next(
        (remote_id(entry, "value") for entry in objects(row, "meta_data") if text(entry, "key") == _ORIGINAL), ""
    )


def _charges(refund: Json, book: TaxBook) -> tuple[RefundCharge, ...]:
    found = [
        _charge(row, "shipping", title(row, "method_title") or "Shipping", book, SHIPPING_KEY)
        for row in objects(refund, "shipping_lines")
    ]
    for row in objects(refund, "fee_lines"):
        kind: ChargeKind = "fee" if fee_kind(row) == "discount" else "discount"  # its sign is turned round
        found.append(_charge(row, kind, title(row, "name") or "Fee", book, FEE_KEY))
    return tuple(charge for charge in found if charge.amount or charge.tax)


def _charge(row: Json, kind: ChargeKind, label: str, book: TaxBook, key: str) -> RefundCharge:
    keys = book.charge(row, key)
    return RefundCharge(
        kind=kind,
        label=label,
        amount=_back(row, "total"),
        tax=_back(row, "total_tax"),
        tax_key=keys.key,
        tax_fallbacks=keys.fallbacks,
    )


def _back(row: Json, name: str) -> Decimal:
    """What went back is positive here; never the store's "-0.00"."""
    return ZERO - money(row, name)


def _payments(refund: Json, order: Json | None, total: Decimal) -> tuple[RemotePayment, ...]:
    if order is None or not paid_back(refund) or not total:
        return ()
    method = text(order, "payment_method") or "other"
    return (
        RemotePayment(
            id=f"refund:{remote_id(refund, 'id')}",
            method_key=method,
            method_label=text(order, "payment_method_title") or method,
            amount=total,
            paid_at=moment(refund, "date_created_gmt"),
        ),
    )


def oldest_first(refunds: Sequence[RemoteRefund]) -> tuple[RemoteRefund, ...]:
    return tuple(sorted(refunds, key=lambda refund: (refund.created_at, len(refund.id), refund.id)))
