"""Products of WooCommerce as ours (CAT-13)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import MalformedResponse
from channels.platforms.woocommerce.mapping.products import Surroundings, remote_product
from channels.remote import TAX_FREE, RemoteImage, RemoteOptionValue, RemoteProduct, RemoteVariant
from tests.platforms.woocommerce.reading import payload

CATEGORIES = {str(row["id"]): row for row in payload("categories")}
AROUND = Surroundings(categories=CATEGORIES, weight_unit="lb", length_unit="in")


def read(file: str, rows: Any = (), /, *, around: Surroundings = AROUND, **changes: Any) -> RemoteProduct:
    return remote_product({**payload(file), **changes}, rows, around)


@pytest.mark.req("CAT-13")
@pytest.mark.req("CAT-16", platform="woocommerce")
def test_a_simple_product_has_one_variant_with_all_its_fields() -> None:
    found = read("product_simple")
    assert replace(found, raw={}) == RemoteProduct(
        id="11",
        name="Plain Mug 11oz",
        is_family=False,
        variants=(
            RemoteVariant(
                id="11",
                sku="MUG-11",
                price=Decimal("12.50"),
                weight=Decimal("0.4"),
                length=Decimal(10),
                width=Decimal(9),
                height=Decimal(8),
                barcode="4006381333931",
                quantity=Decimal(50),
                tracking="variant",
            ),
        ),
        description="<p>A mug</p>",
        category="Gadgets",
        tags=("Summer",),
        tax_key="class:standard",
        weight_unit="lb",
        length_unit="in",
        url="https://shop.example/product/plain-mug-11oz/",
        modified_at=datetime(2026, 11, 21, 9, 39, 57, tzinfo=UTC),
    )
    assert json.loads(json.dumps(found.raw)) == found.raw


@pytest.mark.req("CAT-13")
@pytest.mark.req("CAT-4")
def test_a_variable_product_is_a_family_of_its_variations() -> None:
    found = read("product_variable", payload("variations"))
    assert (found.is_family, found.option_names) == (True, ("Color", "Size"))
    rows = [(v.id, v.sku, v.price, v.quantity, v.tracking, [o.value for o in v.options]) for v in found.variants]
    assert rows == [
        ("26", "TS-RED-S", Decimal("20.00"), Decimal(5), "variant", ["Red", "S"]),
        ("27", "TS-RED-M", Decimal("20.00"), Decimal(0), "variant", ["Red", "M"]),
        ("28", "TS-BLUE-S", Decimal("21.00"), Decimal(7), "variant", ["Blue", "S"]),
        ("29", "TS-NAVY-XL", Decimal("22.50"), Decimal(3), "variant", ["Navy / White", "XL"]),
        ("30", "", Decimal(19), None, "none", ["Blue", ""]),
        ("31", "TS-RED-S-2", Decimal(19), None, "none", ["Red", "S"]),
    ]


@pytest.mark.req("CAT-7", platform="woocommerce")
def test_a_variation_that_shows_its_products_sku_has_none() -> None:
    """Number 30 has no SKU of its own."""
    found = read("product_variable", payload("variations"))
    assert {v.id: v.sku for v in found.variants}["30"] == ""
    assert {v.sku for v in read("product_variable", payload("variations"), sku="").variants} >= {"TS"}


@pytest.mark.req("CAT-5", platform="woocommerce")
def test_more_than_three_options_come_along() -> None:
    """The first three are used; which ones they are is decided above."""
    found = read("product_variable_four_options", payload("variations_of_four_options"))
    assert found.option_names == ("Wood", "Finish", "Legs", "Cushion Color")
    assert {len(v.options) for v in found.variants} == {4}
    assert found.variants[0].options[0] == RemoteOptionValue(name="Wood", value="Pine")


def test_a_family_counted_as_a_whole_has_no_number_for_each() -> None:
    """Forty stools are not forty of each wood."""
    found = read("product_variable_four_options", payload("variations_of_four_options"))
    assert {(v.tracking, v.quantity) for v in found.variants} == {("product", None)}


@pytest.mark.req("CAT-13")
def test_attributes_that_are_no_options_are_custom_fields() -> None:
    assert read("product_attributes").custom_fields == (("Material", "Oak, Steel"), ("Color", "Green, Red"))
    assert read("product_variable", payload("variations")).custom_fields == ()


@pytest.mark.req("CAT-8")
@pytest.mark.parametrize(
    ("ids", "category"),
    [([20], "Gadgets"), ([21], "Gadgets"), ([19, 18], "Clothing"), ([18, 20], "Clothing"), ([99, 20], "Gadgets"),
     ([], ""), ([99], "")],
)  # fmt: skip
def test_the_root_of_the_first_category_counts(ids: list[int], category: str) -> None:
    assert read("product_simple", categories=[{"id": number} for number in ids]).category == category


def test_categories_in_circles_end() -> None:
    circle = {"1": {"id": 1, "name": "A", "parent": 2}, "2": {"id": 2, "name": "B", "parent": 1}}
    found = read("product_simple", around=Surroundings(categories=circle), categories=[{"id": 1}])
    assert found.category in {"A", "B"}


@pytest.mark.req("TAX-10")
@pytest.mark.parametrize(
    ("status", "slug", "key"),
    [
        ("taxable", "", "class:standard"),
        ("taxable", "standard", "class:standard"),
        ("taxable", "reduced-rate", "class:reduced-rate"),
        ("none", "reduced-rate", TAX_FREE),
        ("shipping", "", TAX_FREE),
    ],
)
def test_tax_status_and_class_are_one_key(status: str, slug: str, key: str) -> None:
    assert read("product_simple", tax_status=status, tax_class=slug).tax_key == key


def test_names_are_unescaped_and_without_mark_up() -> None:
    assert read("product_html_name").name == 'Sticker bold & "quotes" – ünï x'
    assert read("product_simple", tags=[{"id": 1, "name": "Salt &amp; Pepper"}]).tags == ("Salt & Pepper",)
    assert read("product_simple", name="5 < 6 &lt;7").name == "5 < 6 <7"
    option = {"id": 0, "name": "Farbe &amp; Form", "option": "Rot &quot;A&quot;"}
    attribute = {**option, "position": 0, "variation": True, "options": ["Rot"]}
    family = read("product_variable", [{"id": 1, "attributes": [option]}], attributes=[attribute])
    assert family.variants[0].options == (RemoteOptionValue(name="Farbe & Form", value='Rot "A"'),)


@pytest.mark.req("CAT-15", platform="woocommerce")
def test_images_come_in_the_stores_order() -> None:
    found = read("product_images")
    assert found.images == (
        RemoteImage(url="https://shop.example/wp-content/uploads/2026/11/red.png", caption="red one"),
        RemoteImage(url="https://shop.example/wp-content/uploads/2026/11/blue.png"),
    )


@pytest.mark.parametrize(
    ("name", "changes", "is_stocked"),
    [
        ("product_simple", {}, True),
        ("product_simple", {"virtual": True, "manage_stock": False}, False),
        ("product_simple", {"downloadable": True, "manage_stock": False}, False),
        ("product_simple", {"virtual": True}, True),
        ("product_grouped", {}, False),
        ("product_external", {}, False),
        ("product_zero_tax", {"manage_stock": False, "virtual": False}, True),
    ],
)
def test_what_has_no_body_becomes_a_service_unless_it_is_counted(
    name: str, changes: dict[str, Any], is_stocked: bool
) -> None:
    assert read(name, **changes).is_stocked is is_stocked


@pytest.mark.parametrize(
    ("status", "is_visible"), [("publish", True), ("draft", False), ("private", False), ("pending", False)]
)
def test_only_what_is_published_is_visible(status: str, is_visible: bool) -> None:
    assert read("product_simple", status=status).is_visible is is_visible


@pytest.mark.parametrize(
    ("regular", "sale", "price", "expected"),
    [
        ("80.00", "59.90", "59.90", (Decimal("80.00"), Decimal("59.90"))),
        ("3", "", "3", (Decimal(3), None)),
        ("13.1299", "", "13.1299", (Decimal("13.1299"), None)),
        ("", "", "", (None, None)),
        ("", "", "7.5", (Decimal("7.5"), None)),
        ("0", "", "0", (Decimal(0), None)),
    ],
)
def test_prices_are_the_stores_to_the_last_digit(regular: str, sale: str, price: str, expected: Any) -> None:
    (variant,) = read("product_simple", regular_price=regular, sale_price=sale, price=price).variants
    assert (variant.price, variant.sale_price) == expected


@pytest.mark.parametrize("price", ["abc", True, ["1"], "NaN", "Infinity", "12,90", "1.234,50", "€ 12"])
def test_a_price_is_never_guessed_and_stops_no_download(price: Any) -> None:
    found = read("product_simple", regular_price=price, sale_price=price, price=price)
    assert (found.variants[0].price, found.variants[0].sale_price, found.variants[0].sku) == (None, None, "MUG-11")


@pytest.mark.parametrize(
    ("name", "sku", "expected"), [("", "MUG-11", "MUG-11"), (" ", "", "#11"), ("<b></b>", "", "#11")]
)
def test_a_draft_without_a_name_is_called_something(name: str, sku: str, expected: str) -> None:
    assert read("product_simple", name=name, sku=sku).name == expected


@pytest.mark.parametrize("kind", ["grouped", "external", "bundle", "composite", "subscription", "booking", "", None])
def test_products_of_any_type_are_read(kind: Any) -> None:
    found = read("product_simple", type=kind, price=None, regular_price=None, manage_stock=None, stock_quantity=None)
    assert (found.is_family, len(found.variants), found.variants[0].quantity) == (False, 1, None)


def test_a_variation_takes_what_it_lacks_from_its_product() -> None:
    product = {"weight": "2", "dimensions": {"length": "10", "width": "", "height": "3"}}
    row = {"id": 5, "sku": "A", "weight": "", "dimensions": {"length": "", "width": "4", "height": ""}}
    (variant,) = read("product_variable", [row], **product).variants
    assert (variant.weight, variant.length, variant.width, variant.height) == (2, 10, 4, 3)


def test_measures_that_are_no_numbers_are_left_out() -> None:
    found = read("product_simple", weight="ca. 2", dimensions={"length": "1,5", "width": "n/a", "height": ""})
    (variant,) = found.variants
    assert (variant.weight, variant.length, variant.width, variant.height) == (None, Decimal("1.5"), None, None)


def test_yards_become_feet() -> None:
    found = read("product_simple", around=Surroundings(length_unit="yd"), dimensions={"length": "2"})
    assert (found.length_unit, found.variants[0].length) == ("ft", Decimal("6.0000"))


def test_php_writes_lists_and_objects_as_it_likes() -> None:
    """A list with gaps comes as an object, an empty object as a list."""
    found = read("product_simple", dimensions=[], tags={"3": {"id": 1, "name": "A"}}, images=None, attributes="")
    assert (found.tags, found.images, found.variants[0].length) == (("A",), (), None)
    family = read("product_variable", payload("variations"), variations={"0": 31, "5": 26})
    assert [variant.id for variant in family.variants][:2] == ["31", "26"]


@pytest.mark.parametrize("number", [None, 0, ""])
def test_a_product_without_id_is_none(number: Any) -> None:
    with pytest.raises(MalformedResponse):
        read("product_simple", id=number)


def test_a_family_without_variations_has_nothing_to_sell() -> None:
    assert read("product_variable", []).variants == ()
    assert read("product_variable", payload("variations"), type="variable-subscription").is_family
