"""A sandbox for the adapters: one server for the session, its stores fresh for every test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import responses

from sandbox.server import SandboxServer

STORE = "demo"


@dataclass
class Shopkeeper:
    """What happens in the store while we look elsewhere, and what the store saw of us."""

    url: str
    store: str = STORE

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = requests.request(method, f"{self.url}/_control{path}", json=body, timeout=60)
        assert response.ok, response.text
        return response.json()

    def place(self, *lines: dict[str, Any], **draft: Any) -> str:
        made = self.call("POST", f"/stores/{self.store}/orders", {"lines": list(lines), **draft})
        return str(made["ids"][0])

    def act(self, order: str, action: str, **data: Any) -> dict[str, Any]:
        return self.call("POST", f"/stores/{self.store}/orders/{order}/{action}", data)

    def settings(self, **changes: Any) -> None:
        self.call("PATCH", f"/stores/{self.store}", changes)

    def fault(self, kind: str, **more: Any) -> None:
        self.call("POST", f"/stores/{self.store}/faults", {"kind": kind, **more})

    def requests(self) -> list[tuple[str, str]]:
        """(method, path) of the API calls since `forget`."""
        found = self.call("GET", "/requests")["requests"]
        return [(entry["method"], entry["path"]) for entry in found]

    def forget(self) -> None:
        self.call("DELETE", "/requests")

    def bulk(self, count: int) -> int:
        return int(self.call("POST", f"/stores/{self.store}/products/bulk", {"count": count})["first_id"])


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def keeper(sandbox_server: SandboxServer) -> Shopkeeper:
    sandbox_server.reset()
    keeper = Shopkeeper(sandbox_server.url)
    keeper.settings(rate_quota=100_000)
    return keeper


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def sleep(naps: list[float]) -> Callable[[float], None]:
    """Waiting that takes no time and is written down."""
    return naps.append


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """A store that answers what the test says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
