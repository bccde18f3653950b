"""Rows as CSV or XLSX, streamed: memory stays flat however many rows there are (SPEC INV-6).

Text that a spreadsheet would take for a formula is shielded; the import takes the shield away again.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell

from inventory.models import Product, StockLevel
from inventory.services.imports_values import digits, plain, shielded
from inventory.services.products_as_cells import RELATED, Cells, Column, product_cells, product_columns

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHUNK = 500
_CELL_LENGTH = 32_767
"""What a cell of XLSX holds. A longer text is left out: empty cells change nothing when they come back."""
_STOCK = (
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("location", "Location"),
    Column("quantity", "Quantity", is_number=True),
    Column("allocated", "Allocated", is_number=True),
    Column("available", "Available", is_number=True),
    Column("on_order", "On order", is_number=True),
)
_EXACT_DIGITS = 15
"""Spreadsheets keep no more of a number; a longer one is written as text."""
_PIECE = 64 * 1024


def product_table(rows: QuerySet[Product]) -> tuple[list[Column], Iterator[Cells]]:
    """Columns and rows of these products; read 500 at a time in the order given."""
    return product_columns(only_used=True), _product_rows(rows)


def stock_table(rows: QuerySet[StockLevel]) -> tuple[list[Column], Iterator[Cells]]:
    """Levels with the columns of a stock file in front, so that it can be brought again."""
    return list(_STOCK), _stock_rows(rows)


def table_file(columns: Sequence[Column], rows: Iterable[Cells], *, form: str) -> Iterator[bytes]:
    """The file, piece by piece."""
    return _xlsx(columns, rows) if form == XLSX else _csv(columns, rows)


def _product_rows(rows: QuerySet[Product]) -> Iterator[Cells]:
    chunk: list[Product] = []
    for product in rows.defer(None).defer("search").select_related(*RELATED).iterator(chunk_size=_CHUNK):
        chunk.append(product)
        if len(chunk) == _CHUNK:
            yield from product_cells(chunk)
            chunk = []
    if chunk:
        yield from product_cells(chunk)


def _stock_rows(rows: QuerySet[StockLevel]) -> Iterator[Cells]:
    for level in rows.iterator(chunk_size=_CHUNK):
        yield {
            "sku": plain(level.product.sku),
            "name": plain(level.product.name),
            "location": plain(level.location.name),
            "quantity": digits(level.on_hand),
            "allocated": digits(level.allocated),
            "available": digits(level.available),
            "on_order": digits(level.on_order),
        }


def _csv(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([shielded(column.head) for column in columns])
    yield b"\xef\xbb\xbf"
    for count, cells in enumerate(rows, 1):
        writer.writerow([_texts(column, cells) for column in columns])
        if not count % _CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _texts(column: Column, cells: Mapping[str, str]) -> str:
    text = cells.get(column.key, "")
    return text if column.is_number else shielded(text)


def _xlsx(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[bytes]:
    """The whole book goes to a file without a name, gone when the last piece is taken or nobody waits any more."""
    with tempfile.TemporaryFile() as file:
        _write_book(file, columns, rows)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write_book(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Cells]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    try:
        sheet.append([_text_cell(sheet, plain(column.head)) for column in columns])
        for cells in rows:
            sheet.append([_cell(sheet, column, cells.get(column.key, "")) for column in columns])
    finally:
        book.save(file)  # also where a row failed: saving removes the file of the sheet


def _cell(sheet: Any, column: Column, text: str) -> Any:
    """None leaves a cell out."""
    if not text or len(text) >= _CELL_LENGTH:
        return None
    if column.is_number and len(text.strip("-0.").replace(".", "")) <= _EXACT_DIGITS:
        return Decimal(text)
    return _text_cell(sheet, text)


def _text_cell(sheet: Any, text: str) -> Any:
    """Text stays text: neither a formula nor an error such as “#N/A”."""
    cell = WriteOnlyCell(sheet, value=shielded(text))
    cell.data_type = "s"
    return cell
