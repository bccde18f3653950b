"""A store that fails, stalls or answers nonsense: the channel says so, nothing is lost, and it goes on by itself."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from channels.enums import ChannelState, JobKind, JobState
from channels.models import Channel, SyncJob
from channels.outbox import mark
from channels.platforms import buckets
from channels.services.drain import drain_channel
from inventory.models import Product
from inventory.queries import available
from orders.enums import CapturedState
from orders.models import CapturedOrder, Sale
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient
from tests.sandbox.patience import hurry

pytestmark = pytest.mark.django_db
PUSH = "/v3/inventory/adjustments/absolute"
SKU = "RS-HW45-TAN"
IMPATIENCE = 2.0
"""Seconds after which a call of these tests gives up: far more than an answer takes, even on a busy machine."""
SLOW = 3.0
"""Seconds a slow answer takes: longer than the patience, so that the order of events is certain."""
HTML_PAGE = (
    "The store answered with an HTML page instead of data. A firewall, a security plugin or a maintenance page may "
    "stand in front of it."
)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait for two seconds instead of half a minute, and do not repeat a call by themselves."""
    hurry(monkeypatch, attempts=1, seconds=IMPATIENCE)


@pytest.fixture
def live(channel: Channel, store: StoreClient) -> Channel:
    """Everything downloaded, twelve on hand here and at the store, stock goes out by itself."""
    setting.settle()
    steps.download(channel)
    steps.set_on_hand(SKU, 12)
    steps.switch_stock_on(channel)
    mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])
    setting.settle()
    assert SyncJob.objects.count() == 0
    store.control("DELETE", "/requests")
    return channel


def ours() -> int:
    pk = Product.objects.get(sku=SKU).pk
    return int(available([pk])[pk])


def quantities(store: StoreClient) -> list[int]:
    """What was sent for the product, in the order of arrival."""
    variant = int(store.variant(SKU)["id"])
    product = int(store.variant(SKU)["product_id"])
    bodies = [entry["body"] for entry in steps.calls(store, PUSH)]
    sent = [item for body in bodies for item in json.loads(body)["items"]]
    return [item["quantity"] for item in sent if variant == item.get("variant_id") or product == item.get("product_id")]


