"""Notices: verified, stored, poked, answered; the drain makes work of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from channels.enums import ChannelState, SignatureResult, Verdict
from channels.models import Channel, Notice, SyncJob
from channels.services.drain import drain_channel
from channels.services.health import check_channel
from channels.services.intake import KEPT_BODY, LARGEST_BODY, REJECTED_PER_HOUR
from channels.services.leases import take_lease
from channels.services.marks import absorb_marks
from channels.services.platforms import open_platform
from tests.channels.conftest import Clock, Handlers, all_done
from tests.channels.fake_store import FakeStore
from tests.factories.channels import CANARY, ChannelFactory
from tests.sandbox.client import StoreClient
from tests.statements import statements

pytestmark = pytest.mark.django_db


def deliver(
    client: Client, channel: Channel, body: str = "order/created 7 msg-1", secret: str = f"{CANARY}-hook"
) -> int:
    url = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    answer = client.post(url, body, content_type="application/json", headers={"x-hook-secret": secret})
    assert answer.content == b""
    return answer.status_code


@pytest.mark.req("JOB-6")
def test_a_notice_costs_three_statements(client: Client, channel: Channel) -> None:
    deliver(client, channel)
    with statements() as sql:
        assert deliver(client, channel, "order/updated 8 msg-2") == 200

    assert len(sql) <= 3, sql
    assert Notice.objects.filter(key="8", verdict=Verdict.ACCEPTED, signature=SignatureResult.SECRET_ONLY).exists()


@pytest.mark.req("JOB-6")
def test_csrf_does_not_stop_a_store(channel: Channel) -> None:
    assert deliver(Client(enforce_csrf_checks=True), channel) == 200


@pytest.mark.req("JOB-6")
def test_the_same_notice_five_times_is_one_piece_of_work(
    client: Client, channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    handlers.add(all_done)
    OrmQ.objects.all().delete()
    for _ in range(5):
        deliver(client, channel)

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7"]]
    assert OrmQ.objects.count() == 5, "each delivery pokes"
    verdicts = list(Notice.objects.order_by("pk").values_list("verdict", flat=True))
    assert verdicts == [Verdict.ACCEPTED, *[Verdict.DUPLICATE] * 4]


@pytest.mark.req("JOB-5")
def test_a_repeated_delivery_is_worked_on_again(
    client: Client, channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    handlers.add(all_done)
    deliver(client, channel)
    drain_channel(channel.pk, now_fn=clock)
    deliver(client, channel)
    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["7"], ["7"]], "a duplicate is only a label"
    assert Notice.objects.filter(verdict=Verdict.DUPLICATE).count() == 1


def test_a_notice_says_when_the_last_one_came(client: Client, channel: Channel, clock: Clock) -> None:
    deliver(client, channel)
    lease = take_lease(channel.pk, clock=clock)
    assert lease is not None
    absorb_marks(lease, now=clock())

    channel.refresh_from_db()
    assert channel.last_notice_at == Notice.objects.get().received_at
    assert SyncJob.objects.get().remote_version == "", "the order is read again in any case"


def test_what_we_do_not_follow_is_kept_and_ignored(client: Client, channel: Channel) -> None:
    OrmQ.objects.all().delete()
    assert deliver(client, channel, "product/updated 3 msg-3") == 200
    assert deliver(client, channel, "nonsense") == 200

    assert list(Notice.objects.values_list("verdict", flat=True)) == [Verdict.IGNORED] * 2
    assert not Notice.objects.filter(absorbed_at__isnull=True).exists()
    assert not OrmQ.objects.exists()


@pytest.mark.req("JOB-6")
def test_a_forged_notice_is_refused_kept_in_bounds_and_makes_no_work(client: Client, channel: Channel) -> None:
    OrmQ.objects.all().delete()
    for _ in range(REJECTED_PER_HOUR + 5):
        assert deliver(client, channel, secret="guessed") == 401

    assert Notice.objects.filter(verdict=Verdict.REJECTED).count() == REJECTED_PER_HOUR
    assert not Notice.objects.filter(absorbed_at__isnull=True).exists()
    assert not OrmQ.objects.exists()


def test_addresses_that_are_nobodys(client: Client, channel: Channel) -> None:
    gone = ChannelFactory(state=ChannelState.DISCONNECTED)
    other = ChannelFactory(notice_token="token-of-nobody")
    other.delete()

    assert deliver(client, other) == 404
    assert deliver(client, gone) == 404
    channel.platform = "magento2"
    assert deliver(client, channel) == 404
    assert client.get(reverse("channels:notices", args=["bigcommerce", channel.notice_token])).status_code == 405


@pytest.mark.req("JOB-6")
def test_a_body_too_large_for_a_notice_is_not_read(client: Client, channel: Channel) -> None:
    assert deliver(client, channel, "x" * (LARGEST_BODY + 1)) == 413
    assert not Notice.objects.exists()


@pytest.mark.req("JOB-6", platform="woocommerce")
def test_a_whole_order_is_taken_and_kept_in_part(client: Client, channel: Channel) -> None:
    """A refusal would make the store switch its notices off."""
    assert deliver(client, channel, f"order/created 7 {'ä' * 400_000}") == 200

    notice = Notice.objects.get()
    assert (notice.key, len(notice.body)) == ("7", KEPT_BODY)


@pytest.mark.req("JOB-6", platform="woocommerce")
def test_a_ping_is_answered_and_leaves_nothing(client: Client, channel: Channel) -> None:
    OrmQ.objects.all().delete()
    deliver(client, channel, "ping", secret="none")
    with statements() as sql:
        assert deliver(client, channel, "ping", secret="none") == 200

    assert len(sql) == 1, sql
    assert not Notice.objects.exists()
    assert not OrmQ.objects.exists()


def test_trouble_that_a_notice_tells_of_is_one_look_at_the_store(
    client: Client, channel: Channel, clock: Clock, handlers: Handlers
) -> None:
    handlers.add(all_done, kind="health", priority=80)
    for number in range(3):
        deliver(client, channel, f"trouble/no-rights {number} msg-{number}")

    drain_channel(channel.pk, now_fn=clock)

    assert handlers.seen == [["store"]]


@pytest.mark.req("APP-11", platform="woocommerce")
def test_notices_of_a_copy_are_warned_about_and_still_only_hints(
    client: Client, channel: Channel, clock: Clock, store: FakeStore
) -> None:
    Channel.objects.filter(pk=channel.pk).update(store_url="https://www.shop.example/")
    store.identity = replace(store.identity, identity=channel.store_identity, url="https://www.shop.example/")
    for source in ("http://shop.example", "https://SHOP.example/", ""):
        deliver_from(client, channel, source)
    channel.refresh_from_db()
    assert channel.warnings == []

    for _ in range(2):
        assert deliver_from(client, channel, "https://staging.shop.example/") == 200

    channel.refresh_from_db()
    words = (
        "Notices also come from https://staging.shop.example/, which is another address than the store's: "
        "a copy of it uses our keys."
    )
    assert channel.warnings == [words]
    assert Notice.objects.filter(verdict=Verdict.ACCEPTED).count() == 5, "its order is read from our store"
    check_channel(channel, platform=open_platform(channel), now=timezone.now())
    assert Channel.objects.get(pk=channel.pk).warnings == [words], "the hourly look keeps it"
    check_channel(channel, platform=open_platform(channel), now=timezone.now() + timedelta(days=8))
    assert Channel.objects.get(pk=channel.pk).warnings == []


def test_a_notice_of_a_copy_costs_one_statement_more_once_an_hour(client: Client, channel: Channel) -> None:
    deliver_from(client, channel, "https://staging.shop.example/")
    with statements() as sql:
        deliver_from(client, channel, "https://staging.shop.example/")

    assert len(sql) <= 3, sql


def deliver_from(client: Client, channel: Channel, source: str) -> int:
    url = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    headers = {"x-hook-secret": f"{CANARY}-hook", "x-store": source}
    return client.post(url, "order/updated 7 msg-1", content_type="text/plain", headers=headers).status_code


def test_secrets_and_signatures_of_headers_are_not_kept(client: Client, channel: Channel) -> None:
    url = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    headers = {
        "x-hook-secret": f"{CANARY}-hook",
        "webhook-signature": "v1,signed",
        "cookie": "session=1",
        "x-other": f"before {CANARY} after",
        "webhook-id": "msg-1",
    }
    client.post(url, "order/created 7 msg-1", content_type="text/plain", headers=headers)

    kept = Notice.objects.get().headers
    assert kept["Webhook-Id"] == "msg-1"
    assert [kept[name] for name in ("X-Hook-Secret", "Webhook-Signature", "Cookie", "X-Other")] == ["[hidden]"] * 4


def test_a_body_with_nul_and_broken_text_is_kept(client: Client, channel: Channel) -> None:
    url = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    body = b"order/created 7 \xff\x00"
    answer = client.post(url, body, content_type="text/plain", headers={"x-hook-secret": f"{CANARY}-hook"})

    assert answer.status_code == 200
    assert "\x00" not in Notice.objects.get().body


@pytest.mark.req("CON-20")
@pytest.mark.django_db
def test_the_sandbox_store_answers_to_its_own_secret_only(client: Client, shop: StoreClient) -> None:
    """The real adapter: our secret in the header, the order's id in the body."""
    channel = ChannelFactory()
    url = reverse("channels:notices", args=["bigcommerce", channel.notice_token])
    body = '{"scope":"store/order/created","store_id":"1","data":{"type":"order","id":250},"hash":"h","created_at":1}'
    right, wrong = f"{CANARY}-hook", "wrong"

    def send(secret: str) -> int:
        headers = {"x-inventory-secret": secret}
        return client.post(url, body, content_type="application/json", headers=headers).status_code

    assert [send(right), send(wrong)] == [200, 401]
    assert list(Notice.objects.order_by("pk").values_list("kind", "key")) == [("order", "250"), ("", "")]
