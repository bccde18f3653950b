"""Lists as CSV files that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """Hands back what it is given, line by line."""

    def write(self, line: str) -> str:
        return line


def csv_file(name: str, *, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Download named `name`, with a mark that tells spreadsheets it is UTF-8."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff"
        yield writer.writerow([str(cell) for cell in head])
        for row in rows:
            yield writer.writerow([_cell(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)  # what views may answer; Django's stubs know no common type


def _cell(value: object) -> str:
    """Text that looks like a formula is quoted; numbers stay numbers."""
    text = "" if value is None else str(value)
    is_number = text.lstrip("-").replace(".", "", 1).isdecimal()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text
