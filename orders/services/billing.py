"""Invoice and payments (SPEC PAY-3, A21)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from inventory.enums import DocumentKind
from inventory.models import Account
from inventory_sync.lib.money import ZERO, to_currency
from orders.enums import PaymentState, StageState
from orders.errors import PaymentRefused, StageRefused
from orders.models import CapturedPayment, Payment
from orders.services.sheet import Sheet
from orders.services.terms import due_date


def authorize_invoice(sheet: Sheet, *, invoice_date: date | None = None) -> None:
    """Number it, fix its dates, post the prepayments. Its number stays when it is undone, so there are no gaps."""
    invoice = sheet.invoice
    if sheet.sale.order_state != StageState.AUTHORIZED or invoice.state != StageState.DRAFT:
        raise StageRefused(_("The invoice can be authorized once the order is authorized."))
    invoice.state = StageState.AUTHORIZED
    invoice.invoice_date = invoice_date or invoice.invoice_date or sheet.sale.sale_date
    invoice.due_date = due_date(invoice.invoice_date, sheet.sale.terms)
    if invoice.number is None:
        sheet.numbers_due.append(DocumentKind.INVOICE)
    _move_payments(sheet, PaymentState.PREPAYMENT, PaymentState.POSTED)


def reopen_invoice(sheet: Sheet) -> None:
    """Authorized → draft; posted payments become prepayments again."""
    sheet.invoice.state = StageState.DRAFT
    _move_payments(sheet, PaymentState.POSTED, PaymentState.PREPAYMENT)


def add_captured_payments(sheet: Sheet, captured: Iterable[CapturedPayment], *, source: str) -> list[Payment]:
    """Book what the store received; each payment of `source` once, those without account not at all (SPEC PAY-2)."""
    known = {payment.source_key for payment in sheet.payments}
    fresh = [
        Payment(
            sale=sheet.sale,
            account=payment.account,
            amount=payment.amount,
            paid_at=payment.paid_at or sheet.now,
            reference=payment.method_label,
            state=_state(sheet),
            source_key=f"{source}:{payment.remote_id}",
        )
        for payment in captured
        if payment.account is not None and f"{source}:{payment.remote_id}" not in known
    ]
    Payment.objects.bulk_create(fresh, ignore_conflicts=True)
    sheet.payments += fresh
    _sum_paid(sheet)
    return fresh


def add_payment(sheet: Sheet, *, account: Account, amount: Decimal, paid_at: datetime, reference: str) -> Payment:
    """Book money by hand. Raises PaymentRefused for an account that takes none, or more than is open."""
    amount = to_currency(amount, sheet.sale.currency)
    if not account.accepts_payments:
        raise PaymentRefused(_("Account %(account)s does not accept payments.") % {"account": account})
    if sheet.sale.order_state == StageState.VOIDED:
        raise PaymentRefused(_("The sale is void."))
    open_amount = sheet.sale.total - _booked(sheet)
    if amount <= ZERO or amount > open_amount:
        raise PaymentRefused(
            _("Enter an amount above zero and at most what is open, %(open)s.")
            % {"open": to_currency(open_amount, sheet.sale.currency)}
        )
    payment = Payment.objects.create(
        sale=sheet.sale, account=account, amount=amount, paid_at=paid_at, reference=reference, state=_state(sheet)
    )
    sheet.payments.append(payment)
    _sum_paid(sheet)
    return payment


def remove_payment(sheet: Sheet, payment_id: int) -> Payment:
    """Take a payment back; the row stays as voided."""
    for payment in sheet.payments:
        if payment.pk == payment_id and payment.state != PaymentState.VOIDED:
            payment.state = PaymentState.VOIDED
            payment.save(update_fields=["state"])
            _sum_paid(sheet)
            return payment
    raise PaymentRefused(_("That payment is not on this sale or was taken back already."))


def void_money(sheet: Sheet) -> None:
    """The invoice keeps its number and counts nowhere; payments are voided with it (A55)."""
    sheet.invoice.state = StageState.VOIDED
    sheet.sale.payments.exclude(state=PaymentState.VOIDED).update(state=PaymentState.VOIDED)
    for payment in sheet.payments:
        payment.state = PaymentState.VOIDED
    sheet.invoice.paid = ZERO


def _state(sheet: Sheet) -> PaymentState:
    authorized = sheet.invoice.state == StageState.AUTHORIZED
    return PaymentState.POSTED if authorized else PaymentState.PREPAYMENT


def _booked(sheet: Sheet) -> Decimal:
    return sum((payment.amount for payment in sheet.payments if payment.state != PaymentState.VOIDED), ZERO)


def _move_payments(sheet: Sheet, old: PaymentState, new: PaymentState) -> None:
    if any(payment.state == old for payment in sheet.payments):
        sheet.sale.payments.filter(state=old).update(state=new)
        for payment in sheet.payments:
            payment.state = new if payment.state == old else payment.state
    _sum_paid(sheet)


def _sum_paid(sheet: Sheet) -> None:
    sheet.invoice.paid = sum(
        (payment.amount for payment in sheet.payments if payment.state == PaymentState.POSTED), ZERO
    )
