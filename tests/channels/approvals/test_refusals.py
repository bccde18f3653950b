"""Approvals that come to nothing: denied, late, unreachable, refused; each has a way out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from channels.enums import AttemptState
from channels.errors import AuthenticationFailed, RemoteRejected, TemporarilyUnavailable
from channels.models import Channel, ConnectAttempt
from inventory.models import Organization
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
    link,
    shown,
)
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.django_db


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


def test_the_keys_of_a_sandbox_store_are_filled_in_for_its_address(browser: Client, settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9010"
    url = f"{reverse('channels:connect', args=[SLUG])}?way=keys&address="

    known = browser.get(f"{url}127.0.0.1:9010/woo/werft").context["form"]
    other = browser.get(f"{url}{SHOP}").context["form"]

    assert (known["address"].initial, known["consumer_key"].initial[:3]) == ("127.0.0.1:9010/woo/werft", "ck_")
    assert (other["address"].initial, other["consumer_key"].initial) == (SHOP, "")


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
