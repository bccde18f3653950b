"""A store that approves connections: the second platform's steps, with a store in memory behind them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels import registry as platforms
from channels.errors import StoreError
from channels.models import Channel, ConnectAttempt
from channels.ports import Connection
from channels.remote import StoreIdentity
from tests.channels.fake_store import FakeStore
from tests.factories import inventory
from tests.factories.channels import member

SLUG = "woocommerce"
KEYS = {"consumer_key": f"ck_{'5a' * 20}", "consumer_secret": f"cs_{'5b' * 20}"}
OTHER_KEYS = {"consumer_key": f"ck_{'6a' * 20}", "consumer_secret": f"cs_{'6b' * 20}"}
SHOP = "shop.example"


@dataclass
class ApprovingStore:
    """`found` says where a typed address leads; `failure` is raised by looking for the store."""

    fake: FakeStore
    found: Callable[[Connection], Connection] = field(
        default=lambda connection: replace(
            connection, identity=connection.identity, api_url=f"https://{connection.identity}/wp-json"
        )
    )
    failure: StoreError | None = None
    finds: int = 0

    def find(self, connection: Connection) -> Connection:
        self.finds += 1
        if self.failure is not None:
            raise self.failure
        return self.found(connection)

    def is_called(self, identity: str) -> None:
        """The store behind the keys says that it is this one."""
        self.fake.identity = replace(self.fake.identity, identity=identity, name=identity.title())


@pytest.fixture
def approving(db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> ApprovingStore:
    settings.PUBLIC_URL = "https://sync.example"
    identity = StoreIdentity(identity=SHOP, name="Shop", url=f"https://{SHOP}", currency="EUR", country="DE")
    store = ApprovingStore(FakeStore(identity=identity))
    spec = replace(platforms.platform_spec(SLUG), connect=store.fake.connect, find=store.find)
    monkeypatch.setitem(platforms._specs, SLUG, spec)
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)
    return store


def begin(browser: Client, address: str = SHOP, **more: str) -> ConnectAttempt:
    """Fills the connect page in; answers the attempt that came of it."""
    url = f"{reverse('channels:connect', args=[SLUG])}?way=sign-in"
    answer = browser.post(url, {"address": address, "orders": "now", **more})
    attempt = ConnectAttempt.objects.latest("pk")
    assert answer.headers.get("Location") == reverse("channels:approval", args=[attempt.pk]), answer.content.decode()
    return attempt


def link(browser: Client, attempt: ConnectAttempt) -> dict[str, str]:
    """What the link to the store says, by name; `site` is the page it leads to."""
    page = browser.get(reverse("channels:approval", args=[attempt.pk]))
    parts = urlsplit(page.context["store_address"])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {"site": f"{parts.scheme}://{parts.netloc}{parts.path}", **query}


def keys_address(attempt: ConnectAttempt) -> str:
    return reverse("channels:attempt_step", args=[SLUG, "keys", attempt.token])


def deliver(attempt: ConnectAttempt, keys: dict[str, str] = KEYS, **changes: object) -> HttpResponse:
    """As the store's server does it: no cookies, no CSRF token."""
    body = {"key_id": 4, "user_id": attempt.token, **keys, "key_permissions": "read_write", **changes}
    store = Client(enforce_csrf_checks=True)
    kind = "application/json;charset=UTF-8"
    answer: HttpResponse = store.post(keys_address(attempt), json.dumps(body), kind)  # type: ignore[assignment]
    return answer


def come_back(browser: Client, attempt: ConnectAttempt, success: str = "1") -> HttpResponse:
    url = reverse("channels:attempt_step", args=[SLUG, "return", attempt.token])
    answer: HttpResponse = browser.get(url, {"success": success, "user_id": attempt.token})  # type: ignore[assignment]
    return answer


@pytest.fixture
def browser(client: Client, approving: ApprovingStore) -> Client:
    client.force_login(member(platforms=("woocommerce", "bigcommerce")))
    return client


@pytest.fixture
def store(approving: ApprovingStore) -> ApprovingStore:
    return approving


def channel_page(channel: Channel) -> str:
    return reverse("channels:setup", args=[channel.pk])


def shown(browser: Client, attempt: ConnectAttempt) -> str:
    return browser.get(reverse("channels:approval", args=[attempt.pk])).content.decode()
