"""Rows behind the staff's lists. Each takes the filters of the address, already cleaned, and answers a lazy query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from inventory.enums import RUN_OPEN
from inventory.models import (
    Allocation,
    AuditEntry,
    Customer,
    Family,
    Movement,
    Product,
    ProductImage,
    Run,
    RunItem,
    StockLevel,
)
from inventory.queries.search import matching
from inventory_sync.lib.paging import MOST_COUNTED
from inventory_sync.lib.quantities import ZERO

STOCK_PROOF = "stock.proof"
"""Kind of the nightly activity that compares stock with the ledger."""
OVERSOLD = {"allocated__gt": F("on_hand")}


@dataclass(frozen=True, kw_only=True)
class StockSums:
    """Levels of one product added up over its locations."""

    on_hand: Decimal = ZERO
    allocated: Decimal = ZERO
    on_order: Decimal = ZERO
    picked: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.allocated


def product_rows(filters: Mapping[str, Any], *, order: str) -> QuerySet[Product]:
    """Filters: q, category, brand, tag (ids), type, status, family (id)."""
    rows = Product.objects.select_related("family", "category", "brand").defer("description", "search")
    rows = matching(rows, filters.get("q") or "")
    columns = {
        "category": "category_id",
        "brand": "brand_id",
        "family": "family_id",
        "type": "type",
        "status": "status",
    }
    for name, column in columns.items():
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    if filters.get("tag"):
        through = Product.tags.through._default_manager
        rows = rows.filter(Exists(through.filter(product_id=OuterRef("pk"), tag_id=filters["tag"])))
    return rows.order_by(order, "pk")


def family_rows(text: str) -> QuerySet[Family]:
    """Families by name with the number of their variations."""
    rows = Family.objects.order_by("name", "pk")
    return matching(rows, text, column="name_key").annotate(variation_count=Count("variations"))


def stock_sums(product_ids: Iterable[int]) -> dict[int, StockSums]:
    """Sums over all locations, of the products that have a level."""
    rows = StockLevel.objects.filter(product_id__in=list(product_ids)).order_by().values("product_id")
    sums = rows.annotate(
        total_on_hand=Sum("on_hand"),
        total_allocated=Sum("allocated"),
        total_on_order=Sum("on_order"),
        total_picked=Sum("picked"),
    )
    return {
        row["product_id"]: StockSums(
            on_hand=row["total_on_hand"],
            allocated=row["total_allocated"],
            on_order=row["total_on_order"],
            picked=row["total_picked"],
        )
        for row in sums
    }


def first_images(product_ids: Iterable[int]) -> dict[int, str]:
    """Address of the first image of each product that has one."""
    rows = ProductImage.objects.filter(product_id__in=list(product_ids)).order_by("-position", "-pk")
    return {row.product_id: row.address for row in rows}


def level_rows(filters: Mapping[str, Any], *, order: str) -> QuerySet[StockLevel]:
    """Levels per product and location. Filters: q, location (id), state (oversold none there allocated ordered)."""
    rows = StockLevel.objects.select_related("product", "location").annotate(free=F("on_hand") - F("allocated"))
    rows = matching(rows, filters.get("q") or "", column="product__search")
    if filters.get("location"):
        rows = rows.filter(location_id=filters["location"])
    state: dict[str, dict[str, Any]] = {
        "oversold": OVERSOLD,
        "none": {"on_hand": 0},
        "there": {"on_hand__gt": 0},
        "allocated": {"allocated__gt": 0},
        "ordered": {"on_order__gt": 0},
    }
    rows = rows.filter(**state.get(filters.get("state") or "", {}))
    return rows.order_by(order, "pk")


def oversold_rows(text: str) -> QuerySet[StockLevel]:
    """Places where more is allocated than there is, the worst first (SPEC INV-5)."""
    rows = StockLevel.objects.filter(**OVERSOLD).select_related("product", "location")
    worst_first = (F("on_hand") - F("allocated")).asc()
    return matching(rows, text, column="product__search").order_by(worst_first, "pk")


def oversold_count() -> int:
    return StockLevel.objects.filter(**OVERSOLD).count()


def holders(levels: Sequence[StockLevel], *, most: int) -> dict[tuple[int, int], list[Allocation]]:
    """Who holds units at these places, newest first, at most `most` a place."""
    rows = Allocation.objects.filter(
        product_id__in={level.product_id for level in levels},
        location_id__in={level.location_id for level in levels},
        quantity__gt=0,
    )
    found: dict[tuple[int, int], list[Allocation]] = defaultdict(list)
    for allocation in rows.order_by("-pk")[: most * 100]:
        place = found[allocation.product_id, allocation.location_id]
        if len(place) < most:
            place.append(allocation)
    return found


def movement_rows(filters: Mapping[str, Any]) -> QuerySet[Movement]:
    """The ledger, newest first. Filters: product (id), q, location (id), bucket, kind, document."""
    rows = Movement.objects.select_related("posting", "posting__user", "product", "location")
    rows = matching(rows, filters.get("q") or "", column="product__search")
    columns = {
        "product": "product_id",
        "location": "location_id",
        "bucket": "bucket",
        "kind": "posting__kind",
        "document": "posting__document_key",
    }
    for name, column in columns.items():
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    return rows.order_by("-pk")


def customer_rows(filters: Mapping[str, Any], *, order: str) -> QuerySet[Customer]:
    """Filters: q, status."""
    rows = matching(Customer.objects.select_related("price_tier", "terms"), filters.get("q") or "")
    if filters.get("status"):
        rows = rows.filter(status=filters["status"])
    return rows.order_by(order, "pk")


def run_rows(filters: Mapping[str, Any], *, hidden: Collection[str]) -> QuerySet[Run]:
    """Activities, newest first. Filters: state open | failed | a state; scope."""
    rows = Run.objects.select_related("started_by").exclude(scope_key__in=hidden)
    state = filters.get("state") or ""
    if state == "open":
        rows = rows.filter(state__in=RUN_OPEN)
    elif state == "problems":
        rows = rows.filter(failed__gt=0)
    elif state:
        rows = rows.filter(state=state)
    if filters.get("scope"):
        rows = rows.filter(scope_key=filters["scope"])
    return rows.order_by("-pk")


def outcome_rows(run: Run, outcome: str) -> QuerySet[RunItem]:
    rows = run.items.all()
    return (rows.filter(outcome=outcome) if outcome else rows).order_by("pk")


def audit_rows(filters: Mapping[str, Any], *, hidden: Collection[str]) -> QuerySet[AuditEntry]:
    """The audit trail, newest first. Filters: q (object), user (id), object, scope."""
    rows = AuditEntry.objects.select_related("user").exclude(scope_key__in=hidden)
    if filters.get("q"):
        rows = rows.filter(object_label__icontains=filters["q"])
    columns = {"user": "user_id", "object": "object_key", "scope": "scope_key"}
    for name, column in columns.items():
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    return rows.order_by("-pk")


def product_count() -> tuple[int, bool]:
    """Number of products, counted no further than a list counts, and whether there are more."""
    count = Product.objects.order_by()[: MOST_COUNTED + 1].count()
    return min(count, MOST_COUNTED), count > MOST_COUNTED


def last_proof_with_differences() -> Run | None:
    """The newest proof of stock, if it found something; None once a later one is clean."""
    newest = Run.objects.filter(kind=STOCK_PROOF, finished_at__isnull=False).order_by("-pk").first()
    return newest if newest is not None and newest.failed else None
