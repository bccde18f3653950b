"""Writing products in BigCommerce's own way: few calls, its limits, its refusals."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import responses

from channels.platforms.bigcommerce.connect import connection_from_form
from channels.platforms.bigcommerce.products import sku_lists
from channels.platforms.bigcommerce.store import Store
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    ProductResult,
    RemoteImage,
    RemoteOptionValue,
    RemoteProduct,
)
from tests.platforms.bigcommerce.conftest import FORM
from tests.platforms.conftest import Shopkeeper

READ, WRITE = ("GET", "/v3/catalog/products"), ("PUT", "/v3/catalog/products")
VARIANTS = ("PUT", "/v3/catalog/variants")
BATCH = "https://api.bigcommerce.com/stores/demo/v3/catalog/products"


def simple(number: int = 1, **changes: Any) -> DesiredProduct:
    variant = DesiredVariant(key="v", sku=f"NEW-{number}", price=Decimal("19.90"), weight=Decimal("0.5"))
    return replace(DesiredProduct(key=f"p{number}", variants=(variant,), name=f"New thing {number}"), **changes)


def family(count: int = 2) -> DesiredProduct:
    variants = tuple(
        DesiredVariant(
            key=str(index),
            sku=f"FAM-{index}",
            options=(RemoteOptionValue(name="Number", value=f"No {index}"),),
            price=Decimal(10),
        )
        for index in range(count)
    )
    return DesiredProduct(key="f", is_family=True, option_names=("Number",), variants=variants, name="Numbers")


def listed(product: DesiredProduct, result: ProductResult) -> DesiredProduct:
    variants = tuple(replace(variant, variant_id=result.variant_ids[variant.key]) for variant in product.variants)
    return replace(product, product_id=result.product_id, variants=variants)


def make(store: Store, *products: DesiredProduct) -> list[DesiredProduct]:
    results = {result.key: result for result in store.products.create(products)}
    assert [result.error for result in results.values()] == [""] * len(products)
    return [listed(product, results[product.key]) for product in products]


def read(store: Store, product: DesiredProduct) -> RemoteProduct:
    return store.products.get_many([product.product_id])[0]


# -- calls


def test_products_are_made_in_one_call_each(store: Store, keeper: Shopkeeper) -> None:
    store.products.find(["ZH-Y10"])  # brands, categories and units are known
    keeper.forget()
    make(store, *(simple(number) for number in range(12)))
    assert keeper.requests() == [READ, *([("POST", "/v3/catalog/products")] * 12)]


def test_ten_products_and_fifty_variants_change_in_one_call(store: Store, keeper: Shopkeeper) -> None:
    products = make(store, *(simple(number) for number in range(25)))
    (numbers,) = make(store, family(120))
    keeper.forget()
    dearer = [replace(entry, price=Decimal("11.25")) for entry in numbers.variants]
    changes = [replace(product, name=f"{product.name} II") for product in products]
    results = store.products.update([*changes, replace(numbers, name=None, variants=tuple(dearer))])
    assert {result.error for result in results} == {""}
    calls = keeper.requests()
    assert (calls.count(READ), calls.count(WRITE), calls.count(VARIANTS), len(calls)) == (1, 3, 3, 7)
    assert {variant.price for variant in read(store, numbers).variants} == {Decimal("11.25")}


def test_ten_products_are_hidden_in_one_call(store: Store, keeper: Shopkeeper) -> None:
    ids = [product.product_id for product in make(store, *(simple(number) for number in range(25)))]
    keeper.forget()
    store.products.set_visible(ids, visible=False)
    assert keeper.requests() == [WRITE] * 3
    assert {product.is_visible for product in store.products.get_many(ids)} == {False}


def test_250_products_are_deleted_in_one_call(store: Store, keeper: Shopkeeper) -> None:
    first = keeper.bulk(260)
    keeper.forget()
    store.products.delete([str(first + index) for index in range(260)])
    assert keeper.requests() == [("DELETE", "/v3/catalog/products")] * 2


def test_deleting_nothing_deletes_nothing(store: Store, keeper: Shopkeeper) -> None:
    """A DELETE without filter would empty the store."""
    assert [result.error for result in store.products.delete(["", "no id"])] == ["", ""]
    store._client.delete_products([])
    assert keeper.requests() == []


def test_prices_are_sent_as_they_are(store: Store, keeper: Shopkeeper) -> None:
    (product,) = make(store, simple())
    (result,) = store.products.update(
        [replace(product, variants=(replace(product.variants[0], price=Decimal("0.1"), sale_price=Decimal("0.07")),))]
    )
    assert result.error == ""
    sent = [entry["body"] for entry in keeper.call("GET", "/requests")["requests"] if entry["method"] == "PUT"]
    assert '"price":0.1,"sale_price":0.07' in sent[-1]
    (variant,) = read(store, product).variants
    assert (variant.price, variant.sale_price) == (Decimal("0.1"), Decimal("0.07"))


def test_lists_of_skus_fit_an_address() -> None:
    skus = ["x" * 255 for _ in range(20)] + [str(number) for number in range(120)]
    parts = list(sku_lists(skus))
    assert [sku for part in parts for sku in part] == skus
    assert max(len(part) for part in parts) == 50
    assert max(sum(len(sku) + 3 for sku in part) for part in parts) <= 1800
    assert list(sku_lists([])) == []


# -- what is never touched


def test_categories_of_a_listed_product_stay(store: Store) -> None:
    (product,) = make(store, simple(category="Tents"))
    assert read(store, product).category == "Tents"
    store.products.update([replace(product, category="Elsewhere", name="Renamed")])
    after = read(store, product)
    assert (after.name, after.category) == ("Renamed", "Tents")
    assert "Elsewhere" not in [row["name"] for row in store._client.categories()]


@pytest.mark.req("LST-9")
def test_a_new_variation_keeps_its_family_from_being_written(store: Store, keeper: Shopkeeper) -> None:
    """Its options would change: nothing of it is sent, and the products beside it are."""
    product, other = make(store, family(), simple())
    before = read(store, product)
    keeper.forget()
    new = DesiredVariant(key="new", sku="FAM-9", options=(RemoteOptionValue(name="Number", value="No 9"),))
    dearer = replace(product.variants[0], price=Decimal("12.50"))
    changes = [replace(product, name="Others", variants=(dearer, product.variants[1], new)), replace(other, name="II")]
    results = {result.key: result for result in store.products.update(changes)}
    assert "list it again" in results["f"].error
    assert (results["f"].gone, results["p1"].error) == (False, "")
    assert keeper.requests() == [READ, WRITE]
    assert read(store, product) == before
    assert read(store, other).name == "II"


def test_custom_fields_we_do_not_know_stay(store: Store) -> None:
    (product,) = make(store, simple(custom_fields=(("Volume", "1 l"), ("Color", "Blue"))))
    change = replace(product, custom_fields=(("Volume", "2 l"), ("Made in", "Kiel"), ("Empty", " ")))
    for _time in range(2):
        assert store.products.update([change])[0].error == ""
    assert set(read(store, product).custom_fields) == {("Volume", "2 l"), ("Color", "Blue"), ("Made in", "Kiel")}


def test_pictures_are_added_once(store: Store, keeper: Shopkeeper) -> None:
    pictures = tuple(RemoteImage(url=f"{keeper.url}/_static/product-{number}.png") for number in (1, 2, 3))
    (product,) = make(store, simple(images=pictures[:2]))
    for _time in range(2):
        assert store.products.update([replace(product, images=pictures)])[0].error == ""
    assert [image.url for image in read(store, product).images] == [picture.url for picture in pictures]


# -- refusals


def test_a_taken_name_keeps_nobody_else_from_being_changed(store: Store) -> None:
    first, second, third = make(store, simple(1), simple(2), simple(3))
    changes = [replace(first, name="One"), replace(second, name="New thing 3"), replace(third, description="<p>3</p>")]
    results = {result.key: result for result in store.products.update(changes)}
    assert "The product name is a duplicate." in results["p2"].error
    assert [results[key].error for key in ("p1", "p3")] == ["", ""]
    assert [read(store, product).name for product in (first, second)] == ["One", "New thing 2"]


def test_a_taken_name_is_said_in_the_stores_words(store: Store) -> None:
    twin = replace(simple(2), name="New thing 1")
    results = {result.key: result for result in store.products.create([simple(1), twin, simple(3)])}
    assert "The product name is a duplicate." in results["p2"].error
    assert results["p2"].fields == {"name": "The product name is a duplicate."}
    assert [bool(results[key].product_id) for key in ("p1", "p2", "p3")] == [True, False, True]


def test_a_sku_of_another_product_is_not_taken_over(store: Store) -> None:
    simple_with = replace(simple(), variants=(replace(simple().variants[0], sku="SH-MER180-S-MOSS"),))
    family_with = family()
    family_with = replace(
        family_with, variants=(replace(family_with.variants[0], sku="ZH-Y10"), family_with.variants[1])
    )
    results = store.products.create([simple_with, family_with])
    assert ["SH-MER180-S-MOSS is already in use" in result.error for result in results].count(True) == 1
    assert ["Another product" in result.error for result in results].count(True) == 1
    assert {result.product_id for result in results} == {""}


def test_an_unknown_tax_class_is_left_out(store: Store) -> None:
    (product,) = make(store, simple(tax_key="tax-free"))
    assert read(store, product).tax_key == "0"


# -- stock of what is made


@pytest.mark.parametrize(("shop", "expected"), [("outlet", Decimal(7)), ("demo", Decimal(0))])
def test_levels_are_written_where_there_is_one_location(
    keeper: Shopkeeper, sleep: Callable[[float], None], settings: Any, shop: str, expected: Decimal
) -> None:
    """The catalog knows the default location only; elsewhere stock has to name its own."""
    settings.BIGCOMMERCE_API_URL = keeper.url
    keeper.store = shop
    keeper.settings(rate_quota=100_000)
    store = Store(connection_from_form({**FORM, "store": shop}))
    counted = [
        replace(product, variants=tuple(replace(entry, quantity=Decimal("7.9")) for entry in product.variants))
        for product in (simple(), family())
    ]
    for product in make(store, *counted):
        found = read(store, product)
        assert {variant.tracking for variant in found.variants} == {"variant" if product.is_family else "product"}
        assert {variant.quantity for variant in found.variants} == {expected}


def test_measures_are_those_of_the_store(store: Store, keeper: Shopkeeper) -> None:
    keeper.settings(weight_units="LBS", dimension_units="Inches")
    heavy = replace(simple().variants[0], weight=Decimal(1), height=Decimal("25.4"))
    (product,) = make(store, simple(variants=(heavy,)))
    found = read(store, product)
    assert (found.weight_unit, found.variants[0].weight, found.variants[0].height) == (
        "lb",
        Decimal("2.2046"),
        Decimal(10),
    )


# -- answers that only the real store gives


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get("https://api.bigcommerce.com/stores/demo/v2/store", json={"id": "demo", "weight_units": "KGS"})
        mock.get(BATCH, json={"data": [{"id": 7, "variants": []}, {"id": 8, "variants": []}], "meta": {}})
        yield mock


@pytest.fixture
def real(settings: Any, sleep: Callable[[float], None]) -> Store:
    settings.BIGCOMMERCE_API_URL = "https://api.bigcommerce.com"
    return Store(replace(connection_from_form(FORM), bucket_key="mocked"))


def bodies(api: responses.RequestsMock, method: str) -> Sequence[Any]:
    return [json.loads(call.request.body or "null") for call in api.calls if call.request.method == method]


def test_a_part_that_was_not_saved_is_told(api: responses.RequestsMock, real: Store) -> None:
    """207: the product is there, its inventory or address is not."""
    words = {"status": 207, "title": "Product is saved with errors", "errors": {"inventory": "data failed to update"}}
    row = {"id": 192, "base_variant_id": 1, "variants": [{"id": 1, "sku": "NEW-1"}]}
    api.post(BATCH, status=207, json={"data": row, "errors": words, "meta": {}})
    api.replace("GET", BATCH, json={"data": [], "meta": {}})
    (result,) = real.products.create([simple()])
    assert (result.product_id, result.variant_ids) == ("192", {"v": "1"})
    assert result.error == "Product is saved with errors; data failed to update"


def test_a_batch_that_was_saved_in_part_is_sent_apart(api: responses.RequestsMock, real: Store) -> None:
    words = {"status": 207, "title": "Saved with errors", "errors": {}}
    api.put(BATCH, status=207, json={"data": [], "errors": words, "meta": {}})
    api.put(BATCH, json={"data": [{"id": 7}], "meta": {}})
    api.put(BATCH, status=207, json={"data": [], "errors": words, "meta": {}})
    results = real.products.update(
        [DesiredProduct(key="a", product_id="7", name="A"), DesiredProduct(key="b", product_id="8", name="B")]
    )
    assert [(result.key, result.error) for result in results] == [("a", ""), ("b", "Saved with errors")]
    assert [len(body) for body in bodies(api, "PUT")] == [2, 1, 1]


def test_a_picture_the_store_cannot_fetch_does_not_keep_the_product(api: responses.RequestsMock, real: Store) -> None:
    api.replace("GET", BATCH, json={"data": [], "meta": {}})
    refusal = {"status": 422, "title": "Invalid", "errors": {"images.0.image_url": "could not be downloaded"}}
    api.post(BATCH, status=422, json=refusal)
    api.post(BATCH, json={"data": {"id": 192, "variants": [{"id": 1, "sku": "NEW-1"}]}, "meta": {}})
    (result,) = real.products.create([simple(images=(RemoteImage(url="https://example.com/a.png"),))])
    assert result.product_id == "192"
    assert "Invalid" in result.error
    assert ["images" in body for body in bodies(api, "POST")] == [True, False]


def test_several_storefronts_sell_what_is_assigned(api: responses.RequestsMock, real: Store) -> None:
    store = {"id": "demo", "default_channel_id": 1, "features": {"multi_storefront_enabled": True}}
    api.replace("GET", "https://api.bigcommerce.com/stores/demo/v2/store", json=store)
    api.replace("GET", BATCH, json={"data": [], "meta": {}})
    api.post(BATCH, json={"data": {"id": 192, "variants": [{"id": 1, "sku": "NEW-1"}]}, "meta": {}})
    api.put(f"{BATCH}/channel-assignments", status=204)
    (result,) = real.products.create([simple()])
    assert (result.product_id, result.error) == ("192", "")
    assert bodies(api, "PUT") == [[{"product_id": 192, "channel_id": 1}]]


def test_a_missing_variation_does_not_make_its_product_gone(store: Store) -> None:
    (product,) = make(store, family())
    first, second = product.variants
    store._http.request("DELETE", f"/v3/catalog/products/{product.product_id}/variants/{second.variant_id}")
    dearer = tuple(replace(variant, price=Decimal("12.50")) for variant in (first, second))
    (result,) = store.products.update([replace(product, variants=dearer)])
    assert (result.gone, "FAM-1" in result.error) == (False, True)
    assert [variant.price for variant in read(store, product).variants] == [Decimal("12.5")]


def test_a_brand_is_taken_away(store: Store) -> None:
    (product,) = make(store, simple(brand="Nordhafen"))
    assert read(store, product).brand == "Nordhafen"
    store.products.update([replace(product, brand="")])
    assert read(store, product).brand == ""


@pytest.mark.parametrize("data", [None, [], {}, {"id": ""}])
def test_an_answer_without_the_product_is_an_error_of_it(api: responses.RequestsMock, real: Store, data: Any) -> None:
    api.replace("GET", BATCH, json={"data": [], "meta": {}})
    api.post(BATCH, json={"data": data, "meta": {}})
    (result,) = real.products.create([simple()])
    assert (result.product_id, "list the product again" in result.error) == ("", True)
