"""A captured order becomes a sale: same customer, same lines, same money (SPEC PND-2, TAX-3, MPW-2 to MPW-20)."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from channels.enums import CaptureDateBasis, FulfillmentMode, InvoiceMode
from channels.models import ChannelSettings
from inventory.enums import DocumentKind, DropShip
from inventory.models import Account, Organization, User
from inventory.services import audit, stock
from inventory.services.stock import StockShort
from inventory_sync.lib.text import searchable
from orders.enums import LineKind, SaleType, StageState
from orders.errors import AlreadySold
from orders.models import (
    CapturedCharge,
    CapturedLine,
    CapturedOrder,
    Fulfillment,
    Invoice,
    Sale,
    SaleCharge,
    SaleLine,
    SaleSource,
)
from orders.services import billing, drop_shipping, fulfillment
from orders.services.picking import PickPlan
from orders.services.sheet import Sheet, close_sheet, pickable_locations

LOCAL_PICKUP = "Local Pickup"


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What the header is made of, read once."""

    order: CapturedOrder
    settings: ChannelSettings
    organization: Organization
    user: User | None
    now: datetime

    @property
    def day(self) -> date:
        """The day the sale counts on (A40), in the organization's zone."""
        processing_day = self.settings.capture_date_basis == CaptureDateBasis.PROCESSED
        moment = self.now if processing_day or self.order.captured_at is None else self.order.captured_at
        return moment.astimezone(ZoneInfo(self.organization.time_zone)).date()

    def account(self, line: CapturedLine | None = None) -> Account | None:
        """Revenue account by precedence: channel, product, customer, default (SPEC SET-16)."""
        product = line.product if line else None
        customer = self.order.customer
        return (
            self.settings.revenue_account
            or (product.revenue_account if product else None)
            or (customer.revenue_account if customer else None)
            or self.organization.default_sales_account
        )


def create_sale(order: CapturedOrder, *, user: User | None, now: datetime) -> Sale:
    """Make the one sale of a pending order and run the channel's automatic stages, in the caller's transaction.

    `order.customer`, `order.location` and all tax rules must be set (processing checks them). Raises AlreadySold when
    an active sale of the same store order exists, also when it appears at the same moment.
    """
    source = _source(order, user=user, now=now)
    captured_lines = list(order.lines.select_related("product__revenue_account", "tax_rule"))
    sale = _insert_header(source, captured_lines)
    sheet = _insert_parts(source, sale, captured_lines)
    _take_over(sheet)
    captured_payments = list(order.payments.select_related("account"))
    channel = order.channel
    billing.add_captured_payments(sheet, captured_payments, source=f"{channel.platform}:{channel.store_identity}")
    _run_mode(sheet, source.settings)
    sheet.numbers_due.insert(0, DocumentKind.SALE)
    sale = close_sheet(sheet)
    audit.record(user=user, action="sale.created", obj=sale, changes={}, scope_key=channel.scope_key, now=now)
    return sale


def _take_over(sheet: Sheet) -> None:
    """The sale owns what the order held. A product whose drop shipping was switched since is put right."""
    document_key = sheet.sale.document_key
    lines = sheet.stocked_lines()
    held = stock.assign_document([line.owner_key for line in lines], document_key=document_key)
    if held < len(lines):
        drop_shipping.hold_lines(sheet, lines, key=f"{document_key}/held")
    dropped = [line.owner_key for line in sheet.drop_lines()]
    if dropped:
        stock.release_stock(
            dropped, key=f"{document_key}/dropped", document_key=document_key, at=sheet.now, user=sheet.user
        )


def rewrite_sale(sheet: Sheet, order: CapturedOrder) -> None:
    """Lines, charges and totals of an unpicked sale as its order has them now (A35); a draft pick is emptied."""
    source = _source(order, user=sheet.user, now=sheet.now)
    captured_lines = list(order.lines.select_related("product__revenue_account", "tax_rule"))
    sale, invoice = sheet.sale, sheet.invoice
    chosen = {line.owner_key for line in sheet.drop_lines()}
    sheet.fulfillment.lines.all().delete()
    sale.lines.all().delete()
    sale.charges.all().delete()
    sheet.picked = []
    sheet.lines = SaleLine.objects.bulk_create(_line(source, sale, line, chosen) for line in captured_lines)
    SaleCharge.objects.bulk_create(_charge(source, sale, charge) for charge in order.charges.all())
    sale.tax = invoice.tax = order.total_tax
    sale.total = invoice.total = order.total
    sale.total_before_tax = invoice.total_before_tax = order.total - order.total_tax


def _source(order: CapturedOrder, *, user: User | None, now: datetime) -> _Source:
    return _Source(
        order=order,
        settings=ChannelSettings.objects.select_related("revenue_account", "sales_representative").get(
            channel_id=order.channel_id
        ),
        organization=Organization.objects.select_related("default_terms", "default_sales_account").get(pk=1),
        user=user,
        now=now,
    )


def _insert_header(source: _Source, lines: Sequence[CapturedLine]) -> Sale:
    """Sale and its claim on the order. Only a claim that exists is "sold already"; other broken rules are errors."""
    order = source.order
    with transaction.atomic():
        sale = Sale.objects.create(**_header(source, lines))
        try:
            with transaction.atomic():
                SaleSource.objects.create(
                    platform=order.channel.platform,
                    store_identity=order.channel.store_identity,
                    remote_id=order.remote_id,
                    number=order.number,
                    sale=sale,
                )
        except IntegrityError as error:
            raise AlreadySold(_("Order %(number)s has a sale already.") % {"number": order.number}) from error
    return sale


