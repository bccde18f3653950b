"""A sale loaded whole, claimed for one change, and saved back in one go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind
from inventory.models import Location, User
from inventory.queries import free_to_pick
from inventory.services.numbers import next_number
from inventory_sync.lib.text import searchable
from orders.enums import LineKind, SaleType, StageState
from orders.errors import SaleChanged
from orders.models import Fulfillment, FulfillmentLine, Invoice, Payment, Sale, SaleLine
from orders.services.picking import PickPlan
from orders.services.status import compute_status


@dataclass
class Sheet:
    """One sale with all its stages, as one change sees it. `locations`: where it may be picked, first choice first."""

    sale: Sale
    lines: list[SaleLine]
    fulfillment: Fulfillment
    picked: list[FulfillmentLine]
    invoice: Invoice
    payments: list[Payment]
    locations: Sequence[int]
    user: User | None
    now: datetime
    short: bool = False
    numbers_due: list[DocumentKind] = field(default_factory=list)

    def stocked_lines(self) -> list[SaleLine]:
        """Lines that are picked and shipped."""
        return [line for line in self.lines if is_picked_line(line)]


def is_picked_line(line: SaleLine) -> bool:
    """Stock products only: services, non-inventory and unmatched lines have no pick."""
    return line.kind == LineKind.PRODUCT and line.product is not None and line.product.is_stocked


def pickable_locations(*, only: int | None, first: int) -> list[int]:
    """Location ids a sale may take stock from: the channel's one, or all active ones with the sale's own first."""
    if only is not None:
        return [only]
    others = Location.objects.filter(status="active").exclude(pk=first).values_list("pk", flat=True)
    return [first, *others]


def open_sheet(sale_id: int, *, version: int | None, user: User | None, now: datetime) -> Sheet:
    """Claim the sale for one change inside the caller's transaction.

    `version` is the one the person saw; raises SaleChanged when another change came between. None: whatever it is.
    """
    claim = Sale.objects.filter(pk=sale_id)
    if version is not None:
        claim = claim.filter(version=version)
    if not claim.update(version=F("version") + 1):
        raise SaleChanged(
            _("This sale was changed by somebody else. Nothing was done; look at it again and repeat what still fits.")
        )
    sale = Sale.objects.select_related("terms", "location").get(pk=sale_id)
    fulfillment = sale.fulfillments.get(number=1)
    return Sheet(
        sale=sale,
        lines=list(sale.lines.select_related("product")),
        fulfillment=fulfillment,
        picked=list(fulfillment.lines.all()),
        invoice=Invoice.objects.get(sale=sale),
        payments=list(sale.payments.all()),
        locations=pickable_locations(only=_only_location(sale), first=sale.location_id),
        user=user,
        now=now,
    )


def _only_location(sale: Sale) -> int | None:
    captured = sale.captured_orders.select_related("channel__settings").first()
    return captured.channel.settings.location_id if captured else None


def note_shortage(sheet: Sheet, plan: PickPlan | None = None) -> None:
    """Find out whether an authorized order that is not picked lacks stock on hand."""
    if plan is not None:
        sheet.short = plan.is_short
        return
    stocked = sheet.stocked_lines()
    if not stocked or sheet.fulfillment.pick_state == StageState.AUTHORIZED or sheet.sale.type == SaleType.SERVICE:
        return
    on_hand: dict[int, Decimal] = defaultdict(Decimal)
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for line in stocked:
        wanted[line.product_id or 0] += line.quantity
    for (product_id, _place), quantity in free_to_pick(list(wanted), sheet.locations).items():
        on_hand[product_id] += quantity
    sheet.short = any(on_hand[product_id] < quantity for product_id, quantity in wanted.items())


def close_sheet(sheet: Sheet) -> Sale:
    """Store status and stages; document numbers are taken last, sale before invoice, so counters never deadlock."""
    sale, invoice = sheet.sale, sheet.invoice
    sale.status = compute_status(
        sale, fulfillment=sheet.fulfillment, picked=sheet.picked, invoice=invoice, short=sheet.short
    )
    sheet.fulfillment.save()
    if DocumentKind.SALE in sheet.numbers_due:
        sale.number = next_number(DocumentKind.SALE)
        sale.search = searchable(sale.number, sale.search)
    if DocumentKind.INVOICE in sheet.numbers_due:
        invoice.number = next_number(DocumentKind.INVOICE)
    sheet.numbers_due.clear()
    invoice.save()
    sale.save()
    return sale
