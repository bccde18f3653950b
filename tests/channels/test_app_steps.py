"""Our app in a store's control panel: installed, opened, removed; and connecting by it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import responses
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from channels.enums import ChannelState
from channels.models import AppGrant, Channel
from channels.services.grants import install_app, remove_app
from inventory.models import AuditEntry
from inventory_sync.lib.secrets import Secrets
from tests.channels.fake_store import FakeStore
from tests.factories import inventory
from tests.factories.channels import NOW, ChannelFactory, member

pytestmark = pytest.mark.django_db

SLUG, HASH = "bigcommerce", "abc123"
APP_ID, APP_SECRET = "app-client-id", "app-client-secret-that-is-long-enough-for-hs256"
TOKEN, TOKEN_2 = "granted-token-1", "granted-token-2"
LOGIN = "https://login.bigcommerce.com/oauth2/token"
SCOPES = (
    "store_v2_products store_inventory store_v2_orders store_locations_read_only store_v2_transactions_read_only "
    "store_v2_customers_read_only store_v2_information_read_only"
)
QUERY = {"code": "one-time", "scope": SCOPES, "context": f"stores/{HASH}"}


@pytest.fixture(autouse=True)
def _app(settings: Settings, store: FakeStore) -> None:
    settings.BIGCOMMERCE_APP_CLIENT_ID, settings.BIGCOMMERCE_APP_CLIENT_SECRET = APP_ID, APP_SECRET
    settings.PUBLIC_URL = "https://sync.example"
    store.identity = replace(store.identity, identity=HASH)
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)


def call(step: str, **query: str) -> HttpResponse:
    """As the control panel does it: in a frame, without our cookies."""
    answer: HttpResponse = Client().get(reverse("channels:step", args=[SLUG, step]), query)  # type: ignore[assignment]
    return answer


def install(token: str = TOKEN, **changes: str) -> HttpResponse:
    answer = {"access_token": token, "scope": SCOPES, "context": f"stores/{HASH}", "user": {"id": 9}}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as login:
        login.post(LOGIN, json=answer)
        return call("install", **{**QUERY, **changes})


def signed(now: datetime | None = None, secret: str = APP_SECRET, **claims: object) -> str:
    at = int((now or timezone.now()).timestamp())
    body = {
        "aud": APP_ID,
        "iss": "bc",
        "iat": at,
        "nbf": at - 5,
        "exp": at + 60,
        "sub": f"stores/{HASH}",
        "user": {"id": 9},
        **claims,
    }
    return jwt.encode(body, secret, algorithm="HS256")


def connected_by_app() -> Channel:
    secrets = Secrets(access_token=TOKEN, client_id=APP_ID, webhook_secret="ours")
    return ChannelFactory(name="Nordhafen", store_identity=HASH, credentials=secrets)


def address_in(answer: HttpResponse) -> str:
    return str(answer.context["address"])  # type: ignore[attr-defined]


# -- installed


@pytest.mark.req("CON-8")
def test_installing_keeps_the_grant_and_leads_to_connecting(client: Client, store: FakeStore) -> None:
    answer = install()

    assert answer.status_code == 200
    grant = AppGrant.objects.get()
    assert (grant.platform, grant.identity) == (SLUG, HASH)
    assert grant.secrets["access_token"] == TOKEN
    assert TOKEN not in answer.content.decode()
    parts = urlsplit(address_in(answer))
    assert parse_qs(parts.query) == {"way": ["app"], "store": [HASH]}
    assert 'target="_blank" rel="noopener"' in answer.content.decode()

    client.force_login(member())
    page = client.get(address_in(answer))
    assert page.context["form"]["store"].initial == HASH


@pytest.mark.req("CON-8")
def test_the_installed_store_is_connected_by_its_hash_alone(client: Client, store: FakeStore) -> None:
    install()
    client.force_login(member())

    answer = client.post(f"{reverse('channels:connect', args=[SLUG])}?way=app", {"store": HASH, "orders": "now"})

    channel = Channel.objects.get()
    assert answer.headers["Location"] == reverse("channels:setup", args=[channel.pk])
    assert channel.credentials["access_token"] == TOKEN
    assert AppGrant.objects.count() == 1, "the store can be connected again after disconnecting"


@pytest.mark.req("CON-8")
@pytest.mark.req("CON-7", platform="bigcommerce")
def test_a_store_without_the_app_is_refused_in_words(client: Client, store: FakeStore) -> None:
    client.force_login(member())

    answer = client.post(f"{reverse('channels:connect', args=[SLUG])}?way=app", {"store": "other9", "orders": "now"})

    assert answer.context["form"].errors == {
        "store": [
            "Our app is not installed in the store “other9”. Install it there first, then connect here.",
        ]
    }
    assert store.calls == []


@pytest.mark.req("CON-8")
def test_the_way_is_offered_only_where_an_app_is_set_up(client: Client, settings: Settings) -> None:
    client.force_login(member())
    url = reverse("channels:connect", args=[SLUG])
    assert [tab.url for tab in client.get(url).context["ways"]] == [f"{url}?way=keys", f"{url}?way=app"]

    settings.BIGCOMMERCE_APP_CLIENT_ID = ""

    assert client.get(url).context["ways"] == []
    assert client.get(f"{url}?way=app").status_code == 404
    assert call("load", signed_payload_jwt=signed()).status_code == 403


def test_installing_again_renews_the_channel_that_lives_by_the_app() -> None:
    install()
    channel = connected_by_app()
    other = ChannelFactory(store_identity="zzz999")

    answer = install(TOKEN_2)

    channel.refresh_from_db()
    assert channel.credentials["access_token"] == TOKEN_2
    assert channel.credentials["webhook_secret"] == "ours"
    assert AppGrant.objects.get().secrets["access_token"] == TOKEN_2
    assert address_in(answer) == reverse("channels:setup", args=[channel.pk])
    kept = Channel.objects.get(pk=other.pk).credentials
    assert "access_token" in kept
    assert kept["access_token"] != TOKEN_2


def test_installing_leaves_a_channel_with_credentials_of_its_own() -> None:
    install()
    channel = ChannelFactory(store_identity=HASH, credentials=Secrets(access_token="own", client_id="own-id"))

    install(TOKEN_2)

    channel.refresh_from_db()
    assert channel.credentials["access_token"] == "own"


def test_an_installation_that_is_not_believed_keeps_nothing() -> None:
    for query in ({}, {**QUERY, "context": "stores/../evil"}, {**QUERY, "code": ""}):
        answer = install(**{"code": "", **query}) if not query else install(**query)
        assert answer.status_code == 403
        assert "That did not work" in answer.content.decode()

    assert not AppGrant.objects.exists()


# -- opened


@pytest.mark.req("CON-10")
def test_launching_leads_to_the_channel_in_a_new_tab() -> None:
    channel = connected_by_app()

    answer = call("load", signed_payload_jwt=signed())

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'href="{reverse("channels:setup", args=[channel.pk])}" target="_blank"' in page
    assert "“Nordhafen”" in page


@pytest.mark.req("CON-10")
def test_launching_a_store_that_is_not_connected_leads_to_connecting() -> None:
    ChannelFactory(store_identity=HASH, state=ChannelState.DISCONNECTED)

    answer = call("load", signed_payload_jwt=signed())

    assert address_in(answer) == f"{reverse('channels:connect', args=[SLUG])}?way=app&store={HASH}"
    assert "not connected yet" in answer.content.decode()


@pytest.mark.req("CON-10")
def test_only_the_control_panel_may_frame_our_pages(client: Client) -> None:
    framed = [call("load", signed_payload_jwt=signed()), call("load", signed_payload_jwt="forged"), install()]

    for answer in framed:
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors https://*.mybigcommerce.com https://*.bigcommerce.com" in policy
        assert "script-src 'self'" in policy
        assert "X-Frame-Options" not in answer.headers
    other = client.get(reverse("login"))
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "DENY"


@pytest.mark.req("CON-8")
@pytest.mark.parametrize("step", ["load", "uninstall", "remove-user"])
@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "expired", "other secret", "other app", "no signature"],
)
def test_without_a_valid_signature_nothing_happens(step: str, token: str) -> None:
    made = {
        "expired": signed(exp=1),
        "other secret": signed(secret="x" * 40),
        "other app": signed(aud="another"),
        "no signature": jwt.encode(jwt.decode(signed(), options={"verify_signature": False}), "", algorithm="none"),
    }
    install_app(SLUG, identity=HASH, secrets={"access_token": TOKEN, "client_id": APP_ID}, now=NOW)
    channel = connected_by_app()

    answer = call(step, signed_payload_jwt=made.get(token, token))

    assert answer.status_code == 403
    assert "Nordhafen" not in answer.content.decode()
    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED
    assert AppGrant.objects.count() == 1


# -- removed


@pytest.mark.req("CON-8")
def test_removing_the_app_has_its_channel_sign_in_again() -> None:
    install()
    channel = connected_by_app()

    for _again in range(2):
        assert call("uninstall", signed_payload_jwt=signed()).status_code == 200

    channel.refresh_from_db()
    assert channel.state == ChannelState.NEEDS_SIGN_IN
    assert "The app was removed from the store." in channel.state_reason
    assert not AppGrant.objects.exists()
    assert AuditEntry.objects.filter(action="app removed in the store").count() == 1


@pytest.mark.req("CON-8")
def test_removing_the_app_leaves_a_channel_with_credentials_of_its_own() -> None:
    install()
    channel = ChannelFactory(store_identity=HASH, credentials=Secrets(access_token="own"))

    call("uninstall", signed_payload_jwt=signed())

    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED
    assert not AppGrant.objects.exists()


def test_a_removal_of_what_was_never_installed_is_nothing() -> None:
    channel = connected_by_app()

    remove_app(SLUG, identity=HASH, now=NOW)

    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED


@pytest.mark.req("CON-8")
def test_an_old_removal_that_is_sent_again_removes_nothing() -> None:
    old = signed(timezone.now() - timedelta(minutes=30), exp=int(timezone.now().timestamp()) + 3600)
    install()
    channel = connected_by_app()

    assert call("uninstall", signed_payload_jwt=old).status_code == 200

    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED
    assert AppGrant.objects.count() == 1


@pytest.mark.req("CON-18", platform="bigcommerce")
@pytest.mark.req("CON-8")
def test_installing_after_a_removal_brings_the_channel_back(client: Client) -> None:
    install()
    channel = connected_by_app()
    call("uninstall", signed_payload_jwt=signed())
    install(TOKEN_2)
    client.force_login(member())

    answer = client.post(f"{reverse('channels:credentials', args=[channel.pk])}?way=app", {"store": HASH})

    assert answer.status_code == 302, json.dumps(answer.context["form"].errors)
    channel.refresh_from_db()
    assert (channel.state, channel.credentials["access_token"]) == (ChannelState.CONNECTED, TOKEN_2)
    assert channel.credentials["webhook_secret"] == "ours"


@pytest.mark.req("CON-8")
def test_a_removed_user_changes_nothing_here() -> None:
    install()
    channel = connected_by_app()

    assert call("remove-user", signed_payload_jwt=signed()).status_code == 200

    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED
    assert AppGrant.objects.count() == 1


def test_other_methods_are_refused() -> None:
    assert Client().post(reverse("channels:step", args=[SLUG, "uninstall"])).status_code == 405