def _header(source: _Source, lines: Sequence[CapturedLine]) -> dict[str, Any]:
    order, settings, channel = source.order, source.settings, source.order.channel
    representative = settings.sales_representative
    as_shown = _with_company if settings.company_in_address else dict[str, Any]
    goods = any(_is_stocked(line) or _is_dropped(line) for line in lines)
    return {
        "number": f"new {uuid.uuid4().hex}",
        "type": SaleType.SIMPLE if goods else SaleType.SERVICE,
        "customer": order.customer,
        "contact": order.customer_name,
        "email": order.customer_email,
        "phone": order.customer_phone,
        "customer_reference": order.number,
        "billing": as_shown(order.billing),
        "shipping": as_shown(order.shipping),
        "ship_to_company": order.shipping.get("company", ""),
        "ship_to_contact": order.shipping.get("contact", ""),
        "needs_shipping": order.needs_shipping,
        "shipping_notes": order.customer_note,
        "comments": order.customer_note,
        "price_tier_id": settings.sale_price_tier_id,
        "terms": source.organization.default_terms,
        "sales_representative": representative.name if representative else channel.name,
        "representative": representative,
        "account": source.account(),
        "location": order.location,
        "carrier": order.carrier or LOCAL_PICKUP,
        "sale_date": source.day,
        "required_by": source.day,
        "currency": order.currency,
        "prices_include_tax": order.prices_include_tax,
        "total_before_tax": order.total - order.total_tax,
        "tax": order.total_tax,
        "total": order.total,
        "source_label": channel.name,
        "source_key": channel.scope_key,
        "created_at": source.now,
        "created_by": source.user,
        "search": searchable(order.number, order.customer_name, order.customer_company, order.customer_email),
    }


def _insert_parts(source: _Source, sale: Sale, captured: Sequence[CapturedLine]) -> Sheet:
    lines = SaleLine.objects.bulk_create(_line(source, sale, line) for line in captured)
    charges = source.order.charges.select_related("tax_rule")
    SaleCharge.objects.bulk_create(_charge(source, sale, charge) for charge in charges)
    round_ = Fulfillment.objects.create(sale=sale, carrier=sale.carrier)
    invoice = Invoice.objects.create(
        sale=sale,
        currency=sale.currency,
        total_before_tax=sale.total_before_tax,
        tax=sale.tax,
        total=sale.total,
    )
    return Sheet(
        sale=sale,
        lines=lines,
        fulfillment=round_,
        picked=[],
        invoice=invoice,
        payments=[],
        locations=pickable_locations(only=source.settings.location_id, first=sale.location_id),
        user=source.user,
        now=source.now,
        assembly_mode=source.settings.assembly_mode,
    )


def _is_stocked(line: CapturedLine) -> bool:
    return line.kind == LineKind.PRODUCT and line.product is not None and line.product.is_stocked


def _is_dropped(line: CapturedLine) -> bool:
    return line.kind == LineKind.PRODUCT and line.product is not None and line.product.is_drop_shipped


def _line(source: _Source, sale: Sale, line: CapturedLine, chosen: Collection[str] = ()) -> SaleLine:
    """`chosen`: owners whose goods staff have the supplier send (INV-8)."""
    optional = line.product is not None and line.product.drop_ship == DropShip.OPTIONAL
    dropped = _is_dropped(line) or (optional and line.owner_key in chosen)
    return SaleLine(
        sale=sale,
        position=line.position,
        kind=line.kind,
        product=line.product,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        total=line.total,
        tax=line.tax,
        tax_rule=line.tax_rule,
        account=source.account(line),
        owner_key=line.owner_key if dropped or _is_stocked(line) else "",
        note=line.note,
        drop_ship=dropped,
    )


def _charge(source: _Source, sale: Sale, charge: CapturedCharge) -> SaleCharge:
    return SaleCharge(
        sale=sale,
        position=charge.position,
        kind=charge.kind,
        label=charge.label,
        amount=charge.amount,
        tax=charge.tax,
        tax_rule=charge.tax_rule,
        account=source.account(),
    )


def _with_company(address: dict[str, str]) -> dict[str, str]:
    """SET-25: the company goes onto the address's first line."""
    company = address.get("company", "")
    line_1 = address.get("line_1", "")
    if not company or line_1.startswith(company):
        return address
    return {**address, "line_1": f"{company}, {line_1}" if line_1 else company}


def _run_mode(sheet: Sheet, settings: ChannelSettings) -> None:
    """SET-9 and SET-15. Short of the full quantity, or something not built that should be (A9): the pick stays a draft
    with what is there, nothing else moves.
    """
    mode = settings.fulfillment_mode
    if mode == FulfillmentMode.DRAFT:
        return
    fulfillment.authorize_order(sheet)
    if settings.invoice_mode == InvoiceMode.AUTHORIZED:
        billing.authorize_invoice(sheet)
    if mode == FulfillmentMode.NO_PICK or sheet.fulfillment.pick_state != StageState.DRAFT:
        return
    plan = fulfillment.fill_pick(sheet)
    if sheet.unbuilt:
        return
    if plan.is_short or not _pick(sheet, plan):
        sheet.short = True
        return
    if mode in (FulfillmentMode.PICK_PACK, FulfillmentMode.PICK_PACK_SHIP):
        fulfillment.authorize_pack(sheet)
    can_ship = not sheet.sale.needs_shipping or bool(sheet.sale.shipping)
    if mode == FulfillmentMode.PICK_PACK_SHIP and can_ship:
        fulfillment.authorize_ship(sheet, by_mode=True)


def _pick(sheet: Sheet, plan: PickPlan) -> bool:
    """Whether the units were still there when we took them."""
    try:
        with transaction.atomic():
            fulfillment.authorize_pick(sheet, plan)
    except StockShort:
        sheet.fulfillment.pick_state = StageState.DRAFT
        return False
    return True
