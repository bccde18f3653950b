"""Deliveries of notices: background threads that send, retry and finally deactivate hooks."""

import base64
import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from sandbox.clock import Clock
from sandbox.db import Database, Json

RETRY_GAPS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)
TIMEOUT_SECONDS = 10.0
SENDERS = 5
DEMO_RETRY_FACTOR = 1 / 60
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


@dataclass
class NoticeFaults:
    """What goes wrong with a store's notices; ``shuffle`` gathers that many and sends them in reverse."""

    duplicates: int = 0
    delay_seconds: float = 0.0
    drop: int = 0
    shuffle: int = 0
    held: list["Delivery"] = field(default_factory=list)


@dataclass
class Delivery:
    store: str
    hook_id: int
    scope: str
    body: bytes
    message_id: str
    attempt: int = 0


@dataclass(frozen=True)
class Attempt:
    store: str
    hook_id: int
    scope: str
    message_id: str
    attempt: int
    status: int | None
    error: str
    at: float
    body: str


def compact(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def scope_matches(registered: str, scope: str) -> bool:
    if registered.endswith("/*"):
        return scope.startswith(registered[:-1])
    return registered == scope


class Deliveries:
    """``retry_factor`` scales the documented gaps (1/60: 1 s, 3 s, 5 s …)."""

    def __init__(self, db: Database, clock: Clock, secret_of: Callable[[str, str], str]) -> None:
        self.db, self.clock, self.secret_of = db, clock, secret_of
        self.retry_factor = DEMO_RETRY_FACTOR
        self.attempts: deque[Attempt] = deque(maxlen=5000)
        self._faults: dict[str, NoticeFaults] = {}
        self._heap: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._busy = 0
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def faults(self, store: str) -> NoticeFaults:
        return self._faults.setdefault(store, NoticeFaults())

    def restart(self) -> None:
        """As at the start: nothing waits, no faults, no attempts on record."""
        self.forget()
        self._faults.clear()
        self.attempts.clear()
        self.retry_factor = DEMO_RETRY_FACTOR

    def publish(self, event: Event) -> None:
        body = event.payload()
        hooks = [hook for hook in self.db.all(event.store, "hook") if hook["is_active"]]
        for hook in hooks:
            if scope_matches(hook["scope"], event.scope):
                message_id = f"msg_{secrets.token_hex(14)}"
                self._accept(Delivery(event.store, hook["id"], event.scope, body, message_id))

    def _accept(self, delivery: Delivery) -> None:
        faults = self.faults(delivery.store)
        if faults.drop > 0:
            faults.drop -= 1
            return
        copies = [delivery] * (1 + faults.duplicates)
        if faults.shuffle:
            faults.held.extend(copies)
            if len(faults.held) < faults.shuffle:
                return
            copies, faults.held = faults.held[::-1], []
        self._push(copies, faults.delay_seconds)

    def _push(self, deliveries: list[Delivery], delay: float) -> None:
        if not deliveries:
            return
        with self._wake:
            for delivery in deliveries:
                heapq.heappush(self._heap, (time.monotonic() + delay, next(self._order), replace(delivery)))
            if not self._threads and not self._stopped:
                self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(SENDERS)]
                for thread in self._threads:
                    thread.start()
            self._wake.notify_all()

    def waiting(self) -> int:
        with self._wake:
            return len(self._heap) + self._busy

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """True when nothing is left to send within the time given."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.waiting() == 0:
                return True
            time.sleep(0.02)
        return False

    def forget(self, store: str | None = None) -> None:
        """Drop what waits to be sent (a reset of the store)."""
        with self._wake:
            kept = [entry for entry in self._heap if store is not None and entry[2].store != store]
            self._heap = kept
            heapq.heapify(self._heap)

    def close(self) -> None:
        with self._wake:
            self._stopped = True
            self._heap.clear()
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout=TIMEOUT_SECONDS + 1)

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._stopped and (not self._heap or self._heap[0][0] > time.monotonic()):
                    wait = self._heap[0][0] - time.monotonic() if self._heap else None
                    self._wake.wait(wait)
                if self._stopped:
                    return
                delivery = heapq.heappop(self._heap)[2]
                self._busy += 1
            try:
                self._deliver(delivery)
            finally:
                with self._wake:
                    self._busy -= 1

    def _deliver(self, delivery: Delivery) -> None:
        hook = self.db.get(delivery.store, "hook", delivery.hook_id)
        if hook is None or not hook["is_active"]:
            return
        status, error = self._send(hook, delivery)
        entry = Attempt(
            delivery.store,
            delivery.hook_id,
            delivery.scope,
            delivery.message_id,
            delivery.attempt,
            status,
            error,
            time.time(),
            delivery.body.decode(),
        )
        self.attempts.append(entry)
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
            gap = RETRY_GAPS[delivery.attempt] * self.retry_factor
            delivery.attempt += 1
            self._push([delivery], gap)
        self._report_exception(hook, delivery, EXHAUSTED if exhausted else WILL_RETRY)

    def _report_exception(self, hook: Json, delivery: Delivery, code: int) -> None:
        if delivery.scope == "store/hook/deliveryException":
            return
        ending = "hook is deactivated" if code == EXHAUSTED else "will retry"
        text = f"Non-200 response received when delivering to {hook['destination']}, {ending}"
        data = {"type": "webhook", "id": hook["id"], "error_code": code, "message": text}
        store_id = json.loads(delivery.body)["store_id"]
        self.publish(Event(delivery.store, store_id, "store/hook/deliveryException", data, self.clock.timestamp()))


def post(destination: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str]:
    """Status of the answer, or None and the reason when there was none. Redirects are not followed."""
    parts = urlsplit(destination)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    path = parts.path or "/"
    try:
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status, ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
