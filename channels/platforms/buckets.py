"""How fast one store may be called: a token bucket per store within the process that holds its lease.

The store's quota is shared with all its other apps, so the bucket believes the store's own count and leaves head-room.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

HEADROOM = 0.15
"""Share of the quota left to other clients of the store."""


MARGIN = 0.05
"""Seconds after the store's window ended, because its clock and ours round differently."""
SHORTEST = 0.001
"""Seconds; a wait too short to move the clock would be asked for for ever."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What a store says about its window: requests a window, how many are left, when it starts anew."""

    requests: int
    left: int
    window_seconds: float
    reset_seconds: float


class TokenBucket:
    """Thread-safe. `take` never sleeps; it says how long to wait."""

    def __init__(self, requests: int, per_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._capacity = max(1.0, requests * (1 - HEADROOM))
        self._rate = self._capacity / per_seconds
        self._tokens = self._capacity
        self._filled_at = clock()
        self._closed_until = 0.0

    def take(self) -> float:
        """0 when a request may go out now (and is counted), else the seconds until it may be asked again."""
        with self._lock:
            now = self._clock()
            if now < self._closed_until:
                return max(SHORTEST, self._closed_until - now)
            self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return max(SHORTEST, (1 - self._tokens) / self._rate)

    def learn(self, quota: Quota) -> None:
        """Take over the store's own count; never more than it leaves us."""
        if quota.requests <= 0 or quota.window_seconds <= 0:
            return
        with self._lock:
            self._capacity = max(1.0, quota.requests * (1 - HEADROOM))
            self._rate = self._capacity / quota.window_seconds
            usable = quota.left - quota.requests * HEADROOM
            self._tokens = min(self._tokens, max(0.0, usable))
            if usable < 1:
                self._close(quota.reset_seconds + MARGIN)

    def pause(self, seconds: float) -> None:
        """Nothing goes out for so long (the store said so)."""
        with self._lock:
            self._close(seconds)

    def _close(self, seconds: float) -> None:
        now = self._clock()
        self._closed_until = max(self._closed_until, now + seconds)
        self._tokens = self._capacity  # a new window starts when it opens again
        self._filled_at = self._closed_until


_buckets: dict[str, TokenBucket] = {}
_buckets_lock = threading.Lock()


def bucket_of(key: str, requests: int, per_seconds: float) -> TokenBucket:
    """The bucket of a store, shared by everything in this process."""
    with _buckets_lock:
        if key not in _buckets:
            _buckets[key] = TokenBucket(requests, per_seconds)
        return _buckets[key]
