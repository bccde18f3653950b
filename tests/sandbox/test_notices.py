"""Notices: payload, signature, retries, and what can be made to go wrong with them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.bigcommerce.hooks.deliveries import Event, scope_matches, signature
from tests.sandbox.client import Json, StoreClient
from tests.sandbox.receiver import Receiver


@pytest.fixture
def receiver(store: StoreClient) -> Iterator[Receiver]:
    store.control("PUT", "/notices", {"retry_factor": 0.0005})
    with Receiver() as found:
        yield found
        store.control("POST", "/deliveries/wait", {"seconds": 5})


def register(store: StoreClient, receiver: Receiver, scope: str = "store/order/*") -> Json:
    hook = {"scope": scope, "destination": receiver.url, "headers": {"X-Hook-Secret": "s3cret"}}
    response = store.call("POST", "/v3/hooks", hook)
    assert response.status_code == 200, response.text
    found: Json = response.json()["data"]
    return found


def settle(store: StoreClient) -> None:
    assert store.control("POST", "/deliveries/wait", {"seconds": 5}) == {"idle": True}


def test_a_signed_payload_of_the_documented_shape(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver)
    order = store.order(lines=[{"sku": "IM-R42"}], payment_method="Bank deposit")
    settle(store)
    (notice,) = receiver.received
    payload = notice.json
    unsigned = json.dumps({name: payload[name] for name in payload if name != "hash"}, separators=(",", ":"))

    assert list(payload) == ["scope", "store_id", "data", "hash", "created_at", "producer"]
    assert payload["scope"] == "store/order/created"
    assert payload["store_id"] == "1025646"
    assert payload["data"] == {"type": "order", "id": order["id"]}
    assert payload["producer"] == "stores/demo"
    assert payload["hash"] == hashlib.sha1(unsigned.encode()).hexdigest()
    assert notice.headers["x-hook-secret"] == "s3cret"
    assert notice.headers["webhook-signature"] == signature(
        "sandbox-client-secret", notice.headers["webhook-id"], int(notice.headers["webhook-timestamp"]), notice.body
    )


def test_the_signature_of_the_published_vector() -> None:
    body = (
        b'{"scope":"store/order/created","store_id":"1025646","data":{"type":"order","id":250},'
        b'"hash":"dd70c0976e06b67aaf671e73f49dcb79230ebf9d","created_at":1561479335,"producer":"stores/abc123"}'
    )
    expected = "v1,q1jrWB7pSd/P5oI5imbo1dn4xRz31UZuksjFWOixCi8="

    assert signature("example-client-secret", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1561479335, body) == expected


def test_equal_events_have_equal_hashes() -> None:
    first = Event("demo", "1", "store/order/updated", {"type": "order", "id": 1}, 100)

    assert first.payload() == Event("demo", "1", "store/order/updated", {"type": "order", "id": 1}, 100).payload()


@pytest.mark.parametrize(
    ("registered", "scope", "fits"),
    [
        ("store/order/*", "store/order/created", True),
        ("store/order/*", "store/order/refund/created", True),
        ("store/order/created", "store/order/updated", False),
        ("store/product/*", "store/sku/updated", False),
    ],
)
def test_scopes(registered: str, scope: str, fits: bool) -> None:
    assert scope_matches(registered, scope) is fits


def test_a_change_of_status_says_from_what_to_what(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver, "store/order/statusUpdated")
    store.call("PUT", "/v2/orders/101", {"status_id": 5})
    settle(store)

    change = {"previous_status_id": 10, "new_status_id": 5}
    assert [one.json["data"] for one in receiver.received] == [{"type": "order", "id": 101, "status": change}]


def test_events_of_an_order_and_its_stock(store: StoreClient, receiver: Receiver) -> None:
    for scope in ("store/order/*", "store/product/*", "store/sku/*", "store/shipment/*"):
        register(store, receiver, scope)
    order = store.order(lines=[{"sku": "IM-R42"}, {"sku": "SH-MER180-M-MOSS"}])
    store.act(order["id"], "ship")
    store.act(order["id"], "refund")
    store.call("DELETE", f"/v2/orders/{order['id']}")
    settle(store)

    assert Counter(receiver.scopes()) == {
        "store/product/inventory/order/updated": 1,
        "store/sku/inventory/order/updated": 1,
        "store/order/created": 1,
        "store/order/transaction/created": 1,
        "store/shipment/created": 1,
        "store/order/updated": 2,
        "store/order/statusUpdated": 2,
        "store/order/refund/created": 1,
        "store/order/archived": 1,
    }
    moved = next(one.json["data"] for one in receiver.received if "sku/inventory" in one.json["scope"])
    assert moved["inventory"]["value"] == -1
    assert moved["inventory"]["method"] == "relative"


def test_our_own_push_is_announced_too(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver, "store/product/inventory/updated")
    body = {"items": [{"location_id": 1, "sku": "IM-R42", "quantity": 3}]}
    store.call("PUT", "/v3/inventory/adjustments/absolute", body)
    settle(store)

    product_id = store.variant("IM-R42")["product_id"]
    inventory = {"product_id": product_id, "method": "absolute", "value": 3}
    assert [one.json["data"] for one in receiver.received] == [
        {"type": "product", "id": product_id, "inventory": inventory}
    ]


def test_a_refused_change_is_not_announced(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver, "store/product/*")
    good, bad = ({"location_id": place, "sku": "IM-R42", "quantity": 3} for place in (1, 9))
    store.call("PUT", "/v3/inventory/adjustments/absolute", {"items": [good, bad]})
    settle(store)

    assert receiver.received == []


def test_failures_are_retried_with_the_same_id(store: StoreClient, receiver: Receiver) -> None:
    receiver.failures = 2
    register(store, receiver)
    store.order(lines=[{"sku": "IM-R42"}], payment_method="Bank deposit")
    settle(store)

    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    attempts = store.control("GET", "/deliveries")["attempts"]
    assert [attempt["status"] for attempt in attempts] == [500, 500, 204]


def test_a_hook_is_deactivated_after_the_last_retry(store: StoreClient, receiver: Receiver) -> None:
    store.control("PUT", "/notices", {"retry_factor": 0})
    receiver.failures = 99
    hook = register(store, receiver)
    store.order(lines=[{"sku": "IM-R42"}], payment_method="Bank deposit")
    settle(store)

    assert len(receiver.received) == 12
    assert store.data(f"/v3/hooks/{hook['id']}")["is_active"] is False
    assert store.data("/v3/hooks/admin")["hooks_list"][0]["status"] == "deactivated"
    store.call("PUT", f"/v3/hooks/{hook['id']}", {"is_active": True})
    assert store.data(f"/v3/hooks/{hook['id']}")["is_active"] is True


@pytest.mark.parametrize(
    ("faults", "expected"),
    [({"duplicates": 4}, 5), ({"drop": 1}, 0), ({"delay_seconds": 0.1}, 1), ({}, 1)],
)
def test_faults_of_notices(store: StoreClient, receiver: Receiver, faults: Json, expected: int) -> None:
    register(store, receiver, "store/order/created")
    store.control("PUT", "/stores/demo/notices", faults)
    store.order(lines=[{"sku": "IM-R42"}])
    settle(store)

    assert len(receiver.received) == expected
    assert len({one.json["hash"] for one in receiver.received}) == min(1, expected)


def test_notices_can_be_held_and_sent_together(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver, "store/order/created")
    store.control("PUT", "/stores/demo/notices", {"shuffle": 3})
    made = []
    counts = []
    for _ in range(3):
        made.append(store.order(lines=[{"sku": "IM-R42"}])["id"])
        settle(store)
        counts.append(len(receiver.received))

    assert counts == [0, 0, 3]
    assert sorted(one.json["data"]["id"] for one in receiver.received) == made


def test_any_notice_can_be_sent_by_hand(store: StoreClient, receiver: Receiver) -> None:
    register(store, receiver)
    body = {"scope": "store/order/updated", "data": {"type": "order", "id": 4711}, "times": 2}
    store.control("POST", "/stores/demo/notices", body)
    settle(store)

    assert [one.json["data"]["id"] for one in receiver.received] == [4711, 4711]


@pytest.mark.parametrize(
    "destination", ["http://example.com/in", "https://example.com:8443/in", "ftp://example.com", "", "javascript:1"]
)
def test_only_https_and_this_machine(store: StoreClient, destination: str) -> None:
    response = store.call("POST", "/v3/hooks", {"scope": "store/order/*", "destination": destination})

    assert response.status_code == 422
    assert store.get("/v3/hooks").json()["data"] == []


def test_hooks_belong_to_their_api_account(store: StoreClient, receiver: Receiver) -> None:
    hook = register(store, receiver)
    account = {"token": "second", "client_id": "other", "client_secret": "x"}
    store.control("POST", "/stores/demo/accounts", account)
    other = StoreClient(store.server, "demo", "second")

    assert other.get("/v3/hooks").json()["data"] == []
    assert other.get(f"/v3/hooks/{hook['id']}").status_code == 404
    assert register(other, receiver)["client_id"] == "other"
    store.control("DELETE", "/stores/demo/accounts/sandbox-token")
    assert store.get("/v3/hooks").status_code == 401
    assert [hook["client_id"] for hook in store.control("GET", "/state")["stores"][0]["hooks"]] == ["other"]
