"""Files of products and stock: streamed, harmless in a spreadsheet, and bringing them back changes nothing (INV-6)."""

import csv
import io
import itertools
import tempfile
import tracemalloc
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from inventory.enums import DropShip, ProductType
from inventory.models import Brand, CustomField, Product, ProductImage, ProductPrice, StockLevel, Tag
from inventory.queries import lists
from inventory.services import exports
from inventory.services.imports_products import PRODUCTS
from inventory.services.imports_reading import read_rows
from inventory.services.imports_stock import STOCK
from inventory.services.imports_values import shielded, unshielded
from inventory.services.products_as_cells import Column
from tests.factories.inventory import (
    AccountFactory,
    CategoryFactory,
    FamilyFactory,
    PriceTierFactory,
    ProductFactory,
    TaxRuleFactory,
    default_location,
    stocked_product,
)
from tests.inventory.files import preview, shown

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]


def file_of(form: str) -> bytes:
    rows = lists.product_rows({}, order="sku_key")
    return b"".join(exports.table_file(*exports.product_table(rows), form=form))


def cells_of(content: bytes, form: str) -> list[list[str]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def full_product(**columns) -> Product:
    product = ProductFactory(
        family=FamilyFactory(),
        option1="red",
        category=CategoryFactory(),
        brand=Brand.objects.get_or_create(name="A, B", name_key="a, b")[0],
        sale_tax_rule=TaxRuleFactory(),
        revenue_account=AccountFactory(),
        default_location=default_location(),
        weight=Decimal("0.2500"),
        drop_ship=DropShip.OPTIONAL,
        description="<p>Tea &amp; more</p>\r\n<p>x</p>",
        **columns,
    )
    tier = PriceTierFactory(number=1, name="Retail")
    ProductPrice.objects.create(product=product, tier=tier, amount=Decimal("12.5"))
    CustomField.objects.create(product=product, position=1, name="Material", value="=1+1")
    for place, url in enumerate(["https://img.example/a b.png", "https://img.example/c.png"]):
        ProductImage.objects.create(product=product, position=place, url=url)
    product.tags.add(*[Tag.objects.get_or_create(name=name)[0] for name in ("Hot, new", 'So "good"', "plain")])
    return product


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_brought_back_changes_nothing(form) -> None:
    full_product(sku="=cmd()", name="-5 degrees", barcode="+49")
    full_product(sku="007", name="'t Huis", barcode="0400")
    ProductFactory(sku="S", name="Service", type=ProductType.SERVICE)

    content = file_of(form)
    plan = preview(PRODUCTS, content)

    assert shown(plan) == {}
    assert (plan.passed, plan.options["unknown"]) == (3, [])
    head, *rows = cells_of(content, form)
    by_sku = {row[head.index("SKU")]: dict(zip(head, row, strict=True)) for row in rows}
    assert by_sku.keys() == {"'=cmd()", "007", "S"}
    assert by_sku["'=cmd()"]["Name"] == "'-5 degrees"
    assert by_sku["'=cmd()"]["Custom field 1"] == "'=1+1"
    assert by_sku["007"]["Name"] == "'t Huis"
    assert by_sku["007"]["Price Retail"] == "12.5"
    assert not [row for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]


_PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
_SKU = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=20
).map(str.strip).filter(bool)  # fmt: skip
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1, max_size=20
)


@settings(max_examples=20, suppress_health_check=list(HealthCheck), phases=_PHASES)
@given(
    rows=st.lists(
        st.tuples(_SKU, _TEXT, st.decimals(0, 10**6, places=4), _TEXT), min_size=1, max_size=4,
        unique_by=(lambda row: row[0].casefold(), lambda row: row[1].casefold()),
    ),
    form=st.sampled_from(["csv", "xlsx"]),
)  # fmt: skip
def test_any_products_come_back_unchanged(rows, form) -> None:
    tier = PriceTierFactory(number=1, name="Retail")
    ProductPrice.objects.all().delete()
    CustomField.objects.all().delete()
    Product.objects.all().delete()
    for sku, name, price, barcode in rows:
        try:
            with transaction.atomic():
                product = ProductFactory(sku=sku, name=name, barcode=barcode, option1="")
        except IntegrityError:
            continue
        ProductPrice.objects.create(product=product, tier=tier, amount=price)
        CustomField.objects.create(product=product, position=1, name="x", value=barcode)
    if not Product.objects.exclude(sku_key="").exists():
        return

    found = shown(preview(PRODUCTS, file_of(form)))

    changed = {line: what for line, what in found.items() if not isinstance(what, str)}
    assert changed == {}


@given(st.text(max_size=10))
def test_the_shield_comes_off_as_it_went_on(text) -> None:
    assert unshielded(shielded(text)) == text
    assert shielded(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_stock_comes_back_unchanged() -> None:
    stocked_product(Decimal("2.5"), sku="MUG")
    rows = lists.level_rows({}, order="product__sku_key")
    for form in ("csv", "xlsx"):
        content = b"".join(exports.table_file(*exports.stock_table(rows), form=form))
        assert shown(preview(STOCK, content)) == {}
        assert [cells[:4] for _line, cells in read_rows(content)][-1] == [
            "MUG", Product.objects.get(sku="MUG").name, "Main warehouse", "2.5",
        ]  # fmt: skip
    assert StockLevel.objects.get().on_hand == Decimal("2.5")


def test_memory_stays_flat_however_many_rows() -> None:
    columns = [Column(f"c{n}", f"Column {n}") for n in range(20)]
    cells = {column.key: "x" * 20 for column in columns}

    def peak(rows: int, form: str) -> int:
        tracemalloc.start()
        for _piece in exports.table_file(columns, itertools.repeat(cells, rows), form=form):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    for form in ("csv", "xlsx"):
        peak(100, form)
        assert peak(6_000, form) < 1.5 * peak(2_000, form)


def test_text_stays_text_in_a_spreadsheet_and_numbers_keep_their_digits() -> None:
    columns = [Column("name", "=Name"), Column("amount", "Amount", is_number=True)]
    rows = [
        {"name": "#N/A", "amount": "2.5"},
        {"name": "=1+1", "amount": "-3"},
        {"name": "", "amount": "123456789012345.6789"},
    ]

    content = b"".join(exports.table_file(columns, rows, form="xlsx"))

    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[(cell.data_type, cell.value) for cell in row] for row in sheet.iter_rows()] == [
        [("s", "'=Name"), ("s", "Amount")],
        [("s", "#N/A"), ("n", 2.5)],
        [("s", "'=1+1"), ("n", -3)],
        [("n", None), ("s", "123456789012345.6789")],
    ]
    assert [cells for _line, cells in read_rows(content)][-1] == ["", "123456789012345.6789"]


def test_no_file_stays_behind_whoever_leaves(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def breaking():
        yield {"c": "x"}
        raise RuntimeError("the database went away")

    pieces = exports.table_file([Column("c", "C")], itertools.repeat({"c": uuid4().hex}, 20_000), form="xlsx")
    assert next(pieces)
    pieces.close()
    with pytest.raises(RuntimeError, match="went away"):
        list(exports.table_file([Column("c", "C")], breaking(), form="xlsx"))

    assert list(tmp_path.iterdir()) == []


def test_statements_grow_with_portions_of_500_only(django_assert_max_num_queries) -> None:
    for _n in range(30):
        ProductFactory()
    with django_assert_max_num_queries(8):
        assert len(cells_of(file_of("csv"), "csv")) == 31
