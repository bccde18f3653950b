"""What hosts of WooCommerce stores do to us: clear words, nothing lost, and it goes on by itself."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from channels import tasks
from channels.enums import ChannelState, JobKind, JobState, Notices
from channels.models import Channel, Notice, SyncJob
from channels.outbox import mark
from channels.services.connect import ConnectRefused, GoLive, connect_store
from channels.services.drain import drain_channel
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder, Sale
from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.flows import setting, steps
from tests.flows.test_store_trouble import IMPATIENCE
from tests.sandbox.patience import hurry
from tests.sandbox.woo_client import WooClient

pytestmark = pytest.mark.django_db
SKU = "RS-HW45-TAN"
ORDERS = "/wc/v3/orders*"
WITHOUT_SKU = "Repair service by the hour (no SKU)"


@pytest.fixture
def platform() -> str:
    return "woocommerce"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, attempts=1, seconds=IMPATIENCE)


@pytest.fixture
def live(channel: Channel, store: WooClient) -> Channel:
    """Everything downloaded, twelve on hand here and at the store, stock goes out by itself."""
    setting.settle()
    steps.download(channel)
    steps.set_on_hand(SKU, 12)
    steps.switch_stock_on(channel)
    mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])
    setting.settle()
    store.control("DELETE", "/requests")
    return channel


def notify(client: Client, channel: Channel, body: bytes, *, topic: str = "order.updated", **headers: str) -> int:
    """A delivery as the store sends it, signed with our secret."""
    secret = channel.credentials["webhook_secret"].encode()
    signature = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    return client.post(
        reverse("channels:notices", args=[channel.platform, channel.notice_token]),
        body,
        content_type="application/json",
        headers={
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": topic.partition(".")[0],
            "X-WC-Webhook-Event": topic.partition(".")[2],
            "X-WC-Webhook-Signature": signature,
            "X-WC-Webhook-Source": f"{channel.store_url}/",
            **headers,
        },
    ).status_code


# --- reading


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("bare_500", {}, "The store has a problem at the moment."),
        ("html", {}, "The store answered with an HTML page instead of data."),
        ("malformed", {}, "The store answered something we cannot read."),
        ("drop_before", {}, "The store cannot be reached."),
        ("waf", {}, "firewall"),
    ],
)
def test_an_order_that_cannot_be_read_waits_and_is_captured_later(
    live: Channel, store: WooClient, hurried: None, kind: str, more: dict[str, Any], words: str
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    before = steps.footprint()
    steps.fault(store, kind, path=ORDERS, times=None, **more)

    setting.hint(live, str(placed["id"]))
    drain_channel(live.pk)

    (job,) = SyncJob.objects.filter(kind=JobKind.ORDER)
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert words in f"{job.message} {job.detail}"
    assert (CapturedOrder.objects.count(), steps.footprint()) == (0, before)
    live.refresh_from_db()
    assert live.state == ChannelState.CONNECTED
    assert words in live.state_reason or words in job.detail

    steps.heal(store)
    setting.settle()

    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    assert (Sale.objects.count(), SyncJob.objects.count()) == (before["sales"] + 1, 0)
    call_command("audit_stock")


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(
    ("kind", "more"), [("slow", {"seconds": 8}), ("php_notice", {}), ("bom", {}), ("wrong_totals", {})]
)
def test_what_only_looks_broken_is_read_all_the_same(
    live: Channel, store: WooClient, kind: str, more: dict[str, Any]
) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    steps.fault(store, kind, path=ORDERS, times=1 if kind == "slow" else None, **more)
    setting.hint(live, str(placed["id"]))

    drain_channel(live.pk)

    assert steps.captured(live, placed["id"]).state == CapturedState.SALE
    assert not SyncJob.objects.filter(kind=JobKind.ORDER).exists()
    seen = store.control("GET", "/requests")["requests"]
    assert (200, kind) in [(call["status"], call["fault"]) for call in seen]


@pytest.mark.req("CAT-1")
@pytest.mark.parametrize("status", [0, 1])
def test_totals_that_lie_lose_no_product(channel: Channel, store: WooClient, status: int) -> None:
    setting.settle()
    steps.fault(store, "wrong_totals", path="/wc/v3/*", times=None, status=status)

    steps.download(channel)

    listed = set(ListingItem.objects.filter(channel=channel).values_list("remote_product_id", flat=True))
    steps.heal(store)
    products = store.data("/wc/v3/products", per_page=100)
    assert len(products) == 20
    assert {product["name"] for product in products if str(product["id"]) not in listed} == {WITHOUT_SKU}


# --- stock


@pytest.mark.req("JOB-3")
@pytest.mark.parametrize("kind", ["bare_500", "waf", "html", "drop_before", "drop_after"])
def test_a_push_that_fails_is_sent_again_with_the_number_of_then(
    live: Channel, store: WooClient, hurried: None, kind: str
) -> None:
    steps.fault(store, kind, path="/wc/v3/products/batch", method="POST", times=1)
    steps.set_on_hand(SKU, 9)
    drain_channel(live.pk)
    assert SyncJob.objects.filter(kind=JobKind.STOCK, state=JobState.QUEUED).exists()

    product = steps.set_on_hand(SKU, 7)
    setting.settle()

    assert store.level(SKU) == ListingItem.objects.get(product=product, channel=live).pushed_quantity
    assert SyncJob.objects.count() == 0


@pytest.mark.req("JOB-3")
def test_a_sale_in_the_store_meanwhile_is_not_overwritten_for_good(live: Channel, store: WooClient) -> None:
    """The store sells while we send: its own count is put right once its order is here."""
    before = store.level(SKU)
    placed = store.order(lines=[{"sku": SKU, "quantity": 3}])
    steps.move(
        ListingItem.objects.get(channel=live, remote_sku=SKU).product_id,
        live.settings.default_location_id,
        -1,
        key="broken",
    )
    setting.settle()
    setting.hint(live, str(placed["id"]))
    setting.settle()

    assert store.level(SKU) == before - 4
    assert ListingItem.objects.get(channel=live, remote_sku=SKU).pushed_quantity == Decimal(before - 4)


# --- notices


@pytest.mark.req("JOB-6")
@pytest.mark.req("NEW-9", platform="woocommerce")
def test_a_signed_error_is_no_order_but_has_the_store_looked_at(
    live: Channel, store: WooClient, client: Client
) -> None:
    words = {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 403}}
    assert notify(client, live, json.dumps(words).encode()) == 200
    assert Notice.objects.get(channel=live).kind == JobKind.HEALTH
    store.control("DELETE", "/requests")

    drain_channel(live.pk)

    assert CapturedOrder.objects.count() == 0
    assert steps.calls(store, "/wc/v3/system_status")
    assert not SyncJob.objects.filter(state=JobState.FAILED).exists()


@pytest.mark.req("JOB-6")
def test_a_forged_notice_does_nothing(live: Channel, store: WooClient, client: Client) -> None:
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    before = Notice.objects.filter(absorbed_at=None).count()
    body = json.dumps({"id": placed["id"]}).encode()
    assert notify(client, live, body, **{"X-WC-Webhook-Signature": "c29ycnk="}) == 401
    assert Notice.objects.filter(absorbed_at=None).count() == before


@pytest.mark.req("JOB-6")
def test_a_trial_request_is_answered_and_forgotten(live: Channel, client: Client) -> None:
    before = Notice.objects.count()
    answer = client.post(
        reverse("channels:notices", args=[live.platform, live.notice_token]),
        b"webhook_id=7",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, Notice.objects.count()) == (200, before)


@pytest.mark.req("CAP-2")
@pytest.mark.req("NEW-9", platform="woocommerce")
def test_a_switched_off_webhook_is_made_anew_and_the_gap_is_filled(live: Channel, store: WooClient) -> None:
    hooks = store.data("/wc/v3/webhooks", per_page=100)
    assert {hook["status"] for hook in hooks} == {"active"}
    for hook in hooks:
        assert store.call("PUT", f"/wc/v3/webhooks/{hook['id']}", {"status": "disabled"}).status_code == 200
    placed = store.order(lines=[{"sku": SKU, "quantity": 1}])
    Channel.objects.filter(pk=live.pk).update(poll_cursor=datetime.now(UTC) + timedelta(hours=1))

    mark([live.pk], kind=JobKind.HEALTH, keys=["store"])
    setting.settle()

    live.refresh_from_db()
    assert live.notices == Notices.ARRIVING
    again = store.data("/wc/v3/webhooks", per_page=100)
    assert {hook["status"] for hook in again} == {"active"}
    assert not {hook["id"] for hook in again} & {hook["id"] for hook in hooks}
    assert steps.captured(live, placed["id"]).state == CapturedState.SALE


@pytest.mark.req("CAP-2")
def test_an_order_whose_notice_got_lost_is_found_by_the_poll(live: Channel, store: WooClient) -> None:
    store.control("PUT", f"/stores/{store.store}/notices", {"drop": 100})
    placed = store.order(lines=[{"sku": SKU, "quantity": 1}])

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        tasks.tick()
        setting.settle()

    order = steps.captured(live, placed["id"])
    assert (order.captured_by, order.state) == (CapturedBy.POLL, CapturedState.SALE)


# --- connecting


@pytest.mark.req("CON-13")
@pytest.mark.parametrize("kind", ["self_signed", "expired", "other_host"])
def test_a_broken_certificate_is_named_and_nothing_is_kept(store: WooClient, kind: str) -> None:
    setting.fill()
    with SandboxServer(tls=kind) as broken:
        fields = {
            "address": f"{broken.url}/woo/kontor/",
            "consumer_key": CONSUMER_KEY,
            "consumer_secret": CONSUMER_SECRET,
        }
        with pytest.raises(ConnectRefused) as caught:
            connect_store("woocommerce", way="keys", fields=fields, go_live=GoLive(), user=None, now=datetime.now(UTC))
    assert "certificate" in caught.value.message
    assert "address" in caught.value.fields
    assert not Channel.objects.exists()
