"""Lines, charges, payments and issues of a captured order: written once, or brought up to date in place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.models import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment, OrderIssue
from orders.services.plan import OrderPlan

_LINE = ("position", "kind", "product_id", "sku", "name", "quantity", "unit_price", "total", "tax", "tax_key",
         "tax_rule_id", "note")  # fmt: skip
_CHARGE = ("position", "kind", "label", "amount", "tax", "tax_key", "tax_rule_id", "code")
_PAYMENT = ("method_key", "method_label", "amount", "paid_at", "account_id")


@dataclass(kw_only=True)
class Parts:
    """What is stored of an order besides its row. `gone`: lines that the store no longer has."""

    lines: list[CapturedLine] = field(default_factory=list)
    charges: list[CapturedCharge] = field(default_factory=list)
    payments: list[CapturedPayment] = field(default_factory=list)
    gone: list[CapturedLine] = field(default_factory=list)


def insert_parts(order: CapturedOrder, plan: OrderPlan) -> Parts:
    """First writing; four statements at most."""
    rows: list[CapturedLine | CapturedCharge | CapturedPayment | OrderIssue] = [
        *plan.lines,
        *plan.charges,
        *plan.payments,
        *plan.issues,
    ]
    for row in rows:
        row.order = order
    parts = Parts(
        lines=CapturedLine.objects.bulk_create(plan.lines),
        charges=CapturedCharge.objects.bulk_create(plan.charges),
        payments=CapturedPayment.objects.bulk_create(plan.payments),
    )
    OrderIssue.objects.bulk_create(plan.issues)
    return parts


def load_parts(order: CapturedOrder) -> Parts:
    return Parts(
        lines=list(order.lines.select_related("product")),
        charges=list(order.charges.all()),
        payments=list(order.payments.all()),
    )


def update_goods(plan: OrderPlan, old: Parts, *, order: CapturedOrder) -> Parts:
    """Lines and charges as the store has them now; a line keeps its row, so it keeps owning its allocation."""
    known = {line.remote_id: line for line in old.lines}
    lines: list[CapturedLine] = []
    reused = known.keys() & {line.remote_id for line in plan.lines}
    for fresh in plan.lines:
        fresh.order = order
        mine = known.pop(fresh.remote_id, None)
        if mine is not None:
            fresh.pk = mine.pk
            if _facts(fresh, _LINE) != _facts(mine, _LINE):
                fresh.save()
        lines.append(fresh)
    new = [line for line in lines if line.remote_id not in reused]
    if new:
        CapturedLine.objects.bulk_create(new)
    if known:
        CapturedLine.objects.filter(pk__in=[line.pk for line in known.values()]).delete()
    return Parts(lines=lines, charges=_update_charges(order, plan, old), payments=old.payments, gone=[*known.values()])


def _update_charges(order: CapturedOrder, plan: OrderPlan, old: Parts) -> list[CapturedCharge]:
    if _all_facts(plan.charges, _CHARGE) == _all_facts(old.charges, _CHARGE):
        return old.charges
    order.charges.all().delete()
    for charge in plan.charges:
        charge.order = order
    return CapturedCharge.objects.bulk_create(plan.charges)


def update_payments(plan: OrderPlan, old: Parts, *, order: CapturedOrder) -> list[CapturedPayment]:
    """Money arrives, gets its account, or was never received after all."""
    known = {payment.remote_id: payment for payment in old.payments}
    payments: list[CapturedPayment] = []
    for fresh in plan.payments:
        fresh.order = order
        mine = known.pop(fresh.remote_id, None)
        if mine is not None:
            fresh.pk = mine.pk
        if mine is None or _facts(fresh, _PAYMENT) != _facts(mine, _PAYMENT):
            fresh.save()
        payments.append(fresh)
    if known:
        CapturedPayment.objects.filter(pk__in=[payment.pk for payment in known.values()]).delete()
    return payments


def update_issues(order: CapturedOrder, issues: Sequence[OrderIssue]) -> None:
    """Exactly these issues; those that no longer hold go away."""
    old = {(issue.code, issue.key): issue for issue in order.issues.all()}
    wanted = {(str(issue.code), issue.key): issue for issue in issues}
    stale = [issue.pk for place, issue in old.items() if place not in wanted or _words(issue) != _words(wanted[place])]
    if stale:
        OrderIssue.objects.filter(pk__in=stale).delete()
    kept = {place for place, issue in old.items() if issue.pk not in stale}
    for issue in issues:
        issue.order = order
    OrderIssue.objects.bulk_create([issue for place, issue in wanted.items() if place not in kept])


def _words(issue: OrderIssue) -> tuple[str, str]:
    return issue.label, issue.detail


def _facts(row: CapturedLine | CapturedCharge | CapturedPayment, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def _all_facts(rows: Iterable[CapturedCharge], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [_facts(row, names) for row in rows]