# --- reading orders


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("error", {"status": 500}, "The store has a problem at the moment."),
        ("malformed", {}, "The store answered something we cannot read."),
        ("html", {}, HTML_PAGE),
        ("empty", {}, "The store answered something we cannot read."),
        ("drop_before", {}, "The store cannot be reached."),
        ("slow", {"seconds": SLOW}, "The store did not answer in time."),
    ],
)
def test_an_order_that_cannot_be_read_waits_and_is_captured_later(
    live: Channel, store: StoreClient, hurried: None, kind: str, more: dict[str, Any], words: str
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    before = steps.footprint()
    steps.fault(store, kind, path=f"/v2/orders/{placed['id']}", times=None, **more)

    setting.hint(live, str(placed["id"]))
    drain_channel(live.pk)

    (job,) = SyncJob.objects.filter(kind=JobKind.ORDER)
    assert (job.state, job.attempts, job.message) == (JobState.QUEUED, 1, words)
    assert job.not_before > datetime.now(UTC) + timedelta(seconds=30)
    assert (CapturedOrder.objects.count(), steps.footprint()) == (0, before)
    live.refresh_from_db()
    assert (live.state, live.state_reason) == (ChannelState.CONNECTED, words)

    steps.heal(store)
    setting.settle()

    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    assert (Sale.objects.count(), SyncJob.objects.count()) == (before["sales"] + 1, 0)
    live.refresh_from_db()
    assert (live.failures, live.state_reason) == (0, "")
    call_command("audit_stock")


@pytest.mark.req("CAN-1")
@pytest.mark.req("JOB-4")
def test_an_empty_answer_about_a_sold_order_does_not_void_its_sale(
    live: Channel, store: StoreClient, hurried: None
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    setting.hint(live, str(placed["id"]))
    setting.settle()
    before = steps.footprint()
    steps.fault(store, "empty", path=f"/v2/orders/{placed['id']}", times=None)

    setting.hint(live, str(placed["id"]))
    drain_channel(live.pk)

    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    assert steps.footprint() == before


@pytest.mark.req("JOB-1")
def test_a_poll_of_a_store_without_orders_gets_204_and_is_done(live: Channel, store: StoreClient) -> None:
    mark([live.pk], kind=JobKind.POLL, keys=["orders"])
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=True):
        Channel.objects.filter(pk=live.pk).update(poll_cursor=datetime.now(UTC) + timedelta(hours=1))
        setting.settle()

    (call,) = steps.calls(store, "/v2/orders")
    assert (call["status"], call["answer"]) == (204, "")
    assert (SyncJob.objects.count(), CapturedOrder.objects.count()) == (0, 0)


@pytest.mark.req("JOB-4")
def test_an_order_that_never_can_be_read_is_kept_with_its_reason_and_a_way_out(
    live: Channel, store: StoreClient, hurried: None, client: Client
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    steps.fault(store, "html", path=f"/v2/orders/{placed['id']}", times=None)
    setting.hint(live, str(placed["id"]))
    setting.settle()

    (job,) = SyncJob.objects.filter(kind=JobKind.ORDER)
    assert (job.state, job.attempts) == (JobState.FAILED, 6)
    client.force_login(steps.manager())
    failed = reverse("channels:failed", args=[live.pk])
    text = client.get(failed).content.decode()
    assert "The store answered with an HTML page instead of data." in text
    assert "HTTP 200, text/html" in text
    assert failed in client.get(reverse("orders:log", args=[live.pk])).content.decode()

    steps.heal(store)
    client.post(reverse("channels:retry_failed", args=[live.pk]), {"job": [job.pk]})
    setting.settle()

    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    assert SyncJob.objects.count() == 0


# --- quotas


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(("kind", "rest"), [("too_many", 120), ("overload", 30)])
def test_a_used_up_quota_rests_the_channel_and_counts_as_no_failure(
    live: Channel, store: StoreClient, hurried: None, kind: str, rest: int
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    steps.fault(store, kind, path=f"/v2/orders/{placed['id']}", times=1, seconds=120)
    setting.hint(live, str(placed["id"]))
    started = datetime.now(UTC)

    drain_channel(live.pk)

    live.refresh_from_db()
    assert live.closed_until is not None
    assert timedelta(seconds=rest - 2) < live.closed_until - started < timedelta(seconds=rest + 30)
    (job,) = SyncJob.objects.filter(kind=JobKind.ORDER)
    assert (job.state, job.attempts, job.message) == (JobState.QUEUED, 0, "The store asks us to slow down.")
    assert live.failures == 0
    asked = len(steps.calls(store, "/v2/orders"))
    drain_channel(live.pk)
    assert len(steps.calls(store, "/v2/orders")) == asked, "a resting store is not called"

    buckets._buckets.clear()  # its clock does not travel
    setting.settle()
    assert steps.captured(live, placed["id"]).state == CapturedState.SALE


@pytest.mark.req("JOB-4")
def test_a_short_quota_is_waited_for_on_the_spot(live: Channel, store: StoreClient) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    steps.fault(store, "too_many", path=f"/v2/orders/{placed['id']}", times=1, seconds=0.4)
    setting.hint(live, str(placed["id"]))
    started = time.monotonic()

    drain_channel(live.pk)

    assert time.monotonic() - started >= 0.4
    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    answers = [(entry["status"], entry["fault"]) for entry in steps.calls(store, f"/v2/orders/{placed['id']}")]
    assert answers[:2] == [(429, "too_many"), (200, "")]


# --- sending stock


@pytest.mark.req("JOB-3")
@pytest.mark.req("SET-19")
@pytest.mark.parametrize(
    ("kind", "more", "reached"),
    [
        ("error", {"status": 500}, 12),
        ("overload", {}, 12),
        ("html", {}, 12),
        ("drop_before", {}, 12),
        ("drop_after", {}, 9),
        ("late", {"seconds": SLOW}, 9),
    ],
)
def test_a_push_that_fails_is_sent_again_with_the_number_of_then(
    live: Channel, store: StoreClient, hurried: None, kind: str, more: dict[str, Any], reached: int
) -> None:
    shift = ours() - 12
    steps.fault(store, kind, path=PUSH, method="PUT", times=1, **more)
    steps.set_on_hand(SKU, 9)

    drain_channel(live.pk)
    await_log(lambda: len(steps.calls(store, PUSH)) == 1)

    assert store.level(SKU) == reached + shift
    assert ListingItem.objects.get(channel=live, remote_sku=SKU).pushed_quantity == 12 + shift, (
        "in doubt means not sent"
    )
    assert set(SyncJob.objects.values_list("kind", "state")) == {(JobKind.STOCK, JobState.QUEUED)}

    steps.set_on_hand(SKU, 7)
    setting.settle()

    again = [7 + shift] if kind == "late" else []  # once more, when the doubt is over
    assert quantities(store) == [9 + shift, 7 + shift, *again]
    assert store.level(SKU) == 7 + shift == ours()
    assert ListingItem.objects.get(channel=live, remote_sku=SKU).pushed_quantity == 7 + shift
    assert SyncJob.objects.count() == 0


@pytest.mark.req("JOB-3")
@pytest.mark.parametrize("attempts", [1, 4])
def test_a_push_that_the_store_applies_late_is_not_the_last_word(
    live: Channel, store: StoreClient, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    """The time-out comes first, then the stock changes again, then the store does what it was asked before."""
    hurry(monkeypatch, attempts=attempts, seconds=IMPATIENCE)
    shift = ours() - 12
    steps.fault(store, "slow", path=PUSH, method="PUT", times=1, seconds=SLOW)
    steps.set_on_hand(SKU, 9)
    drain_channel(live.pk)
    assert store.level(SKU) == 12 + shift
    steps.set_on_hand(SKU, 7)
    drain_channel(live.pk)

    await_log(lambda: quantities(store).count(9 + shift) == 1)
    setting.settle()

    assert store.level(SKU) == 7 + shift == ours()


def await_log(is_there: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_there():
            return
        time.sleep(0.1)
    raise AssertionError("the late request never arrived")


@pytest.mark.req("JOB-3")
@pytest.mark.req("JOB-4")
def test_a_store_in_trouble_does_not_hold_up_the_other(
    live: Channel, store: StoreClient, outlet: StoreClient, hurried: None
) -> None:
    other = setting.connect(setting.OUTLET)
    steps.switch_stock_on(other)
    setting.settle()
    steps.download(other)
    steps.fault(store, "error", path="/v3/inventory/*", times=None)
    steps.set_on_hand(SKU, 4)
    free = ours()

    for channel in (live, other):
        drain_channel(channel.pk)

    assert outlet.level(SKU) == free
    assert store.level(SKU) != free
    steps.heal(store)
    setting.settle()
    assert store.level(SKU) == Decimal(free)
