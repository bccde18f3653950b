"""Other credentials by approval, who may see an attempt, and what is cleaned up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.enums import ChannelState
from channels.models import Channel, ConnectAttempt
from channels.services.upkeep import keep_up
from inventory.models import AuditEntry
from tests.channels.approving import (
    OTHER_KEYS,
    SHOP,
    ApprovingStore,
    begin,
    channel_page,
    come_back,
    deliver,
)
from tests.factories.channels import member

pytestmark = pytest.mark.django_db


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
def test_who_lost_the_permission_meanwhile_connects_nothing(client: Client, approving: ApprovingStore) -> None:
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
