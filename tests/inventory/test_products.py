"""Saving products and families, one by staff and many by a download (SPEC INV-1, INV-2)."""

from decimal import Decimal

import pytest

from inventory.models import AuditEntry, CustomField, Product, ProductImage, ProductPrice, Tag
from inventory.services import books, products
from inventory.services.stale import EditedMeanwhile
from inventory.signals import price_changed, product_changed
from tests.factories.inventory import NOW, FamilyFactory, PriceTierFactory, ProductFactory, stocked_product
from tests.statements import statements

pytestmark = pytest.mark.django_db
Draft = products.ProductDraft


@pytest.fixture
def news():
    heard: list[tuple[str, frozenset[int]]] = []

    def on_price(product_ids, **_kwargs):
        heard.append(("price", product_ids))

    def on_product(product_ids, **_kwargs):
        heard.append(("product", product_ids))

    price_changed.connect(on_price, weak=False)
    product_changed.connect(on_product, weak=False)
    yield heard
    price_changed.disconnect(on_price)
    product_changed.disconnect(on_product)


def save(product=None, **columns):
    details = columns.pop("details", None)
    version = columns.pop("version", None)
    return products.save_product(product, columns=columns, details=details, version=version, user=None, now=NOW)


@pytest.mark.req("INV-1")
def test_a_product_is_kept_with_all_its_parts(news) -> None:
    PriceTierFactory(number=1)
    PriceTierFactory(number=2)
    tag = Tag.objects.create(name="Summer")

    mug = save(
        sku="MUG-RED",
        name="Mug red",
        description='<p onclick="x()">Nice<script>alert(1)</script></p>',
        weight=Decimal("0.35"),
        details=products.ProductDetails(
            prices={1: Decimal("9.99"), 2: None},
            custom_fields=[("Material", "Clay"), ("", "dropped"), ("Care", "Dishwasher")],
            images=[
                products.ImageDraft(url="https://img.example/a.png"),
                products.ImageDraft(url="https://img.example/b.png"),
            ],
            tags=[tag],
        ),
    )

    mug.refresh_from_db()
    assert mug.description == "<p>Nice</p>"
    assert [(p.tier_id, p.amount) for p in mug.prices.all()] == [(1, Decimal("9.9900"))]
    assert [(f.position, f.name, f.value) for f in mug.custom_fields.all()] == [
        (1, "Material", "Clay"),
        (2, "Care", "Dishwasher"),
    ]
    assert [i.url for i in mug.images.all()] == ["https://img.example/a.png", "https://img.example/b.png"]
    assert list(mug.tags.all()) == [tag]
    assert news == [("price", {mug.pk}), ("product", {mug.pk})]
    entry = AuditEntry.objects.get()
    assert entry.changes["price 1"] == [None, "9.99"]
    assert entry.changes["sku"] == [None, "MUG-RED"]


@pytest.mark.req("INV-1")
@pytest.mark.parametrize(
    ("columns", "field", "words"),
    [
        ({"sku": "mug-RED", "name": "Other"}, "sku", "SKU “mug-RED” belongs to another product already."),
        ({"sku": "OTHER", "name": "MUG  red"}, "name", "Another product is named “MUG  red” already."),
        ({"sku": " ", "name": "Other"}, "sku", "A product needs a SKU."),
    ],
)
def test_sku_and_name_are_unique_regardless_of_case(columns, field, words) -> None:
    ProductFactory(sku="MUG-RED", name="Mug red")

    with pytest.raises(products.ProductRefused) as refused:
        save(**columns)

    assert (refused.value.field, refused.value.message) == (field, words)
    assert Product.objects.count() == 1
    assert not AuditEntry.objects.exists()


@pytest.mark.req("INV-2")
def test_variations_of_a_family_differ_in_their_options() -> None:
    family = FamilyFactory(option1_name="Color")
    ProductFactory(family=family, option1="red")

    with pytest.raises(products.ProductRefused) as refused:
        save(sku="B", name="B", family=family, option1="red")

    assert refused.value.field == "option1"


@pytest.mark.req("INV-2")
def test_family_names_are_unique_and_options_have_no_gap() -> None:
    FamilyFactory(name="Shirt")

    with pytest.raises(products.ProductRefused) as taken:
        products.save_family(None, columns={"name": "SHIRT"}, user=None, now=NOW)
    with pytest.raises(products.ProductRefused) as gap:
        products.save_family(None, columns={"name": "Hat", "option2_name": "Size"}, user=None, now=NOW)

    assert (taken.value.field, gap.value.field) == ("name", "option1_name")


