"""Orders and revenue per channel, today and over 30 days, and the geometry of their plot."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.dateformat import format as date_format

from channels.models import Channel
from channels.queries import channels_for
from channels.registry import platform_spec, registry
from inventory.models import User
from orders.enums import CapturedState
from orders.models import CapturedOrder

DAYS = 30
_NO_ORDERS = (CapturedState.WAITING, CapturedState.FORGOTTEN, CapturedState.CANCELLED)
_COLORS = 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 500, 27, 156
"""Plot area inside the 500 × 186 picture."""


@dataclass(frozen=True, kw_only=True)
class ChannelSales:
    """One channel's row: orders placed and net revenue in the store's currency."""

    channel: Channel
    mark: str
    url: str
    color: int
    orders_today: int
    revenue_today: Decimal
    revenue: Decimal


@dataclass(frozen=True, kw_only=True)
class Bar:
    color: int
    y: str
    height: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One day of the plot."""

    x: str
    middle: str
    day: date
    orders: int
    label: str
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Line:
    y: str
    text_y: str
    value: int


@dataclass(frozen=True, kw_only=True)
class Sales:
    rows: Sequence[ChannelSales]
    columns: Sequence[Column]
    lines: Sequence[Line]
    legend: Sequence[tuple[int, str]]
    bar_width: str
    highest: Column | None
    total: int


@dataclass(frozen=True, kw_only=True)
class _Day:
    orders: int
    revenue: Decimal


def channel_sales(user: User, *, today: date) -> Sales | None:
    """None for users who may not see orders. Days are those of the active time zone."""
    if not user.has_perm("orders.view_capturedorder"):
        return None
    channels = list(channels_for(user))
    first = today - timedelta(days=DAYS - 1)
    days = _days(channels, since=_midnight(first), until=_midnight(today + timedelta(days=1)))
    tabs = sorted((tab for tab in registry.tabs if user.has_perm(tab.permission)), key=lambda tab: tab.order)
    rows = [
        _row(channel, place, days, today, url=next((tab.url(channel) for tab in tabs), ""))
        for place, channel in enumerate(channels)
    ]
    dates = [first + timedelta(days=number) for number in range(DAYS)]
    return _plot(rows, dates, days)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _days(channels: Sequence[Channel], *, since: datetime, until: datetime) -> dict[tuple[int, date], _Day]:
    placed = CapturedOrder.objects.filter(channel__in=channels, placed_at__gte=since, placed_at__lt=until).exclude(
        state__in=_NO_ORDERS
    )
    found = (
        placed.filter(currency=F("channel__store_currency"))
        .annotate(day=TruncDate("placed_at"))
        .values("channel_id", "day")
        .annotate(orders=Count("pk"), gross=Sum("total"), tax=Sum("total_tax"))
        .order_by()
    )
    return {
        (row["channel_id"], row["day"]): _Day(orders=row["orders"], revenue=Decimal(row["gross"]) - Decimal(row["tax"]))
        for row in found
    }


def _row(channel: Channel, place: int, days: dict[tuple[int, date], _Day], today: date, *, url: str) -> ChannelSales:
    none = _Day(orders=0, revenue=Decimal(0))
    now = days.get((channel.pk, today), none)
    return ChannelSales(
        channel=channel,
        mark=platform_spec(channel.platform).mark,
        url=url,
        color=min(place, _COLORS - 1) + 1,
        orders_today=now.orders,
        revenue_today=now.revenue,
        revenue=sum((day.revenue for (pk, _date), day in days.items() if pk == channel.pk), Decimal(0)),
    )


def _plot(rows: Sequence[ChannelSales], dates: Sequence[date], days: dict[tuple[int, date], _Day]) -> Sales:
    """Channels beyond the third share its colour."""
    per_day: dict[date, dict[int, int]] = {day: defaultdict(int) for day in dates}
    for row in rows:
        for day in dates:
            per_day[day][row.color] += days[row.channel.pk, day].orders if (row.channel.pk, day) in days else 0
    step = _step(max((sum(colors.values()) for colors in per_day.values()), default=0))
    scale = (_BOTTOM - _TOP) / (step * 3)
    width = (_RIGHT - _LEFT) / DAYS
    columns = [_column(day, place, width, scale, per_day[day]) for place, day in enumerate(dates)]
    return Sales(
        rows=rows,
        columns=columns,
        lines=[
            Line(
                y=_pixel(_BOTTOM - number * step * scale),
                text_y=_pixel(_BOTTOM - number * step * scale + 4),
                value=number * step,
            )
            for number in range(4)
        ],
        legend=_legend(rows),
        bar_width=_pixel(width - 3),
        highest=max(columns, key=lambda column: column.orders, default=None),
        total=sum(column.orders for column in columns),
    )


def _step(highest: int) -> int:
    """Distance of the grid's lines: 1, 2 or 5 times a power of ten, three of which hold the highest day."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * 3 >= highest:
                return factor * power
        power *= 10


def _column(day: date, place: int, width: float, scale: float, colors: dict[int, int]) -> Column:
    x = _LEFT + 2 + place * width
    bars, top = [], _BOTTOM - 1.0
    for color in sorted(colors):
        height = colors[color] * scale
        if height:
            bars.append(Bar(color=color, y=_pixel(top - height), height=_pixel(max(height - 0.8, 0.8))))
            top -= height
    return Column(
        x=_pixel(x),
        middle=_pixel(x + width / 2),
        day=day,
        orders=sum(colors.values()),
        label=date_format(day, "j M") if place % 7 == 0 else "",
        bars=bars,
    )


def _legend(rows: Sequence[ChannelSales]) -> list[tuple[int, str]]:
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        names[row.color].append(row.channel.name)
    return [(color, ", ".join(shared)) for color, shared in sorted(names.items())]


def _pixel(value: float) -> str:
    return f"{value:.1f}"
