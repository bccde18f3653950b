"""Single values as BigCommerce writes them: V2 money is text with 4 decimals, V3 money a number, ids either.

The documentation itself warns of "Float, Float-As-String, Integer" for the same field, so all are accepted.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from channels.platforms.fields import Json
from channels.platforms.http import unreadable


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
