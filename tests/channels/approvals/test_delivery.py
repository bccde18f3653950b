"""Connecting by approval in the store: keys are taken once, and coming back connects once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from channels.enums import AttemptState
from channels.models import Channel, ConnectAttempt
from inventory.models import AuditEntry, Organization
from inventory_sync.lib.logs import RedactSecrets
from tests.channels.approving import (
    KEYS,
    OTHER_KEYS,
    SHOP,
    SLUG,
    ApprovingStore,
    begin,
    channel_page,
    come_back,
    deliver,
    keys_address,
    link,
    shown,
)
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.django_db


# -- the good way


@pytest.mark.req("CON-12")
def test_approving_in_the_store_is_the_first_way_offered(browser: Client) -> None:
    page = browser.get(reverse("channels:connect", args=[SLUG]))

    assert page.context["way"].slug == "sign-in"
    assert [str(tab.label) for tab in page.context["ways"]] == ["Sign in at the store", "API keys"]


@pytest.mark.req("CON-12")
def test_the_page_leads_to_the_store_with_all_it_demands(browser: Client, store: ApprovingStore) -> None:
    attempt = begin(browser)

    assert link(browser, attempt) == {
        "site": "https://shop.example/wc-auth/v1/authorize",
        "app_name": "Inventory Sync",
        "scope": "read_write",
        "user_id": attempt.token,
        "return_url": f"https://sync.example/connect/woocommerce/return/{attempt.token}/",
        "callback_url": f"https://sync.example/connect/woocommerce/keys/{attempt.token}/",
    }
    assert len(attempt.token) >= 43
    assert not Channel.objects.exists()
    assert store.fake.calls == [], "without keys the store is only looked at"


@pytest.mark.req("CON-12")
@pytest.mark.req("CON-20")
def test_keys_then_return_connects_and_leads_to_setup(browser: Client, store: ApprovingStore) -> None:
    attempt = begin(browser, name="Outlet", read_only="on", orders="open")

    assert deliver(attempt).status_code == 200
    answer = come_back(browser, attempt)

    channel = Channel.objects.get()
    assert answer.headers["Location"] == channel_page(channel)
    assert (channel.name, channel.read_only, channel.store_identity) == ("Outlet", True, SHOP)
    assert channel.poll_cursor == channel.connected_at - timedelta(days=90)
    assert {name: channel.credentials[name] for name in KEYS} == KEYS
    assert "register" in store.fake.calls
    attempt.refresh_from_db()
    assert (attempt.state, attempt.made_channel, dict(attempt.secrets)) == (AttemptState.USED, channel, {})


@pytest.mark.req("CON-12")
def test_a_reload_of_the_return_leads_to_the_channel(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)
    come_back(browser, attempt)
    channel = Channel.objects.get()

    for _again in range(2):
        assert come_back(browser, attempt).headers["Location"] == channel_page(channel)
        assert browser.get(reverse("channels:approval", args=[attempt.pk])).headers["Location"] == channel_page(channel)
        assert browser.post(reverse("channels:approval", args=[attempt.pk])).status_code == 302

    assert Channel.objects.count() == 1
    assert AuditEntry.objects.filter(action="connected store").count() == 1


def test_whoever_comes_back_first_finishes_when_the_keys_are_there(browser: Client) -> None:
    attempt = begin(browser)

    early = come_back(browser, attempt)
    assert "The keys have not arrived yet" in early.content.decode()
    assert "Look again" in early.content.decode()
    assert not Channel.objects.exists()
    Organization.objects.update(time_zone="Asia/Tokyo")
    until = timezone.localtime(attempt.expires_at, ZoneInfo("Asia/Tokyo"))
    assert f"{until:%H:%M}</time>" in come_back(browser, attempt).content.decode(), "in the organization's zone"

    deliver(attempt)
    assert come_back(browser, attempt).headers["Location"] == channel_page(Channel.objects.get())


def test_the_page_goes_on_where_nobody_came_back(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)

    assert "Finish connecting" in shown(browser, attempt)
    assert not Channel.objects.exists(), "looking connects nothing"

    answer = browser.post(reverse("channels:approval", args=[attempt.pk]))
    assert answer.headers["Location"] == channel_page(Channel.objects.get())


# -- keys


@pytest.mark.req("CON-12")
def test_keys_are_taken_once(browser: Client) -> None:
    attempt = begin(browser)

    assert deliver(attempt).status_code == 200
    assert deliver(attempt).status_code == 200, "the same delivery again: its first answer may have been lost"
    assert deliver(attempt, OTHER_KEYS).status_code == 404

    attempt.refresh_from_db()
    assert {name: attempt.secrets[name] for name in KEYS} == KEYS
    come_back(browser, attempt)
    assert deliver(attempt).status_code == 404, "used"
    assert Channel.objects.get().credentials["consumer_key"] == KEYS["consumer_key"]


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "somebody else"},
        {"user_id": None},
        {"consumer_key": "ck_short"},
        {"consumer_secret": KEYS["consumer_key"]},
        {"consumer_key": ["ck"]},
        {"key_permissions": "read"},
    ],
)
def test_what_are_no_keys_of_this_attempt_changes_nothing(browser: Client, changes: dict[str, object]) -> None:
    attempt = begin(browser)

    answer = deliver(attempt, **changes)

    assert (answer.status_code, answer.content) == (400, b"")
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.BEGUN
    assert deliver(attempt).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"1", b"[" * 9000, b'{"user_id": 1}'])
def test_bodies_that_are_nothing_are_refused_without_words(browser: Client, body: bytes) -> None:
    answer = Client().post(keys_address(begin(browser)), body, "application/json")

    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.req("APP-6")
def test_the_address_of_an_attempt_stays_out_of_the_log(
    browser: Client, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    attempt = begin(browser)
    channel = ChannelFactory()

    Client().post(keys_address(attempt), b"{", "application/json")
    Client().post(reverse("channels:notices", args=["bigcommerce", channel.notice_token]), b"x", "text/plain")

    lines = [record for record in caplog.records if record.name == "django.request"]
    shown = []
    for record in lines:
        assert RedactSecrets().filter(record)
        shown.append(record.getMessage())
    assert len(lines) == 2
    assert shown[0] == "Bad Request: /connect/woocommerce/keys/[hidden]/"
    assert channel.notice_token not in shown[1]


def test_a_large_body_is_not_read(browser: Client) -> None:
    answer = Client().post(keys_address(begin(browser)), b"x" * 20_000, "application/json")

    assert answer.status_code == 413


@pytest.mark.req("CON-12")
def test_unknown_expired_and_denied_attempts_take_no_keys_and_say_nothing(browser: Client) -> None:
    expired, denied = begin(browser), begin(browser)
    ConnectAttempt.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    come_back(browser, denied, success="0")
    unknown = replace_token(begin(browser))

    for attempt in (expired, denied, unknown):
        answer = deliver(attempt)
        assert (answer.status_code, answer.content) == (404, b"")
    assert set(ConnectAttempt.objects.values_list("state", flat=True)) == {AttemptState.BEGUN, AttemptState.DENIED}


def replace_token(attempt: ConnectAttempt) -> ConnectAttempt:
    attempt.token = "x" * 43
    return attempt


@pytest.mark.parametrize("step", ["keys", "return", "install", "nothing"])
def test_other_methods_and_steps_answer_nothing(browser: Client, step: str) -> None:
    attempt = begin(browser)
    url = reverse("channels:attempt_step", args=[SLUG, step, attempt.token])
    wrong = browser.post(url) if step == "return" else browser.get(url)

    assert wrong.status_code in {404, 405}
    assert browser.get(reverse("channels:step", args=[SLUG, step])).status_code == 404
    assert browser.get(reverse("channels:attempt_step", args=["shopware", step, attempt.token])).status_code == 404


def test_an_attempt_of_another_platform_is_not_there(browser: Client) -> None:
    attempt = begin(browser)
    ConnectAttempt.objects.filter(pk=attempt.pk).update(platform="bigcommerce")

    assert deliver(attempt).status_code == 404
