"""The queue of notices on their way: background threads hand each to its platform's courier when it is due."""

import heapq
import http.client
import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
SENDERS = 5
DEMO_RETRY_FACTOR = 1 / 60


class Courier(Protocol):
    def deliver(self, delivery: "Delivery") -> None:
        """Send it, record the attempt, and do what the platform does when it fails."""


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
    """``body`` is empty where the courier writes it when it sends."""

    courier: Courier
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


class Deliveries:
    """``retry_factor`` scales the gaps that platforms document (1/60: 1 s, 3 s, 5 s …)."""

    def __init__(self) -> None:
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

    def accept(self, delivery: Delivery, wait: float = 0.0) -> bool:
        """Take it into the queue for ``wait`` seconds, subject to what is to go wrong; False when it was lost."""
        faults = self.faults(delivery.store)
        if faults.drop > 0:
            faults.drop -= 1
            return False
        copies = [delivery] * (1 + faults.duplicates)
        if faults.shuffle:
            faults.held.extend(copies)
            if len(faults.held) < faults.shuffle:
                return True
            copies, faults.held = faults.held[::-1], []
        self.push(copies, faults.delay_seconds + wait)
        return True

    def push(self, deliveries: list[Delivery], delay: float) -> None:
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
                delivery.courier.deliver(delivery)
            finally:
                with self._wake:
                    self._busy -= 1

    def record(self, delivery: Delivery, status: int | None, error: str, body: bytes) -> None:
        self.attempts.append(
            Attempt(
                delivery.store,
                delivery.hook_id,
                delivery.scope,
                delivery.message_id,
                delivery.attempt,
                status,
                error,
                time.time(),
                body.decode(),
            )
        )


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
