"""A sale loaded whole, claimed for one change, and saved back in one go."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from channels.enums import AssemblyMode
from channels.models import ChannelSettings
from inventory.enums import DocumentKind
from inventory.models import Location, User
from inventory.queries import free_to_pick
from inventory.services.numbers import next_number
from inventory_sync.lib.quantities import ZERO, QuantityField
from inventory_sync.lib.text import searchable
from orders.enums import LineKind, SaleType, StageState
from orders.errors import SaleChanged
from orders.models import Fulfillment, FulfillmentLine, Invoice, Payment, Sale, SaleLine
from orders.services.picking import PickPlan
from orders.services.status import compute_status


@dataclass(frozen=True, kw_only=True)
class Unbuilt:
    """Units of a line's product that are not built for lack of components, by SKU → units missing at `location_id`."""

    line_id: int
    location_id: int
    quantity: Decimal
    missing: Mapping[str, Decimal]


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
    assembly_mode: str = AssemblyMode.MINIMUM
    """How much is built for it (SET-11, SET-12)."""
    unbuilt: list[Unbuilt] = field(default_factory=list)
    """What should have been built for it and lacks components."""
    sent: Mapping[int, Decimal] = field(default_factory=dict)
    """Units that suppliers sent, by sale line id (A61)."""

    def stocked_lines(self) -> list[SaleLine]:
        """Lines that are picked and shipped."""
        return [line for line in self.lines if is_picked_line(line)]

    def drop_lines(self) -> list[SaleLine]:
        """Lines that suppliers send (SPEC INV-8)."""
        return [line for line in self.lines if line.drop_ship]

    @property
    def awaits_supplier(self) -> bool:
        """Whether a supplier still has to send something (A61)."""
        return any(self.sent.get(line.pk, ZERO) < line.quantity for line in self.drop_lines())


def is_picked_line(line: SaleLine) -> bool:
    """Stock products that no supplier sends: services, non-inventory and unmatched lines have no pick either."""
    product = line.product
    return line.kind == LineKind.PRODUCT and product is not None and product.is_stocked and not line.drop_ship


def sent_units(sale: Sale) -> dict[int, Decimal]:
    """What suppliers sent of a sale, by line id."""
    rows = FulfillmentLine.objects.filter(fulfillment__sale=sale, fulfillment__ship_state=StageState.AUTHORIZED)
    sums = rows.exclude(fulfillment__dispatch_key="").order_by().values_list("sale_line_id")
    return dict(sums.annotate(units=Sum("quantity", output_field=QuantityField())))


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
    lines = list(sale.lines.select_related("product"))
    setup = _setup_of(sale)
    return Sheet(
        sale=sale,
        lines=lines,
        fulfillment=fulfillment,
        picked=list(fulfillment.lines.all()),
        invoice=Invoice.objects.get(sale=sale),
        payments=list(sale.payments.all()),
        locations=pickable_locations(only=setup.location_id if setup else None, first=sale.location_id),
        user=user,
        now=now,
        assembly_mode=setup.assembly_mode if setup else AssemblyMode.MINIMUM,
        sent=sent_units(sale) if any(line.drop_ship for line in lines) else {},
    )


def _setup_of(sale: Sale) -> ChannelSettings | None:
    """Setup of the channel that the sale came from, while that is connected."""
    captured = sale.captured_orders.select_related("channel__settings").first()
    return captured.channel.settings if captured else None


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
        sale,
        fulfillment=sheet.fulfillment,
        picked=sheet.picked,
        invoice=invoice,
        short=sheet.short,
        has_pick=bool(sheet.stocked_lines()),
        awaits_supplier=sheet.awaits_supplier,
        has_sent=any(sheet.sent.values()),
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
