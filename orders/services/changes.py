"""What a store changes on an order that is a sale already (A35).

Payments and notes always apply. Goods and money apply while nothing is picked and the invoice is a draft; later they
become a difference that a person settles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import audit
from orders.enums import CapturedState, IssueCode, StageState
from orders.models import CapturedCharge, CapturedLine, CapturedOrder, OrderIssue, Sale
from orders.services.allocation import reallocate
from orders.services.billing import add_captured_payments
from orders.services.claims import claim_order
from orders.services.drop_shipping import has_ordered
from orders.services.parts import Parts, load_parts, update_goods, update_payments
from orders.services.plan import OrderPlan, unmapped_payments
from orders.services.sale import rewrite_sale
from orders.services.setup import CaptureSetup
from orders.services.sheet import Sheet, close_sheet, note_shortage, open_sheet
from orders.services.supply import supply, take_back_order


@dataclass(frozen=True, kw_only=True)
class _News:
    """What differs from what is known here."""

    goods: bool
    note: bool
    payments: bool
    back: bool
    """It was cancelled in the store and is no longer."""
    status: bool

    @property
    def any(self) -> bool:
        return self.goods or self.note or self.payments or self.back or self.status


def follow_sale(
    plan: OrderPlan, *, row: CapturedOrder | None, sale: Sale, setup: CaptureSetup, now: datetime
) -> CapturedOrder | None:
    """Bring log entry and sale up to date; does nothing where nothing is new. Raises Raced."""
    if row is None:
        return None
    old = load_parts(row)
    news = _news(plan, row, old)
    if not news.any:
        return row
    before = row.customer_note
    with transaction.atomic():
        _claim(plan, row, news)
        old.payments = update_payments(plan, old, order=row)
        sheet = open_sheet(sale.pk, version=None, user=None, now=now)
        source = f"{setup.channel.platform}:{setup.channel.store_identity}"
        add_captured_payments(sheet, old.payments, source=source)
        if news.note:
            _renew_notes(sheet.sale, before=before, after=plan.order.customer_note)
        if news.goods:
            _follow_goods(plan, row, old, sheet=sheet, setup=setup)
        _renew_issues(row, plan, back=news.back)
        note_shortage(sheet)
        close_sheet(sheet)
    return row


def _news(plan: OrderPlan, row: CapturedOrder, old: Parts) -> _News:
    known = {(payment.remote_id, payment.amount, payment.account_id) for payment in old.payments}
    fresh = {(payment.remote_id, payment.amount, payment.account_id) for payment in plan.payments}
    return _News(
        goods=bool(row.fingerprint) and plan.order.fingerprint != row.fingerprint,
        note=plan.order.customer_note != row.customer_note,
        payments=known != fresh,
        back=row.state == CapturedState.NEEDS_DECISION,
        status=(plan.order.remote_status, plan.order.remote_version) != (row.remote_status, row.remote_version)
        or not row.fingerprint,
    )


def _claim(plan: OrderPlan, row: CapturedOrder, news: _News) -> None:
    state = CapturedState.SALE if news.back else CapturedState(row.state)
    claim_order(
        row,
        state=state,
        remote_status=plan.order.remote_status,
        remote_version=plan.order.remote_version,
        fingerprint=plan.order.fingerprint,
        customer_note=plan.order.customer_note,
        staff_note=plan.order.staff_note,
    )


def _renew_notes(sale: Sale, *, before: str, after: str) -> None:
    """The store's note where it still stands as it came; a note that people edited gets the new one below."""
    for name in ("comments", "shipping_notes"):
        text = getattr(sale, name)
        setattr(sale, name, after if text == before else "\n".join(part for part in (text, after) if part))


