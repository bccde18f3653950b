"""Reading a list that changes meanwhile: each window begins with the last row of the one before.

Pages shift when rows before them are deleted or restored, and totals in headers may be wrong or missing. In order of
id the overlapping row tells: if it is where it was, nothing was missed; if not, the windows before are read again. It
costs one row in a hundred and trusts no header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.errors import InDoubt
from channels.platforms.http import unreadable
from channels.platforms.woocommerce.client import BY_ID, PAGE, Client, Json

TRIES = 50
"""Windows read for one; more means that the store does not know `offset`."""
SMALLEST = 5
"""Rows of a window on the slowest host; one of them is the overlap."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """How far a list was read: rows before it, and the last one's id."""

    position: int = 0
    last_id: int = 0

    def __str__(self) -> str:
        return f"{self.position}|{self.last_id}"


@dataclass(frozen=True, kw_only=True)
class Window:
    """Rows after a place, with the place after each. `is_last`: there were no more."""

    rows: tuple[tuple[Place, Json], ...]
    is_last: bool
    total: int | None


def place_of(cursor: str) -> Place:
    position, _bar, last_id = cursor.partition("|")
    return Place(position=int(position), last_id=int(last_id)) if cursor else Place()


def window(client: Client, path: str, params: Mapping[str, Any], after: Place) -> Window:
    """The next rows, at most a page of them."""
    offset = max(0, after.position - 1)
    for _try in range(TRIES):
        where = {"offset": offset} if offset else {}
        size = max(SMALLEST, client.pace.size(PAGE))
        try:
            found = client.sized_page(path, {**BY_ID, **params, **where}, size)
        except InDoubt:
            if size <= SMALLEST:
                raise
            continue
        ids = [_number(row, path) for row in found.rows]
        if offset and (not ids or ids[0] > after.last_id):
            offset = max(0, offset - size + 1)  # rows before this one have gone
            continue
        new = tuple(
            (Place(position=offset + index + 1, last_id=number), row)
            for index, (number, row) in enumerate(zip(ids, found.rows, strict=True))
            if number > after.last_id
        )
        is_full = len(ids) >= size
        if not new and is_full:
            offset += size - 1  # so many rows have come before this one
            continue
        more = is_full or (bool(new) and (found.total or 0) > offset + len(ids))
        return Window(rows=new, is_last=not more, total=found.total)
    raise unreadable(f"{path}: the list does not move on from {after}")


def _number(row: Json, path: str) -> int:
    number = row.get("id")
    if isinstance(number, bool) or not isinstance(number, (int, str)) or not str(number).isdecimal():
        raise unreadable(f"{path}: a row without id")
    return int(number)
