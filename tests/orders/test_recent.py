"""Every night recent orders are compared where a change may leave no date (A5)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from channels.errors import TemporarilyUnavailable
from channels.models import ChangeMark, Channel, ChannelSettings
from channels.services.polling import FEW, compare_recent
from orders.enums import CapturedBy, CapturedState, IssueCode
from orders.models import CapturedOrder, Sale
from orders.services.entries import delete_log_entry
from tests.factories.inventory import UserFactory
from tests.factories.remote import CANCELLED, PLACED, line, remote_order
from tests.orders.shop import NOW, Shop

D = Decimal


def compare(shop: Shop) -> list[tuple[str, str]]:
    """Marks a night leaves, as (order, version); they are taken away."""
    channel = Channel.objects.select_related("settings").get(pk=shop.channel.pk)
    compare_recent(channel, platform=shop.store, now=NOW)  # type: ignore[arg-type]
    marks = sorted(ChangeMark.objects.filter(kind="order").values_list("key", "remote_version"))
    ChangeMark.objects.all().delete()
    return marks


def handle(shop: Shop, marks: list[tuple[str, str]]) -> None:
    for key, version in marks:
        shop.handle(key, version=version)


@pytest.mark.req("A5", platform="woocommerce")
@pytest.mark.req("JOB-1", platform="woocommerce")
def test_unchanged_orders_cost_nothing(second_shop: Shop) -> None:
    second_shop.notice(*(remote_order(id=str(number)) for number in range(5)))
    second_shop.store.calls.clear()

    assert compare(second_shop) == []
    assert [call for call, _ in second_shop.store.calls] == ["recent"] * 3


@pytest.mark.req("A5", platform="woocommerce")
def test_a_change_without_a_date_and_a_missed_order_are_found(second_shop: Shop) -> None:
    tent = second_shop.product("TENT", on_hand=10)
    second_shop.notice(remote_order(line("TENT", 1)), remote_order(line("TENT", 1), id="101"))
    changed = replace(remote_order(line("TENT", 4)), version="v1|edited")
    missed = remote_order(line("TENT", 2), id="102")
    second_shop.store.orders_there |= {"100": changed, "102": missed}

    marks = compare(second_shop)
    assert marks == [("100", "v1|edited"), ("102", "v1")]
    handle(second_shop, marks)

    assert second_shop.level(tent) == (D(10), D(7))
    assert Sale.objects.count() == 3
    assert compare(second_shop) == []


@pytest.mark.req("A5", platform="woocommerce")
@pytest.mark.req("CAN-1", platform="woocommerce")
def test_an_order_that_vanished_without_a_trace_ends_as_cancelled(second_shop: Shop) -> None:
    tent = second_shop.product("TENT", on_hand=10)
    second_shop.notice(remote_order(line("TENT", 1)), remote_order(line("TENT", 2), id="101"))
    del second_shop.store.orders_there["101"]

    marks = compare(second_shop)
    assert marks == [("101", "")]
    handle(second_shop, marks)

    assert (second_shop.row("101").state, second_shop.level(tent)) == ("cancelled", (D(10), D(1)))
    assert compare(second_shop) == [], "it is not asked for again"


@pytest.mark.req("A5", platform="woocommerce")
@pytest.mark.req("CAN-1", platform="woocommerce")
def test_an_order_that_vanished_and_is_there_again_unchanged_is_told(second_shop: Shop) -> None:
    """As after a backup was restored: nothing about it is new, not even its version."""
    second_shop.notice(remote_order(), remote_order(id="101"))
    gone = second_shop.store.orders_there.pop("101")
    handle(second_shop, compare(second_shop))
    assert second_shop.row("101").state == CapturedState.CANCELLED

    second_shop.store.orders_there["101"] = gone
    handle(second_shop, compare(second_shop))

    row = second_shop.row("101")
    assert [issue.code for issue in row.issues.all()] == [IssueCode.BACK_IN_STORE]
    assert compare(second_shop) == [], "told once"


@pytest.mark.req("A5", platform="woocommerce")
def test_a_list_that_leaves_an_order_out_by_mistake_cancels_nothing(second_shop: Shop) -> None:
    second_shop.notice(remote_order())
    order = second_shop.store.orders_there.pop("100")
    marks = compare(second_shop)
    second_shop.store.orders_there["100"] = order

    handle(second_shop, marks)

    assert second_shop.row().state == CapturedState.SALE


@pytest.mark.req("A5", platform="woocommerce")
def test_what_is_cancelled_or_forgotten_here_is_not_missed(second_shop: Shop) -> None:
    second_shop.notice(remote_order(), remote_order(id="101"))
    second_shop.notice(remote_order(id="101", milestones=CANCELLED))
    delete_log_entry(second_shop.row(), user=UserFactory(), now=NOW)
    second_shop.store.orders_there.clear()

    assert compare(second_shop) == []


@pytest.mark.req("A5", platform="woocommerce")
def test_a_night_that_is_cut_short_is_harmless_and_repeated_whole(second_shop: Shop) -> None:
    second_shop.store.orders_there = {str(number): remote_order(id=str(number)) for number in range(3)}
    second_shop.store.list_failure = TemporarilyUnavailable("Down.")

    with pytest.raises(TemporarilyUnavailable):
        compare(second_shop)
    assert sorted(ChangeMark.objects.values_list("key", flat=True)) == ["0", "1"], "what came is worked on"

    marks = compare(second_shop)
    assert marks == [("0", "v1"), ("0", "v1"), ("1", "v1"), ("1", "v1"), ("2", "v1")]
    handle(second_shop, marks)
    assert (CapturedOrder.objects.count(), Sale.objects.count()) == (3, 3)


@pytest.mark.req("SET-35", platform="woocommerce")
def test_orders_from_before_the_connection_are_found_only_by_choice(second_shop: Shop) -> None:
    Channel.objects.filter(pk=second_shop.channel.pk).update(connected_at=PLACED + timedelta(hours=1))
    second_shop.store.orders_there = {"100": remote_order()}

    assert compare(second_shop) == []

    ChannelSettings.objects.update(options={"load_open_orders": True})
    assert compare(second_shop) == [("100", "v1")]


@pytest.mark.req("SET-35", platform="woocommerce")
@pytest.mark.req("A5", platform="woocommerce")
def test_orders_from_before_the_connection_that_staff_loaded_are_not_missed(second_shop: Shop) -> None:
    Channel.objects.filter(pk=second_shop.channel.pk).update(connected_at=PLACED + timedelta(hours=1))
    loaded = [remote_order(id=str(number)) for number in range(FEW + 1)]
    second_shop.store.orders_there = {order.id: order for order in loaded}
    second_shop.capture(*loaded, by=CapturedBy.LOADED)

    assert compare(second_shop) == [], "the store is asked only for orders since then"
    assert Channel.objects.get(pk=second_shop.channel.pk).missing_orders == 0


@pytest.mark.req("A5", platform="woocommerce")
def test_a_doubt_has_the_store_looked_at_once(second_shop: Shop) -> None:
    """The look may have the night repeated (NEW-9): it must not ask for another look each time."""
    second_shop.notice(*(remote_order(id=str(number)) for number in range(FEW + 1)))
    second_shop.store.orders_there.clear()
    channel = Channel.objects.select_related("settings").get(pk=second_shop.channel.pk)

    for _night in range(3):
        compare_recent(channel, platform=second_shop.store, now=NOW)  # type: ignore[arg-type]

    assert Channel.objects.get(pk=channel.pk).missing_orders == FEW + 1
    assert ChangeMark.objects.filter(kind="health").count() == 1


@pytest.mark.req("A5", platform="woocommerce")
def test_only_a_month_is_compared(second_shop: Shop) -> None:
    second_shop.notice(remote_order(created_at=NOW - timedelta(days=31)))
    second_shop.store.orders_there.clear()

    assert compare(second_shop) == []


@pytest.mark.req("A5", platform="bigcommerce")
def test_stores_that_date_every_change_are_not_asked(shop: Shop) -> None:
    assert compare(shop) == []
    assert shop.store.calls == []
