"""Products with variants, categories, brands; 250 a call."""

from decimal import Decimal
from typing import Any

import pytest

from channels.platforms.bigcommerce.mapping.products import Surroundings, length_unit, remote_product, weight_unit
from channels.platforms.bigcommerce.store import Store
from channels.remote import RemoteProduct
from tests.platforms.conftest import Shopkeeper

PRODUCTS = ("GET", "/v3/catalog/products")


def named(store: Store, name: str) -> RemoteProduct:
    return next(product for product in store.products.page().products if product.name.startswith(name))


def everything(store: Store) -> list[RemoteProduct]:
    found, cursor = [], ""
    while True:
        page = store.products.page(cursor=cursor)
        found += page.products
        if not (cursor := page.next_cursor):
            return found


@pytest.mark.req("CAT-1")
def test_a_download_takes_one_call_per_250_products(store: Store, keeper: Shopkeeper) -> None:
    keeper.bulk(600)
    keeper.forget()
    assert len(everything(store)) == 620
    calls = keeper.requests()
    assert calls.count(PRODUCTS) == 3
    assert sorted({path for _method, path in calls}) == [
        "/v2/store",
        "/v3/catalog/brands",
        "/v3/catalog/products",
        "/v3/catalog/trees/categories",
    ]
    assert len(calls) == 6


def test_products_by_id_take_one_call_per_250(store: Store, keeper: Shopkeeper) -> None:
    first = keeper.bulk(251)
    everything(store)
    keeper.forget()
    assert len(store.products.get_many([str(first + index) for index in range(251)])) == 251
    assert keeper.requests() == [PRODUCTS] * 2


def test_products_deleted_while_we_page_hide_no_other(store: Store, keeper: Shopkeeper) -> None:
    first = keeper.bulk(300)
    page = store.products.page()
    doomed = ",".join(str(first + index) for index in range(20))
    store._http.request("DELETE", "/v3/catalog/products", params={"id:in": doomed})
    rest = store.products.page(cursor=page.next_cursor)
    seen = {product.id for product in (*page.products, *rest.products)}
    assert {str(first + index) for index in range(20, 300)} <= seen


@pytest.mark.req("CAT-12")
def test_a_simple_product(store: Store) -> None:
    found = named(store, "Trekkingrucksack")
    assert not found.is_family
    assert found.category == "Backpacks"
    assert found.brand == "Nordhafen"
    assert found.tags == ("rucksack", "trekking", "45 liter", "hiking")
    assert found.custom_fields == (("Volume", "45 l"), ("Material", "Recycled ripstop nylon"), ("Made in", "Portugal"))
    assert (found.weight_unit, found.length_unit, found.tax_key) == ("kg", "cm", "0")
    variant = found.variants[0]
    assert (variant.sku, variant.price, variant.sale_price) == ("RS-HW45-TAN", Decimal("189.9"), None)
    assert (variant.length, variant.width, variant.height) == (24, 32, 68)
    assert (variant.weight, variant.barcode, variant.quantity) == (Decimal("1.65"), "4006381333931", 14)
    assert len(found.images) == 1


@pytest.mark.req("TAX-10")
def test_a_product_names_its_tax_class(store: Store) -> None:
    """Class 0 is in no list of the store and yet the one of most products."""
    keys = {entry.key for entry in store.lists.tax_classes()}
    assert (named(store, "Hiking map").tax_key, named(store, "Trekkingrucksack").tax_key) == ("4", "0")
    assert {product.tax_key for product in everything(store)} <= keys


@pytest.mark.req("CAT-4")
def test_a_family(store: Store) -> None:
    found = named(store, "Merino")
    assert found.is_family
    assert found.option_names == ("Size", "Color")
    assert found.category == "Clothing"
    assert [option.value for option in found.variants[0].options] == ["S", "Moss"]
    assert {variant.price for variant in found.variants} == {Decimal("79.9")}
    assert all(variant.quantity is not None for variant in found.variants)


def test_a_family_with_four_options_keeps_them_all(store: Store) -> None:
    found = named(store, "Regenjacke")
    assert found.option_names == ("Size", "Color", "Fit", "Hood")
    assert {variant.tracking for variant in found.variants} == {"product"}
    assert {variant.quantity for variant in found.variants} == {None}
    assert {variant.sale_price for variant in found.variants} == {Decimal(139)}


def test_an_own_price_does_without_the_product_s_sale_price() -> None:
    row = {
        "id": 1,
        "name": "A",
        "price": Decimal(20),
        "sale_price": Decimal(15),
        "variants": [{"id": 2, "price": Decimal(30), "sale_price": None}, {"id": 3, "price": None, "sale_price": 0}],
    }
    prices = [(variant.price, variant.sale_price) for variant in remote_product(row, Surroundings()).variants]
    assert prices == [(30, None), (20, None)]


def test_digital_goods_are_no_stock(store: Store) -> None:
    found = named(store, "Gift card")
    assert (found.is_stocked, found.variants[0].tracking, found.variants[0].quantity) == (False, "none", None)


@pytest.mark.req("CAT-8")
@pytest.mark.parametrize(
    ("ids", "name"), [([3], "Root"), ([9, 4], "Other"), ([], ""), ([9], ""), ([4, 3], "Other"), ([7], "Loop")]
)
def test_the_root_of_the_first_known_category(ids: list[int], name: str) -> None:
    tree: dict[str, Any] = {
        "1": {"name": "Root", "parent_id": 0},
        "2": {"name": "Middle", "parent_id": 1},
        "3": {"name": "Leaf", "parent_id": 2},
        "4": {"name": "Other", "parent_id": 0},
        "7": {"name": "Loop", "parent_id": 7},
    }
    row = {"id": 1, "name": "A", "categories": ids}
    assert remote_product(row, Surroundings(categories=tree)).category == name


def test_a_new_category_is_learned(store: Store, keeper: Shopkeeper) -> None:
    everything(store)
    made = store._http.request(
        "POST", "/v3/catalog/trees/categories", body=[{"name": "Boats", "tree_id": 1, "parent_id": 0}]
    )
    number = made["data"][0]["category_id"]
    body = {"name": "Canoe", "type": "physical", "weight": 1, "price": 9, "categories": [number], "sku": "CANOE"}
    product = store._http.request("POST", "/v3/catalog/products", body=body)["data"]
    assert store.products.get_many([str(product["id"])])[0].category == "Boats"


@pytest.mark.parametrize(
    ("weight", "length", "expected"),
    [
        ("Ounces", "Inches", ("oz", "in")),
        ("LBS", "Inches", ("lb", "in")),
        ("KGS", "Centimeters", ("kg", "cm")),
        ("Grams", "Centimeters", ("g", "cm")),
        ("Tonnes", "", ("t", "cm")),
    ],
)
def test_units(weight: str, length: str, expected: tuple[str, str]) -> None:
    store = {"weight_units": weight, "dimension_units": length}
    assert (weight_unit(store), length_unit(store)) == expected
