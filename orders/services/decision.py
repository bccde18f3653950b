"""What to do with an order that was just read from its store. Pure."""

from enum import Enum, auto

from channels.remote import RemoteOrder
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder, Sale
from orders.services.setup import CaptureSetup


class Action(Enum):
    NOTHING = auto()
    WAIT = auto()
    """The condition of SET-1 is not met yet: hold its units back."""
    SKIP = auto()
    """A tax class has no rule (SPEC TAX-6, A19): show it, hold its units back."""
    CAPTURE = auto()
    """Make it pending, or bring the pending one up to date."""
    LINK = auto()
    """It has a sale already (SPEC LOG-5): say so in the log."""
    FOLLOW = auto()
    """It is in the log with a sale: payments, notes, changes (A35)."""
    RETURN = auto()
    """Its sale is void because the store had cancelled it, and now the store has it again: staff may load it (A44)."""
    CANCEL = auto()
    FAIL = auto()
    """Its payment failed after it was captured: let its stock go; once paid it is captured again (A4)."""
    DROP = auto()
    """It is no real order any more."""
    LATER = auto()
    """It is being processed at this moment."""


_BEFORE_SALE = (CapturedState.PENDING, CapturedState.BLOCKED)
_HELD = (CapturedState.WAITING, CapturedState.SKIPPED)
_SETTLED = (CapturedState.SALE, CapturedState.NEEDS_DECISION)


def decide(
    remote: RemoteOrder, *, row: CapturedOrder | None, sale: Sale | None, setup: CaptureSetup, by: CapturedBy
) -> Action:
    """`row` is what we have of the order, `sale` its active sale, if any."""
    state = CapturedState(row.state) if row else None
    if state == CapturedState.PROCESSING and row is not None and sale is None:
        return Action.LATER
    if remote.milestones.cancelled or remote.milestones.deleted:
        return Action.CANCEL if row or sale else Action.NOTHING
    if _has_failed(remote) and (sale is not None or state in _BEFORE_SALE):
        return Action.FAIL
    if sale is not None:
        is_linked = state in _SETTLED or (state == CapturedState.FORGOTTEN and by != CapturedBy.LOADED)
        return Action.FOLLOW if is_linked else Action.LINK
    if row is not None and row.state == CapturedState.CANCELLED and row.sale_id is not None:
        return Action.RETURN if remote.milestones.created else Action.NOTHING
    if row is not None and _is_finished(row, by):
        return Action.NOTHING
    if state in _BEFORE_SALE:
        return Action.CAPTURE
    return _first_time(remote, state=state, setup=setup)


def _has_failed(remote: RemoteOrder) -> bool:
    """No order any more, and never was paid: what was reached once counts (A4)."""
    reached = remote.milestones
    return not (reached.created or reached.paid or reached.completed)


def _is_finished(row: CapturedOrder, by: CapturedBy) -> bool:
    """In the log for good: its sale was voided, or the entry was deleted and nobody loads it (SPEC CAP-9, LOG-3)."""
    if row.state == CapturedState.FORGOTTEN:
        return by != CapturedBy.LOADED
    return row.state in _SETTLED


def _first_time(remote: RemoteOrder, *, state: CapturedState | None, setup: CaptureSetup) -> Action:
    if not remote.milestones.created:
        return Action.DROP if state in _HELD else Action.NOTHING
    if not setup.has_reached(remote):
        return Action.WAIT
    if setup.skips_unmapped_tax and setup.unmapped_tax(remote):
        return Action.SKIP
    return Action.CAPTURE
