"""Payments by hand: the transaction around `billing`."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from inventory.models import Account, User
from inventory.services import audit
from orders.models import Sale
from orders.services import billing
from orders.services.sheet import close_sheet, note_shortage, open_sheet


def book_payment(
    sale_id: int,
    *,
    account: Account,
    amount: Decimal,
    paid_at: datetime,
    reference: str,
    version: int | None,
    user: User | None,
    now: datetime,
) -> Sale:
    """Add a payment; a sale that is shipped and paid in full is completed by it."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        billing.add_payment(sheet, account=account, amount=amount, paid_at=paid_at, reference=reference)
        note_shortage(sheet)
        sale = close_sheet(sheet)
        _note(sale, "sale.payment.added", ("", str(amount)), user=user, now=now)
        return sale


def take_back_payment(sale_id: int, *, payment_id: int, version: int | None, user: User | None, now: datetime) -> Sale:
    """Void a payment."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        payment = billing.remove_payment(sheet, payment_id)
        note_shortage(sheet)
        sale = close_sheet(sheet)
        _note(sale, "sale.payment.voided", (str(payment.amount), ""), user=user, now=now)
        return sale


def _note(sale: Sale, action: str, amount: tuple[str, str], *, user: User | None, now: datetime) -> None:
    """Audit row under the sale's channel, so that only those who see the channel see it."""
    audit.record(user=user, action=action, obj=sale, changes={"amount": amount}, scope_key=sale.source_key, now=now)
