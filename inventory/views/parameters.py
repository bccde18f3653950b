"""What an address says, cleaned: lists never fail on odd input, they ignore it."""

from collections.abc import Collection, Mapping

from django.http import HttpRequest

from inventory.models import User

_LENGTH = 200
_ID_DIGITS = 18


def text(request: HttpRequest, name: str = "q") -> str:
    """Trimmed text without NUL."""
    return " ".join(request.GET.get(name, "").replace("\x00", "").split())[:_LENGTH]


def choice(request: HttpRequest, name: str, allowed: Collection[str]) -> str:
    """One of the allowed values, else empty."""
    value = request.GET.get(name, "")
    return value if value in allowed else ""


def identifier(request: HttpRequest, name: str) -> int | None:
    """A primary key, or None."""
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() and len(value) <= _ID_DIGITS else None


def order(request: HttpRequest, columns: Mapping[str, str], *, default: str) -> str:
    """Column of `?sort=` (`-` turns it), by the keys of `columns`."""
    asked = request.GET.get("sort", "") or default
    column = columns.get(asked.removeprefix("-"))
    if column is None:
        asked, column = default, columns[default.removeprefix("-")]
    return f"-{column}" if asked.startswith("-") else column


def staff(request: HttpRequest) -> User:
    """The user of a guarded view."""
    assert isinstance(request.user, User)  # noqa: S101 (the guard lets nobody else in)
    return request.user
