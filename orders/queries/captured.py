"""Pending orders and log entries: lists, counts, and one order with its parts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from channels.enums import JobKind, JobState
from channels.models import Channel, SyncJob
from channels.registry import KnownOrder
from inventory.documents import DocumentLink
from inventory.models import Allocation
from inventory.queries import allocations_of
from inventory.queries.assembly import availabilities
from inventory_sync.lib.text import searchable
from orders.enums import LEFT_TO_STORE, LOG_TAB, PENDING_TAB, CapturedBy, CapturedState, IssueCode, LineKind, SaleStatus
from orders.models import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment, OrderIssue

PENDING_SORTS = {
    "order": ("placed_at", "pk"),
    "customer": ("customer_name", "pk"),
    "units": ("units", "pk"),
    "total": ("total", "pk"),
    "state": ("state", "pk"),
}
LOG_SORTS = {"captured": ("pk",), "order": ("placed_at", "pk"), "sale": ("sale_id", "pk"), "result": ("state", "pk")}


@dataclass(frozen=True, kw_only=True)
class PendingFilter:
    """What the Pending tab is limited to; empty values limit nothing."""

    text: str = ""
    state: str = ""
    captured: str = ""
    sort: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.text or self.state or self.captured)


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What the Log tab is limited to; days are those of the active time zone."""

    text: str = ""
    result: str = ""
    first: date | None = None
    last: date | None = None
    sort: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.text or self.result or self.first or self.last)


def pending_orders(channels: Iterable[Channel], *, wanted: PendingFilter, now: datetime) -> QuerySet[CapturedOrder]:
    """Orders that are no sales yet, newest first unless sorted."""
    orders = CapturedOrder.objects.filter(channel__in=list(channels), state__in=PENDING_TAB)
    if wanted.text:
        orders = orders.filter(search__contains=searchable(wanted.text))
    if wanted.state == "ready":
        orders = orders.filter(state=CapturedState.PENDING).exclude(captured_by=CapturedBy.LOADED)
    elif wanted.state == "loaded":
        orders = orders.filter(captured_by=CapturedBy.LOADED)
    elif wanted.state in PENDING_TAB:
        orders = orders.filter(state=wanted.state)
    if wanted.captured in {"today", "week"}:
        days = 0 if wanted.captured == "today" else 6
        start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
        orders = orders.filter(captured_at__gte=start)
    return orders.order_by(*_ordering(wanted.sort or "-order", PENDING_SORTS))


def with_details(orders: QuerySet[CapturedOrder]) -> QuerySet[CapturedOrder]:
    """For a page of rows: channel, issues and lines in a constant number of queries."""
    lines = CapturedLine.objects.select_related("product")
    return orders.select_related("channel").prefetch_related("issues", Prefetch("lines", queryset=lines))


def log_entries(channels: Iterable[Channel], *, wanted: LogFilter) -> QuerySet[CapturedOrder]:
    """Every order that was captured or skipped, newest first unless sorted."""
    orders = CapturedOrder.objects.filter(channel__in=list(channels), state__in=LOG_TAB)
    if wanted.text:
        text = searchable(wanted.text)
        orders = orders.filter(
            Q(search__contains=text)
            | Q(sale__number__icontains=wanted.text)
            | Q(sale__invoice__number__icontains=wanted.text)
        )
    limit = _RESULTS.get(wanted.result)
    if limit is not None:
        orders = orders.filter(limit)
    if wanted.first:
        orders = orders.filter(first_seen_at__gte=_midnight(wanted.first))
    if wanted.last:
        orders = orders.filter(first_seen_at__lt=_midnight(wanted.last + timedelta(days=1)))
    return orders.order_by(*_ordering(wanted.sort or "-captured", LOG_SORTS))


def with_sales(orders: QuerySet[CapturedOrder]) -> QuerySet[CapturedOrder]:
    """For a page of log rows."""
    return orders.select_related("channel", "sale__created_by").prefetch_related("issues")


def _having(code: IssueCode) -> Q:
    return Q(Exists(OrderIssue.objects.filter(order=OuterRef("pk"), code=code)))


_VOID = Q(sale__status=SaleStatus.VOIDED)
_RESULTS = {
    "sale": Q(state=CapturedState.SALE) & ~_VOID,
    "pending": Q(state__in=PENDING_TAB),
    "skipped": Q(state=CapturedState.SKIPPED),
    "decision": Q(state=CapturedState.NEEDS_DECISION)
    | _having(IssueCode.CHANGED_IN_STORE)
    | _having(IssueCode.BACK_IN_STORE),
    "unmatched": _having(IssueCode.UNKNOWN_PRODUCT),
    "voided": _VOID,
    "cancelled": Q(state=CapturedState.CANCELLED),
}
LOG_RESULTS = tuple(_RESULTS)


