"""Words, tones and next steps of a sale, for its page."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inventory.registry import Viewer
from orders.enums import SaleStatus, SaleType, Stage, StageState
from orders.forms.sales import PaymentForm
from orders.models import SaleLine
from orders.queries.sales import SaleView
from orders.queries.supply import Dropped, leaves_choice, unbuilt_of
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


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """One line of the sale's table. `may_switch`: staff choose who sends it."""

    line: SaleLine
    picked: Decimal | None
    dropped: Dropped | None
    may_switch: bool


def status_tone(status: str) -> str:
    return _TONES.get(SaleStatus(status), "info")


def sale_page(view: SaleView, *, user: Viewer, payment_form: PaymentForm) -> dict[str, Any]:
    """Context of the sale page."""
    states = states_of(view.sale, view.fulfillment, view.invoice)
    goods = view.sale.type != SaleType.SERVICE
    shown = _stages_of(view, goods=goods)
    steps = next_steps(states)
    picked = view.picked_by_line
    is_draft = states[Stage.ORDER] == StageState.DRAFT
    backordered = view.sale.status == SaleStatus.BACKORDERED
    return {
        "view": view,
        "sale": view.sale,
        "tone": status_tone(view.sale.status),
        "steps": [_step(view, stage, states[stage], steps) for stage in shown],
        "next_steps": steps if user.has_perm("orders.authorize_stage") else [],
        "undo_stages": [(stage, plan_undo(states, stage)[:-1]) for stage in shown if plan_undo(states, stage)],
        "rows": [
            LineRow(
                line=line,
                picked=picked.get(line.pk),
                dropped=view.supply.dropped.get(line.pk),
                may_switch=is_draft and leaves_choice(line),
            )
            for line in view.lines
        ],
        "supply": view.supply,
        "own_goods": view.own_units > 0,
        "is_ordered": states[Stage.ORDER] == StageState.AUTHORIZED,
        "unbuilt": unbuilt_of(view.sale, view.lines, picked) if backordered else [],
        "goods": goods,
        "is_void": view.sale.order_state == StageState.VOIDED,
        "pick_open": states[Stage.PICK] == StageState.DRAFT,
        "is_shipped": states[Stage.SHIP] == StageState.AUTHORIZED or bool(view.supply.dispatches),
        "missing_units": view.own_units - view.picked_units if backordered else None,
        "payment_form": payment_form,
        "unmatched": [line for line in view.lines if line.kind == "service" and line.sku],
    }


def _stages_of(view: SaleView, *, goods: bool) -> list[Stage]:
    """Stages that this sale goes through: what only suppliers send is neither picked nor packed here."""
    if not goods:
        return [Stage.ORDER, Stage.INVOICE]
    if view.supply.dropped and view.own_units <= 0:
        return [Stage.ORDER, Stage.SHIP, Stage.INVOICE]
    return list(Stage)


def next_steps(states: dict[Stage, StageState]) -> list[NextStep]:
    """Stages in draft; the first in the order of the trade is the primary one."""
    open_ = [stage for stage in Stage if states[stage] == StageState.DRAFT]
    return [NextStep(stage=stage, label=_NEXT_WORDS[stage], primary=index == 0) for index, stage in enumerate(open_)]


def _step(view: SaleView, stage: Stage, state: StageState, steps: list[NextStep]) -> dict[str, Any]:
    tone = {StageState.AUTHORIZED: "ok", StageState.DRAFT: "info", StageState.VOIDED: "off"}.get(state, "off")
    if stage == Stage.PICK and state == StageState.DRAFT and view.sale.status == SaleStatus.BACKORDERED:
        tone = "warn"
    is_done = state == StageState.AUTHORIZED
    if stage == Stage.SHIP and view.supply.dropped and state != StageState.VOIDED:
        is_done = view.supply.is_all_sent and (is_done or view.own_units <= 0)
        tone = "ok" if is_done else "info" if view.supply.dispatches or state != StageState.NOT_AVAILABLE else "off"
    return {
        "label": stage.label,
        "tone": tone,
        "icon": "done" if is_done else _ICONS[stage],
        "text": _step_text(view, stage, state),
        "url": f"{reverse('orders:sale', args=[view.sale.pk])}#{'invoice' if stage == Stage.INVOICE else 'lines'}",
        "current": bool(steps) and steps[0].stage == stage,
    }


def _step_text(view: SaleView, stage: Stage, state: StageState) -> str:
    if stage == Stage.SHIP and view.supply.dropped and state != StageState.VOIDED:
        return _drop_text(view, state)
    if state == StageState.AUTHORIZED:
        return _authorized_text(view, stage)
    if state == StageState.VOIDED:
        return _("Voided")
    if state == StageState.NOT_AVAILABLE:
        return _("Not yet")
    if stage == Stage.PICK and view.picked:
        return _("Draft, %(picked)s units") % {"picked": f"{view.picked_units.normalize():f}"}
    return _("Draft")


def _drop_text(view: SaleView, state: StageState) -> str:
    """Ship stage of a sale of which a supplier sends something (A61)."""
    supply = view.supply
    facts = {"supplier": supply.suppliers or _("the supplier")}
    theirs = _("Sent by %(supplier)s") % facts if supply.is_all_sent else _("Waits for %(supplier)s") % facts
    if supply.is_all_sent and supply.tracking:
        theirs = f"{theirs}, {supply.tracking}"
    if view.own_units <= 0:
        return theirs
    ours = _authorized_text(view, Stage.SHIP) if state == StageState.AUTHORIZED else _("Not sent by us yet")
    return f"{ours}. {theirs}"


def _authorized_text(view: SaleView, stage: Stage) -> str:
    if stage == Stage.INVOICE:
        paid = view.invoice.total == view.invoice.paid
        return f"{view.invoice.number}, {_('paid') if paid else _('open')}"
    if stage == Stage.SHIP and view.fulfillment.tracking_number:
        return view.fulfillment.tracking_number
    return _("Authorized")