@pytest.mark.req("APP-13")
def test_the_second_of_two_editors_is_refused() -> None:
    mug = save(sku="MUG", name="Mug")
    save(mug, name="Mug, large", version=mug.version)

    with pytest.raises(EditedMeanwhile):
        save(mug, name="Mug, small", version=mug.version)

    mug.refresh_from_db()
    assert mug.name == "Mug, large"


def test_a_product_with_history_stays_a_stock_product() -> None:
    product = stocked_product(3)

    with pytest.raises(products.ProductRefused) as refused:
        save(product, type="service")

    assert refused.value.field == "type"


def upsert(*drafts):
    return products.upsert_products(drafts, user=None, now=NOW)


def test_a_download_creates_updates_and_then_changes_nothing(news) -> None:
    PriceTierFactory(number=1)
    known = ProductFactory(sku="KNOWN", name="Known")
    family = products.upsert_families(
        [products.FamilyDraft(key="7", name="Shirt", option_names=("Color", "Size"))], user=None, now=NOW
    )["7"]
    tags = books.ensure_named(["New", "new", "  "], model=Tag)
    drafts = [
        Draft(
            key="1",
            sku="known",
            name="Known better",
            columns={"barcode": "400"},
            images=[products.ImageDraft(url="https://i.example/1")],
        ),
        Draft(
            key="2",
            sku="SHIRT-RED",
            name="Shirt red",
            columns={"family": family, "option1": "red", "description": "<b>x</b><script>y</script>"},
            prices={1: Decimal("20")},
            custom_fields=[("Fabric", "Linen")],
            tags=list(tags.values()),
        ),
        Draft(key="3", sku="", name="No SKU"),
    ]

    first = upsert(*drafts)
    again = upsert(*drafts)

    assert first.refused == again.refused == {"3": "It has no SKU."}
    assert [(each.key, each.created) for each in first.done] == [("1", False), ("2", True)]
    assert [(each.created, dict(each.changes)) for each in again.done] == [(False, {}), (False, {})]
    known.refresh_from_db()
    assert (known.sku, known.name, known.barcode) == ("known", "Known better", "400")
    shirt = Product.objects.get(sku_key="shirt-red")
    assert (shirt.family, shirt.option1, shirt.description, shirt.search) == (
        family,
        "red",
        "<b>x</b>",
        "shirt-red shirt red",
    )
    assert ProductPrice.objects.get().amount == 20
    assert CustomField.objects.get().value == "Linen"
    assert [tag.name for tag in shirt.tags.all()] == ["New"]
    assert news == [("price", {shirt.pk}), ("product", {known.pk, shirt.pk})]


@pytest.mark.req("CAT-15")
def test_a_download_brings_images_only_where_there_are_none() -> None:
    product = ProductFactory(sku="A")
    ProductImage.objects.create(product=product, url="https://own.example/1.png")

    upsert(Draft(key="1", sku="A", name=product.name, images=[products.ImageDraft(url="https://store.example/1.png")]))

    assert [image.url for image in product.images.all()] == ["https://own.example/1.png"]


@pytest.mark.req("CAT-11")
def test_a_taken_name_gets_the_sku_behind_it() -> None:
    ProductFactory(sku="OLD", name="Mug")

    result = upsert(Draft(key="1", sku="NEW-1", name="Mug"), Draft(key="2", sku="NEW-2", name="mug"))

    assert [each.product.name for each in result.done] == ["Mug (NEW-1)", "mug (NEW-2)"]


@pytest.mark.req("CAT-5")
def test_variants_that_collide_in_three_options_keep_their_skus() -> None:
    family = FamilyFactory()
    columns = {"family": family, "option1": "red", "option2": "L", "option3": "long"}

    result = upsert(
        Draft(key="1", sku="A", name="A", columns=columns), Draft(key="2", sku="B", name="B", columns=columns)
    )

    assert [each.product.option3 for each in result.done] == ["long", "long (B)"]


def test_text_from_outside_is_fitted_to_its_column() -> None:
    upsert(Draft(key="1", sku="A", name="n" * 900, columns={"barcode": "9\x00" + "1" * 99, "option1": "o" * 400}))

    product = Product.objects.get()
    assert (len(product.name), len(product.barcode), len(product.option1)) == (512, 64, 255)


def test_statements_do_not_grow_with_a_page() -> None:
    PriceTierFactory(number=1)

    def drafts(prefix: str, count: int):
        return [
            Draft(
                key=str(n), sku=f"{prefix}{n}", name=f"{prefix} {n}", prices={1: Decimal(n)}, custom_fields=[("a", "b")]
            )
            for n in range(count)
        ]

    with statements() as one:
        upsert(*drafts("a", 1))
    with statements() as many:
        upsert(*drafts("b", 20))

    assert len(many) == len(one) <= 16
