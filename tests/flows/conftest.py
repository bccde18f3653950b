"""Flows run the product against the sandbox store over HTTP, as a merchant would have it, without a worker process."""

import pytest
from pytest_django import Settings

from channels.models import Channel
from channels.platforms import buckets
from sandbox.server import SandboxServer
from tests.flows import setting
from tests.sandbox.client import StoreClient
from tests.sandbox.patience import be_patient
from tests.sandbox.woo_client import WooClient


@pytest.fixture
def platform() -> str:
    """Whose store a flow runs with; `tests.flows.stores.on_both` makes it run with each."""
    return "bigcommerce"


@pytest.fixture
def store(sandbox: SandboxServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, platform: str) -> StoreClient:
    """The platform's first store of a fresh sandbox, which the product knows by its address and has not called yet."""
    monkeypatch.setattr(buckets, "_buckets", {})
    be_patient(monkeypatch)
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    return WooClient(sandbox, setting.KONTOR) if platform == "woocommerce" else StoreClient(sandbox, setting.DEMO)


@pytest.fixture
def outlet(store: StoreClient) -> StoreClient:
    return StoreClient(store.server, setting.OUTLET)


@pytest.fixture
def channel(db: None, store: StoreClient) -> Channel:
    """The store connected to the demo shop, everything mapped, orders going as far as shipped and invoiced."""
    return setting.connect(store.store)
