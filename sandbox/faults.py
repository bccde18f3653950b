"""Faults that can be switched on for requests of a store: each rule names a path, a kind and how often."""

import fnmatch
import itertools
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.db import Json
from sandbox.problems import Problem

KINDS = {
    "error": "answer ``status`` (500) instead of doing anything",
    "too_many": "answer 429 with the rate-limit headers",
    "overload": "answer 429 without the rate-limit headers",
    "slow": "wait ``seconds``, then answer normally",
    "late": "do it, wait ``seconds``, then answer",
    "drop_before": "close the connection without doing anything",
    "drop_after": "do it, then close the connection without an answer",
    "malformed": "do it, then answer cut-off JSON",
    "html": "answer an HTML page with ``status`` (200) instead of doing anything",
    "empty": "answer 204 instead of doing anything",
    "php_notice": "do it, then answer with a PHP notice in HTML before the JSON",
    "bom": "do it, then answer with a byte order mark before the JSON",
    "waf": "answer a firewall's HTML challenge with ``status`` (403) instead of doing anything",
    "wrong_totals": "do it, then answer with totals in the headers that are not true (``status`` 0: without them)",
    "bare_500": "answer 500 with nothing in it instead of doing anything",
    "unknown_fields": "do it, then answer with fields in every object that nobody described",
}


@dataclass
class Fault:
    """``path`` is a glob over the API path (``/v3/catalog/*``); ``times`` None means until it is cleared."""

    id: int
    store: str
    kind: str
    path: str = "*"
    method: str = "*"
    times: int | None = 1
    skip: int = 0
    seconds: float = 1.0
    status: int | None = None

    def fits(self, store: str, method: str, path: str) -> bool:
        if self.times == 0 or self.store not in ("*", store) or self.method not in ("*", method):
            return False
        return fnmatch.fnmatchcase(path, self.path)


class FaultBook:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, store: str, data: Json) -> Fault:
        known = {name: data[name] for name in ("path", "method", "times", "skip", "seconds", "status") if name in data}
        if data.get("kind") not in KINDS:
            raise Problem(422, f"The kind of a fault is one of {', '.join(KINDS)}.")
        with self._lock:
            fault = Fault(next(self._ids), store, data["kind"], **known)
            self._faults.append(fault)
            return fault

    def next_for(self, store: str, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if not fault.fits(store, method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def clear(self, store: str | None = None) -> None:
        with self._lock:
            self._faults = [fault for fault in self._faults if store is not None and fault.store != store]

    def listed(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._faults if fault.times != 0]


def with_unknown_fields(body: Any) -> Any:
    """The same JSON as a later version of the platform might answer it."""
    if isinstance(body, list):
        return [with_unknown_fields(each) for each in body]
    if isinstance(body, dict):
        known = {name: with_unknown_fields(value) for name, value in body.items()}
        return {**known, "brand_new": {"deep": [1, "two", None]}, "Überraschung": "<b>new</b>", "": None}
    return body