def _ordering(asked: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    name, sign = asked.removeprefix("-"), "-" if asked.startswith("-") else ""
    columns = known.get(name) or next(iter(known.values()))
    return [f"{sign if name in known else '-'}{column}" for column in columns]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def oversold_products(orders: Sequence[CapturedOrder]) -> dict[int, Decimal]:
    """Products on these orders of which more is promised than there is or can be built, and by how much (INV-7).

    Four statements at most.
    """
    products = {line.product_id for order in orders for line in order.lines.all() if line.product_id}
    found = availabilities(products).items() if products else ()
    return {product: -each.total for product, each in found if each.total < 0}


@dataclass(frozen=True, kw_only=True)
class OrderParts:
    """One captured order with everything its page shows."""

    order: CapturedOrder
    lines: list[CapturedLine]
    charges: list[CapturedCharge]
    payments: list[CapturedPayment]
    issues: list[OrderIssue]
    allocations: list[Allocation]

    @property
    def held(self) -> dict[str, list[Allocation]]:
        """Allocations per line's owner key."""
        found: dict[str, list[Allocation]] = {}
        for row in self.allocations:
            found.setdefault(row.owner_key, []).append(row)
        return found


def order_parts(order_id: int, *, channels: Iterable[Channel]) -> OrderParts:
    """Raises CapturedOrder.DoesNotExist for an order that is not there or not for these eyes. Constant queries."""
    rows = CapturedOrder.objects.filter(channel__in=list(channels)).exclude(state=CapturedState.FORGOTTEN)
    order = rows.select_related("channel", "location", "sale", "customer").get(pk=order_id)
    lines = list(order.lines.select_related("product", "tax_rule"))
    owners = [line.owner_key for line in lines if line.kind == LineKind.PRODUCT]
    allocations = allocations_of(owners)
    return OrderParts(
        order=order,
        lines=lines,
        charges=list(order.charges.select_related("tax_rule")),
        payments=list(order.payments.select_related("account")),
        issues=list(order.issues.all()),
        allocations=allocations,
    )


def pending_count(channel: Channel) -> int:
    known: int | None = vars(channel).get("pending_orders")
    if known is not None:
        return known
    return CapturedOrder.objects.filter(channel=channel, state__in=PENDING_TAB).count()


def pending_column() -> Coalesce:
    """Pending orders of a channel, to be read with it: rail and tab show the same number."""
    pending = CapturedOrder.objects.filter(channel=OuterRef("pk"), state__in=PENDING_TAB).order_by().values("channel")
    return Coalesce(Subquery(pending.annotate(count=Count("pk")).values("count")), 0)


def log_count(channel: Channel) -> int:
    return CapturedOrder.objects.filter(channel=channel, state__in=LOG_TAB).count()


def ready_ids(orders: QuerySet[CapturedOrder]) -> list[int]:
    """Those of a list that Process takes."""
    return list(orders.filter(state=CapturedState.PENDING).order_by("placed_at", "pk").values_list("pk", flat=True))


def skipped_by_tax(channel: Channel) -> dict[str, int]:
    """How many orders are skipped for each unmapped tax key (SPEC TAX-6)."""
    issues = OrderIssue.objects.filter(
        code=IssueCode.TAX_UNMAPPED, order__channel=channel, order__state__in=[CapturedState.SKIPPED, *PENDING_TAB]
    )
    return dict(Counter(issues.values_list("key", flat=True)))


def skipped_classes(channels: Iterable[Channel]) -> list[tuple[int, str, str, int]]:
    """(channel id, tax key, the store's name of it, orders skipped for it), for the callout over Pending."""
    rows = OrderIssue.objects.filter(
        code=IssueCode.TAX_UNMAPPED, order__channel__in=list(channels), order__state=CapturedState.SKIPPED
    )
    found = rows.order_by("order__channel_id", "key").values_list("order__channel_id", "key", "label")
    return [(channel, key, label, count) for channel, key, label, count in found.annotate(count=Count("pk"))]


def failed_orders(channels: Iterable[Channel]) -> dict[int, int]:
    """Orders per channel that could not be read or captured and were given up until somebody tries again."""
    jobs = SyncJob.objects.filter(channel__in=list(channels), kind=JobKind.ORDER, state=JobState.FAILED)
    return dict(jobs.order_by().values_list("channel_id").annotate(count=Count("pk")))


def known_orders(channel: Channel, since: datetime) -> dict[str, KnownOrder]:
    """For `channels.registry`: orders placed since then, as they were last read; one statement."""
    rows = CapturedOrder.objects.filter(channel=channel, placed_at__gte=since)
    return {
        remote_id: KnownOrder(
            version=version if state in LEFT_TO_STORE else "",
            is_expected=state not in (CapturedState.CANCELLED, CapturedState.FORGOTTEN),
        )
        for remote_id, version, state in rows.values_list("remote_id", "remote_version", "state")
    }


def order_links(identifiers: Iterable[str]) -> dict[str, DocumentLink]:
    """Labels and addresses of captured orders, for `inventory.documents`."""
    ids = [int(each) for each in identifiers if each.isdecimal()]
    return {
        str(pk): DocumentLink(label=f"#{number}", url=reverse("orders:order", args=[pk]))
        for pk, number in CapturedOrder.objects.filter(pk__in=ids).values_list("pk", "number")
    }