def _follow_goods(plan: OrderPlan, row: CapturedOrder, old: Parts, *, sheet: Sheet, setup: CaptureSetup) -> None:
    if not old.lines:
        return
    differences = describe_changes(row, plan, old=old)
    row.issues.filter(code=IssueCode.CHANGED_IN_STORE).delete()
    if not differences:
        return
    if not _may_edit(plan, sheet):
        issue = OrderIssue(order=row, code=IssueCode.CHANGED_IN_STORE, detail="\n".join(differences))
        OrderIssue.objects.bulk_create([issue])
        return
    parts = update_goods(plan, old, order=row)
    document_key = sheet.sale.document_key
    take_back_order(sheet)
    dropped = {line.owner_key for line in sheet.lines if line.drop_ship}
    reallocate(row, parts.lines, setup=setup, gone=parts.gone, document_key=document_key, at=sheet.now, dropped=dropped)
    totals = {"total": plan.order.total, "total_tax": plan.order.total_tax, "units": plan.order.units}
    CapturedOrder.objects.filter(pk=row.pk).update(**totals)
    row.total, row.total_tax, row.units = plan.order.total, plan.order.total_tax, plan.order.units
    rewrite_sale(sheet, row)
    if sheet.sale.order_state == StageState.AUTHORIZED:
        supply(sheet)
    audit.record(
        user=None,
        action="sale.changed_in_store",
        obj=sheet.sale,
        changes={"lines": ("", "; ".join(differences))},
        scope_key=sheet.sale.source_key,
        now=sheet.now,
    )


def _may_edit(plan: OrderPlan, sheet: Sheet) -> bool:
    """Nothing picked, nothing invoiced, and the new amounts are whole."""
    set_ = StageState.AUTHORIZED
    whole = (
        not plan.proof.differs
        and all(line.tax_rule_id for line in plan.lines)
        and all(charge.tax_rule_id for charge in plan.charges)
    )
    untouched = sheet.fulfillment.pick_state != set_ and sheet.invoice.state != set_
    return whole and untouched and not has_ordered(sheet)


def describe_changes(row: CapturedOrder, plan: OrderPlan, *, old: Parts) -> list[str]:
    """The difference in words, one a line: what was, what is."""
    before = {line.remote_id: line for line in old.lines}
    words: list[str] = []
    for line in plan.lines:
        mine = before.pop(line.remote_id, None)
        name = line.sku or line.name
        if mine is None:
            words.append(_("%(name)s: added, %(new)s") % {"name": name, "new": _line_words(line)})
        elif _line_words(mine) != _line_words(line):
            facts = {"name": name, "old": _line_words(mine), "new": _line_words(line)}
            words.append(_("%(name)s: %(old)s → %(new)s") % facts)
    words += [_("%(name)s: removed") % {"name": line.sku or line.name} for line in before.values()]
    old_charges = [(charge.label, charge.amount, charge.tax) for charge in old.charges]
    new_charges = [(charge.label, charge.amount, charge.tax) for charge in plan.charges]
    if old_charges != new_charges:
        facts = {"old": _charge_words(old.charges), "new": _charge_words(plan.charges)}
        words.append(_("Charges: %(old)s → %(new)s") % facts)
    if plan.order.total != row.total:
        facts = {"old": _plain(row.total), "new": _plain(plan.order.total)}
        words.append(_("Total: %(old)s → %(new)s") % facts)
    return words


def _line_words(line: CapturedLine) -> str:
    return f"{_plain(line.quantity)} × {_plain(line.unit_price)} = {_plain(line.total)} + {_plain(line.tax)}"


def _charge_words(charges: Sequence[CapturedCharge]) -> str:
    return ", ".join(f"{charge.label} {_plain(charge.amount + charge.tax)}" for charge in charges) or "–"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _renew_issues(row: CapturedOrder, plan: OrderPlan, *, back: bool) -> None:
    """Payment notices as they are now; a cancellation that was taken back is no issue any more."""
    row.issues.filter(code=IssueCode.PAYMENT_UNMAPPED).delete()
    if back:
        row.issues.filter(code=IssueCode.CANCELLED_IN_STORE).delete()
    issues = unmapped_payments(plan.payments)
    for issue in issues:
        issue.order = row
    OrderIssue.objects.bulk_create(issues)
