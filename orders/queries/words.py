"""States and reasons of captured orders in the merchant's words, each with its way out (UI: Problems)."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.enums import Tone
from orders.enums import CapturedBy, CapturedState, IssueCode, SaleStatus
from orders.models import CapturedOrder, OrderIssue


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing to know or to fix, and where."""

    text: str
    url: str = ""
    label: str = ""
    detail: str = ""
    tone: str = Tone.WARN


@dataclass(frozen=True, kw_only=True)
class State:
    """Pill of an order."""

    tone: str
    word: str


def setup_url(channel_id: int, section: str) -> str:
    return f"{reverse('channels:setup', args=[channel_id])}#{section}"


def reason_of(issue: OrderIssue, order: CapturedOrder) -> Reason:
    """Words and way out of one issue of an order."""
    return _REASONS[IssueCode(issue.code)](issue, order)


def _tax(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("Tax class “%(name)s” has no rule here.") % {"name": issue.label or issue.key}
    return Reason(text=text, url=setup_url(order.channel_id, "tax"), label=_("Map this tax class"), tone=Tone.BAD)


def _customer(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("No default customer is chosen for this store.")
    return Reason(text=text, url=setup_url(order.channel_id, "general"), label=_("Choose a customer"), tone=Tone.BAD)


def _no_location(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("No default location for online sales is chosen.")
    return Reason(text=text, url=setup_url(order.channel_id, "general"), label=_("Choose a location"), tone=Tone.BAD)


def _location(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("Fulfilled from “%(name)s”, which is no location here.") % {"name": issue.label or issue.key}
    return Reason(text=text, url=setup_url(order.channel_id, "locations"), label=_("Map this location"), tone=Tone.BAD)


def _totals(issue: OrderIssue, order: CapturedOrder) -> Reason:
    theirs, _slash, ours = issue.label.partition(" / ")
    text = _("Store %(store)s, ours %(ours)s.") % {"store": theirs, "ours": ours}
    url = f"{reverse('orders:order', args=[order.pk])}#proof"
    return Reason(text=text, url=url, label=_("Compare line by line"), tone=Tone.BAD)


def _product(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("“%(name)s” is no product here; the line holds no stock.") % {"name": issue.label}
    url = f"{reverse('catalog:catalog', args=[order.channel_id])}?{urlencode({'q': issue.label})}"
    return Reason(text=text, url=url, label=_("Look in the catalog"))


def _payment(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("Paid by “%(name)s”, which has no account here; the invoice stays open.") % {"name": issue.label}
    return Reason(text=text, url=setup_url(order.channel_id, "payments"), label=_("Map this payment method"))


def _sold(issue: OrderIssue, order: CapturedOrder) -> Reason:
    return Reason(text=_("A sale of this order exists."))


def _changed(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("The store changed this order after it was picked or invoiced.")
    return Reason(
        text=text, url=reverse("orders:order", args=[order.pk]), label=_("See what changed"), detail=issue.detail
    )


def _cancelled(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("Cancelled in the store after its goods left. Decide what becomes of the sale.")
    return Reason(text=text, tone=Tone.BAD)


def _back(issue: OrderIssue, order: CapturedOrder) -> Reason:
    text = _("The store has this order again; its sale here is void.")
    return Reason(text=text, url=reverse("orders:order", args=[order.pk]), label=_("Load it again"))


def _address(issue: OrderIssue, order: CapturedOrder) -> Reason:
    return Reason(text=_("The store gave no shipping address; the sale cannot be shipped without one."))


_REASONS = {
    IssueCode.TAX_UNMAPPED: _tax,
    IssueCode.NO_CUSTOMER: _customer,
    IssueCode.NO_LOCATION: _no_location,
    IssueCode.LOCATION_UNMAPPED: _location,
    IssueCode.TOTALS_DIFFER: _totals,
    IssueCode.UNKNOWN_PRODUCT: _product,
    IssueCode.PAYMENT_UNMAPPED: _payment,
    IssueCode.ALREADY_SOLD: _sold,
    IssueCode.CHANGED_IN_STORE: _changed,
    IssueCode.CANCELLED_IN_STORE: _cancelled,
    IssueCode.BACK_IN_STORE: _back,
    IssueCode.NO_ADDRESS: _address,
}


def pending_state(order: CapturedOrder, issues: list[OrderIssue], *, is_short: bool = False) -> State:
    """Pill on the Pending tab. `is_short`: more is promised than there is (SPEC INV-5)."""
    if order.state == CapturedState.BLOCKED:
        differs = any(issue.code == IssueCode.TOTALS_DIFFER for issue in issues)
        return State(tone=Tone.BAD, word=_("Totals differ") if differs else _("Blocked"))
    if order.state == CapturedState.PROCESSING:
        return State(tone=Tone.INFO, word=_("Processing"))
    if order.captured_by == CapturedBy.LOADED:
        return State(tone=Tone.OFF, word=_("Loaded by hand"))
    return State(tone=Tone.WARN, word=_("Oversold")) if is_short else State(tone=Tone.OK, word=_("Ready"))


def becomes(order: CapturedOrder) -> str:
    """When a pending order becomes a sale."""
    if order.state == CapturedState.BLOCKED:
        return _("Held until fixed")
    if order.state == CapturedState.PROCESSING:
        return _("Now")
    if order.captured_by == CapturedBy.LOADED:
        return _("Waits for Process")
    return _("By itself, soon")


def short_words(order: CapturedOrder, short: dict[int, Decimal]) -> list[Reason]:
    """Products of a pending order of which more is promised than there is (SPEC INV-5)."""
    reasons = []
    seen: set[int] = set()
    for line in order.lines.all():
        product = line.product
        if product is not None and product.pk in short and product.pk not in seen:
            seen.add(product.pk)
            facts = {"units": f"{short[product.pk].normalize():f}", "name": product.name}
            url = reverse("inventory:product", args=[product.pk])
            reasons.append(Reason(text=_("%(units)s short: %(name)s.") % facts, url=url, label=_("See stock")))
    return reasons


def log_state(order: CapturedOrder) -> State:
    """Pill on the Log tab."""
    if order.state == CapturedState.NEEDS_DECISION:
        return State(tone=Tone.BAD, word=_("Needs a decision"))
    if order.sale is not None and order.sale.status == SaleStatus.VOIDED:
        return State(tone=Tone.OFF, word=_("Voided"))
    return _LOG_STATES[CapturedState(order.state)]()


_LOG_STATES = {
    CapturedState.SALE: lambda: State(tone=Tone.OK, word=_("Sale created")),
    CapturedState.PENDING: lambda: State(tone=Tone.INFO, word=_("In pending")),
    CapturedState.PROCESSING: lambda: State(tone=Tone.INFO, word=_("Processing")),
    CapturedState.BLOCKED: lambda: State(tone=Tone.BAD, word=_("Blocked")),
    CapturedState.SKIPPED: lambda: State(tone=Tone.WARN, word=_("Skipped")),
    CapturedState.CANCELLED: lambda: State(tone=Tone.OFF, word=_("Cancelled")),
    CapturedState.WAITING: lambda: State(tone=Tone.OFF, word=_("Waiting")),
    CapturedState.FORGOTTEN: lambda: State(tone=Tone.OFF, word=_("Entry deleted")),
}


def what_happened(order: CapturedOrder) -> str:
    """One sentence for the log."""
    if order.state == CapturedState.SKIPPED:
        return _("Skipped, tax not mapped")
    if order.state == CapturedState.CANCELLED:
        if order.sale_id:
            return _("Cancelled in the store, sale voided")
        return _("“%(status)s” in the store, stock released") % {"status": order.remote_status or _("Cancelled")}
    if order.state == CapturedState.NEEDS_DECISION:
        return _("Cancelled in the store")
    if order.sale is None:
        return _captured_words(order)
    if order.sale.status == SaleStatus.VOIDED:
        return _("The sale was voided here")
    if order.cancellation_kept:
        return _("Cancelled in the store, the sale is kept")
    who = order.sale.created_by
    return _("By %(who)s, Process") % {"who": who} if who else _("By itself")


def _captured_words(order: CapturedOrder) -> str:
    units = ngettext("%(units)s unit", "%(units)s units", int(order.units)) % {"units": f"{order.units.normalize():f}"}
    how = {
        CapturedBy.NOTICE: _("Captured by notice"),
        CapturedBy.POLL: _("Captured by polling"),
        CapturedBy.LOADED: _("Loaded by hand"),
    }[CapturedBy(order.captured_by)]
    return f"{how}, {units}"
