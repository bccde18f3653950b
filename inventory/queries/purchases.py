"""What the pages of purchase orders show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.urls import reverse

from inventory.documents import DocumentLink
from inventory.enums import PurchaseState
from inventory.models import AuditEntry, Purchase, PurchaseLine, Receipt, ReceiptLine
from inventory_sync.lib.money import ZERO
from inventory_sync.lib.quantities import QuantityField
from inventory_sync.lib.text import clip

OPEN_STATES = (PurchaseState.ORDERED, PurchaseState.PARTLY)
STATE_FILTERS = ("open", "late", *PurchaseState.values)
DESTINATIONS = ("us", "customers")
_HISTORY = 30


@dataclass(frozen=True, kw_only=True)
class PurchaseView:
    """One purchase order with everything its page shows."""

    purchase: Purchase
    lines: list[PurchaseLine]
    receipts: list[Receipt]
    history: list[AuditEntry]

    @property
    def total(self) -> Decimal:
        """What it costs as ordered, without tax; lines without a price count nothing."""
        return sum((line.quantity * (line.unit_cost or ZERO) for line in self.lines), ZERO)

    @property
    def units(self) -> Decimal:
        return sum((line.quantity for line in self.lines), ZERO)

    @property
    def received(self) -> Decimal:
        return sum((line.received for line in self.lines), ZERO)

    @property
    def outstanding(self) -> Decimal:
        return sum((line.outstanding for line in self.lines), ZERO)

    @property
    def closed(self) -> Decimal:
        return sum((line.closed for line in self.lines), ZERO)

    @property
    def is_unpriced(self) -> bool:
        return any(line.unit_cost is None for line in self.lines)


def is_late(purchase: Purchase, today: date) -> bool:
    """With the supplier, and the day it was expected on is over."""
    return purchase.state in OPEN_STATES and purchase.expected_on is not None and purchase.expected_on < today


def purchase_rows(filters: Mapping[str, Any], *, today: date) -> QuerySet[Purchase]:
    """Purchase orders, newest first, with units and what is still to come."""
    rows = Purchase.objects.select_related("supplier", "location")
    state = filters.get("state")
    if state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif state == "late":
        rows = rows.filter(state__in=OPEN_STATES, expected_on__lt=today)
    elif state:
        rows = rows.filter(state=state)
    if filters.get("supplier"):
        rows = rows.filter(supplier_id=filters["supplier"])
    if filters.get("location"):
        rows = rows.filter(location_id=filters["location"])
    if filters.get("goes"):
        rows = rows.filter(document_key="") if filters["goes"] == "us" else rows.exclude(document_key="")
    text = filters.get("q")
    if text:
        rows = rows.filter(
            Q(number__icontains=text) | Q(supplier_reference__icontains=text) | Q(supplier__name__icontains=text)
        )
    return rows.order_by("-pk")


def line_sums(purchase_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Of a page of orders: lines, units, received; one statement."""
    rows = PurchaseLine.objects.filter(purchase_id__in=list(purchase_ids)).order_by().values("purchase_id")
    sums = rows.annotate(
        count=Count("pk"),
        units=Sum("quantity", output_field=QuantityField()),
        arrived=Sum("received", output_field=QuantityField()),
        left=Sum(F("quantity") - F("received") - F("closed"), output_field=QuantityField()),
    )
    return {row["purchase_id"]: dict(row) for row in sums}


def purchase_view(purchase_id: int) -> PurchaseView:
    """Raises Purchase.DoesNotExist. Constant number of statements."""
    purchase = Purchase.objects.select_related("supplier", "location").get(pk=purchase_id)
    receipt_lines = ReceiptLine.objects.select_related("line__product")
    return PurchaseView(
        purchase=purchase,
        lines=list(purchase.lines.select_related("product")),
        receipts=list(purchase.receipts.prefetch_related(Prefetch("lines", receipt_lines))),
        history=list(AuditEntry.objects.filter(object_key=f"purchase:{purchase.pk}").select_related("user")[:_HISTORY]),
    )


def purchases_of(document_key: str) -> list[Purchase]:
    """What suppliers send for a document, void ones too, oldest first; two statements."""
    rows = Purchase.objects.filter(document_key=document_key).select_related("supplier")
    return list(rows.prefetch_related("lines").order_by("pk"))


def found(text: str, *, most: int) -> QuerySet[Purchase]:
    """For the search: by number, by the supplier's own number."""
    wanted = clip(text, 100)
    rows = Purchase.objects.select_related("supplier").filter(
        Q(number__istartswith=wanted) | Q(supplier_reference__istartswith=wanted)
    )
    return rows.order_by("-pk")[:most]


def purchase_links(numbers: Iterable[str]) -> dict[str, DocumentLink]:
    """Labels and addresses of purchase orders, for `inventory.documents`."""
    rows = Purchase.objects.filter(number__in=list(numbers)).values_list("pk", "number")
    return {number: DocumentLink(label=number, url=reverse("inventory:purchase", args=[pk])) for pk, number in rows}
