"""A WooCommerce store of the sandbox behind the adapter, without goods until a test asks for some."""

from collections.abc import Callable
from typing import Any

import pytest

from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.store import Store
from channels.ports import Connection
from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.platforms.conftest import Shopkeeper
from tests.platforms.woocommerce.gateways import client_of

STORE = "werkstatt"


@pytest.fixture
def woo_keeper(sandbox_server: SandboxServer) -> Shopkeeper:
    sandbox_server.reset()
    keeper = Shopkeeper(sandbox_server.url, store=STORE)
    keeper.call("POST", "/stores", {"store": STORE, "platform": "woocommerce", "name": "Werkstatt Kiel"})
    return keeper


@pytest.fixture
def connect_to(
    woo_keeper: Shopkeeper, request: pytest.FixtureRequest, sleep: Callable[[float], None]
) -> Callable[..., Store]:
    """Makes adapters of the sandbox store; options join those of signing in."""

    def make(**options: str) -> Store:
        connection = Connection(
            identity=f"127.0.0.1/woo/{STORE}",
            api_url=f"{woo_keeper.url}/woo/{STORE}/wp-json",
            secrets={"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET, "webhook_secret": "sandbox"},
            private_addresses=("127.0.0.0/8",),
            options={"auth": "oauth", **options},
            bucket_key=f"{request.node.nodeid}{options}",
        )
        store = Store(connection)
        store._http._sleep = sleep
        store._http._bucket._capacity = store._http._bucket._tokens = 1_000_000.0
        woo_keeper.forget()
        return store

    return make


@pytest.fixture
def store(connect_to: Callable[..., Store]) -> Store:
    return connect_to(version="10.0.2")


@pytest.fixture
def client(sleep: Callable[[float], None]) -> Client:
    return client_of(sleep)


@pytest.fixture
def old_client(sleep: Callable[[float], None]) -> Client:
    return client_of(sleep, version="5.3.0")


def rows(*numbers: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": number, **fields} for number in numbers]
