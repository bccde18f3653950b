"""Rows of an uploaded CSV or XLSX file, whatever program wrote it (SPEC INV-6). Hostile files are refused in words."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from inventory_sync.lib.errors import ProductError

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 250
MOST_CELLS = 2_500_000
MOST_UNPACKED = 150 * 1024 * 1024
"""An XLSX file is a ZIP archive: what it may hold unpacked."""
_MOST_WHOLE = 10 * 1024 * 1024
"""Styles and the like are read whole, and take up many times their size."""
_READ_BY_ROW = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/")
_MOST_PARTS = 2000
_MOST_CHARACTERS = 60_000_000
_ZIP = b"PK\x03\x04"
_DELIMITERS = (",", ";", "\t")

csv.field_size_limit(1_000_000)

Row = tuple[int, list[str]]
"""Line number in the file and the texts of its cells."""


class FileRefused(ProductError):
    """The file cannot be read; the message says why and what to do."""


def check_file(name: str, content: bytes) -> None:
    """What can be said at once, without reading all of it."""
    if not content:
        raise FileRefused(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 10 MB. Split it into several."))
    if name.casefold().endswith((".xls", ".ods", ".pdf", ".numbers")) or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(_("This is no CSV or XLSX file. Save it as one of these and bring it again."))
    if content.startswith(_ZIP):
        _check_archive(content)


def read_rows(content: bytes) -> Iterator[Row]:
    """All rows that have something in them, the head first. Raises FileRefused at the first row that is too much."""
    rows = _xlsx_rows(content) if content.startswith(_ZIP) else _csv_rows(content)
    characters = 0
    count = -1
    for line, cells in rows:
        texts = _trimmed(cells)
        if not texts:
            continue
        count += 1
        characters += sum(map(len, texts))
        if count > MOST_ROWS:
            raise FileRefused(_("The file has more than 50 000 rows. Split it into several."))
        if len(texts) > MOST_COLUMNS:
            raise FileRefused(_("Line %(line)s has more than 250 columns.") % {"line": line})
        if characters > _MOST_CHARACTERS:
            raise FileRefused(_("There is too much text in the file. Split it into several."))
        yield line, texts
    if count < 1:
        raise FileRefused(_("The file has no rows below its head."))


def has_decimal_comma(content: bytes) -> bool:
    """Whether “1,234” is a number with decimals: so it is in files whose columns are not separated by commas."""
    return not content.startswith(_ZIP) and _delimiter(_decoded(content)) == ";"


def _trimmed(cells: Iterable[str]) -> list[str]:
    texts = [cell.replace("\x00", "").strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _csv_rows(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    start = 1
    try:
        for cells in reader:
            if not (start == 1 and cells and cells[0].casefold().startswith("sep=")):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(
            _("Line %(line)s cannot be read. Is a quotation mark missing?") % {"line": start}, detail=str(error)
        ) from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else what Windows writes in western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The character that separates the columns of the head."""
    head = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    if head.casefold().startswith("sep=") and len(head) > 4:
        return head[4] if head[4] in _DELIMITERS else ","
    bare = "".join(head.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _broken(error) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused(_("Unpacked, the file is larger than 150 MB. Save only the sheet with the rows."))
    if any(part.file_size > _MOST_WHOLE and not part.filename.startswith(_READ_BY_ROW) for part in parts):
        raise FileRefused(_("The file has too many formats. Save it again without them, or as CSV."))


def _xlsx_rows(content: bytes) -> Iterator[Row]:
    """The first sheet; formulas count with the value that was saved with them."""
    _check_archive(content)
    broken = (
        InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException,
        KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, RuntimeError,
    )  # fmt: skip
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        cells = 0
        for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells += len(values) + 1
            if cells > MOST_CELLS:
                raise FileRefused(_("The sheet has too many cells. Save only the columns and rows you need."))
            yield line, [_text(value) for value in values]
    except broken as error:
        raise _broken(error) from error


def _broken(error: Exception) -> FileRefused:
    return FileRefused(
        _("The XLSX file is damaged. Save it again, or as CSV."), detail=f"{type(error).__name__}: {error}"[:500]
    )


def _text(value: Any) -> str:
    """A cell as a person would type it; numbers with the 15 digits that spreadsheets keep."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int | str):
        return str(value)
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.10f}".rstrip("0").rstrip(".")
