"""Notices: only what carries our signature is read, and it is a hint; hooks are kept alive (CON-20, NEW-9)."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from channels.enums import JobKind, SignatureResult
from channels.errors import MalformedResponse, SignatureInvalid
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.webhooks import TOPICS, Webhooks
from tests.platforms.woocommerce.gateways import API, client_of
from tests.platforms.woocommerce.reading import payload

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://sync.example.com/notices/woocommerce/token/"
SECRET = "our-secret"
BODY = b'{"id":155,"status":"processing"}'


@pytest.fixture
def hooks() -> Webhooks:
    return Webhooks(Client(None), secret=SECRET)  # type: ignore[arg-type]


def headers(body: bytes = BODY, *, secret: str = SECRET, topic: str = "order.updated") -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Delivery-ID": "abcd",
    }


# -- receiving


@pytest.mark.req("CON-20", platform="woocommerce")
@pytest.mark.parametrize("name", ["hook_order_created", "hook_order_updated", "hook_order_deleted", "hook_refused"])
def test_real_notices_verify_with_their_secret_alone(name: str) -> None:
    row = payload(name)
    ours, body = Webhooks(Client(None), secret=row["secret"]), row["raw_body"].encode()  # type: ignore[arg-type]
    assert ours.verify(row["headers"], body, now=NOW) is SignatureResult.VALID
    folded = {key.lower(): value for key, value in row["headers"].items()}
    assert ours.verify(folded, body, now=NOW) is SignatureResult.VALID
    for tampered in (body.replace(b":", b": ", 1), body[:-1], b""):
        with pytest.raises(SignatureInvalid):
            ours.verify(row["headers"], tampered, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-WC-Webhook-Signature": ""},
        {"X-WC-Webhook-Signature": "no base64"},
        {"X-WC-Webhook-Signature": "é"},
        {"X-WC-Webhook-Signature": base64.b64encode(b"short").decode()},
    ],
)
def test_without_our_signature_nothing_is_believed(hooks: Webhooks, changes: dict[str, str]) -> None:
    assert hooks.verify(headers(), BODY, now=NOW) is SignatureResult.VALID
    with pytest.raises(SignatureInvalid):
        hooks.verify({**headers(), **changes}, BODY, now=NOW)
    with pytest.raises(SignatureInvalid):
        hooks.verify({}, BODY, now=NOW)
    with pytest.raises(SignatureInvalid):
        hooks.verify(headers(secret="another"), BODY, now=NOW)


def test_an_empty_secret_of_ours_lets_nobody_in() -> None:
    hooks = Webhooks(Client(None), secret="")  # type: ignore[arg-type]
    with pytest.raises(SignatureInvalid):
        hooks.verify(headers(secret=""), BODY, now=NOW)


def test_a_ping_is_a_form_without_signature(hooks: Webhooks) -> None:
    row = payload("hook_ping")
    assert hooks.is_ping(row["headers"], row["raw_body"].encode())
    assert not hooks.is_ping(headers(b"webhook_id=1"), b"webhook_id=1")
    for body in (b"", b"webhook_id=", b"webhook_id=1&more=2", b'{"id":1}', BODY):
        assert not hooks.is_ping({}, body)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_notice_names_its_order(hooks: Webhooks, topic: str) -> None:
    [found] = hooks.parse(headers(topic=topic), BODY)
    assert (found.kind, found.key, found.topic) == (JobKind.ORDER, "155", topic)
    assert found.source == "https://shop.example/"


def test_orders_of_one_second_are_told_apart(hooks: Webhooks) -> None:
    """The store gives all deliveries of a hook within a second the same id."""
    found = [hooks.parse(headers(), body)[0].delivery_id for body in (b'{"id":155}', b'{"id":156}')]
    assert found == ["abcd:155", "abcd:156"]


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("product.deleted", b'{"id":18}'),  # the number of an order, where orders are stored as posts
        ("product.updated", b'{"id":18,"type":"variation"}'),
        ("coupon.created", b'{"id":3}'),
        ("action.woocommerce_order_status_changed", b'{"action":"woocommerce_order_status_changed","arg":155}'),
        ("order.updated", b'{"code":"woocommerce_rest_shop_order_invalid_id","data":{"status":404}}'),
    ],
)
def test_other_news_are_nothing(hooks: Webhooks, topic: str, body: bytes) -> None:
    assert hooks.parse(headers(topic=topic), body) == ()


def test_a_signed_refusal_asks_for_a_check_of_the_store(hooks: Webhooks) -> None:
    """Who made the hook may not read orders any more; the store signs its own error."""
    row = payload("hook_refused")
    [found] = hooks.parse(row["headers"], row["raw_body"].encode())
    assert (found.kind, found.key) == (JobKind.HEALTH, "store")


def test_a_notice_without_topic_is_one_of_ours(hooks: Webhooks) -> None:
    assert hooks.parse({}, BODY)[0].key == "155"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"id":"x"}', b'{"id":0}', b"{}", b"\xff", b"[" * 100_000])
def test_nonsense_is_refused(hooks: Webhooks, body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        hooks.parse(headers(), body)


# -- registering


class HookDesk:
    """The store's list of hooks: what it keeps, and that it never tells a secret."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.hooks: dict[int, dict[str, Any]] = {}
        self.secrets: dict[int, str] = {}
        self.calls: list[str] = []
        for method in (responses.GET, responses.POST, responses.PUT, responses.DELETE):
            mock.add_callback(method, re.compile(rf"{API}/wc/v3/webhooks.*"), self.answer)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        number = parts.path.rpartition("/")[2]
        body = json.loads(request.body) if request.body else {}
        self.calls.append(str(request.method))
        if request.method == "GET":
            return 200, {}, json.dumps(list(self.hooks.values()))
        if request.method == "POST":
            return 201, {}, json.dumps(self.add(**body))
        if request.method == "DELETE":
            assert "force=true" in parts.query
            return 200, {}, json.dumps(self.hooks.pop(int(number)))
        self.secrets[int(number)] = body.pop("secret", self.secrets[int(number)])
        self.hooks[int(number)].update(body)
        return 200, {}, json.dumps(self.hooks[int(number)])

    def add(self, *, topic: str, delivery_url: str, secret: str, **more: Any) -> dict[str, Any]:
        number = max(self.hooks, default=0) + 1
        self.secrets[number] = secret
        self.hooks[number] = {"id": number, "status": "active", "topic": topic, "delivery_url": delivery_url, **more}
        return self.hooks[number]

    def topics(self) -> list[str]:
        return sorted(hook["topic"] for hook in self.hooks.values() if hook["delivery_url"] == URL)


