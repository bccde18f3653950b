"""What orders add to rail, dashboard and search; each answers only what the user may see."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

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
from orders.models import CapturedOrder, Sale

HITS = 20
_MAY_SEE = "orders.view_capturedorder"


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
    """Orders that wait for a person, per channel and cause."""
    if not user.has_perm(_MAY_SEE):
        return
    channels = {channel.pk: channel for channel in channels_for(user)}
    changed = Q(issues__code=IssueCode.CHANGED_IN_STORE)
    unmatched = Q(issues__code=IssueCode.UNKNOWN_PRODUCT, state__in=[*PENDING_TAB, CapturedState.SALE])
    found = (
        CapturedOrder.objects.filter(channel__in=channels)
        .exclude(state__in=[CapturedState.FORGOTTEN, CapturedState.CANCELLED, CapturedState.WAITING])
        .order_by()
        .values("channel_id")
        .annotate(
            blocked=Count("pk", filter=Q(state=CapturedState.BLOCKED), distinct=True),
            skipped=Count("pk", filter=Q(state=CapturedState.SKIPPED), distinct=True),
            decision=Count("pk", filter=Q(state=CapturedState.NEEDS_DECISION), distinct=True),
            changed=Count("pk", filter=changed, distinct=True),
            unmatched=Count("pk", filter=unmatched, distinct=True),
        )
    )
    for row in sorted(found, key=lambda each: channels[each["channel_id"]].name):
        yield from _work_of(channels[row["channel_id"]], row)


def _work_of(channel: Channel, counts: Mapping[str, Any]) -> Iterator[WorkItem]:
    pending, log = reverse("orders:pending", args=[channel.pk]), reverse("orders:log", args=[channel.pk])
    if count := counts["decision"]:
        title = ngettext(
            "%(count)s cancelled order needs a decision", "%(count)s cancelled orders need a decision", count
        )
        yield _item(
            Tone.BAD, title, count, _("%(store)s: the goods had left already"), channel, f"{log}?result=decision"
        )
    if count := counts["blocked"]:
        title = ngettext("%(count)s order is blocked", "%(count)s orders are blocked", count)
        yield _item(
            Tone.BAD, title, count, _("%(store)s: stock is allocated, no sale yet"), channel, f"{pending}?state=blocked"
        )
    if count := counts["skipped"]:
        title = ngettext("%(count)s order is skipped", "%(count)s orders are skipped", count)
        yield _item(Tone.BAD, title, count, _("%(store)s: a tax class is not mapped"), channel, f"{log}?result=skipped")
    if count := counts["changed"]:
        title = ngettext("%(count)s order changed after the pick", "%(count)s orders changed after the pick", count)
        yield _item(Tone.WARN, title, count, _("%(store)s: compare and settle"), channel, f"{log}?result=decision")
    if count := counts["unmatched"]:
        title = ngettext(
            "%(count)s order has a line without product", "%(count)s orders have lines without product", count
        )
        yield _item(Tone.WARN, title, count, _("%(store)s: these lines hold no stock"), channel, log)


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
    orders = CapturedOrder.objects.filter(channel__in=channels_for(user)).exclude(
        state__in=[CapturedState.WAITING, CapturedState.FORGOTTEN, CapturedState.CANCELLED]
    )
    counts = orders.filter(Q(placed_at__gte=day_before) | Q(state__in=PENDING_TAB)).aggregate(
        today=Count("pk", filter=Q(placed_at__gte=start)),
        yesterday=Count("pk", filter=Q(placed_at__gte=day_before, placed_at__lt=start)),
        pending=Count("pk", filter=Q(state__in=PENDING_TAB)),
        blocked=Count("pk", filter=Q(state=CapturedState.BLOCKED)),
    )
    yield Figure(
        label=_("Orders today"),
        value=str(counts["today"]),
        url=reverse("orders:sales"),
        note=_("%(count)s yesterday") % {"count": counts["yesterday"]},
    )
    yield Figure(
        label=_("Pending"),
        value=str(counts["pending"]),
        url=reverse("orders:pending-all"),
        note=_("%(count)s blocked") % {"count": counts["blocked"]},
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
