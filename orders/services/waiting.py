"""Orders that are not captured yet: their units are held back from their store's quantity (A52, SPEC TAX-6, A19)."""

from collections import defaultdict
from decimal import Decimal

from django.db import transaction

from catalog.services.holds import clear_holds, set_holds
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder, OrderIssue
from orders.services.claims import claim_order, insert_order
from orders.services.plan import HEADER, OrderPlan, unmapped_tax
from orders.services.setup import CaptureSetup
from orders.services.unmapped import name_tax


def hold_order(
    plan: OrderPlan,
    *,
    state: CapturedState,
    row: CapturedOrder | None,
    products: dict[str, int],
    setup: CaptureSetup,
    by: CapturedBy,
) -> CapturedOrder:
    """Keep the order as waiting or skipped, without lines and allocation; idempotent.

    `products`: stocked product id of a line, by the line's remote id. Raises Raced.
    """
    issues = _tax_issues(plan, setup) if state == CapturedState.SKIPPED else []
    with transaction.atomic():
        order = _claim(plan, state=state, row=row, by=by)
        if row is not None:
            order.issues.all().delete()
        OrderIssue.objects.bulk_create(_of(order, issue) for issue in issues)
        set_holds(setup.channel, owner_key=order.document_key, quantities=_units(plan, products))
    return order


def drop_order(row: CapturedOrder) -> None:
    """Forget an order that was never captured, with its holds. Raises Raced."""
    with transaction.atomic():
        claim_order(row)
        clear_holds(row.channel, owner_key=row.document_key)
        row.issues.all().delete()
        CapturedOrder.objects.filter(pk=row.pk).delete()


def _claim(plan: OrderPlan, *, state: CapturedState, row: CapturedOrder | None, by: CapturedBy) -> CapturedOrder:
    order = plan.order
    order.state = state
    if row is None:
        order.captured_by = by
        insert_order(order)
        return order
    claim_order(row, state=state, **{name: getattr(order, name) for name in HEADER})
    return row


def _units(plan: OrderPlan, products: dict[str, int]) -> dict[int, Decimal]:
    units: dict[int, Decimal] = defaultdict(Decimal)
    for line in plan.remote.lines:
        if line.id in products and line.quantity > 0:
            units[products[line.id]] += line.quantity
    return dict(units)


def _tax_issues(plan: OrderPlan, setup: CaptureSetup) -> list[OrderIssue]:
    issues = unmapped_tax(plan.remote, setup)
    name_tax(plan.remote, issues, setup)
    return issues


def _of(order: CapturedOrder, issue: OrderIssue) -> OrderIssue:
    issue.order = order
    return issue


def release_holds(order: CapturedOrder) -> None:
    """What was held back is captured, cancelled or gone."""
    clear_holds(order.channel, owner_key=order.document_key)
