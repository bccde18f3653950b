"""What staff do to a sale: authorize a stage, undo it, void the sale, book payments. Each is one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.models import User
from inventory.services import audit, stock
from orders.enums import SaleType, Stage, StageState
from orders.errors import StageRefused
from orders.models import Fulfillment, Invoice, Sale
from orders.services import billing, fulfillment
from orders.services.drop_shipping import is_with_supplier
from orders.services.sheet import Sheet, close_sheet, note_shortage, open_sheet
from orders.services.supply import end_supply, lock_supply, take_back_order

_FORWARD: dict[Stage, Callable[[Sheet], None]] = {
    Stage.ORDER: fulfillment.authorize_order,
    Stage.PICK: fulfillment.authorize_pick,
    Stage.PACK: fulfillment.authorize_pack,
    Stage.SHIP: fulfillment.authorize_ship,
    Stage.INVOICE: billing.authorize_invoice,
}
_GOODS = (Stage.PICK, Stage.PACK, Stage.SHIP)
SET = StageState.AUTHORIZED


def authorize_stage(sale_id: int, *, stage: Stage, version: int | None, user: User | None, now: datetime) -> Sale:
    """Draft → authorized. Raises StageRefused, SaleChanged or StockShort; then nothing moved."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        _FORWARD[stage](sheet)
        note_shortage(sheet)
        return _finish(sheet, f"sale.{stage}.authorized")


def fill_pick(sale_id: int, *, version: int | None, user: User | None, now: datetime) -> Sale:
    """Write what can be taken now into the draft pick."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        plan = fulfillment.fill_pick(sheet)
        note_shortage(sheet, plan)
        return _finish(sheet, "sale.pick.filled")


def set_shipment(
    sale_id: int, *, carrier: str, tracking_number: str, version: int | None, user: User | None, now: datetime
) -> Sale:
    """Carrier and tracking number; the only edit a shipped sale still takes."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        if sheet.sale.order_state == StageState.VOIDED or sheet.sale.type == SaleType.SERVICE:
            raise StageRefused(_("This sale has no shipment."))
        round_ = sheet.fulfillment
        changes = {"carrier": (round_.carrier, carrier), "tracking_number": (round_.tracking_number, tracking_number)}
        round_.carrier, round_.tracking_number = carrier, tracking_number
        note_shortage(sheet)
        return _finish(
            sheet, "sale.shipment.edited", {name: both for name, both in changes.items() if both[0] != both[1]}
        )


def plan_undo(states: Mapping[Stage, StageState], stage: Stage) -> tuple[Stage, ...]:
    """Stages that undoing `stage` takes back, last first; () when it is not authorized."""
    if states[stage] != SET:
        return ()
    if stage == Stage.INVOICE:
        return (Stage.INVOICE,)
    later = [Stage.INVOICE, *reversed(_GOODS), Stage.ORDER] if stage == Stage.ORDER else list(reversed(_GOODS))
    keep = later.index(stage) + 1
    return tuple(each for each in later[:keep] if states[each] == SET)


def states_of(sale: Sale, round_: Fulfillment, invoice: Invoice) -> dict[Stage, StageState]:
    """State of every stage."""
    return {
        Stage.ORDER: StageState(sale.order_state),
        Stage.PICK: StageState(round_.pick_state),
        Stage.PACK: StageState(round_.pack_state),
        Stage.SHIP: StageState(round_.ship_state),
        Stage.INVOICE: StageState(invoice.state),
    }


def undo_stage(
    sale_id: int,
    *,
    stage: Stage,
    version: int | None,
    user: User | None,
    now: datetime,
    cancel_purchases: bool = False,
) -> Sale:
    """Authorized → draft, with the later stages; stock comes back by reverse rows (INV-4). The allocation stays.

    Undoing the order voids its draft purchase orders; `cancel_purchases` says that the suppliers know, so that those
    they have already are voided too. Raises StageRefused, PurchaseRefused, SaleChanged; then nothing moved.
    """
    with transaction.atomic():
        if stage == Stage.ORDER:
            lock_supply(sale_id)
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        undone = plan_undo(states_of(sheet.sale, sheet.fulfillment, sheet.invoice), stage)
        if not undone:
            raise StageRefused(_("Only an authorized stage can be undone."))
        for each in undone:
            _undo(sheet, each)
        if Stage.ORDER in undone:
            take_back_order(sheet, with_ordered=cancel_purchases)
        note_shortage(sheet)
        return _finish(sheet, f"sale.{stage}.undone")


