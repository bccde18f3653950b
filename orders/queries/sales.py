"""What the sale pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from inventory.documents import DocumentLink
from inventory.models import AuditEntry
from inventory_sync.lib.money import ZERO
from inventory_sync.lib.text import searchable
from orders.enums import PaymentState, SaleStatus
from orders.models import Fulfillment, FulfillmentLine, Invoice, Payment, Sale, SaleCharge, SaleLine
from orders.queries.supply import Supply, supply_of

OPEN_STATUSES = tuple(status for status in SaleStatus if status not in (SaleStatus.COMPLETED, SaleStatus.VOIDED))


@dataclass(frozen=True, kw_only=True)
class SaleView:
    """One sale with everything its page shows."""

    sale: Sale
    lines: list[SaleLine]
    charges: list[SaleCharge]
    fulfillment: Fulfillment
    picked: list[FulfillmentLine]
    invoice: Invoice
    payments: list[Payment]
    history: list[AuditEntry]
    supply: Supply

    @property
    def units(self) -> Decimal:
        return sum((line.quantity for line in self.lines), ZERO)

    @property
    def own_units(self) -> Decimal:
        """Units that we pick and ship ourselves."""
        own = (line for line in self.lines if line.owner_key and not line.drop_ship)
        return sum((line.quantity for line in own), ZERO)

    @property
    def picked_units(self) -> Decimal:
        return sum((line.quantity for line in self.picked), ZERO)

    @property
    def picked_by_line(self) -> dict[int, Decimal]:
        """Units in the pick per sale line id."""
        sums: dict[int, Decimal] = {}
        for row in self.picked:
            sums[row.sale_line_id] = sums.get(row.sale_line_id, ZERO) + row.quantity
        return sums

    @property
    def booked(self) -> Decimal:
        """Money received, posted or still a prepayment."""
        return sum((each.amount for each in self.payments if each.state != PaymentState.VOIDED), ZERO)

    @property
    def open_amount(self) -> Decimal:
        total: Decimal = self.sale.total
        return total - self.booked

    @property
    def proof(self) -> list[tuple[str, Decimal, Decimal]]:
        """Rows of the totals proof: label, the store's figure, ours (SPEC NEW-4)."""
        lines = sum((line.total for line in self.lines), ZERO)
        charges = sum((charge.amount for charge in self.charges), ZERO)
        tax = sum((line.tax for line in self.lines), ZERO) + sum((charge.tax for charge in self.charges), ZERO)
        sale = self.sale
        return [
            ("before_tax", sale.total_before_tax, lines + charges),
            ("tax", sale.tax, tax),
            ("total", sale.total, lines + charges + tax),
        ]

    @property
    def proof_holds(self) -> bool:
        return all(theirs == ours for _label, theirs, ours in self.proof)


def sales_list(
    *,
    text: str = "",
    status: str = "",
    source_key: str = "",
    since: date | None = None,
    sources: Iterable[str] | None = None,
) -> QuerySet[Sale]:
    """Sales, newest first, made on `since` or later. `sources` limits to these channels' keys and to sales without."""
    sales = Sale.objects.select_related("customer").order_by("-pk")
    if sources is not None:
        sales = sales.filter(source_key__in=[*sources, ""])
    if text:
        sales = sales.filter(search__contains=searchable(text))
    if status == "open":
        sales = sales.filter(status__in=OPEN_STATUSES)
    elif status:
        sales = sales.filter(status=status)
    if since is not None:
        sales = sales.filter(sale_date__gte=since)
    if source_key:
        sales = sales.filter(source_key=source_key)
    return sales


def sale_view(sale_id: int) -> SaleView:
    """Raises Sale.DoesNotExist. Constant number of queries."""
    sale = Sale.objects.select_related("customer", "location", "terms", "price_tier", "account").get(pk=sale_id)
    fulfillment = sale.fulfillments.get(number=1)
    lines = list(sale.lines.select_related("product", "tax_rule", "account"))
    return SaleView(
        sale=sale,
        lines=lines,
        charges=list(sale.charges.select_related("tax_rule")),
        fulfillment=fulfillment,
        picked=list(fulfillment.lines.select_related("location")),
        invoice=Invoice.objects.get(sale=sale),
        payments=list(sale.payments.select_related("account")),
        history=list(AuditEntry.objects.filter(object_key=sale.document_key).select_related("user")[:30]),
        supply=supply_of(sale, lines),
    )


def sale_links(identifiers: Iterable[str]) -> dict[str, DocumentLink]:
    """Labels and addresses of sales, for `inventory.documents`."""
    ids = [int(each) for each in identifiers if each.isdecimal()]
    return {
        str(pk): DocumentLink(label=number, url=reverse("orders:sale", args=[pk]))
        for pk, number in Sale.objects.filter(pk__in=ids).values_list("pk", "number")
    }
