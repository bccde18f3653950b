"""Request quotas: each store has so many requests per window, whoever sends them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.db import Json


@dataclass
class Window:
    started: float
    used: int = 0


@dataclass(frozen=True)
class Grant:
    allowed: bool
    quota: int
    left: int
    window_ms: int
    reset_ms: int

    def headers(self) -> dict[str, str]:
        found = {
            "X-Rate-Limit-Time-Window-Ms": str(self.window_ms),
            "X-Rate-Limit-Time-Reset-Ms": str(self.reset_ms),
            "X-Rate-Limit-Requests-Quota": str(self.quota),
            "X-Rate-Limit-Requests-Left": str(self.left),
        }
        if not self.allowed:
            found["X-Retry-After"] = str(-(-self.reset_ms // 1000))
        return found


class RateLimits:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, Window] = {}

    def take(self, store: str, settings: Json) -> Grant:
        quota, window_ms = int(settings["rate_quota"]), int(settings["rate_window_ms"])
        now = self._clock()
        with self._lock:
            window = self._windows.get(store)
            if window is None or (now - window.started) * 1000 >= window_ms:
                window = self._windows[store] = Window(now)
            allowed = window.used < quota
            window.used += allowed
            reset_ms = max(0, round(window_ms - (now - window.started) * 1000))
            return Grant(allowed, quota, max(0, quota - window.used), window_ms, reset_ms)

    def reset(self) -> None:
        with self._lock:
            self._windows.clear()
