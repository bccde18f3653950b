"""Words, tones and next steps of a sale, for its page."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inventory.registry import Viewer
from orders.enums import SaleStatus, SaleType, Stage, StageState
from orders.forms.sales import PaymentForm
from orders.queries.sales import SaleView
from orders.services.stages import plan_undo, states_of

_TONES = {
    SaleStatus.COMPLETED: "ok",
    SaleStatus.BACKORDERED: "warn",
    SaleStatus.VOIDED: "off",
    SaleStatus.ORDERING: "off",
    SaleStatus.DRAFT: "off",
}
_ICONS = {
    Stage.ORDER: "orders",
    Stage.PICK: "stock",
    Stage.PACK: "box",
    Stage.SHIP: "truck",
    Stage.INVOICE: "check",
}
_NEXT_WORDS = {
    Stage.ORDER: lazy("Authorize order"),
    Stage.PICK: lazy("Authorize pick"),
    Stage.PACK: lazy("Authorize pack"),
    Stage.SHIP: lazy("Authorize shipment"),
    Stage.INVOICE: lazy("Authorize invoice"),
}


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """A stage that can be authorized now."""

    stage: Stage
    label: object
    primary: bool


def status_tone(status: str) -> str:
    return _TONES.get(SaleStatus(status), "info")


def sale_page(view: SaleView, *, user: Viewer, payment_form: PaymentForm) -> dict[str, Any]:
    """Context of the sale page."""
    states = states_of(view.sale, view.fulfillment, view.invoice)
    goods = view.sale.type != SaleType.SERVICE
    shown = [stage for stage in Stage if goods or stage in (Stage.ORDER, Stage.INVOICE)]
    steps = next_steps(states)
    picked = view.picked_by_line
    return {
        "view": view,
        "sale": view.sale,
        "tone": status_tone(view.sale.status),
        "steps": [_step(view, stage, states[stage], steps) for stage in shown],
        "next_steps": steps if user.has_perm("orders.authorize_stage") else [],
        "undo_stages": [(stage, plan_undo(states, stage)[:-1]) for stage in shown if plan_undo(states, stage)],
        "rows": [(line, picked.get(line.pk)) for line in view.lines],
        "goods": goods,
        "is_void": view.sale.order_state == StageState.VOIDED,
        "pick_open": states[Stage.PICK] == StageState.DRAFT,
        "is_shipped": states[Stage.SHIP] == StageState.AUTHORIZED,
        "missing_units": view.units - view.picked_units if view.sale.status == SaleStatus.BACKORDERED else None,
        "payment_form": payment_form,
        "unmatched": [line for line in view.lines if line.kind == "service" and line.sku],
    }


def next_steps(states: dict[Stage, StageState]) -> list[NextStep]:
    """Stages in draft; the first in the order of the trade is the primary one."""
    open_ = [stage for stage in Stage if states[stage] == StageState.DRAFT]
    return [NextStep(stage=stage, label=_NEXT_WORDS[stage], primary=index == 0) for index, stage in enumerate(open_)]


def _step(view: SaleView, stage: Stage, state: StageState, steps: list[NextStep]) -> dict[str, Any]:
    tone = {StageState.AUTHORIZED: "ok", StageState.DRAFT: "info", StageState.VOIDED: "off"}.get(state, "off")
    if stage == Stage.PICK and state == StageState.DRAFT and view.sale.status == SaleStatus.BACKORDERED:
        tone = "warn"
    return {
        "label": stage.label,
        "tone": tone,
        "icon": "done" if state == StageState.AUTHORIZED else _ICONS[stage],
        "text": _step_text(view, stage, state),
        "url": f"{reverse('orders:sale', args=[view.sale.pk])}#{'invoice' if stage == Stage.INVOICE else 'lines'}",
        "current": bool(steps) and steps[0].stage == stage,
    }


def _step_text(view: SaleView, stage: Stage, state: StageState) -> str:
    if state == StageState.AUTHORIZED:
        return _authorized_text(view, stage)
    if state == StageState.VOIDED:
        return _("Voided")
    if state == StageState.NOT_AVAILABLE:
        return _("Not yet")
    if stage == Stage.PICK and view.picked:
        return _("Draft, %(picked)s units") % {"picked": f"{view.picked_units.normalize():f}"}
    return _("Draft")


def _authorized_text(view: SaleView, stage: Stage) -> str:
    if stage == Stage.INVOICE:
        paid = view.invoice.total == view.invoice.paid
        return f"{view.invoice.number}, {_('paid') if paid else _('open')}"
    if stage == Stage.SHIP and view.fulfillment.tracking_number:
        return view.fulfillment.tracking_number
    return _("Authorized")
