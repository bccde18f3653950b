"""Finding by words: every word must occur in the `search` column (folded, without accents)."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from inventory_sync.lib.text import fold, searchable

Row = TypeVar("Row", bound=Model)
_WORDS = 8


def matching(rows: QuerySet[Row], text: str, *, column: str = "search") -> QuerySet[Row]:
    """Rows whose column holds all words of `text` (the first eight); `…_key` columns are folded, others plain."""
    folded = searchable(text) if column.endswith("search") else fold(text)
    lookup = "contains" if column.endswith(("search", "_key")) else "icontains"
    for word in folded.split()[:_WORDS]:
        rows = rows.filter(**{f"{column}__{lookup}": word})
    return rows
