"""The control API means the same for stores of both platforms."""

from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.sandbox.client import Json, StoreClient

KEYS = (CONSUMER_KEY, CONSUMER_SECRET)


@pytest.fixture
def fresh(sandbox: SandboxServer) -> StoreClient:
    """An empty store made by the control API."""
    client = StoreClient(sandbox, "fresh")
    body = {"platform": "woocommerce", "store": "fresh", "https": True, "currency": "USD", "timezone": "Asia/Tokyo"}
    client.control("POST", "/stores", body)
    return client


def data(client: StoreClient, path: str, **query: Any) -> Any:
    url = f"{client.server.url}/woo/{client.store}/wp-json{path}"
    answer = requests.get(url, params=query, auth=KEYS, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_store_is_made_changed_and_removed(fresh: StoreClient) -> None:
    state = next(one for one in fresh.control("GET", "/state")["stores"] if one["store"] == "fresh")
    fresh.control("PATCH", "/stores/fresh", {"name": "Fresh", "number_of_decimals": 0})

    assert (state["platform"], state["counts"]["product"]) == ("woocommerce", 0)
    index = data(fresh, "/")
    assert (index["name"], index["timezone_string"], index["gmt_offset"]) == ("Fresh", "Asia/Tokyo", 9)
    status = data(fresh, "/wc/v3/system_status", _fields="settings.currency,settings.number_of_decimals")
    assert status["settings"] == {"currency": "USD", "number_of_decimals": 0}
    fresh.control("DELETE", "/stores/fresh")
    assert requests.get(f"{fresh.server.url}/woo/fresh/wp-json/", timeout=60).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"platform": "woocommerce", "store": "demo"}, 409),
        ({"platform": "bigcommerce", "store": "kontor"}, 409),
        ({"platform": "nothing", "store": "x"}, 422),
        ({"platform": "woocommerce", "store": "x", "seed": "outlet"}, 422),
    ],
)
def test_names_are_there_once_whatever_the_platform(sandbox: SandboxServer, body: Json, status: int) -> None:
    answer = requests.post(f"{sandbox.url}/_control/stores", json=body, timeout=60)

    assert answer.status_code == status


def test_addresses_of_one_platform_know_no_stores_of_the_other(sandbox: SandboxServer) -> None:
    token = {"X-Auth-Token": "sandbox-token"}
    wrong_woo = f"{sandbox.url}/woo/demo/wp-json/wc/v3/products"

    assert requests.get(f"{sandbox.url}/stores/kontor/v2/time", headers=token, timeout=60).status_code == 404
    assert requests.get(wrong_woo, auth=KEYS, timeout=60).status_code == 404
    assert requests.get(f"{sandbox.url}/stores/kontor/", timeout=60).status_code == 404
    assert requests.get(f"{sandbox.url}/woo/demo/", timeout=60).status_code == 404


def test_products_people_and_orders(fresh: StoreClient) -> None:
    value = [{"name": "Size", "option": "S"}]
    family = {
        "name": "Shirt",
        "type": "variable",
        "attributes": [{"name": "Size", "options": ["S", "M"], "variation": True}],
        "variations": [{"sku": "SH-S", "regular_price": "9.00", "attributes": value}],
    }
    simple = {"name": "Mug", "sku": "MUG", "regular_price": "5.00", "manage_stock": True, "stock_quantity": 3}
    products = fresh.control("POST", "/stores/fresh/products", {"products": [simple, family]})["ids"]
    people = fresh.control("POST", "/stores/fresh/customers", {"customers": [{"email": "a@example.com"}]})["ids"]
    lines = [{"sku": "MUG", "quantity": 2}, {"sku": "SH-S"}]
    placed = fresh.order(lines=lines, customer_id=people[0])

    assert [one["sku"] for one in placed["line_items"]] == ["MUG", "SH-S"]
    assert placed["customer_id"] == people[0]
    assert data(fresh, f"/wc/v3/products/{products[0]}")["stock_quantity"] == 1
    assert fresh.act(placed["id"], "complete")["status"] == "completed"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/stock", {"sku": "nothing", "quantity": 1}, 404),
        ("/orders", {"lines": [{"sku": "nothing"}]}, 422),
        ("/locations", {"code": "x", "label": "x"}, 404),
    ],
)
def test_what_the_store_cannot(fresh: StoreClient, path: str, body: Json, status: int) -> None:
    method = "PUT" if path == "/stock" else "POST"
    answer = requests.request(method, f"{fresh.server.url}/_control/stores/fresh{path}", json=body, timeout=60)

    assert answer.status_code == status


def test_stock_that_nobody_manages_is_not_set(fresh: StoreClient) -> None:
    fresh.control("POST", "/stores/fresh/products", {"products": [{"name": "Service", "sku": "SERVICE"}]})
    url = f"{fresh.server.url}/_control/stores/fresh/stock"
    answer = requests.put(url, json={"sku": "SERVICE", "quantity": 4}, timeout=60)

    assert (answer.status_code, answer.json()["title"]) == (422, "Nobody manages the stock of Service.")


def test_the_log_tells_the_platforms_apart(fresh: StoreClient) -> None:
    fresh.control("DELETE", "/requests")
    data(fresh, "/wc/v3/products")
    StoreClient(fresh.server).get("/v2/time")
    listed = fresh.control("GET", "/requests")["requests"]
    of_one = fresh.control("GET", "/requests?platform=woocommerce")["requests"]

    assert [(one["platform"], one["path"]) for one in listed] == [
        ("woocommerce", "/wc/v3/products"),
        ("bigcommerce", "/v2/time"),
    ]
    assert [one["path"] for one in of_one] == ["/wc/v3/products"]


def test_a_limited_host_says_how_long_to_wait(fresh: StoreClient) -> None:
    fresh.control("POST", "/stores/fresh/faults", {"kind": "too_many", "seconds": 2.5})
    url = f"{fresh.server.url}/woo/fresh/wp-json/wc/v3/products"
    answer = requests.get(url, auth=KEYS, timeout=60)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
