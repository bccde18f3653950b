"""Due dates from payment terms (SPEC INV-10, MPW-11)."""

import calendar
from datetime import date, timedelta

from inventory.enums import TermMethod
from inventory.models import PaymentTerm


def due_date(invoice_date: date, terms: PaymentTerm | None) -> date:
    """Day the invoice is due; without terms the same day. A day a month does not have is its last."""
    if terms is None:
        return invoice_date
    if terms.method == TermMethod.NUMBER_OF_DAYS:
        return invoice_date + timedelta(days=terms.days)
    if terms.method == TermMethod.DAYS_SINCE_END_OF_MONTH:
        return _last_day(invoice_date) + timedelta(days=terms.days)
    next_month = _last_day(invoice_date) + timedelta(days=1)
    if terms.method == TermMethod.LAST_DAY_OF_NEXT_MONTH:
        return _last_day(next_month)
    return next_month.replace(day=min(max(terms.days, 1), _last_day(next_month).day))


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
