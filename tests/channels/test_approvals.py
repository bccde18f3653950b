"""Connecting by approval in the store: keys are taken once, and whatever goes wrong on the way has a way out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from channels.enums import AttemptState, ChannelState
from channels.errors import AuthenticationFailed, RemoteRejected, TemporarilyUnavailable
from channels.models import Channel, ConnectAttempt
from channels.services.upkeep import keep_up
from inventory.models import AuditEntry, Organization
from inventory_sync.lib.logs import RedactSecrets
from tests.channels.approving import (
    KEYS,
    OTHER_KEYS,
    SHOP,
    SLUG,
    ApprovingStore,
    approving,  # noqa: F401 (a fixture)
    begin,
    come_back,
    deliver,
    keys_address,
    link,
)
from tests.factories.channels import ChannelFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, approving: ApprovingStore) -> Client:  # noqa: F811
    client.force_login(member(platforms=("woocommerce", "bigcommerce")))
    return client


@pytest.fixture
def store(approving: ApprovingStore) -> ApprovingStore:  # noqa: F811
    return approving


def channel_page(channel: Channel) -> str:
    return reverse("channels:setup", args=[channel.pk])


def shown(browser: Client, attempt: ConnectAttempt) -> str:
    return browser.get(reverse("channels:approval", args=[attempt.pk])).content.decode()


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


# -- no


@pytest.mark.req("CON-14")
def test_a_denial_connects_nothing_and_points_to_keys(browser: Client) -> None:
    attempt = begin(browser)

    answer = browser.get(come_back(browser, attempt, success="0").headers["Location"])

    page = answer.content.decode()
    assert "The connection was denied in the store" in page
    keys_url = reverse("channels:connect", args=[SLUG]) + "?way=keys&amp;address=shop.example"
    assert f'href="{keys_url}"' in page
    assert "Settings → Advanced → REST API" in page
    attempt.refresh_from_db()
    assert (attempt.state, dict(attempt.secrets)) == (AttemptState.DENIED, {})
    assert deliver(attempt).status_code == 404, "keys that come after the denial are worth nothing"
    assert "denied in the store" in come_back(browser, attempt).content.decode(), "nor can it be turned into a yes"
    assert not Channel.objects.exists()


def test_a_denial_after_the_keys_throws_them_away(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)

    come_back(browser, attempt, success="0")

    attempt.refresh_from_db()
    assert (attempt.state, dict(attempt.secrets)) == (AttemptState.DENIED, {})
    assert come_back(browser, attempt, success="1").status_code == 200
    assert not Channel.objects.exists()


@pytest.mark.req("CON-14")
def test_the_page_before_leaving_says_what_to_do_if_it_does_not_work(browser: Client) -> None:
    page = shown(browser, begin(browser))

    assert "If that does not work" in page
    assert "way=keys&amp;address=shop.example" in page


@pytest.mark.req("CON-12")
def test_the_keys_form_starts_with_the_address(browser: Client) -> None:
    page = browser.get(f"{reverse('channels:connect', args=[SLUG])}?way=keys&address=shop.example&consumer_key=ck_x")

    assert page.context["form"]["address"].initial == "shop.example"
    assert page.context["form"]["consumer_key"].initial == "", "no secret comes by a link"


def test_an_approval_that_took_too_long_says_so(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)
    ConnectAttempt.objects.filter(pk=attempt.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "This approval is over" in come_back(browser, attempt).content.decode()
    assert "Begin again" in shown(browser, attempt)
    assert not Channel.objects.exists()


@pytest.mark.req("CON-11")
def test_a_store_that_cannot_be_connected_is_said_before_anybody_is_sent_there(
    browser: Client, store: ApprovingStore
) -> None:
    store.failure = RemoteRejected("Plain permalinks.", fields={"address": "Plain permalinks."})

    answer = browser.post(f"{reverse('channels:connect', args=[SLUG])}?way=sign-in", {"address": SHOP, "orders": "now"})

    assert answer.context["form"].errors == {"address": ["Plain permalinks."]}
    assert not ConnectAttempt.objects.exists()


@pytest.mark.req("APP-11")
@pytest.mark.parametrize("public", ["http://sync.example", "http://localhost:8000", "https://10.0.0.1", "https://sync"])
def test_where_the_store_cannot_reach_us_nobody_is_sent_there(browser: Client, settings: Settings, public: str) -> None:
    settings.PUBLIC_URL = public

    answer = browser.post(f"{reverse('channels:connect', args=[SLUG])}?way=sign-in", {"address": SHOP, "orders": "now"})

    (words,) = answer.context["form"].errors["address"]
    assert public in words
    assert "connect another way" in words
    assert not ConnectAttempt.objects.exists()


@pytest.mark.req("APP-11")
def test_a_port_that_wordpress_does_not_deliver_to(browser: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://sync.example:8443"

    answer = browser.post(f"{reverse('channels:connect', args=[SLUG])}?way=sign-in", {"address": SHOP, "orders": "now"})

    assert "ports 443, 80 and 8080 only" in answer.context["form"].errors["address"][0]
    assert not ConnectAttempt.objects.exists()


def test_a_store_beside_us_may_deliver_by_http(browser: Client, settings: Settings, store: ApprovingStore) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    store.found = lambda connection: replace(connection, api_url="http://127.0.0.1:9010/woo/kontor/wp-json")

    attempt = begin(browser)

    assert link(browser, attempt)["site"] == "http://127.0.0.1:9010/woo/kontor/wc-auth/v1/authorize"


@pytest.mark.req("CON-5", platform="woocommerce")
def test_a_connected_store_is_refused_before_anybody_is_sent_there(browser: Client) -> None:
    ChannelFactory(platform=SLUG, name="Kontor", store_identity=SHOP)

    answer = browser.post(f"{reverse('channels:connect', args=[SLUG])}?way=sign-in", {"address": SHOP, "orders": "now"})

    assert "“Kontor”" in str(answer.context["form"].errors)
    assert not ConnectAttempt.objects.exists()


@pytest.mark.req("CON-5", platform="woocommerce")
def test_two_attempts_for_one_store_make_one_channel(browser: Client) -> None:
    first, second = begin(browser), begin(browser)
    deliver(first)
    deliver(second, OTHER_KEYS)
    come_back(browser, first)

    answer = come_back(browser, second)

    assert "This store is connected already, as “Shop”." in answer.content.decode()
    channel = Channel.objects.get()
    assert channel.credentials["consumer_key"] == KEYS["consumer_key"]


@pytest.mark.req("CON-3")
def test_the_limit_holds_also_for_those_who_come_back(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)
    ChannelFactory(store_identity="other")
    Organization.objects.update(max_connections=1)

    assert "No connection is left" in come_back(browser, attempt).content.decode()
    assert Channel.objects.count() == 1


@pytest.mark.parametrize(
    "failure",
    [
        AuthenticationFailed("The store refuses the keys."),
        TemporarilyUnavailable("The store has a problem at the moment."),
    ],
)
def test_a_store_that_refuses_its_own_keys_can_be_tried_again(
    browser: Client, store: ApprovingStore, failure: Exception
) -> None:
    attempt = begin(browser)
    deliver(attempt)
    store.fake.failures.append(failure)

    page = come_back(browser, attempt).content.decode()

    assert str(failure) in page
    assert "Try again" in page
    assert not Channel.objects.exists()
    answer = browser.post(reverse("channels:approval", args=[attempt.pk]))
    assert answer.headers["Location"] == channel_page(Channel.objects.get())


# -- who


@pytest.mark.req("APP-4")
def test_only_who_began_an_approval_sees_it(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)
    other = Client()
    other.force_login(member(platforms=("woocommerce",)))

    assert come_back(other, attempt).status_code == 404
    assert other.get(reverse("channels:approval", args=[attempt.pk])).status_code == 404
    assert other.post(reverse("channels:approval", args=[attempt.pk])).status_code == 404
    assert not Channel.objects.exists()


@pytest.mark.req("APP-4")
def test_who_is_logged_out_logs_in_and_goes_on(browser: Client) -> None:
    attempt = begin(browser)
    deliver(attempt)

    answer = come_back(Client(), attempt)

    assert answer.headers["Location"].startswith(reverse("login"))
    assert attempt.token in answer.headers["Location"]
    assert not Channel.objects.exists()


@pytest.mark.req("CON-2")
def test_who_lost_the_permission_meanwhile_connects_nothing(client: Client, approving: ApprovingStore) -> None:  # noqa: F811
    user = member(platforms=("woocommerce",))
    client.force_login(user)
    attempt = begin(client)
    deliver(attempt)
    user.user_permissions.clear()

    assert come_back(client, attempt).status_code == 404
    assert not Channel.objects.exists()


# -- other credentials


@pytest.fixture
def connected(browser: Client) -> Channel:
    attempt = begin(browser)
    deliver(attempt)
    come_back(browser, attempt)
    return Channel.objects.get()


def change(browser: Client, channel: Channel, address: str = SHOP) -> ConnectAttempt:
    url = f"{reverse('channels:credentials', args=[channel.pk])}?way=sign-in"
    answer = browser.post(url, {"address": address})
    attempt = ConnectAttempt.objects.latest("pk")
    assert answer.headers.get("Location") == reverse("channels:approval", args=[attempt.pk]), answer.content.decode()
    return attempt


@pytest.mark.req("CON-18", platform="woocommerce")
def test_credentials_are_changed_by_approval(browser: Client, connected: Channel) -> None:
    Channel.objects.update(state=ChannelState.NEEDS_SIGN_IN, state_reason="Refused.")
    hook_secret = connected.credentials["webhook_secret"]
    page = browser.get(reverse("channels:credentials", args=[connected.pk]))
    assert page.context["form"]["address"].initial == SHOP
    attempt = change(browser, connected)
    deliver(attempt, OTHER_KEYS)

    answer = come_back(browser, attempt)

    assert answer.headers["Location"] == channel_page(connected)
    channel = Channel.objects.get()
    assert (channel.state, channel.state_reason) == (ChannelState.CONNECTED, "")
    assert {name: channel.credentials[name] for name in OTHER_KEYS} == OTHER_KEYS
    assert channel.credentials["webhook_secret"] == hook_secret
    assert AuditEntry.objects.filter(action="changed credentials").count() == 1
    come_back(browser, attempt)
    assert AuditEntry.objects.filter(action="changed credentials").count() == 1


@pytest.mark.req("A2")
@pytest.mark.req("CON-18", platform="woocommerce")
def test_keys_of_another_store_need_a_confirmation(browser: Client, connected: Channel, store: ApprovingStore) -> None:
    kept = dict(connected.credentials)
    attempt = change(browser, connected, "other.example")
    deliver(attempt, OTHER_KEYS)
    store.is_called("other.example")

    page = come_back(browser, attempt).content.decode()

    assert "This is another store" in page
    assert "“Other.Example”" in page
    assert Channel.objects.count() == 1
    connected.refresh_from_db()
    assert (dict(connected.credentials), connected.store_identity) == (kept, SHOP)

    answer = browser.post(reverse("channels:approval", args=[attempt.pk]), {"as_new": "on"})

    new = Channel.objects.get(store_identity="other.example")
    assert answer.headers["Location"] == channel_page(new)
    assert new.notice_token != connected.notice_token
    connected.refresh_from_db()
    assert dict(connected.credentials) == kept


@pytest.mark.req("CON-18", platform="woocommerce")
def test_a_denied_change_changes_nothing(browser: Client, connected: Channel) -> None:
    kept = dict(connected.credentials)
    attempt = change(browser, connected)

    page = browser.get(come_back(browser, attempt, success="0").headers["Location"]).content.decode()

    assert reverse("channels:credentials", args=[connected.pk]) + "?way=keys" in page
    connected.refresh_from_db()
    assert dict(connected.credentials) == kept


def test_a_channel_that_was_disconnected_meanwhile_gets_no_credentials(browser: Client, connected: Channel) -> None:
    attempt = change(browser, connected)
    deliver(attempt)
    Channel.objects.update(state=ChannelState.DISCONNECTED)

    assert come_back(browser, attempt).status_code == 404
    assert AuditEntry.objects.filter(action="changed credentials").count() == 0


# -- cleaning up


def test_attempts_lose_their_secrets_when_they_are_late_and_go_after_a_week(browser: Client) -> None:
    late, fresh = begin(browser), begin(browser)
    now = timezone.now()
    deliver(late)
    ConnectAttempt.objects.filter(pk=late.pk).update(expires_at=now - timedelta(seconds=1))

    keep_up(now=now)

    late.refresh_from_db()
    fresh.refresh_from_db()
    assert dict(late.secrets) == {}
    assert "webhook_secret" in fresh.secrets
    keep_up(now=now + timedelta(days=8))
    assert not ConnectAttempt.objects.exists()
