"""Products from a file: previewed field by field, then applied exactly so (SPEC INV-6, NEW-2)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.enums import ProductType
from inventory.models import AuditEntry, Brand, Category, Family, ImportFile, PriceTier, Product, Run, Supplier, Tag
from inventory.services import imports, runs
from inventory.services.imports_products import PRODUCTS
from inventory.services.products import ProductDetails, ProductRefused, save_product
from tests.factories.assembly import assembled
from tests.factories.inventory import (
    NOW,
    FamilyFactory,
    PriceTierFactory,
    ProductFactory,
    ServiceFactory,
    TaxRuleFactory,
    UserFactory,
    default_location,
    stocked_product,
)
from tests.inventory.buying import draft
from tests.inventory.files import advance, apply, bring, csv_of, preview, shown, xlsx_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-6")]


@pytest.mark.req("NEW-2")
def test_every_change_is_shown_and_nothing_is_changed_before_it_is_confirmed() -> None:
    PriceTierFactory(number=1, name="Retail")
    mug = ProductFactory(sku="MUG", name="Mug", barcode="400")
    heads = ["SKU", "Name", "Price Retail", "Category", "Barcode"]
    lines = ["mug", "Big mug", "12.50", "Cups", ""], ["CUP", "Cup", "8", "Cups", "401"], ["MUG2", "", "1", "", ""]
    plan = preview(PRODUCTS, csv_of(heads, *lines))

    assert plan.state == "planned"
    assert shown(plan) == {
        2: {"Name": ("Mug", "Big mug"), "Price Retail": ("", "12.50"), "Category": ("", "Cups")},
        3: {"SKU": ("", "CUP"), "Name": ("", "Cup"), "Price Retail": ("", "8.00"), "Category": ("", "Cups"),
            "Barcode": ("", "401")},
        4: "A new product needs a name.",
    }  # fmt: skip
    assert next(item.after["makes"] for item in plan.items.all()) == ["Category Cups"]
    assert (Product.objects.count(), Category.objects.count(), ImportFile.objects.count()) == (1, 0, 0)

    run = apply(plan, user=UserFactory())

    assert (run.state, run.done, run.failed) == ("done", 2, 1)
    mug.refresh_from_db()
    assert (mug.name, mug.sku, mug.barcode, mug.category.name) == ("Big mug", "MUG", "400", "Cups")
    assert mug.prices.get().amount == Decimal("12.5")
    assert Product.objects.get(sku="CUP").prices.get().amount == 8
    assert Category.objects.count() == 1
    assert AuditEntry.objects.filter(action="Imported from a file").count() == 2


def test_a_row_whose_product_moved_since_the_preview_is_refused_alone() -> None:
    mug, cup = ProductFactory(sku="MUG", name="Mug"), ProductFactory(sku="CUP", name="Cup")
    plan = preview(PRODUCTS, csv_of(["SKU", "Name"], ["MUG", "Big mug"], ["CUP", "Big cup"]))
    save_product(mug, columns={"name": "Beaker"}, user=None, now=NOW)

    run = apply(plan)

    assert (run.done, run.failed) == (1, 1)
    assert run.items.get(outcome="failed").reason == (
        "It has changed since the preview. Nothing was changed: retry it to see it again."
    )
    mug.refresh_from_db()
    cup.refresh_from_db()
    assert (mug.name, cup.name) == ("Beaker", "Big cup")

    again = imports.retry_import(run, user=None, now=NOW)
    advance(imports.reading_of(again))
    assert shown(again) == {2: {"Name": ("Beaker", "Big mug")}}
    assert apply(Run.objects.get(pk=again.pk)).done == 1
    mug.refresh_from_db()
    assert mug.name == "Big mug"


def test_all_columns_arrive() -> None:
    PriceTierFactory(number=1, name="Retail")
    TaxRuleFactory(name="VAT")
    heads = ["SKU", "Name", "Type", "Status", "Family", "Option 1 name", "Option 1", "Category", "Brand", "Tags",
             "Description", "Weight", "Weight unit", "Length", "Length unit", "Tax rule", "Drop shipping", "Images",
             "Custom field 1 name", "Custom field 1", "Price Retail"]  # fmt: skip
    row = ["A-1", "Shirt, red", "Stock", "active", "Shirt", "Color", "red", "Clothes", "ACME", '"Summer, hot", New',
           "<b>Red</b><script>x</script>", "0,25", "kg", "1", "m", "vat", "Optional",
           "https://img.example/1.png https://img.example/2.png", "Material", "Cotton", "19.9"]  # fmt: skip

    run = bring(PRODUCTS, xlsx_of(heads, [cell.replace("0,25", "0.25") for cell in row]))

    assert (run.done, run.failed) == (1, 0), shown(run)
    shirt = Product.objects.get()
    assert (shirt.family.name, shirt.family.option1_name, shirt.option1) == ("Shirt", "Color", "red")
    assert (shirt.category.name, shirt.brand.name, shirt.sale_tax_rule.name) == ("Clothes", "ACME", "VAT")
    assert sorted(tag.name for tag in shirt.tags.all()) == ["New", "Summer, hot"]
    assert (shirt.description, shirt.weight, shirt.length_unit) == ("<b>Red</b>", Decimal("0.25"), "m")
    assert (shirt.drop_ship, shirt.type) == ("optional", "stock")
    assert [image.url for image in shirt.images.all()] == ["https://img.example/1.png", "https://img.example/2.png"]
    assert [(each.name, each.value) for each in shirt.custom_fields.all()] == [("Material", "Cotton")]
    assert shirt.prices.get().amount == Decimal("19.9")


def test_a_dash_empties_a_field_and_an_empty_cell_leaves_it() -> None:
    tier = PriceTierFactory(number=1, name="Retail")
    mug = ProductFactory(sku="MUG", barcode="400", weight=2, brand=Brand.objects.create(name="ACME"))
    save_product(
        mug,
        columns={},
        details=ProductDetails(prices={tier.pk: Decimal(5)}, tags=[Tag.objects.create(name="New")]),
        user=None,
        now=NOW,
    )
    heads = ["SKU", "Barcode", "Brand", "Weight", "Price Retail", "Tags"]

    assert shown(preview(PRODUCTS, csv_of(heads, ["MUG", "", "", "", "", ""]))) == {}
    bring(PRODUCTS, csv_of(heads, ["MUG", "-", "-", "-", "-", "-"]))

    mug.refresh_from_db()
    assert (mug.barcode, mug.brand, mug.weight) == ("", None, None)
    assert (mug.prices.count(), mug.tags.count()) == (0, 0)
    assert shown(preview(PRODUCTS, csv_of(["SKU", "Name"], ["MUG", "-"]))) == {2: "Name: It cannot be empty."}


def test_problems_are_named_with_their_line() -> None:
    PriceTierFactory(number=1, name="Retail")
    stocked_product(1, sku="MUG", name="Mug")
    ServiceFactory(sku="WRAP", name="Wrapping")
    family = FamilyFactory(name="Shirt")
    ProductFactory(sku="S-1", family=family, option1="red")
    heads = ["SKU", "Name", "Type", "Price Retail", "Tax rule", "Family", "Option 1"]

    plan = preview(PRODUCTS, csv_of(
        heads,
        ["", "No SKU", "", "", "", "", ""],
        ["MUG", "Wrapping", "", "", "", "", ""],
        ["WRAP", "", "thing", "", "", "", ""],
        ["A", "A", "", "cheap", "", "", ""],
        ["B", "B", "", "-1", "", "", ""],
        ["C", "C", "", "", "Nowhere", "", ""],
        ["D", "D", "", "", "", "Shirt", "Red"],
        ["a", "A again", "", "", "", "", ""],
        ["E", "E", "", "", "", "", "red"],
    ))  # fmt: skip

    assert shown(plan) == {
        2: "There is no SKU in this line.",
        3: "Another product is named “Wrapping” already.",
        4: "Type: “thing” is none of stock, service, non_inventory.",
        5: "Price Retail: “cheap” is no number.",
        6: "Price Retail: It cannot be below zero.",
        7: "Tax rule: There is no “Nowhere”. Add it to the reference books first.",
        8: "Another variation of this family has the same option values.",
        9: "SKU “a” is in line 5 already.",
        10: "Options need a family.",
    }
    with pytest.raises(imports.ImportNotReady):
        imports.confirm_import(plan, user=None, now=NOW)
    assert shown(preview(PRODUCTS, csv_of(["SKU", "Type"], ["MUG", "service"]))) == {
        2: "This product has stock movements or documents, so it stays a stock product. Deprecate it instead."
    }


def test_what_documents_and_bills_name_stays_a_stock_product() -> None:
    part, bought = ProductFactory(sku="PART"), ProductFactory(sku="BOUGHT")
    assembled({part: 2}, sku="KIT")
    draft(Supplier.objects.create(name="Alpine"), default_location(), (bought, 1, None))

    plan = preview(PRODUCTS, csv_of(["SKU", "Type"], ["PART", "service"], ["KIT", "service"], ["BOUGHT", "service"]))

    built = "This product is built from others or part of them, so it stays a stock product."
    named = "This product has stock movements or documents, so it stays a stock product. Deprecate it instead."
    assert shown(plan) == {2: built, 3: built, 4: named}
    with pytest.raises(ProductRefused, match="or documents"):
        save_product(bought, columns={"type": ProductType.SERVICE}, user=None, now=NOW)


def test_unknown_columns_are_named_and_missing_or_double_ones_refused() -> None:
    plan = preview(PRODUCTS, csv_of(["SKU", "Name", "Colour", "Problem"], ["MUG", "Mug", "red", "x"]))
    assert plan.options["unknown"] == ["Colour"]

    def refusal(*heads: str) -> str:
        refused = preview(PRODUCTS, csv_of(heads, ["x"] * len(heads)))
        reading = imports.reading_of(refused)
        assert (reading.state, refused.items.count()) == ("failed", 0)
        return reading.message

    assert refusal("Name", "Colour") == (
        "Missing columns: SKU. The first row has to name them; it names: Name, Colour."
    )
    assert refusal("SKU", "Name", "name") == "These columns are there twice: Name."


def test_a_preview_is_dropped_with_its_file_and_cannot_be_applied() -> None:
    plan = imports.start_import(
        PRODUCTS, name="a.csv", content=csv_of(["SKU", "Name"], ["MUG", "Mug"]), user=None, now=NOW
    )
    with pytest.raises(imports.ImportNotReady):
        imports.confirm_import(plan, user=None, now=NOW)

    imports.drop_import(plan, user=None, now=NOW)

    assert ImportFile.objects.count() == 0
    advance(imports.reading_of(plan))
    assert (Run.objects.get(pk=plan.pk).state, plan.items.count()) == ("cancelled", 0)
    with pytest.raises(runs.RunClosed):
        imports.drop_import(Run.objects.get(pk=plan.pk), user=None, now=NOW)


def test_a_preview_that_was_cancelled_while_it_is_read_leaves_no_file() -> None:
    content = csv_of(["SKU", "Name"], ["MUG", "Mug"])
    plan = imports.start_import(PRODUCTS, name="a.csv", content=content, user=None, now=NOW)
    runs.request_cancel(plan, user=None, now=NOW)

    reading = advance(imports.reading_of(plan))

    assert (reading.state, reading.message) == ("done", "The preview was dropped.")
    assert (ImportFile.objects.count(), plan.items.count()) == (0, 0)


def test_families_and_their_options_are_made_once() -> None:
    rows = [["S-1", "Shirt red", "Shirt", "Color", "red"], ["S-2", "Shirt blue", "Shirt", "Color", "blue"]]
    run = bring(PRODUCTS, csv_of(["SKU", "Name", "Family", "Option 1 name", "Option 1"], *rows))

    assert (run.done, run.failed) == (2, 0)
    family = Family.objects.get()
    assert (family.option_names(), family.variations.count()) == (["Color"], 2)


def test_the_same_file_again_changes_nothing() -> None:
    PriceTierFactory(number=1, name="Retail")
    content = csv_of(["SKU", "Name", "Price Retail", "Tags"], ["MUG", "Mug", "1.10", "b;a"], ["CUP", "Cup", "2", "x"])
    bring(PRODUCTS, content)
    versions = dict(Product.objects.values_list("sku", "version"))

    plan = preview(PRODUCTS, content)

    assert (shown(plan), plan.passed) == ({}, 2)
    assert dict(Product.objects.values_list("sku", "version")) == versions
    assert PriceTier.objects.count() == 1


def test_statements_do_not_grow_with_the_rows() -> None:
    def rows(count: int) -> bytes:
        lines = [[f"P-{count}-{n}", f"Product {count} {n}", "Cups", "New"] for n in range(count)]
        return csv_of(["SKU", "Name", "Category", "Tags"], *lines)

    bring(PRODUCTS, rows(1))
    counts = []
    for count in (3, 60):
        with CaptureQueriesContext(connection) as queries:
            bring(PRODUCTS, rows(count))
        counts.append(len(queries))
    assert counts[1] - counts[0] <= 2  # SQLite splits long inserts
