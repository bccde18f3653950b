"""The sandbox's demo store behind the BigCommerce adapter."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from channels.platforms.bigcommerce.connect import connection_from_form
from channels.platforms.bigcommerce.store import Store
from channels.ports import Connection
from tests.platforms.conftest import Shopkeeper

FORM = {
    "store": "https://api.bigcommerce.com/stores/demo/v3/",
    "client_id": "sandbox-client-id",
    "client_secret": "sandbox-client-secret",
    "access_token": "sandbox-token",
}


@pytest.fixture
def connection(keeper: Shopkeeper, settings: Any, request: pytest.FixtureRequest) -> Connection:
    settings.BIGCOMMERCE_API_URL = keeper.url
    settings.PRIVATE_ADDRESSES_ALLOWED = ["127.0.0.0/8"]
    return replace(connection_from_form(FORM), bucket_key=request.node.nodeid)


@pytest.fixture
def store(connection: Connection, keeper: Shopkeeper, sleep: Callable[[float], None]) -> Store:
    store = Store(connection)
    store._http._sleep = sleep
    keeper.forget()
    return store
