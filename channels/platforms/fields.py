"""Fields of a store's JSON as any platform writes them: amounts as text or number, ids either, empty for nothing."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from channels.platforms.http import unreadable

ZERO = Decimal(0)
Json = Mapping[str, Any]
_KEPT = frozenset({str, int, bool, float, type(None)})
"""Types of single values that stay as they are."""


def money(row: Json, name: str) -> Decimal:
    """Amount of a field; 0 where it is missing or empty. Nonsense raises MalformedResponse: money is never guessed."""
    found = maybe_money(row, name)
    return ZERO if found is None else found


def maybe_money(row: Json, name: str) -> Decimal | None:
    """As `money`, but None where the store says nothing."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise unreadable(f"{name} is {value!r}")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise unreadable(f"{name} is {value!r}") from error
    if not found.is_finite():
        raise unreadable(f"{name} is {value!r}")
    return found


def whole(row: Json, name: str) -> int:
    """A count; 0 where missing."""
    return int(money(row, name))


def remote_id(row: Json, name: str) -> str:
    """Text of an id; "" for none, which stores write as 0, "" or null."""
    value = row.get(name)
    return "" if value in (None, "", 0, "0", False) else str(value)


def text(row: Json, name: str) -> str:
    """As the store wrote it. Addresses and notes are plain text."""
    value = row.get(name)
    if type(value) is str:
        return value.strip()
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value).strip()


def plain(value: Any) -> Any:
    """JSON as it may be stored: amounts as text instead of Decimal."""
    if isinstance(value, dict):  # as all parsed JSON is: a hundred fields of every product of a download
        return {name: entry if type(entry) in _KEPT else plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [entry if type(entry) in _KEPT else plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    return str(value) if isinstance(value, Decimal) else value
