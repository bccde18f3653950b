"""Files of any program are read, hostile ones refused in words (SPEC INV-6)."""

import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import Workbook

from inventory.services.imports_reading import FileRefused, check_file, has_decimal_comma, read_rows
from inventory.services.imports_values import CellProblem, addresses, joined, names, number
from tests.inventory.files import csv_of, xlsx_of

pytestmark = pytest.mark.req("INV-6")
HEAD = ["SKU", "Name"]


def rows(content: bytes) -> list[tuple[int, list[str]]]:
    return list(read_rows(content))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings(delimiter, encoding) -> None:
    text = csv_of(HEAD, ["MÜG", "Größe – x"], delimiter=delimiter).decode()
    assert rows(text.encode(encoding)) == [(1, HEAD), (2, ["MÜG", "Größe – x"])]


def test_lines_are_those_of_the_file() -> None:
    content = b'sep=;\r\n\r\nSKU;Name\r\nA;"two\r\nlines"\r\n;;;\r\nB;"with ; and ""quotes"""\r\n'
    assert rows(content) == [
        (3, HEAD),
        (4, ["A", "two\r\nlines"]),
        (7, ["B", 'with ; and "quotes"']),
    ]
    assert has_decimal_comma(content)
    assert not has_decimal_comma(csv_of(HEAD))


def test_a_sheet_is_read_as_it_is_shown() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["SKU", "Number", "Yes", "Formula"])
    sheet.append([12345, 0.1 + 0.2, True, "=1+1"])
    sheet.append([])
    sheet.append(["007", 12.0, None, 1e-7])
    book.create_sheet("Other").append(["not read"])
    buffer = io.BytesIO()
    book.save(buffer)

    assert rows(buffer.getvalue()) == [
        (1, ["SKU", "Number", "Yes", "Formula"]),
        (2, ["12345", "0.3", "yes"]),  # no program has saved a value for the formula
        (4, ["007", "12", "", "0.0000001"]),
    ]


def bomb_of_styles() -> bytes:
    """Small enough in all, but styles are read whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/styles.xml", b" " * (11 * 1024 * 1024))
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (160 * 1024 * 1024))
    return buffer.getvalue()


def hostile_xml() -> bytes:
    source, target = io.BytesIO(xlsx_of(HEAD, ["A", "B"])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data.replace(
                    b"<sheetData>", b"&b;<sheetData>"
                )
            new.writestr(part, data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (csv_of(HEAD), "The file has no rows below its head."),
        (b'SKU,Name\r\nA,"' + b"x" * 1_100_000, "Line 2 cannot be read. Is a quotation mark missing?"),
        (csv_of(["h"] * 251, ["x"] * 251), "Line 1 has more than 250 columns."),
        (csv_of(HEAD, *[["A", "B"]] * 50_001), "The file has more than 50 000 rows. Split it into several."),
        (b"PK\x03\x04" + b"x" * 100, "The XLSX file is damaged. Save it again, or as CSV."),
        (xlsx_of(HEAD, ["A", "B"])[:-200], "The XLSX file is damaged. Save it again, or as CSV."),
        (hostile_xml(), "The XLSX file is damaged. Save it again, or as CSV."),
        (bomb(), "Unpacked, the file is larger than 150 MB. Save only the sheet with the rows."),
        (bomb_of_styles(), "The file has too many formats. Save it again without them, or as CSV."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, words) -> None:
    def look() -> None:
        check_file("file", content)
        rows(content)

    with pytest.raises(FileRefused) as refused:
        look()
    assert refused.value.message == words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"), ("-3", "-3"), ("−3", "-3"), ("1 234.5", "1234.5"), ("1’234.50", "1234.5"), ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"), ("1,5", "1.5"), ("0,125", "0.125"), ("1.234.567", "1234567"), ("1,234,567", "1234567"),
        (".5", "0.5"), ("1e3", "1000"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text, value) -> None:
    assert number(text) == Decimal(value)


def test_a_lonely_comma_is_asked_about_unless_the_file_says() -> None:
    with pytest.raises(CellProblem, match="may be a thousand or a fraction"):
        number("1,234")
    assert number("1,234", decimal_comma=True) == Decimal("1.234")


@pytest.mark.parametrize("text", ["", "x", "1_0", "NaN", "Infinity", "1.00001", "1e99", "--1", "1 EUR"])
def test_what_is_no_number(text) -> None:
    with pytest.raises(CellProblem):
        number(text)


def test_names_and_addresses() -> None:
    assert names(joined(["b", 'so "x"', "a, c"])) == ["a, c", "b", 'so "x"']
    assert addresses("https://a.example/x y.png  https://b.example/\nhttp://c.example") == [
        "https://a.example/x y.png",
        "https://b.example/",
        "http://c.example",
    ]
