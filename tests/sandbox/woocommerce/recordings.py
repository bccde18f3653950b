"""The recorded exchanges with a real WooCommerce, as files outside the repository."""

import json
import os
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

Json = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """`auth` and `permissions` say how and with which key it was asked; `path` is below /wp-json."""

    number: int
    name: str
    auth: str | None
    permissions: str
    scheme: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int
    answer_headers: dict[str, str]
    answer: Any
    answer_is_json: bool

    @property
    def at(self) -> float:
        return parsedate_to_datetime(self.answer_headers["Date"]).timestamp()

    def __str__(self) -> str:
        return f"{self.number:04d}-{self.name}"


def folder() -> Path:
    shared = Path(os.environ.get("SHARED_DIR") or ROOT.parent / "shared")
    return shared / "platforms" / "woocommerce" / "recordings"


@cache
def load(session: str) -> tuple[Recording, ...]:
    """The exchanges of a session in their order; skips where the recordings are missing."""
    if not (folder() / session).is_dir():
        pytest.skip(f"the recorded exchanges are missing: {folder() / session}")
    return tuple(recording_of(path) for path in sorted((folder() / session).glob("*.json")))


def recording_of(path: Path) -> Recording:
    data = json.loads(path.read_text(encoding="utf-8"))
    request, response = data["request"], data["response"]
    headers: dict[str, str] = {}
    for name, value in response["headers"]:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Recording(
        number=int(path.name[:4]),
        name=data["name"],
        auth=data["auth"],
        permissions=data["key_permissions"],
        scheme=request["scheme"],
        method=request["method"],
        path=request["path"],
        query={name: str(value) for name, value in (request["query"] or {}).items()},
        headers=request["headers"],
        body=request["body"],
        status=response["status"],
        answer_headers=headers,
        answer=response["body"],
        answer_is_json=response["body_is_json"],
    )


@cache
def letters(session: str) -> tuple[Json, ...]:
    """What was delivered during a session, in its order; ``name`` is the file's."""
    if not (folder() / session).is_dir():
        pytest.skip(f"the recorded deliveries are missing: {folder() / session}")
    paths = sorted((folder() / session).glob("*.json"))
    return tuple({**json.loads(path.read_text(encoding="utf-8")), "name": path.stem} for path in paths)
