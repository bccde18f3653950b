"""Credentials, quotas, and every fault that can be switched on."""

import contextlib
import threading
import time

import pytest
import requests

from sandbox.bigcommerce.limits import RateLimits
from tests.sandbox.client import Json, StoreClient

STOCK = {"items": [{"location_id": 1, "sku": "IM-R42", "quantity": 1}]}
ABSOLUTE = "/v3/inventory/adjustments/absolute"


def fault(store: StoreClient, kind: str, **more: object) -> None:
    store.control("POST", "/stores/demo/faults", {"kind": kind, **more})


def test_a_wrong_token(store: StoreClient) -> None:
    wrong = StoreClient(store.server, "demo", "nope")

    assert wrong.get("/v2/store").status_code == 401
    assert wrong.get("/v2/store").json()[0]["status"] == 401
    assert wrong.get("/v3/hooks").json()["errors"] == {}
    assert StoreClient(store.server, "nowhere").get("/v2/store").status_code == 404


def test_a_missing_scope(store: StoreClient) -> None:
    account = {"token": "weak", "client_id": "weak", "client_secret": "x", "scopes": ["store_v2_orders_read_only"]}
    store.control("POST", "/stores/demo/accounts", account)
    weak = StoreClient(store.server, "demo", "weak")

    assert weak.get("/v2/time").status_code == 200
    assert weak.get("/v2/orders").status_code == 200
    assert weak.call("PUT", "/v2/orders/101", {"status_id": 5}).status_code == 403
    assert weak.get("/v3/catalog/products").status_code == 403
    assert store.data("/v2/orders/101")["status_id"] == 10


def test_bad_requests(store: StoreClient) -> None:
    url = f"{store.server.url}/stores/demo{ABSOLUTE}"
    headers = {"X-Auth-Token": "sandbox-token"}

    assert requests.put(url, data="x=1", headers=headers, timeout=60).status_code == 415
    json_headers = {**headers, "Content-Type": "application/json"}
    assert requests.put(url, data="{", headers=json_headers, timeout=60).status_code == 400
    assert store.get("/v3/nothing/here").status_code == 404
    assert store.call("PATCH", "/v2/orders/101").status_code == 405
    assert store.get("/v2/orders", min_date_modified="yesterday").status_code == 400


def test_the_quota_is_counted_per_store(
    store: StoreClient, outlet: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.control("PATCH", "/stores/demo", {"rate_quota": 2, "rate_window_ms": 400})
    seconds = 0.0
    monkeypatch.setattr(store.server.world.platforms["bigcommerce"], "limits", RateLimits(lambda: seconds))
    answers = [store.get("/v2/time") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["X-Rate-Limit-Requests-Left"] for one in answers] == ["1", "0", "0"]
    assert answers[2].headers["X-Rate-Limit-Requests-Quota"] == "2"
    assert answers[2].headers["X-Retry-After"] == "1"
    assert outlet.get("/v2/time").status_code == 200
    assert answers[2].headers["X-Rate-Limit-Time-Reset-Ms"] == "400"
    seconds = 0.4
    assert store.get("/v2/time").status_code == 200


@pytest.mark.parametrize(("kind", "with_headers"), [("too_many", True), ("overload", False)])
def test_429_with_and_without_headers(store: StoreClient, kind: str, with_headers: bool) -> None:
    fault(store, kind, seconds=3)
    refused, served = store.get("/v2/time"), store.get("/v2/time")

    assert (refused.status_code, served.status_code) == (429, 200)
    assert ("X-Rate-Limit-Time-Reset-Ms" in refused.headers) is with_headers
    assert refused.headers.get("X-Rate-Limit-Time-Reset-Ms") == ("3000" if with_headers else None)


def test_errors_n_times_on_one_path(store: StoreClient) -> None:
    fault(store, "error", path="/v3/catalog/*", times=2, status=503, skip=1)
    statuses = [store.get("/v3/catalog/products").status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert store.get("/v2/time").status_code == 200


@pytest.mark.parametrize(("kind", "level"), [("drop_before", 58), ("drop_after", 1)])
def test_a_connection_closed_before_and_after_the_work(store: StoreClient, kind: str, level: int) -> None:
    fault(store, kind, path=ABSOLUTE, method="PUT")
    with pytest.raises(requests.ConnectionError):
        store.call("PUT", ABSOLUTE, STOCK)

    assert store.level("IM-R42") == level
    (logged,) = store.control("GET", "/requests?path=/v3/inventory/adjustments/absolute")["requests"]
    assert (logged["status"], logged["fault"]) == (None, kind)


@pytest.mark.parametrize("kind", ["slow", "late"])
def test_a_slow_answer(store: StoreClient, kind: str) -> None:
    fault(store, kind, seconds=0.3)
    started = time.monotonic()

    assert store.call("PUT", ABSOLUTE, STOCK).status_code == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("kind", "status", "kind_of_body"), [("malformed", 200, "json"), ("html", 200, "html"), ("empty", 204, "")]
)
def test_bodies_that_are_no_json(store: StoreClient, kind: str, status: int, kind_of_body: str) -> None:
    fault(store, kind)
    response = store.get("/v2/store")

    assert response.status_code == status
    assert kind_of_body in response.headers.get("Content-Type", "")
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert store.get("/v2/store").json()["id"] == "demo"


def test_faults_are_listed_and_cleared(store: StoreClient) -> None:
    fault(store, "error", times=None)
    listed = store.control("GET", "/state")["faults"]
    store.control("DELETE", "/stores/demo/faults")

    assert [(one["kind"], one["store"], one["times"]) for one in listed] == [("error", "demo", None)]
    assert store.get("/v2/time").status_code == 200


def test_requests_are_logged_without_the_token(store: StoreClient) -> None:
    store.control("DELETE", "/requests")
    store.call("PUT", ABSOLUTE, STOCK)
    store.get("/v2/orders", min_id=999)
    found = store.control("GET", "/requests")

    summary = [(one["method"], one["path"], one["query"], one["status"]) for one in found["requests"]]
    assert summary == [("PUT", ABSOLUTE, "", 200), ("GET", "/v2/orders", "min_id=999", 204)]
    assert '"sku": "IM-R42"' in found["requests"][0]["body"]
    assert "sandbox-token" not in str(found)


@pytest.mark.parametrize("body", [{"kind": "unknown"}, {}])
def test_unknown_faults_are_refused(store: StoreClient, body: Json) -> None:
    url = f"{store.server.url}/_control/stores/demo/faults"

    assert requests.post(url, json=body, timeout=60).status_code == 422
    assert store.control("GET", "/state")["faults"] == []


def test_a_slow_request_does_nothing_in_a_world_that_started_over(store: StoreClient) -> None:
    before = store.level("IM-R42")
    fault(store, "slow", path="/v3/inventory/*", times=1, seconds=0.5)

    def send() -> None:
        with contextlib.suppress(requests.RequestException):
            store.call("PUT", ABSOLUTE, {"reason": "test", **STOCK})

    sending = threading.Thread(target=send)
    sending.start()
    while store.server.world.faults.listed():
        time.sleep(0.01)
    store.server.reset()
    sending.join()

    assert store.level("IM-R42") == before
    assert [entry for entry in store.control("GET", "/requests")["requests"] if entry["fault"] == "slow"] == []
