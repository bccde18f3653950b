"""The log of API requests and what was answered, for counting calls and checking them against descriptions."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from sandbox.db import Json

KEPT, KEPT_BODY = 5000, 65536


@dataclass(frozen=True)
class Exchange:
    """``status`` is None when the connection was closed without an answer; tokens are never kept."""

    id: int
    platform: str
    store: str
    method: str
    path: str
    query: str
    content_type: str
    body: str
    status: int | None
    answer_type: str
    answer: str
    milliseconds: int
    fault: str


class ExchangeLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Exchange] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)
        self.observers: list[Callable[[Exchange], None]] = []

    def add(self, exchange: Exchange) -> None:
        with self._lock:
            exchange = replace(exchange, id=next(self._ids))
            cut = replace(exchange, body=exchange.body[:KEPT_BODY], answer=exchange.answer[:KEPT_BODY])
            self._kept.append(cut)
        for observer in self.observers:
            observer(exchange)

    def listed(self, **wanted: str) -> list[Json]:
        with self._lock:
            found = list(self._kept)
        return [asdict(one) for one in found if all(str(getattr(one, name)) == value for name, value in wanted.items())]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
