"""Batches: always 200, results by position, nothing validated, deleting for good."""

from collections.abc import Callable
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import Call
from sandbox.woocommerce.wire import ApiError, Reply

MOST = 100


def run_batch(
    call: Call,
    *,
    create: Callable[[Json], Json],
    update: Callable[[int, Json], Json],
    delete: Callable[[int], Json],
) -> Reply:
    """Each function answers the object's shape or raises; what was done before an error stays done."""
    parts = {name: list(call.sent.get(name) or []) for name in ("create", "update", "delete")}
    if sum(len(part) for part in parts.values()) > MOST:
        text = f"Unable to accept more than {MOST} items for this request."
        raise ApiError(413, "woocommerce_rest_request_entity_too_large", text)
    found: Json = {}
    if parts["create"]:
        found["create"] = [_each(0, create, entry) for entry in parts["create"]]
    if parts["update"]:
        found["update"] = [_each(_number(entry), update, _number(entry), entry) for entry in parts["update"]]
    if parts["delete"]:
        found["delete"] = [_each(_int(number), delete, _int(number)) for number in parts["delete"]]
    return Reply(found)


def _number(entry: Json) -> int:
    return _int(entry.get("id"))


def _int(value: Any) -> int:
    """As PHP casts: zero for what is no number."""
    text = str(value or 0)
    return int(text) if text.lstrip("-").isdigit() else 0


def _each(number: int, work: Callable[..., Json], *values: Any) -> Json:
    try:
        return work(*values)
    except ApiError as error:
        return {"id": number, "error": error.body()}
