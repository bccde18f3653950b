"""What an address says, cleaned: lists never fail on odd input, they ignore it."""

from collections.abc import Collection, Mapping

from django.http import HttpRequest, QueryDict

from inventory.models import User

_LENGTH = 200
_ID_DIGITS = 18
_KEY_LENGTH = 60


def text(request: HttpRequest, name: str = "q") -> str:
    """Trimmed text without NUL."""
    return " ".join(request.GET.get(name, "").replace("\x00", "").split())[:_LENGTH]


def choice(request: HttpRequest, name: str, allowed: Collection[str]) -> str:
    """One of the allowed values, else empty."""
    value = request.GET.get(name, "")
    return value if value in allowed else ""


def identifier(request: HttpRequest, name: str) -> int | None:
    """A primary key, or None."""
    return _number(request.GET.get(name, ""))


def version(request: HttpRequest) -> int | None:
    """The edit that the person saw, from the form (SPEC APP-13)."""
    return _number(request.POST.get("version", ""))


def key(request: HttpRequest) -> str:
    """What makes one press of a button one act, from the form; empty where it cannot be one of ours."""
    value = request.POST.get("key", "")
    return value if value.isprintable() and value.isascii() and len(value) <= _KEY_LENGTH else ""


def with_more_rows(request: HttpRequest, rows: int) -> QueryDict:
    """The form's data with so many rows more; the set of forms says how many are too many."""
    data = request.POST.copy()
    data["form-TOTAL_FORMS"] = str((_number(data.get("form-TOTAL_FORMS", "")) or 0) + rows)
    return data


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


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and value.isascii() and len(value) <= _ID_DIGITS else None
