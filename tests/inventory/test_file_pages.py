"""Pages of files: upload, preview, apply, downloads, and who may (SPEC INV-6, NEW-2)."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import ImportFile, Product, Run, StockLevel, Stocktake, Transfer
from inventory.services import imports, stocktakes
from inventory.services.imports_products import PRODUCTS
from inventory.services.stocktakes import Scope
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    PriceTierFactory,
    ProductFactory,
    UserFactory,
    default_location,
    stocked_product,
)
from tests.inventory.doors import page
from tests.inventory.files import advance, csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]


def upload(client, name: str, content: bytes, *args, file="file.csv", **data):
    data["file"] = SimpleUploadedFile(file, content)
    return client.post(reverse(f"inventory:{name}", args=args), data)


def rows_of(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def read(answer) -> Run:
    plan = Run.objects.filter(kind__in=imports.KINDS).order_by("-pk").first()
    assert answer.url == reverse("inventory:import", args=[plan.pk])
    advance(imports.reading_of(plan))
    return Run.objects.get(pk=plan.pk)


@pytest.mark.req("NEW-2")
def test_products_from_upload_to_done(staff) -> None:
    ProductFactory(sku="MUG", name="Mug")
    assert "The SKU says which product" in page(staff, "import_products")
    content = csv_of(["SKU", "Name", "Colour"], ["MUG", "Big mug", "red"], ["CUP", "Cup", ""], ["X", "", ""])
    answer = upload(staff, "import_products", content)
    waiting = page(staff, "import", Run.objects.get(kind=PRODUCTS).pk)
    assert "every 2s" in waiting
    assert "Big mug" not in waiting

    plan = read(answer)
    shown = page(staff, "import", plan.pk)

    assert "<del>Mug</del> <ins>Big mug</ins>" in shown
    assert "A new product needs a name." in shown
    assert "Some columns are not known" in shown
    assert "Apply 2 rows" in shown
    assert Product.objects.count() == 1
    assert "You have a preview of" in page(staff, "import_products")
    preview = rows_of(staff.get(reverse("inventory:import_csv", args=[plan.pk])))
    assert preview[:2] == [
        ["Line", "Item", "Field", "Old", "New", "Outcome", "Reason"],
        ["2", "MUG Mug", "Name", "Mug", "Big mug", "Waiting", ""],
    ]

    answer = staff.post(reverse("inventory:confirm_import", args=[plan.pk]))
    assert answer.url == reverse("inventory:import", args=[plan.pk])
    assert "every 2s" in page(staff, "import", plan.pk)
    advance(plan)
    done = page(staff, "import", plan.pk)

    assert "Applied: 2, not applied: 1" in done
    assert Product.objects.filter(name="Big mug").exists()
    assert rows_of(staff.get(reverse("inventory:failed_csv", args=[plan.pk]))) == [
        ["SKU", "Name", "Line", "Problem"],
        ["X", "", "4", "A new product needs a name."],
    ]
    assert staff.get(reverse("inventory:run", args=[plan.pk])).url == reverse("inventory:import", args=[plan.pk])
    again = staff.post(reverse("inventory:retry_import", args=[plan.pk]))
    assert read(again).items.get().reason == "A new product needs a name."


def test_a_progress_that_ended_asks_for_the_page(staff) -> None:
    plan = read(upload(staff, "import_products", csv_of(["SKU", "Name"], ["MUG", "Mug"])))

    answer = staff.get(
        reverse("inventory:import", args=[plan.pk]), headers={"HX-Request": "true", "HX-Target": "import"}
    )

    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "This is no CSV or XLSX file."),
        ("a.csv", b"SKU\r\n" + b"x" * (10 * 1024 * 1024), "The file is larger than 10 MB."),
        ("a.xlsx", b"PK\x03\x04broken", "The XLSX file is damaged."),
    ],
)
def test_files_that_cannot_be_are_refused_at_once(staff, file, content, words) -> None:
    answer = upload(staff, "import_products", content, file=file)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Run.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_a_file_that_reading_refuses_says_why_and_is_dropped(staff) -> None:
    plan = read(upload(staff, "import_products", csv_of(["Name"], ["Mug"])))

    shown = page(staff, "import", plan.pk)
    assert "This file cannot be read" in shown
    assert "Missing columns: SKU." in shown
    staff.post(reverse("inventory:drop_import", args=[plan.pk]))
    assert (Run.objects.get(pk=plan.pk).state, ImportFile.objects.count()) == ("cancelled", 0)


def test_stock_transfers_and_levels_share_a_page(staff) -> None:
    stocked_product(5, sku="MUG")
    LocationFactory(name="Shop")
    assert "From, To, Quantity" in page(staff, "import_stock")
    plan = read(
        upload(
            staff,
            "import_stock",
            csv_of(["SKU", "From", "To", "Quantity"], ["MUG", default_location().name, "Shop", 2]),
            kind="inventory.import_transfers",
            mode="set_to",
        )
    )
    assert "Apply 1 row" in page(staff, "import", plan.pk)
    staff.post(reverse("inventory:confirm_import", args=[plan.pk]))
    advance(plan)
    assert Transfer.objects.get().state == "done"

    plan = read(
        upload(
            staff, "import_stock", csv_of(["SKU", "Quantity"], ["MUG", 9]), kind="inventory.import_stock", mode="set_to"
        )
    )
    staff.post(reverse("inventory:confirm_import", args=[plan.pk]))
    advance(plan)
    assert StockLevel.objects.get(location=default_location()).on_hand == 9


def test_counts_are_brought_to_their_stocktake(staff) -> None:
    product = stocked_product(5, sku="MUG")
    stocktake = stocktakes.open_stocktake(location=default_location(), scope=Scope(), user=None, now=NOW)
    assert "Counts from a file" in page(staff, "import_counts", stocktake.pk)
    plan = read(upload(staff, "import_counts", csv_of(["SKU", "Quantity"], ["MUG", 4]), stocktake.pk))
    assert f"/stock/stocktakes/{stocktake.pk}/import/" in page(staff, "import", plan.pk)
    staff.post(reverse("inventory:confirm_import", args=[plan.pk]))
    advance(plan)

    assert Stocktake.objects.get().lines.get(product=product).counted == 4


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_empty_files_have_the_heads(staff, form) -> None:
    PriceTierFactory(number=1, name="Retail")
    for kind in imports.KINDS:
        answer = staff.get(reverse("inventory:import_template", args=[kind, form]))
        assert answer.status_code == 200
    if form == "csv":
        answer = staff.get(reverse("inventory:import_template", args=["inventory.import_stock", form]))
        assert rows_of(answer) == [["SKU", "Location", "Quantity"]]
    assert staff.get(reverse("inventory:import_template", args=["inventory.other", form])).status_code == 404


def test_exports_keep_the_filters_of_the_list(staff) -> None:
    stocked_product(5, sku="MUG", name="Mug")
    stocked_product(5, sku="CUP", name="Cup")

    assert [row[0] for row in rows_of(staff.get(reverse("inventory:export_products"), {"q": "mug"}))] == ["SKU", "MUG"]
    assert rows_of(staff.get(reverse("inventory:export_stock"), {"q": "cup", "format": "csv"}))[1][:4] == [
        "CUP", "Cup", "Main warehouse", "5",
    ]  # fmt: skip
    assert "format=xlsx" in page(staff, "products", q="mug")


def test_who_may_not_bring_such_files_sees_no_preview(client, staff) -> None:
    plan = read(upload(staff, "import_products", csv_of(["SKU", "Name"], ["MUG", "Mug"])))
    viewer = UserFactory(role="Viewer")
    client.force_login(viewer)

    for name, method in (("import", client.get), ("confirm_import", client.post), ("import_csv", client.get)):
        assert method(reverse(f"inventory:{name}", args=[plan.pk])).status_code == 403
    assert client.get(reverse("inventory:import_products")).status_code == 403
    assert Run.objects.get(pk=plan.pk).state == "planned"


def test_statements_do_not_grow_with_the_rows(staff) -> None:
    counts = []
    for count in (1, 3):
        rows = [[f"P-{count}-{n}", f"Product {count} {n}"] for n in range(count)]
        plan = read(upload(staff, "import_products", csv_of(["SKU", "Name"], *rows)))
        with CaptureQueriesContext(connection) as queries:
            page(staff, "import", plan.pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]
