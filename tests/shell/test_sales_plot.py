"""Figures of the dashboard: orders and revenue per channel and day, and the geometry of their plot."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from channels.models import Channel, ChannelAccess
from inventory.models import User
from inventory_sync.shell.sales_plot import _step, channel_sales
from orders.enums import CapturedState
from orders.models import CapturedOrder

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


@pytest.fixture
def administrator(manager: User) -> User:
    manager.is_superuser = True
    manager.save()
    return manager


def make_channel(name: str, currency: str = "EUR") -> Channel:
    return Channel.objects.create(
        platform="bigcommerce",
        name=name,
        store_identity=name,
        store_currency=currency,
        api_url="http://127.0.0.1:9010",
        connected_at=NOON,
        poll_cursor=NOON,
        next_poll_at=NOON,
    )


def place_order(channel: Channel, number: int, placed_at: datetime = NOON, **changes: object) -> None:
    facts: dict[str, object] = {
        "state": CapturedState.PENDING,
        "currency": channel.store_currency,
        "total": Decimal("119"),
        "total_tax": Decimal("19"),
        **changes,
    }
    CapturedOrder.objects.create(
        channel=channel,
        remote_id=str(number),
        number=str(number),
        placed_at=placed_at,
        first_seen_at=placed_at,
        **facts,
    )


@pytest.mark.req("APP-1")
def test_revenue_is_net_and_counts_the_day_in_the_active_zone(administrator: User) -> None:
    channel = make_channel("Outdoor")
    place_order(channel, 1)
    place_order(channel, 2, NOON.replace(hour=23, minute=30))
    place_order(channel, 3, NOON - timedelta(days=29))
    place_order(channel, 4, NOON - timedelta(days=31))

    with timezone.override("Europe/Berlin"):
        sales = channel_sales(administrator, today=TODAY)

    assert sales is not None
    row = sales.rows[0]
    assert (row.orders_today, row.revenue_today) == (1, Decimal(100))
    assert row.revenue == Decimal(200)
    assert sales.total == 2


@pytest.mark.parametrize("state", [CapturedState.WAITING, CapturedState.CANCELLED, CapturedState.FORGOTTEN])
def test_what_is_no_order_does_not_count(state: CapturedState, administrator: User) -> None:
    place_order(make_channel("Outdoor"), 1, state=state)

    sales = channel_sales(administrator, today=TODAY)

    assert sales is not None
    assert sales.total == 0


@pytest.mark.req("APP-4")
def test_only_channels_that_the_user_sees_count(administrator: User) -> None:
    seen, hidden = make_channel("Outdoor"), make_channel("Trade")
    place_order(seen, 1)
    place_order(hidden, 2)
    ChannelAccess.objects.create(user=administrator, channel=seen)

    sales = channel_sales(administrator, today=TODAY)

    assert sales is not None
    assert [row.channel.name for row in sales.rows] == ["Outdoor"]
    assert sales.total == 1


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (3, 1), (4, 2), (15, 5), (150, 50), (151, 100), (100_000, 50_000)]
)
def test_grid_lines_are_round_numbers_that_hold_the_highest_day(highest: int, step: int) -> None:
    assert _step(highest) == step


def test_bars_stay_inside_the_picture(administrator: User) -> None:
    for name in ("A", "B", "C", "D"):
        channel = make_channel(name)
        for number in range(7):
            place_order(channel, number)

    sales = channel_sales(administrator, today=TODAY)

    assert sales is not None
    bars = sales.columns[-1].bars
    assert [bar.color for bar in bars] == [1, 2, 3]
    assert all(float(bar.y) >= 27 and float(bar.y) + float(bar.height) <= 155 for bar in bars)
    assert sales.highest == sales.columns[-1]
    assert sales.columns[-1].orders == 28
    assert dict(sales.legend)[3] == "C, D"


@pytest.mark.req("APP-1")
def test_the_dashboard_costs_the_same_with_one_and_three_channels(
    administrator: User, as_user: Callable[[User], Client], django_assert_num_queries, django_assert_max_num_queries
) -> None:
    client = as_user(administrator)
    place_order(make_channel("Outdoor"), 1, timezone.now())
    with django_assert_max_num_queries(30) as one:
        html = client.get("/").text
    assert "Outdoor" in html
    place_order(make_channel("Trade"), 1, timezone.now())
    make_channel("Kiel", "USD")

    with django_assert_num_queries(len(one)):
        client.get("/")


def test_the_dashboard_says_when_there_is_nothing(viewer: User, as_user: Callable[[User], Client]) -> None:
    html = as_user(viewer).get("/").text

    assert "Nothing needs a person right now." in html
    assert "No store is connected" in html
