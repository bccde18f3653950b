"""Connecting a site by keys with wrong or dangerous input: each refusal says what to do, and nothing of it stays."""

import socket
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.models import Channel, ChannelSettings, ConnectAttempt, SyncJob, TaxMapping
from inventory.models import AuditEntry
from inventory_sync.shell.demo import fill_demo
from sandbox.server import SandboxServer
from sandbox.tls import KINDS
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db

WRONG_SECRET = f"cs_{'0' * 40}"
KEYS_FORM, APPROVAL_FORM = "/channels/connect/woocommerce/?way=keys", "/channels/connect/woocommerce/?way=sign-in"


@pytest.fixture
def platform() -> str:
    return "woocommerce"


@pytest.fixture
def browser(client: Client, store: StoreClient) -> Client:
    fill_demo(password="not important", now=datetime.now(UTC))
    client.force_login(steps.manager())
    return client


def site(store: StoreClient, path: str = "") -> str:
    return f"{store.server.url}/woo/{store.store}{path}"


def post(browser: Client, form: str, **typed: str) -> Any:
    keys = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET} if form == KEYS_FORM else {}
    return browser.post(form, {**keys, "orders": "now", **typed})


def refused(browser: Client, form: str = KEYS_FORM, **typed: str) -> dict[str, list[str]]:
    """The errors of the form by field, after a connect that must leave nothing behind."""
    before = AuditEntry.objects.count()
    answer = post(browser, form, **typed)
    assert answer.status_code == 200
    assert (Channel.objects.count(), ChannelSettings.objects.count(), TaxMapping.objects.count()) == (0, 0, 0)
    assert (SyncJob.objects.count(), ConnectAttempt.objects.count()) == (0, 0)
    assert AuditEntry.objects.count() == before
    errors = {name: list(found) for name, found in answer.context["form"].errors.items()}
    assert not any(secret in str(errors) for secret in (CONSUMER_SECRET, WRONG_SECRET))
    return errors


def key(**changes: Any) -> dict[str, Any]:
    whole = {
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "permissions": "read_write",
        "user_id": 1,
        "role": "administrator",
        "description": "Sandbox",
    }
    return {"keys": [{**whole, **changes}]}


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("settings_of_store", "typed", "field", "words"),
    [
        ({}, {"consumer_secret": WRONG_SECRET}, "consumer_key", "The store does not know these keys."),
        ({"https": True}, {"consumer_secret": WRONG_SECRET}, "consumer_key", "The store does not know these keys."),
        ({}, {"consumer_key": f"ck_{'0' * 40}"}, "consumer_key", "The store says: Consumer key is invalid."),
        (key(permissions="read"), {}, "consumer_secret", "These keys may only read."),
        (key(permissions="write"), {}, "consumer_key", "does not have read permissions"),
        (key(role="customer"), {}, "consumer_key", "Administrator or Shop manager"),
        ({"permalinks": "plain"}, {}, "address", "Settings → Permalinks"),
        ({}, {"consumer_key": "two words"}, "consumer_key", "This has to begin with ck_"),
        ({}, {"consumer_key": CONSUMER_SECRET}, "consumer_key", "exchanged"),
        ({}, {"consumer_secret": ""}, "consumer_secret", "This field is required."),
        ({}, {"address": "no address at all"}, "address", "This is no web address."),
        ({}, {"address": "https://user:secret@shop.example"}, "address", "This is no web address."),
        ({}, {"address": "ftp://shop.example"}, "address", "This is no web address."),
    ],
)
def test_each_mistake_is_named_at_its_field(
    browser: Client,
    store: StoreClient,
    settings_of_store: dict[str, Any],
    typed: dict[str, str],
    field: str,
    words: str,
) -> None:
    if settings_of_store:
        store.control("PATCH", f"/stores/{store.store}", settings_of_store)

    found = refused(browser, **{"address": site(store), **typed})

    assert list(found) == [field]
    assert words in found[field][0]


@pytest.mark.req("CON-11")
@pytest.mark.parametrize("form", [KEYS_FORM, APPROVAL_FORM])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/stores/demo/v2/store", "There is no WordPress site at this address."),
        ("/", "There is no WordPress site at this address."),
        ("/woo/nowhere/", "There is no WordPress site at this address."),
    ],
)
def test_what_is_no_site_is_refused_at_the_address(
    browser: Client, store: StoreClient, form: str, path: str, words: str
) -> None:
    found = refused(browser, form, address=f"{store.server.url}{path}")

    assert list(found) == ["address"]
    assert words in found["address"][0]


@pytest.mark.req("JOB-4")
@pytest.mark.parametrize("form", [KEYS_FORM, APPROVAL_FORM])
@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("error", {"status": 500}, "The site has a problem at the moment (HTTP 500)."),
        ("error", {"status": 503}, "The site has a problem at the moment (HTTP 503)."),
        ("too_many", {"seconds": 30}, "Something in front of the store answers instead of it (HTTP 429)"),
        ("html", {}, "There is no WordPress site at this address."),
        ("empty", {}, "There is no WordPress site at this address."),
        ("malformed", {}, "There is no WordPress site at this address."),
        ("drop_before", {}, "No web server answers at 127.0.0.1"),
    ],
)
def test_a_site_in_trouble_is_refused_with_its_trouble(
    browser: Client, store: StoreClient, form: str, kind: str, more: dict[str, object], words: str
) -> None:
    steps.fault(store, kind, times=None, **more)

    found = refused(browser, form, address=site(store))

    assert list(found) == ["address"]
    assert found["address"][0].startswith(words)
    steps.heal(store)