@pytest.fixture
def desk() -> Iterator[HookDesk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield HookDesk(mock)


@pytest.fixture
def ours(desk: HookDesk, sleep: Callable[[float], None]) -> Webhooks:
    return Webhooks(client_of(sleep), secret=SECRET)


@pytest.mark.req("CON-20", platform="woocommerce")
def test_what_is_missing_is_made_with_our_secret_once(ours: Webhooks, desk: HookDesk) -> None:
    assert [state.active for state in ours.check(URL)] == [False] * 4
    first = ours.register(URL)
    assert [(state.topic, state.active) for state in first] == [(topic, True) for topic in TOPICS]
    assert desk.topics() == sorted(TOPICS)
    assert set(desk.secrets.values()) == {SECRET}
    desk.calls.clear()
    assert ours.register(URL) == first == ours.check(URL)
    assert desk.calls == ["GET", "GET"]


@pytest.mark.req("NEW-9", platform="woocommerce")
def test_a_disabled_hook_is_made_anew(ours: Webhooks, desk: HookDesk) -> None:
    """Switched on again it keeps its count of failures, and the next one switches it off."""
    first = ours.register(URL)
    desk.hooks[2]["status"] = "disabled"
    assert [state.active for state in ours.check(URL)] == [True, False, True, True]
    again = ours.register(URL)
    assert all(state.active for state in again)
    assert [state.id for state in again] == [first[0].id, "5", first[2].id, first[3].id]
    assert 2 not in desk.hooks
    assert desk.secrets[5] == SECRET


@pytest.mark.req("NEW-9", platform="woocommerce")
def test_a_paused_hook_goes_on(ours: Webhooks, desk: HookDesk) -> None:
    ours.register(URL)
    desk.hooks[3]["status"] = "paused"
    assert [state.active for state in ours.check(URL)] == [True, True, False, True]
    assert all(state.active for state in ours.register(URL))
    assert sorted(desk.hooks) == [1, 2, 3, 4]


def test_a_hook_with_an_older_secret_gets_ours(ours: Webhooks, desk: HookDesk, sleep: Callable[[float], None]) -> None:
    Webhooks(client_of(sleep), secret="older").register(URL)
    assert not any(state.active for state in ours.check(URL))
    assert all(state.active for state in ours.register(URL))
    assert set(desk.secrets.values()) == {SECRET}
    assert sorted(desk.hooks) == [1, 2, 3, 4]


def test_one_hook_a_topic_is_left(ours: Webhooks, desk: HookDesk) -> None:
    ours.register(URL)
    desk.add(topic="order.updated", delivery_url=URL, secret="x", name="made by hand")
    ours.register(URL)
    assert desk.topics() == sorted(TOPICS)


@pytest.mark.req("CON-20", platform="woocommerce")
def test_hooks_of_others_are_left_alone(ours: Webhooks, desk: HookDesk) -> None:
    other = desk.add(topic="order.updated", delivery_url=f"{URL}other/", secret="x", name="other", status="disabled")
    before = dict(other)
    ours.register(URL)
    ours.unregister(URL)
    assert list(desk.hooks.values()) == [before]
    ours.unregister(URL)
