"""Connecting a store: what is checked, what is refused and how, what is there afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.enums import ChannelState, JobKind, JobState, Notices
from channels.errors import (
    AuthenticationFailed,
    NoConnectionLeft,
    RemoteRejected,
    StoreAlreadyConnected,
    TemporarilyUnavailable,
)
from channels.models import ChangeMark, Channel, ChannelSettings, LocationMapping, PaymentMapping, SyncJob, TaxMapping
from channels.services.connect import AnotherStore, ConnectRefused, GoLive, change_credentials, connect_store
from inventory.models import AuditEntry, Organization
from tests.channels.fake_store import FakeStore
from tests.factories import inventory
from tests.factories.channels import NOW, ChannelFactory, SyncJobFactory, member
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db

TYPED = {
    "store": "https://api.bigcommerce.com/stores/demo/v3/",
    "client_id": "sandbox-client-id",
    "client_secret": "sandbox-client-secret",
    "access_token": "sandbox-token",
}


@pytest.fixture(autouse=True)
def _home() -> None:
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)


def connect(**fields: str) -> Channel:
    return connect_store("bigcommerce", fields={**TYPED, **fields}, go_live=GoLive(), user=None, now=NOW)


@pytest.mark.req("CON-9", platform="bigcommerce")
@pytest.mark.req("CON-20")
def test_a_connected_store_has_setup_mappings_and_notices(shop: StoreClient) -> None:
    channel = connect()

    assert (channel.state, channel.store_identity, channel.store_currency) == (ChannelState.CONNECTED, "demo", "EUR")
    assert channel.notices == Notices.ARRIVING
    hooks = shop.data("/v3/hooks")
    assert [hook["destination"] for hook in hooks] == [
        f"http://localhost:8000/notices/bigcommerce/{channel.notice_token}/"
    ]
    assert TaxMapping.objects.filter(channel=channel, remote_key="tax-free").exists()
    assert TaxMapping.objects.filter(channel=channel).count() > 1
    assert PaymentMapping.objects.filter(channel=channel).exists()
    assert AuditEntry.objects.filter(action="connected store").count() == 1


@pytest.mark.req("CON-7", platform="bigcommerce")
@pytest.mark.parametrize(
    "pasted", ["demo", "https://api.bigcommerce.com/stores/demo/v3/", "store-demo.mybigcommerce.com"]
)
def test_the_store_hash_is_found_in_what_is_pasted(shop: StoreClient, pasted: str) -> None:
    assert connect(store=pasted).store_identity == "demo"


@pytest.mark.req("CON-21")
@pytest.mark.req("SET-35")
def test_the_order_cursor_starts_at_the_connection(store: FakeStore) -> None:
    channel = connect()

    assert (channel.connected_at, channel.poll_cursor) == (NOW, NOW)


@pytest.mark.req("SET-35")
def test_open_orders_are_looked_for_by_choice(store: FakeStore) -> None:
    go_live = GoLive(load_open_orders=True, read_only=True, name="Outlet")
    channel = connect_store("bigcommerce", fields=TYPED, go_live=go_live, user=None, now=NOW)

    assert channel.poll_cursor == NOW - timedelta(days=90)
    assert (channel.name, channel.read_only) == ("Outlet", True)


@pytest.mark.req("SET-32")
@pytest.mark.req("SET-33")
def test_the_stores_first_location_is_ours_and_receives_stock(store: FakeStore) -> None:
    channel = connect()
    home = Organization.objects.get()

    rows = LocationMapping.objects.filter(channel=channel).order_by("remote_key")
    assert [(row.remote_key, row.location, row.receives_stock) for row in rows] == [
        ("1", home.default_location, True),
        ("2", None, False),
    ]
    assert channel.settings.default_location == home.default_location


@pytest.mark.req("TAX-4")
def test_what_is_not_taxed_is_mapped_where_a_rule_says_so(store: FakeStore) -> None:
    free = inventory.TaxRuleFactory(name="Tax free", rate=0)
    channel = connect()

    mapped = dict(TaxMapping.objects.filter(channel=channel).values_list("remote_key", "rule_id"))
    assert mapped == {"tax-free": free.pk, "0": None, "1": None}


@pytest.mark.req("CON-5", platform="bigcommerce")
def test_a_second_connect_names_the_first_channel(store: FakeStore) -> None:
    ChannelFactory(name="Nordhafen", store_identity=store.identity.identity)

    with pytest.raises(StoreAlreadyConnected, match="Nordhafen"):
        connect()

    assert Channel.objects.count() == 1


@pytest.mark.req("CON-4")
def test_another_store_of_the_platform_is_another_channel(store: FakeStore) -> None:
    first = connect()
    store.identity = replace(store.identity, identity="hash-other", name="Other")
    second = connect()

    assert first.pk != second.pk
    assert first.notice_token != second.notice_token


@pytest.mark.req("CON-3")
@pytest.mark.req("A1")
def test_connecting_is_refused_when_no_connection_is_left(store: FakeStore) -> None:
    ChannelFactory()
    ChannelFactory(state=ChannelState.DISCONNECTED)
    Organization.objects.update(max_connections=1)

    with pytest.raises(NoConnectionLeft):
        connect()
    assert store.calls == [], "the store is not even asked"

    Organization.objects.update(max_connections=2)
    assert connect().pk


@pytest.mark.req("A62")
def test_wrong_credentials_are_said_at_the_token(shop: StoreClient) -> None:
    with pytest.raises(ConnectRefused) as refused:
        connect(access_token="wrong-token")

    assert list(refused.value.fields) == ["client_secret"] or list(refused.value.fields) == ["access_token"]
    assert "access token" in refused.value.message
    assert not Channel.objects.exists()


def test_an_unreachable_store_is_said_at_the_address(shop: StoreClient, settings: Settings) -> None:
    settings.BIGCOMMERCE_API_URL = "http://127.0.0.1:9"

    with pytest.raises(ConnectRefused) as refused:
        connect()

    assert refused.value.fields == {"store": "The store cannot be reached."}


def test_a_private_address_is_refused_in_words(shop: StoreClient, settings: Settings) -> None:
    settings.PRIVATE_ADDRESSES_ALLOWED = []

    with pytest.raises(ConnectRefused) as refused:
        connect()

    assert "PRIVATE_ADDRESSES_ALLOWED" in refused.value.fields["store"]


def test_an_answer_that_is_no_json_is_said(shop: StoreClient, settings: Settings) -> None:
    settings.BIGCOMMERCE_API_URL = f"{settings.SANDBOX_URL}/demo-storefront-that-is-no-api"

    with pytest.raises(ConnectRefused) as refused:
        connect()

    assert list(refused.value.fields) == ["store"]


@pytest.mark.req("APP-11")
def test_a_store_on_the_internet_cannot_reach_a_private_address(store: FakeStore, settings: Settings) -> None:
    settings.BIGCOMMERCE_API_URL = "https://api.bigcommerce.com"
    channel = connect()

    assert channel.notices == Notices.POLLING_ONLY
    assert "http://localhost:8000" in channel.notices_reason
    assert "register" not in store.calls


@pytest.mark.req("APP-11")
def test_a_store_that_refuses_our_address_works_by_polling_only(store: FakeStore) -> None:
    store.hook_failure = RemoteRejected("The store refused: destination must use port 443")
    channel = connect()

    assert channel.notices == Notices.POLLING_ONLY
    assert channel.notices_reason == "The store refused: destination must use port 443"


def test_lists_the_store_does_not_answer_are_loaded_by_a_job(store: FakeStore) -> None:
    store.during_call = lambda: (
        store.failures.append(TemporarilyUnavailable("Slow.")) if store.calls[-1] == "payments" else None
    )
    channel = connect()

    assert ChangeMark.objects.filter(channel=channel, kind=JobKind.LISTS).count() == 1
    assert list(TaxMapping.objects.filter(channel=channel).values_list("remote_key", flat=True)) == ["tax-free"]


@pytest.mark.req("A2")
def test_new_credentials_must_open_the_same_store(store: FakeStore) -> None:
    channel = connect()
    secrets = dict(channel.credentials)
    store.identity = replace(store.identity, identity="hash-other", name="Other store")

    with pytest.raises(AnotherStore, match="Other store"):
        change_credentials(channel, fields={**TYPED, "access_token": "token-of-another"}, user=None, now=NOW)

    channel.refresh_from_db()
    assert dict(channel.credentials) == secrets


@pytest.mark.req("CON-18")
@pytest.mark.req("A62")
def test_signing_in_again_resumes_and_retries_what_failed(store: FakeStore) -> None:
    channel = connect()
    Channel.objects.filter(pk=channel.pk).update(
        state=ChannelState.NEEDS_SIGN_IN, state_reason="No.", sign_in_failures=3, sign_in_failing_since=NOW
    )
    SyncJobFactory(channel=channel, key="7", state=JobState.FAILED)
    channel.refresh_from_db()
    hook_secret = channel.credentials["webhook_secret"]

    change_credentials(channel, fields={**TYPED, "access_token": "token-2"}, user=None, now=NOW)

    assert (channel.state, channel.sign_in_failures, channel.state_reason) == (ChannelState.CONNECTED, 0, "")
    assert channel.credentials["access_token"] == "token-2"
    assert channel.credentials["webhook_secret"] == hook_secret, "notices registered before stay valid"
    assert ChangeMark.objects.filter(channel=channel, kind="order", key="7").exists()
    assert not SyncJob.objects.exclude(state=JobState.FAILED).exists()


def test_a_refused_sign_in_changes_nothing(store: FakeStore) -> None:
    channel = connect()
    store.failures.append(AuthenticationFailed("The store refuses the access token."))

    with pytest.raises(ConnectRefused):
        change_credentials(channel, fields={**TYPED, "access_token": "token-2"}, user=None, now=NOW)

    channel.refresh_from_db()
    assert channel.credentials["access_token"] == "sandbox-token"


# --- the pages


@pytest.mark.req("CON-1", platform="bigcommerce")
@pytest.mark.req("CON-24")
def test_the_connect_page_shows_the_checklist_and_is_filled_for_the_sandbox(client: Client, shop: StoreClient) -> None:
    client.force_login(member())

    page = client.get(reverse("channels:connect", args=["bigcommerce"])).content.decode()

    assert "tax classes are set up in the store" in page
    assert 'value="sandbox-token"' in page
    assert "only to start from scratch" in page


@pytest.mark.req("CON-6")
def test_connecting_by_the_page_leads_to_setup_with_what_is_to_do(client: Client, shop: StoreClient) -> None:
    client.force_login(member())

    answer = client.post(reverse("channels:connect", args=["bigcommerce"]), {**TYPED, "orders": "now"}, follow=True)

    channel = Channel.objects.get()
    assert answer.redirect_chain == [(reverse("channels:setup", args=[channel.pk]), 302)]
    page = answer.content.decode()
    assert "Choose the customer of orders that name none" in page
    assert "tax class" in page
    assert "sandbox-token" not in page


def test_a_refusal_keeps_what_was_typed_but_no_secret(client: Client, shop: StoreClient, settings: Settings) -> None:
    settings.SANDBOX_URL = ""
    client.force_login(member())
    typed = {**TYPED, "access_token": "wrong-token-7", "name": "My outlet", "orders": "open"}

    page = client.post(reverse("channels:connect", args=["bigcommerce"]), typed).content.decode()

    assert "The store refuses the access token." in page
    assert 'value="My outlet"' in page
    assert "wrong-token-7" not in page
    assert not ChannelSettings.objects.exists()


@pytest.mark.req("CON-2")
def test_a_platform_needs_its_permission(client: Client) -> None:
    client.force_login(member(platforms=()))

    assert client.get(reverse("channels:connect", args=["bigcommerce"])).status_code == 403
    assert "BigCommerce" not in client.get(reverse("channels:choose_platform")).content.decode()


@pytest.mark.req("APP-4")
@pytest.mark.parametrize(("role", "status"), [("Viewer", 403), ("Operator", 403), ("Manager", 200)])
def test_only_managers_connect_and_see_the_credentials_form(client: Client, role: str, status: int) -> None:
    channel = ChannelFactory()
    client.force_login(member(role))

    for url in (
        reverse("channels:choose_platform"),
        reverse("channels:connect", args=["bigcommerce"]),
        reverse("channels:credentials", args=[channel.pk]),
        reverse("channels:disconnect", args=[channel.pk]),
    ):
        assert client.get(url).status_code == status
