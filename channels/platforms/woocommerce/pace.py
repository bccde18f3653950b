"""How much a store's host bears in one call: less after a time-out, more again after calls that went well.

Kept per store within the process, because it is the host that is slow and not the job.
"""

import threading
from weakref import WeakKeyDictionary

from channels.platforms.buckets import TokenBucket

CALM = 10
"""Calls that have to go well before more is asked for."""
LEAST = 1


class Pace:
    """Thread-safe. `size` is at most what the caller's list or batch allows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._size: int | None = None
        self._calm = 0

    def size(self, most: int) -> int:
        with self._lock:
            return most if self._size is None else min(most, self._size)

    def slower(self, tried: int) -> bool:
        """After a time-out with so many. Whether there is a smaller size to try."""
        with self._lock:
            self._size, self._calm = max(LEAST, tried // 2), 0
            return tried > LEAST

    def went_well(self, most: int) -> None:
        with self._lock:
            if self._size is None:
                return
            self._calm += 1
            if self._calm >= CALM:
                self._calm = 0
                self._size = None if self._size * 2 >= most else self._size * 2


_paces: WeakKeyDictionary[TokenBucket, Pace] = WeakKeyDictionary()
_paces_lock = threading.Lock()


def pace_of(bucket: TokenBucket) -> Pace:
    """The pace of the store that has this bucket, shared by everything in this process."""
    with _paces_lock:
        return _paces.setdefault(bucket, Pace())
