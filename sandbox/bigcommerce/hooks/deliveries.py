"""Notices of BigCommerce stores: which hooks hear of an event, how it is signed, retried and finally given up."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.db import Database, Json
from sandbox.deliveries import Deliveries, Delivery, post

RETRY_GAPS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)
WILL_RETRY, EXHAUSTED = 90001, 90002


@dataclass(frozen=True)
class Event:
    store: str
    store_id: str
    scope: str
    data: Json
    created_at: int

    def payload(self) -> bytes:
        """The documented payload; its ``hash`` is the SHA-1 of the rest, so equal events have equal hashes."""
        head = {"scope": self.scope, "store_id": self.store_id, "data": self.data}
        tail = {"created_at": self.created_at, "producer": f"stores/{self.store}"}
        digest = hashlib.sha1(compact({**head, **tail}), usedforsecurity=False).hexdigest()
        return compact({**head, "hash": digest, **tail})


def compact(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def scope_matches(registered: str, scope: str) -> bool:
    if registered.endswith("/*"):
        return scope.startswith(registered[:-1])
    return registered == scope


class HookCourier:
    """``secret_of`` answers the client secret of a store's API account."""

    def __init__(
        self, db: Database, clock: Clock, deliveries: Deliveries, secret_of: Callable[[str, str], str]
    ) -> None:
        self.db, self.clock, self.deliveries, self.secret_of = db, clock, deliveries, secret_of

    def publish(self, event: Event) -> None:
        body = event.payload()
        hooks = [hook for hook in self.db.all(event.store, "hook") if hook["is_active"]]
        for hook in hooks:
            if scope_matches(hook["scope"], event.scope):
                message_id = f"msg_{secrets.token_hex(14)}"
                self.deliveries.accept(Delivery(self, event.store, hook["id"], event.scope, body, message_id))

    def deliver(self, delivery: Delivery) -> None:
        hook = self.db.get(delivery.store, "hook", delivery.hook_id)
        if hook is None or not hook["is_active"]:
            return
        status, error = self._send(hook, delivery)
        self.deliveries.record(delivery, status, error, delivery.body)
        if status is None or not 200 <= status < 300:
            self._retry(hook, delivery)

    def _send(self, hook: Json, delivery: Delivery) -> tuple[int | None, str]:
        stamp = self.clock.timestamp()
        secret = self.secret_of(delivery.store, hook["client_id"])
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "sandbox-notices",
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(secret, delivery.message_id, stamp, delivery.body),
            **(hook["headers"] or {}),
        }
        return post(hook["destination"], delivery.body, headers)

    def _retry(self, hook: Json, delivery: Delivery) -> None:
        exhausted = delivery.attempt >= len(RETRY_GAPS)
        if exhausted:
            with self.db.transaction():
                hook.update(is_active=False, updated_at=self.clock.timestamp(), status="deactivated")
                self.db.put(delivery.store, "hook", hook)
        else:
            gap = RETRY_GAPS[delivery.attempt] * self.deliveries.retry_factor
            delivery.attempt += 1
            self.deliveries.push([delivery], gap)
        self._report_exception(hook, delivery, EXHAUSTED if exhausted else WILL_RETRY)

    def _report_exception(self, hook: Json, delivery: Delivery, code: int) -> None:
        if delivery.scope == "store/hook/deliveryException":
            return
        ending = "hook is deactivated" if code == EXHAUSTED else "will retry"
        text = f"Non-200 response received when delivering to {hook['destination']}, {ending}"
        data = {"type": "webhook", "id": hook["id"], "error_code": code, "message": text}
        store_id = json.loads(delivery.body)["store_id"]
        self.publish(Event(delivery.store, store_id, "store/hook/deliveryException", data, self.clock.timestamp()))
