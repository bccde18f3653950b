"""What was read of a store a moment ago, for the next slice of the same work in this process.

A download goes on in slices of a minute, each with an adapter of its own; without this each would read the categories
and the rows it had read ahead once more. The cursor is enough to go on without it, in any process.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from channels.platforms.buckets import TokenBucket
from channels.platforms.woocommerce.client import Json
from channels.platforms.woocommerce.reading import Reading

FRESH_SECONDS = 180.0


@dataclass
class Memory:
    """Of one store. Everything in it is forgotten after three minutes."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reading: tuple[float, datetime | None, Reading] | None = None
    _categories: tuple[float, dict[str, Json]] | None = None
    _units: tuple[float, tuple[str, str]] | None = None

    def _is_fresh(self, kept_at: float) -> bool:
        return self.clock() - kept_at < FRESH_SECONDS

    def take_reading(self, cursor: str, changed_since: datetime | None) -> Reading | None:
        """The download that stands at this cursor; nobody else gets it until it is kept again."""
        with self._lock:
            kept, self._reading = self._reading, None
        if kept is None or not self._is_fresh(kept[0]) or kept[1] != changed_since or kept[2].cursor != cursor:
            return None
        return kept[2]

    def keep_reading(self, reading: Reading, changed_since: datetime | None) -> None:
        self._reading = (self.clock(), changed_since, reading) if reading.cursor else None

    @property
    def categories(self) -> dict[str, Json] | None:
        return self._categories[1] if self._categories and self._is_fresh(self._categories[0]) else None

    @categories.setter
    def categories(self, found: dict[str, Json]) -> None:
        self._categories = (self.clock(), found)

    @property
    def units(self) -> tuple[str, str] | None:
        return self._units[1] if self._units and self._is_fresh(self._units[0]) else None

    @units.setter
    def units(self, found: tuple[str, str]) -> None:
        self._units = (self.clock(), found)


_memories: WeakKeyDictionary[TokenBucket, Memory] = WeakKeyDictionary()
_memories_lock = threading.Lock()


def memory_of(bucket: TokenBucket) -> Memory:
    """The memory of the store that has this bucket, shared by everything in this process."""
    with _memories_lock:
        return _memories.setdefault(bucket, Memory())
