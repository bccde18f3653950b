"""Connecting with wrong or dangerous input: each refusal says what to do, and nothing of it stays."""

import socket
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.models import Channel, ChannelSettings, SyncJob, TaxMapping
from inventory.models import AuditEntry
from inventory_sync.shell.demo import fill_demo
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db

TYPED = {
    "store": "demo",
    "client_id": "sandbox-client-id",
    "client_secret": "sandbox-client-secret",
    "access_token": "sandbox-token",
    "orders": "now",
}
HTML_PAGE = (
    "The store answered with an HTML page instead of data. A firewall, a security plugin or a maintenance page may "
    "stand in front of it."
)
SECRETS = ("sandbox-client-secret", "sandbox-token", "wrong-token")


@pytest.fixture
def browser(client: Client, store: StoreClient) -> Client:
    fill_demo(password="not important", now=datetime.now(UTC))
    client.force_login(steps.manager())
    return client


def refused(browser: Client, **typed: str) -> dict[str, list[str]]:
    """The errors of the form by field, after a connect that must leave nothing behind."""
    before = AuditEntry.objects.count()
    answer = browser.post(reverse("channels:connect", args=["bigcommerce"]), {**TYPED, **typed})
    assert answer.status_code == 200
    assert (Channel.objects.count(), ChannelSettings.objects.count(), TaxMapping.objects.count()) == (0, 0, 0)
    assert SyncJob.objects.count() == 0
    assert AuditEntry.objects.count() == before
    errors = {name: list(found) for name, found in answer.context["form"].errors.items()}
    assert not any(secret in str(errors) for secret in SECRETS)
    return errors


@pytest.mark.req("CON-9")
def test_a_wrong_token_is_named_at_its_field(browser: Client, store: StoreClient) -> None:
    words = (
        "The store refuses the access token. Check that it was copied whole, and that it is still valid in the store."
    )

    found = refused(browser, access_token="wrong-token")

    assert found == {"access_token": [words]}
    assert store.data("/v3/hooks") == []


@pytest.mark.req("CON-9")
def test_a_missing_permission_is_named(browser: Client, store: StoreClient) -> None:
    account = {"token": "weak", "client_id": "weak", "client_secret": "weak-secret", "scopes": ["store_v2_information"]}
    store.control("POST", "/stores/demo/accounts", account)

    found = refused(browser, access_token="weak")

    (words,) = [text for texts in found.values() for text in texts]
    assert "The credentials may lack a permission: Products: modify." in words


@pytest.mark.req("CON-9")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"store": "https://example.com/no/path"}, "store", "This is no store hash and no API path such as"),
        ({"store": "nowhere9"}, "store", "Check the address: there is no such store."),
        ({"access_token": "two words"}, "access_token", "This value has characters that no key has. Copy it again."),
        ({"client_secret": ""}, "client_secret", "This field is required."),
    ],
)
def test_what_cannot_be_a_store_or_a_key_is_refused_at_its_field(
    browser: Client, typed: dict[str, str], field: str, words: str
) -> None:
    found = refused(browser, **typed)

    assert list(found) == [field]
    assert words in found[field][0]


@pytest.mark.req("CON-9")
def test_a_store_that_cannot_be_reached(browser: Client, settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.BIGCOMMERCE_API_URL = f"http://127.0.0.1:{port}"

    assert refused(browser) == {"store": ["The store cannot be reached."]}


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("error", {"status": 500}, "The store has a problem at the moment."),
        ("error", {"status": 503}, "The store has a problem at the moment."),
        ("too_many", {"seconds": 30}, "The store asks us to slow down."),
        ("overload", {}, "The store asks us to slow down."),
        ("malformed", {}, "The store answered something we cannot read."),
        ("html", {}, HTML_PAGE),
        ("empty", {}, "The store answered something we cannot read."),
        ("drop_before", {}, "The store cannot be reached."),
    ],
)
def test_a_store_in_trouble_is_refused_with_its_trouble(
    browser: Client, store: StoreClient, kind: str, more: dict[str, object], words: str
) -> None:
    steps.fault(store, kind, path="/v2/store", times=None, **more)

    assert refused(browser) == {"store": [words]}

    steps.heal(store)
    store.server.world.platforms["bigcommerce"].restart()


@pytest.mark.req("CON-9")
@pytest.mark.parametrize("address", ["https://10.20.30.40", "https://169.254.169.254", "https://[fd00::1]"])
def test_a_private_address_is_not_called(browser: Client, settings: Settings, address: str) -> None:
    settings.PRIVATE_ADDRESSES_ALLOWED = []
    settings.BIGCOMMERCE_API_URL = address

    (words,) = refused(browser)["store"]

    assert "is an address inside a private network, so it is not called." in words
    assert words.endswith("Stores at private addresses must be listed in PRIVATE_ADDRESSES_ALLOWED.")


@pytest.mark.req("CON-9")
def test_loopback_is_not_called_unless_it_is_allowed(browser: Client, store: StoreClient, settings: Settings) -> None:
    settings.PRIVATE_ADDRESSES_ALLOWED = []

    (words,) = refused(browser)["store"]

    assert words.startswith("The address of the store must start with https://.")
    assert store.control("GET", "/requests")["requests"] == []


@pytest.mark.req("A62")
def test_wrong_credentials_later_leave_the_channel_as_it_is(client: Client, channel: Channel) -> None:
    client.force_login(steps.manager())
    url = reverse("channels:credentials", args=[channel.pk])
    kept = dict(Channel.objects.get(pk=channel.pk).credentials)

    answer = client.post(url, {**TYPED, "access_token": "wrong-token"})
    other = client.post(url, {**TYPED, "store": "outlet"})

    assert "The store refuses the access token." in str(answer.context["form"].errors)
    assert "These credentials open the store “Nordhafen Outlet”" in str(other.context["form"].errors)
    found = Channel.objects.get()
    assert (found.state, dict(found.credentials), found.store_identity) == ("connected", kept, setting.DEMO)