def void_sale(
    sale_id: int,
    *,
    return_goods: bool,
    version: int | None,
    user: User | None,
    now: datetime,
    reason: str = "",
    cancel_purchases: bool = False,
) -> Sale:
    """End the sale: stock, allocation and money net to zero, the record stays (A55). Idempotent.

    A shipped sale is refused unless `return_goods` says that the units are back; one that a supplier has on order
    unless `cancel_purchases` says that he knows. What he sent stays bought.
    """
    with transaction.atomic():
        lock_supply(sale_id)
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        if sheet.sale.order_state == StageState.VOIDED:
            return sheet.sale
        if (sheet.fulfillment.ship_state == SET or any(sheet.sent.values())) and not return_goods:
            raise StageRefused(
                _("This sale is shipped. Void it only if the goods are back: choose “void and return goods”.")
            )
        for stage in plan_undo(states_of(sheet.sale, sheet.fulfillment, sheet.invoice), Stage.ORDER):
            _undo(sheet, stage)
        end_supply(sheet, with_ordered=cancel_purchases)
        sheet.sale.fulfillments.exclude(dispatch_key="").update(ship_state=StageState.VOIDED)
        owners = [line.owner_key for line in sheet.stocked_lines()]
        document_key = sheet.sale.document_key
        stock.release_stock(owners, key=f"{document_key}/void", document_key=document_key, at=now, user=user)
        billing.void_money(sheet)
        _close_stages(sheet)
        sheet.sale.sources.update(active=False)
        sheet.short = False
        return _finish(sheet, "sale.voided", {"reason": ("", reason)} if reason else None)


def may_void_by_itself(sale: Sale) -> bool:
    """A44: nothing shipped, or only by the automatic mode and without a tracking number; no supplier has an order."""
    shipped = sale.fulfillments.filter(ship_state=SET).exclude(shipped_by_mode=True, tracking_number="")
    return not shipped.exists() and not is_with_supplier(sale)


def _undo(sheet: Sheet, stage: Stage) -> None:
    round_ = sheet.fulfillment
    open_, closed = StageState.DRAFT, StageState.NOT_AVAILABLE
    if stage == Stage.SHIP:
        _reverse(sheet, round_.ship_posting)
        round_.ship_state, round_.ship_posting, round_.shipped_at, round_.shipped_by_mode = open_, "", None, False
        round_.revision += 1
    elif stage == Stage.PACK:
        round_.pack_state, round_.ship_state = open_, closed
    elif stage == Stage.PICK:
        _reverse(sheet, round_.pick_posting)
        round_.pick_state, round_.pack_state, round_.ship_state, round_.pick_posting = open_, closed, closed, ""
        round_.revision += 1
    elif stage == Stage.ORDER:
        sheet.sale.order_state = open_
        round_.pick_state = closed
        sheet.invoice.state = closed
        round_.lines.all().delete()
        sheet.picked = []
    else:
        billing.reopen_invoice(sheet)


def _reverse(sheet: Sheet, posting: str) -> None:
    if posting:
        stock.reverse_posting(posting, key=f"{posting}/undo", at=sheet.now, user=sheet.user)


def _close_stages(sheet: Sheet) -> None:
    void = StageState.VOIDED
    round_ = sheet.fulfillment
    round_.pick_state = round_.pack_state = round_.ship_state = void
    sheet.sale.order_state = void


def _finish(sheet: Sheet, action: str, changes: dict[str, tuple[str, str]] | None = None) -> Sale:
    sale = close_sheet(sheet)
    audit.record(
        user=sheet.user, action=action, obj=sale, changes=changes or {}, scope_key=sale.source_key, now=sheet.now
    )
    return sale
