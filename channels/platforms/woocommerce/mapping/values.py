"""Single values as WooCommerce writes them: amounts as text, ids as numbers, names escaped for HTML, dates in UTC
without saying so (`…_gmt`).
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from channels.platforms.fields import Json, text
from channels.platforms.http import unreadable

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def maybe_number(row: Json, name: str) -> Decimal | None:
    """A measure, which staff type freely: None where it is no number."""
    try:
        found = Decimal(text(row, name).replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def title(row: Json, name: str) -> str:
    """A name of a product, term or rate: the store escapes it for HTML, and leaves what staff marked up in it."""
    return plain_title(text(row, name))


def plain_title(value: str) -> str:
    return html.unescape(_TAG.sub("", value)).replace("\x00", "").strip()


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
