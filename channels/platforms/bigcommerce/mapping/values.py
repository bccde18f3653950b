"""Single values as BigCommerce writes them: V2 money is text with 4 decimals, V3 money a number, ids either.

The documentation itself warns of "Float, Float-As-String, Integer" for the same field, so all are accepted.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from channels.platforms.http import unreadable

ZERO = Decimal(0)
Json = Mapping[str, Any]


def money(row: Json, name: str) -> Decimal:
    """Amount of a field; 0 where it is missing or empty. Nonsense raises MalformedResponse: money is never guessed."""
    found = maybe_money(row, name)
    return ZERO if found is None else found


def maybe_money(row: Json, name: str) -> Decimal | None:
    """As `money`, but None where the store says nothing."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise unreadable(f"{name} is {value!r}")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise unreadable(f"{name} is {value!r}") from error
    if not found.is_finite():
        raise unreadable(f"{name} is {value!r}")
    return found


def remote_id(row: Json, name: str) -> str:
    """Text of an id; "" for none, which the store writes as 0, "" or null."""
    value = row.get(name)
    return "" if value in (None, "", 0, "0", False) else str(value)


def text(row: Json, name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value).strip()


def whole(row: Json, name: str) -> int:
    """A count; 0 where missing."""
    return int(money(row, name))


def flag(row: Json, name: str) -> bool:
    return row.get(name) in (True, "true", 1, "1")


def objects(row: Json, name: str) -> list[Json]:
    """List of objects of a field; [] when it holds a link (`{"url", "resource"}`) or nothing."""
    value = row.get(name)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def moment(value: Any) -> datetime | None:
    """V2 dates are RFC 2822, V3 dates ISO 8601; both are UTC when they do not say otherwise."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        try:
            found = parsedate_to_datetime(value)
        except ValueError as error:
            raise unreadable(f"date {value!r}") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def plain(value: Any) -> Any:
    """JSON as it may be stored: amounts as text instead of Decimal."""
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return str(value) if isinstance(value, Decimal) else value