@pytest.mark.req("CON-13")
def test_a_store_that_cannot_be_reached(browser: Client) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    found = refused(browser, address=f"http://127.0.0.1:{port}/shop")

    assert found == {"address": [f"No web server answers at 127.0.0.1:{port}. Check the address."]}


@pytest.mark.req("CON-13")
@pytest.mark.parametrize("form", [KEYS_FORM, APPROVAL_FORM])
@pytest.mark.parametrize("address", ["10.20.30.40", "https://169.254.169.254/latest", "http://[fd00::1]", "localhost"])
def test_a_private_address_is_not_called(browser: Client, settings: Settings, form: str, address: str) -> None:
    settings.PRIVATE_ADDRESSES_ALLOWED = []

    (words,) = refused(browser, form, address=address)["address"]

    assert "is an address inside a private network, so it is not called." in words


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "trusted"])
def test_a_broken_certificate_is_named(browser: Client, kind: str) -> None:
    with SandboxServer(tls=kind) as server:
        found = refused(browser, address=f"{server.url}/woo/kontor".replace("127.0.0.1", "localhost"))

    assert found["address"][0].startswith("The certificate of localhost:")


# -- and what works


@pytest.mark.req("CON-13")
@pytest.mark.req("CON-20", platform="woocommerce")
@pytest.mark.parametrize(
    ("settings_of_store", "path", "auth", "api"),
    [
        ({}, "", "oauth", "/wp-json"),
        ({}, "/", "oauth", "/wp-json"),
        ({}, "/wp-admin/admin.php?page=wc-settings", "oauth", "/wp-json"),
        ({}, "/index.php", "oauth", "/wp-json"),
        ({"permalinks": "index.php"}, "", "oauth", "/index.php/wp-json"),
    ],
)
def test_a_store_is_connected_whatever_part_of_it_was_pasted(
    browser: Client, store: StoreClient, settings_of_store: dict[str, Any], path: str, auth: str, api: str
) -> None:
    if settings_of_store:
        store.control("PATCH", f"/stores/{store.store}", settings_of_store)

    answer = post(browser, KEYS_FORM, address=site(store, path))

    assert answer.status_code == 302, answer.context["form"].errors
    channel = Channel.objects.get()
    assert channel.api_url == site(store, api)
    assert channel.connection_options["auth"] == auth
    assert channel.store_identity == site(store).removeprefix("http://")
    assert channel.notices == "arriving"


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(("strips", "auth"), [(False, "basic"), (True, "query")])
def test_over_tls_the_keys_travel_by_what_the_server_lets_through(
    browser: Client, settings: Settings, *, strips: bool, auth: str
) -> None:
    with SandboxServer(tls="trusted") as server:
        assert server.tls is not None
        settings.STORE_CA_BUNDLE = str(server.tls.ca_path)
        url = server.url.replace("127.0.0.1", "localhost")
        patch = {"strip_authorization": strips}
        requests.patch(f"{url}/_control/stores/kontor", json=patch, timeout=60, verify=str(server.tls.ca_path))

        answer = post(browser, KEYS_FORM, address=f"{url.removeprefix('https://')}/woo/kontor")

        assert answer.status_code == 302, answer.context["form"].errors
        channel = Channel.objects.get()
        assert channel.connection_options["auth"] == auth
        assert channel.api_url == f"{url}/woo/kontor/wp-json"


@pytest.mark.req("CON-5", platform="woocommerce")
def test_the_same_store_by_another_address_is_the_same_store(browser: Client, store: StoreClient) -> None:
    setting.connect(setting.KONTOR)

    answer = post(browser, KEYS_FORM, address=site(store, "/index.php/wp-json/"))

    assert "This store is connected already" in str(answer.context["form"].errors)
    assert Channel.objects.count() == 1


@pytest.mark.req("CON-18", platform="woocommerce")
def test_credentials_are_changed_by_keys(browser: Client, store: StoreClient) -> None:
    channel = setting.connect(setting.KONTOR)
    new = {"consumer_key": f"ck_{'7a' * 20}", "consumer_secret": f"cs_{'7b' * 20}"}
    store.control("PATCH", f"/stores/{store.store}", key(**new))
    url = f"{reverse('channels:credentials', args=[channel.pk])}?way=keys"
    shown = browser.get(url)
    assert shown.context["form"]["address"].initial.rstrip("/").endswith(channel.store_identity)

    assert post(browser, url, address=site(store), consumer_key="ck_", consumer_secret="cs_").status_code == 200
    answer = browser.post(url, {"address": site(store), **new})

    assert answer.status_code == 302, answer.context["form"].errors
    channel.refresh_from_db()
    assert {name: channel.credentials[name] for name in new} == new
