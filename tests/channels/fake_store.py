"""A store in memory, for tests of the engine around it; what a real store does is the sandbox's to show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.enums import SignatureResult
from channels.errors import MalformedResponse, SignatureInvalid
from channels.ports import Connection
from channels.remote import HookState, OrderPage, OrderRef, RemoteName, RemoteNotice, StoreIdentity


@dataclass
class FakeStore:
    """`failures` are raised one by one by the next calls; `calls` names what was called."""

    identity: StoreIdentity = field(
        default_factory=lambda: StoreIdentity(
            identity="hash-fake", name="Fake store", url="https://fake.example", currency="EUR", country="DE"
        )
    )
    refs: list[OrderRef] = field(default_factory=list)
    recent: list[OrderRef] = field(default_factory=list)
    """What it lists by the day it was placed."""
    page_size: int = 50
    failures: list[Exception] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    tax: tuple[RemoteName, ...] = (RemoteName(key="0", label="Default Tax Class"), RemoteName(key="1", label="Food"))
    methods: tuple[RemoteName, ...] = (RemoteName(key="card", label="Card"),)
    places: tuple[RemoteName, ...] = (RemoteName(key="1", label="Default location"), RemoteName(key="2", label="Shop"))
    hooks: dict[str, list[HookState]] = field(default_factory=dict)
    hook_failure: Exception | None = None
    hooks_can_be_on: bool = True
    connections: list[Connection] = field(default_factory=list)
    during_call: Callable[[], None] | None = None

    def connect(self, connection: Connection) -> "FakePlatform":
        self.connections.append(connection)
        return FakePlatform(self, connection)


class FakePlatform:
    def __init__(self, store: FakeStore, connection: Connection) -> None:
        self.store, self.connection = store, connection
        self.orders = self.lists = self.webhooks = self.products = self.stock = self  # type: ignore[assignment]

    def call(self, name: str) -> None:
        if self.connection.before_call:
            self.connection.before_call()
        self.store.calls.append(name)
        if self.store.during_call:
            self.store.during_call()
        if self.store.failures:
            raise self.store.failures.pop(0)

    def check(self, url: str | None = None) -> Any:
        if url is None:
            self.call("check")
            return self.store.identity
        self.call("hooks")
        return tuple(self.store.hooks.get(url, ()))

    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        self.call(f"changed_since {since:%H:%M} {cursor}".strip())
        found = sorted((ref for ref in self.store.refs if ref.modified_at >= since), key=lambda ref: ref.modified_at)
        start = int(cursor or 0)
        end = start + self.store.page_size
        return OrderPage(refs=tuple(found[start:end]), next_cursor=str(end) if end < len(found) else "")

    def created_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        self.call(f"created_since {since:%m-%d %H:%M} {cursor}".strip())
        start = int(cursor or 0)
        end = start + self.store.page_size
        found = self.store.recent
        return OrderPage(refs=tuple(found[start:end]), next_cursor=str(end) if end < len(found) else "")

    def tax_classes(self) -> tuple[RemoteName, ...]:
        self.call("tax")
        return self.store.tax

    def payment_methods(self) -> tuple[RemoteName, ...]:
        self.call("payments")
        return self.store.methods

    def locations(self) -> tuple[RemoteName, ...]:
        self.call("locations")
        return self.store.places

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        return body == b"ping"

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> SignatureResult:
        if headers.get("X-Hook-Secret") != self.connection.secrets["webhook_secret"]:
            raise SignatureInvalid("The secret is wrong.")
        return SignatureResult.SECRET_ONLY

    def parse(self, headers: Mapping[str, str], body: bytes) -> Sequence[RemoteNotice]:
        words = body.decode("utf-8", "replace").split()
        if len(words) != 3:
            raise MalformedResponse("This is no notice.")
        kinds = {"order": "order", "trouble": "health"}
        return (
            RemoteNotice(
                kind=kinds.get(words[0].partition("/")[0], ""),
                key=words[1],
                topic=words[0],
                delivery_id=words[2],
                source=headers.get("X-Store", ""),
            ),
        )

    def register(self, url: str) -> tuple[HookState, ...]:
        self.call("register")
        if self.store.hook_failure:
            raise self.store.hook_failure
        self.store.hooks[url] = [HookState(id="1", topic="order/created", active=self.store.hooks_can_be_on)]
        return tuple(self.store.hooks[url])

    def unregister(self, url: str) -> None:
        self.call("unregister")
        self.store.hooks.pop(url, None)
