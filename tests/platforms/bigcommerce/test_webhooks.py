"""Notices: only with our secret, signature checked when there is one, orders only."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.enums import SignatureResult
from channels.errors import MalformedResponse, SignatureInvalid
from channels.platforms.bigcommerce.client import Client
from channels.platforms.bigcommerce.store import Store
from channels.platforms.bigcommerce.webhooks import Webhooks
from tests.platforms.conftest import Shopkeeper

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BODY = b'{"scope":"store/order/created","store_id":"1","data":{"type":"order","id":250},"hash":"dd70","created_at":1}'
OURS = {"X-Inventory-Secret": "our-secret"}


@pytest.fixture
def hooks() -> Webhooks:
    return Webhooks(Client(None), secret="our-secret", client_secret="client-secret")  # type: ignore[arg-type]


def signed(body: bytes = BODY, *, secret: str = "client-secret", at: datetime = NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {**OURS, "webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def test_our_secret_alone_is_enough(hooks: Webhooks) -> None:
    assert hooks.verify(OURS, BODY, now=NOW) is SignatureResult.SECRET_ONLY
    assert hooks.verify({"x-inventory-secret": "our-secret"}, BODY, now=NOW) is SignatureResult.SECRET_ONLY


@pytest.mark.parametrize("headers", [{}, {"X-Inventory-Secret": "other"}, {"X-Inventory-Secret": ""}, {"X-Hash": "é"}])
def test_without_our_secret_nothing_is_believed(hooks: Webhooks, headers: dict[str, str]) -> None:
    signature = {name: value for name, value in signed().items() if name not in OURS}
    with pytest.raises(SignatureInvalid):
        hooks.verify({**signature, **headers}, BODY, now=NOW)


def test_an_empty_secret_of_ours_lets_nobody_in() -> None:
    hooks = Webhooks(Client(None), secret="", client_secret="x")  # type: ignore[arg-type]
    with pytest.raises(SignatureInvalid):
        hooks.verify({"X-Inventory-Secret": ""}, BODY, now=NOW)


def test_a_right_signature_is_valid(hooks: Webhooks) -> None:
    assert hooks.verify(signed(), BODY, now=NOW) is SignatureResult.VALID
    two = {**signed(), "webhook-signature": "v1,AAAA " + signed()["webhook-signature"]}
    assert hooks.verify(two, BODY, now=NOW) is SignatureResult.VALID


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,é"},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": ""},
    ],
)
def test_a_wrong_signature_is_refused(hooks: Webhooks, changes: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        hooks.verify({**signed(), **changes}, BODY, now=NOW)


def test_a_changed_body_another_secret_and_an_old_time_are_refused(hooks: Webhooks) -> None:
    with pytest.raises(SignatureInvalid):
        hooks.verify(signed(), BODY.replace(b"250", b"251"), now=NOW)
    with pytest.raises(SignatureInvalid):
        hooks.verify(signed(secret="other"), BODY, now=NOW)
    for minutes in (-6, 6):
        with pytest.raises(SignatureInvalid):
            hooks.verify(signed(at=NOW + timedelta(minutes=minutes)), BODY, now=NOW)
    assert hooks.verify(signed(at=NOW - timedelta(minutes=4)), BODY, now=NOW) is SignatureResult.VALID


def test_the_published_example_is_valid(shared_dir: Path) -> None:
    text = (shared_dir / "platforms/bigcommerce/samples/webhook_signed_request.http").read_text()
    head, body = text.split("\n\n", 1)
    headers = dict(row.split(": ", 1) for row in head.splitlines()[1:])
    hooks = Webhooks(Client(None), secret="s", client_secret="example-client-secret")  # type: ignore[arg-type]
    at = datetime.fromtimestamp(1561479335, UTC)
    found = hooks.verify({**headers, "X-Inventory-Secret": "s"}, body.strip().encode(), now=at)
    assert found is SignatureResult.VALID


@pytest.mark.parametrize(
    ("scope", "data", "key"),
    [
        ("store/order/created", {"type": "order", "id": 250}, "250"),
        ("store/order/statusUpdated", {"type": "order", "id": 250, "status": {"new_status_id": 11}}, "250"),
        ("store/order/archived", {"type": "order", "id": 250}, "250"),
        ("store/order/refund/created", {"type": "order", "id": 250, "refund": {"refund_id": 12}}, "250"),
        ("store/order/transaction/created", {"type": "transaction", "order_id": "250", "transaction_id": 9}, "250"),
        ("store/channel/1/order/updated", {"order_id": 250}, "250"),
    ],
)
def test_notices_about_orders(hooks: Webhooks, scope: str, data: dict[str, Any], key: str) -> None:
    body = json.dumps({"scope": scope, "data": data, "hash": "abc"}).encode()
    notice = hooks.parse({}, body)[0]
    assert (notice.kind, notice.key, notice.topic, notice.delivery_id) == ("order", key, scope, "abc")
    assert hooks.parse({"Webhook-Id": "msg_9"}, body)[0].delivery_id == "msg_9"


@pytest.mark.parametrize(
    "scope", ["store/product/updated", "store/sku/inventory/updated", "store/order/message/created", "", "store"]
)
def test_other_notices_are_about_nothing(hooks: Webhooks, scope: str) -> None:
    assert hooks.parse({}, json.dumps({"scope": scope, "data": {"id": 1}}).encode()) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"scope":"store/order/created","data":[]}',
        b'{"scope":"store/order/created","data":{}}',
        b'{"scope":"store/order/created","data":{"id":"../7"}}',
        b"[" * 100_000,
    ],
)
def test_nonsense_is_named(hooks: Webhooks, body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        hooks.parse({}, body)


# -- at the store

URL = "http://127.0.0.1:9/notices/x"


def test_registering_is_two_calls_and_then_one(store: Store, keeper: Shopkeeper) -> None:
    store.webhooks.register(URL)
    assert keeper.requests() == [("GET", "/v3/hooks"), ("POST", "/v3/hooks")]
    keeper.forget()
    store.webhooks.register(URL)
    assert keeper.requests() == [("GET", "/v3/hooks")]


@pytest.mark.req("CON-20")
@pytest.mark.req("NEW-9")
def test_a_hook_the_store_switched_off_is_switched_on(store: Store) -> None:
    hook = store.webhooks.register(URL)[0]
    store._client.change_hook(hook.id, {"is_active": False})
    assert not store.webhooks.check(URL)[0].active
    assert store.webhooks.register(URL)[0].id == hook.id
    assert store.webhooks.check(URL)[0].active


@pytest.mark.req("NEW-9")
def test_a_hook_with_an_old_secret_gets_ours(store: Store) -> None:
    hook = store.webhooks.register(URL)[0]
    store._client.change_hook(hook.id, {"headers": {"X-Inventory-Secret": "old"}})
    assert not store.webhooks.check(URL)[0].active
    store.webhooks.register(URL)
    assert store.webhooks.check(URL)[0].active
    assert store._client.hooks()[0]["headers"] == {"X-Inventory-Secret": store.webhooks._secret}  # type: ignore[attr-defined]


def test_hooks_at_other_addresses_are_left_alone(store: Store) -> None:
    store.webhooks.register(URL)
    store.webhooks.register(URL + "/other")
    store.webhooks.unregister(URL)
    assert store.webhooks.check(URL + "/other")[0].active
