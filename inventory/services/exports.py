"""Rows as CSV or XLSX, streamed: memory stays flat however many rows there are (SPEC INV-6).

Text that a spreadsheet would take for a formula is shielded; the import takes the shield away again.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.db.models import QuerySet
from openpyxl.utils import get_column_letter

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
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


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


class _Pipe(io.RawIOBase):
    """What the archive writes, to be taken away piece by piece; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data


def _xlsx(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[bytes]:
    """Written here and not by openpyxl, which needs the last row before it answers the first byte."""
    pipe = _Pipe()
    letters = [get_column_letter(number) for number in range(1, len(columns) + 1)]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, part)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            heads = {column.key: column.head for column in columns}
            sheet.write(_row(1, [Column(column.key, column.head) for column in columns], letters, heads))
            for count, cells in enumerate(rows, 2):
                sheet.write(_row(count, columns, letters, cells))
                if not count % _CHUNK:
                    yield pipe.take()
            sheet.write(b"</sheetData></worksheet>")
    yield pipe.take()


def _row(number: int, columns: Sequence[Column], letters: Sequence[str], cells: Mapping[str, str]) -> bytes:
    parts = [f'<row r="{number}">']
    for column, letter in zip(columns, letters, strict=True):
        text = cells.get(column.key, "")
        if not text or len(text) >= _CELL_LENGTH:
            continue
        if column.is_number:
            parts.append(f'<c r="{letter}{number}"><v>{text}</v></c>')
        else:
            shown = escape(shielded(text))
            parts.append(f'<c r="{letter}{number}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>')
    parts.append("</row>")
    return "".join(parts).encode()
