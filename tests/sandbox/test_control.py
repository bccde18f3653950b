"""The control API, several stores, and what survives a restart."""

import time
from pathlib import Path

import pytest
import requests

from sandbox.app import create_app
from sandbox.seeds import seed_world
from sandbox.server import SandboxServer
from tests.sandbox.client import Json, StoreClient


def test_state(store: StoreClient) -> None:
    state = store.control("GET", "/state")

    assert [one["store"] for one in state["stores"]] == ["demo", "kontor", "outlet", "werft"]
    assert [one["counts"]["product"] for one in state["stores"]] == [20, 20, 7, 7]
    assert (state["notices_waiting"], state["faults"], state["clock_offset_seconds"]) == (0, [], 0.0)


def test_stores_are_made_changed_and_removed(store: StoreClient) -> None:
    made = store.control("POST", "/stores", {"store": "third", "seed": "empty", "currency": "USD"})
    third = StoreClient(store.server, "third")
    third.control("POST", "/stores/third/products", {"products": [tarp()]})
    third.control("PATCH", "/stores/third", {"name": "Third"})

    assert made["counts"]["product"] == 0
    shown = third.data("/v2/store")
    assert (shown["name"], shown["currency"], shown["id"]) == ("Third", "USD", "third")
    assert third.variant("TARP-1")["product_id"] == 111
    third.control("DELETE", "/stores/third")
    assert third.get("/v2/store").status_code == 404
    assert store.get("/v2/store").status_code == 200


def tarp() -> Json:
    return {"name": "Tarp", "type": "physical", "weight": 1, "price": 49, "sku": "TARP-1"}


def test_reset_starts_over(store: StoreClient) -> None:
    store.order(lines=[{"sku": "IM-R42"}])
    store.control("PUT", "/clock", {"offset_seconds": 86400})
    store.control("POST", "/stores/demo/faults", {"kind": "error", "times": None})
    state = store.control("POST", "/reset", {"seed": "demo"})

    assert (state["clock_offset_seconds"], state["faults"]) == (0.0, [])
    assert store.level("IM-R42") == 58
    assert [one["id"] for one in store.data("/v2/orders")] == [101, 102]


def test_the_clock_moves(store: StoreClient) -> None:
    started, before = time.monotonic(), store.data("/v2/time")["time"]
    store.control("PUT", "/clock", {"advance_seconds": 7200})
    gone = store.data("/v2/time")["time"] - before

    assert 7200 <= gone <= 7201 + time.monotonic() - started


def test_many_orders_at_once(store: StoreClient) -> None:
    made = store.control("POST", "/stores/demo/orders", {"count": 120, "lines": [{"sku": "ZH-Y10"}]})

    assert made["ids"] == list(range(103, 223))
    assert store.level("ZH-Y10") == 1718


def test_stock_is_set_like_the_merchant_does(store: StoreClient) -> None:
    store.control("PUT", "/stores/demo/stock", {"sku": "im-r42", "quantity": 4})

    assert store.level("IM-R42") == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/stores", {"store": "demo"}, 409),
        ("POST", "/stores", {"store": "a b"}, 422),
        ("POST", "/stores", {"store": "x", "seed": "nope"}, 422),
        ("GET", "/nothing", None, 404),
        ("POST", "/stores/demo/orders/101/dance", {}, 404),
        ("POST", "/stores/demo/orders/999/cancel", {}, 404),
    ],
)
def test_refusals(store: StoreClient, method: str, path: str, body: Json | None, status: int) -> None:
    response = requests.request(method, f"{store.server.url}/_control{path}", json=body, timeout=60)

    assert response.status_code == status
    assert len(store.control("GET", "/state")["stores"]) == 4


def test_a_form_cannot_reach_the_control_api(store: StoreClient) -> None:
    url = f"{store.server.url}/_control/reset"

    assert requests.post(url, data="seed=empty", timeout=60).status_code == 415


def test_a_file_keeps_the_stores(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.sqlite3")
    with SandboxServer(path) as first:
        order = StoreClient(first).order(lines=[{"sku": "IM-R42"}])
    with SandboxServer(path) as second:
        again = StoreClient(second)
        assert again.data(f"/v2/orders/{order['id']}")["total_inc_tax"] == "89.9500"
        assert again.level("IM-R42") == 57


def test_an_old_file_gets_the_stores_of_platforms_that_are_new_to_it(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.sqlite3")
    with SandboxServer(path) as server:
        for store in ("kontor", "werft", "outlet"):
            StoreClient(server).control("DELETE", f"/stores/{store}")
    with SandboxServer(path) as server:
        assert server.world.names() == ["demo", "kontor", "werft"]


def test_the_application_can_be_called_without_a_server() -> None:
    from werkzeug.test import Client

    app = create_app()
    seed_world(app.world, "http://localhost", "demo")
    answer = Client(app).get("/stores/demo/v2/time", headers={"X-Auth-Token": "sandbox-token"})
    app.world.close()

    assert answer.status_code == 200
