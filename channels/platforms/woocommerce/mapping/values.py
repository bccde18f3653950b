"""Single values as WooCommerce writes them: amounts as text, ids as numbers, names escaped for HTML, dates in UTC
without saying so (`…_gmt`).
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from channels.platforms.http import unreadable

ZERO = Decimal(0)
Json = Mapping[str, Any]
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


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


def maybe_number(row: Json, name: str) -> Decimal | None:
    """A measure, which staff type freely: None where it is no number."""
    try:
        found = Decimal(text(row, name).replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def remote_id(row: Json, name: str) -> str:
    """Text of an id; "" for none, which the store writes as 0, "" or null."""
    value = row.get(name)
    return "" if value in (None, "", 0, "0", False) else str(value)


def text(row: Json, name: str) -> str:
    """As the store wrote it. Addresses and notes are plain text."""
    value = row.get(name)
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value).strip()


def title(row: Json, name: str) -> str:
    """A name of a product, term or rate: the store escapes it for HTML, and leaves what staff marked up in it."""
    return plain_title(text(row, name))


def plain_title(value: str) -> str:
    return html.unescape(_TAG.sub("", value)).replace("\x00", "").strip()


def whole(row: Json, name: str) -> int:
    """A count; 0 where missing."""
    return int(money(row, name))


def flag(row: Json, name: str) -> bool:
    """Also of settings and old versions, which write yes and no."""
    return row.get(name) in (True, "true", "yes", 1, "1")


def an_object(row: Json, name: str) -> Json:
    """Object of a field; {} where there is none, which PHP may write as an empty list."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def objects(row: Json, name: str) -> list[Json]:
    """List of objects of a field; [] for nothing. PHP writes a list with gaps as an object."""
    value = row.get(name)
    if isinstance(value, Mapping):
        value = list(value.values())
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def moment(row: Json, name: str) -> datetime | None:
    """Of a `…_gmt` field. None where it is empty, and for the year 0 of dates that were never set."""
    value = text(row, name)
    if not value or value.startswith(("0000", "-0001")):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise unreadable(f"{name} is {value!r}") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def plain(value: Any) -> Any:
    """JSON as it may be stored: amounts as text instead of Decimal."""
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return str(value) if isinstance(value, Decimal) else value
