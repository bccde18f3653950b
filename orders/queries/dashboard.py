"""What orders add to rail, dashboard and search; each answers only what the user may see."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.models import Channel
from channels.queries import channels_for
from inventory.enums import Tone
from inventory.registry import Figure, RailEntry, SearchHit, Viewer, WorkItem
from inventory_sync.lib.text import searchable
from orders.enums import PENDING_TAB, CapturedState, IssueCode
from orders.models import CapturedOrder, OrderIssue, Sale
from orders.queries.sales import OPEN_STATUSES

HITS = 20
_MAY_SEE = "orders.view_capturedorder"
_WAITING_FOR_PEOPLE = (CapturedState.BLOCKED, CapturedState.SKIPPED, CapturedState.NEEDS_DECISION)
_REAL = tuple(
    state
    for state in CapturedState
    if state not in (CapturedState.WAITING, CapturedState.FORGOTTEN, CapturedState.CANCELLED)
)


def rail(user: Viewer) -> Iterator[RailEntry]:
    """Pending and Sales."""
    if user.has_perm(_MAY_SEE):
        orders = CapturedOrder.objects.filter(channel__in=channels_for(user), state__in=PENDING_TAB)
        counts = orders.aggregate(all=Count("pk"), blocked=Count("pk", filter=Q(state=CapturedState.BLOCKED)))
        yield RailEntry(
            section="orders",
            label=_("Pending"),
            url=reverse("orders:pending-all"),
            count=counts["all"] or None,
            hot=bool(counts["blocked"]),
            order=10,
        )
    if user.has_perm("orders.view_sale"):
        yield RailEntry(section="orders", label=_("Sales"), url=reverse("orders:sales"), order=20)


def work(user: Viewer) -> Iterator[WorkItem]:
    """Orders that wait for a person, per channel and cause; two statements over small indexes."""
    if not user.has_perm(_MAY_SEE):
        return
    channels = {channel.pk: channel for channel in channels_for(user)}
    counts: dict[int, dict[str, int]] = {pk: {} for pk in channels}
    states = CapturedOrder.objects.filter(channel__in=channels, state__in=_WAITING_FOR_PEOPLE).order_by()
    for pk, state, count in states.values_list("channel_id", "state").annotate(count=Count("pk")):
        counts[pk][state] = count
    unfinished = Q(order__state__in=PENDING_TAB) | Q(
        order__state=CapturedState.SALE, order__sale__status__in=OPEN_STATUSES
    )
    issues = OrderIssue.objects.filter(
        Q(code__in=[IssueCode.CHANGED_IN_STORE, IssueCode.BACK_IN_STORE])
        | Q(unfinished, code=IssueCode.UNKNOWN_PRODUCT),
        order__channel__in=channels,
    ).order_by()
    for pk, code, count in issues.values_list("order__channel_id", "code").annotate(
        count=Count("order_id", distinct=True)
    ):
        counts[pk][code] = count
    for pk, channel in channels.items():
        yield from _work_of(channel, counts[pk])


def _work_of(channel: Channel, counts: Mapping[str, int]) -> Iterator[WorkItem]:
    pending, log = reverse("orders:pending", args=[channel.pk]), reverse("orders:log", args=[channel.pk])
    if count := counts.get(CapturedState.NEEDS_DECISION):
        title = ngettext(
            "%(count)s cancelled order needs a decision", "%(count)s cancelled orders need a decision", count
        )
        yield _item(
            Tone.BAD, title, count, _("%(store)s: the goods had left already"), channel, f"{log}?result=decision"
        )
    if count := counts.get(CapturedState.BLOCKED):
        title = ngettext("%(count)s order is blocked", "%(count)s orders are blocked", count)
        yield _item(
            Tone.BAD, title, count, _("%(store)s: stock is allocated, no sale yet"), channel, f"{pending}?state=blocked"
        )
    if count := counts.get(CapturedState.SKIPPED):
        title = ngettext("%(count)s order is skipped", "%(count)s orders are skipped", count)
        yield _item(Tone.BAD, title, count, _("%(store)s: a tax class is not mapped"), channel, f"{log}?result=skipped")
    if count := counts.get(IssueCode.BACK_IN_STORE):
        title = ngettext("%(count)s order is back in the store", "%(count)s orders are back in the store", count)
        yield _item(Tone.BAD, title, count, _("%(store)s: its sale here is void"), channel, f"{log}?result=decision")
    if count := counts.get(IssueCode.CHANGED_IN_STORE):
        title = ngettext("%(count)s order changed after the pick", "%(count)s orders changed after the pick", count)
        yield _item(Tone.WARN, title, count, _("%(store)s: compare and settle"), channel, f"{log}?result=decision")
    if count := counts.get(IssueCode.UNKNOWN_PRODUCT):
        title = ngettext(
            "%(count)s order has a line without product", "%(count)s orders have lines without product", count
        )
        yield _item(
            Tone.WARN, title, count, _("%(store)s: these lines hold no stock"), channel, f"{log}?result=unmatched"
        )


def _item(tone: str, title: str, count: int, detail: str, channel: Channel, url: str) -> WorkItem:
    return WorkItem(
        tone=tone, title=title % {"count": count}, detail=detail % {"store": channel.name}, url=url, count=count
    )


def figures(user: Viewer) -> Iterator[Figure]:
    """Orders placed today, and what waits."""
    if not user.has_perm(_MAY_SEE):
        return
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    day_before = start - timedelta(days=1)
    orders = CapturedOrder.objects.filter(channel__in=channels_for(user))
    recent = orders.filter(state__in=_REAL, placed_at__gte=day_before).aggregate(
        today=Count("pk", filter=Q(placed_at__gte=start)), yesterday=Count("pk", filter=Q(placed_at__lt=start))
    )
    waiting = orders.filter(state__in=PENDING_TAB).aggregate(
        pending=Count("pk"), blocked=Count("pk", filter=Q(state=CapturedState.BLOCKED))
    )
    yield Figure(
        label=_("Orders today"),
        value=str(recent["today"]),
        url=f"{reverse('orders:sales')}?since={start:%Y-%m-%d}",
        note=_("%(count)s yesterday") % {"count": recent["yesterday"]},
    )
    yield Figure(
        label=_("Pending"),
        value=str(waiting["pending"]),
        url=reverse("orders:pending-all"),
        note=_("%(count)s blocked") % {"count": waiting["blocked"]},
    )


def search(user: Viewer, text: str) -> Iterator[SearchHit]:
    """Captured orders and sales by number, customer or SKU (SPEC APP-10)."""
    yield from _orders(user, text)
    yield from _sales(user, text)


def _orders(user: Viewer, text: str) -> Iterable[SearchHit]:
    if not user.has_perm(_MAY_SEE):
        return []
    orders = CapturedOrder.objects.filter(
        channel__in=channels_for(user), search__contains=searchable(text.removeprefix("#"))
    ).exclude(state__in=[CapturedState.WAITING, CapturedState.FORGOTTEN])
    return [
        SearchHit(
            kind=_("Orders"),
            label=order.number,
            sub_label=" · ".join(part for part in (order.customer_name, order.channel.name) if part),
            url=reverse("orders:order", args=[order.pk]),
        )
        for order in orders.select_related("channel").order_by("-pk")[:HITS]
    ]


def _sales(user: Viewer, text: str) -> Iterable[SearchHit]:
    if not user.has_perm("orders.view_sale"):
        return []
    keys = ["", *(channel.scope_key for channel in channels_for(user))]
    sales = Sale.objects.filter(source_key__in=keys).filter(
        Q(search__contains=searchable(text)) | Q(number__iexact=text) | Q(invoice__number__iexact=text)
    )
    return [
        SearchHit(
            kind=_("Sales"),
            label=sale.number,
            sub_label=" · ".join(part for part in (sale.customer.name, sale.source_label) if part),
            url=reverse("orders:sale", args=[sale.pk]),
        )
        for sale in sales.select_related("customer").order_by("-pk")[:HITS]
    ]
