"""Products listed, changed, hidden and removed at WooCommerce, and all that the store does not say aloud."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import InDoubt, TemporarilyUnavailable
from channels.platforms.woocommerce.store import Store
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    ProductResult,
    RemoteImage,
    RemoteOptionValue,
    RemoteProduct,
)
from tests.platforms.conftest import Shopkeeper

MUG = DesiredProduct(
    key="7",
    name="Mug",
    description="<p>Holds tea.</p>",
    variants=(DesiredVariant(key="7v", sku="MUG", price=Decimal("12.50"), quantity=Decimal(4)),),
    is_visible=True,
)


def size(key: str, value: str, **changes: Any) -> DesiredVariant:
    options = (RemoteOptionValue(name="Size", value=value),)
    facts: dict[str, Any] = {"sku": f"SHIRT-{value}", "price": Decimal(20), "quantity": Decimal(3)}
    return DesiredVariant(key=key, options=options, **{**facts, **changes})


SHIRT = DesiredProduct(
    key="8",
    name="Shirt",
    is_family=True,
    option_names=("Size",),
    variants=(size("8s", "S"), size("8m", "M")),
    is_visible=True,
)


def one(results: tuple[ProductResult, ...]) -> ProductResult:
    assert len(results) == 1
    return results[0]


def read(store: Store, number: str) -> RemoteProduct:
    return store.products.get_many([number])[0]


def count(store: Store) -> int:
    total = store.products.page().total
    assert total is not None
    return total


def writes(keeper: Shopkeeper) -> list[str]:
    return [path for method, path in keeper.requests() if method != "GET"]


# -- making


def test_a_hundred_products_are_two_calls(store: Store, woo_keeper: Shopkeeper) -> None:
    many = [
        replace(MUG, key=str(n), name=f"Mug {n}", variants=(replace(MUG.variants[0], key=f"{n}v", sku=f"MUG-{n}"),))
        for n in range(100)
    ]
    results = store.products.create(many)
    assert [result.error for result in results] == [""] * 100
    assert len({result.product_id for result in results}) == 100
    assert writes(woo_keeper) == ["/wc/v3/products/batch"]
    assert len(woo_keeper.requests()) == 1 + 2 + 1  # units, two lots of SKUs, the batch


def test_a_family_is_a_product_and_a_batch_of_variations(store: Store, woo_keeper: Shopkeeper) -> None:
    result = one(store.products.create([SHIRT]))
    assert (result.error, set(result.variant_ids)) == ("", {"8s", "8m"})
    found = read(store, result.product_id)
    assert [(v.sku, v.quantity, v.tracking) for v in found.variants] == [
        ("SHIRT-S", Decimal(3), "variant"),
        ("SHIRT-M", Decimal(3), "variant"),
    ]
    assert writes(woo_keeper) == ["/wc/v3/products/batch", f"/wc/v3/products/{result.product_id}/variations/batch"]


def test_a_family_whose_variations_did_not_follow_is_completed(store: Store, woo_keeper: Shopkeeper) -> None:
    """It has no SKU yet; our mark tells it from any other of its name."""
    store._client.post("/products", {"name": "Shirt", "type": "variable"})
    woo_keeper.fault("drop_before", path="*/variations/batch", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.products.create([SHIRT])
    before = count(store)
    result = one(store.products.create([SHIRT]))
    assert (result.error, count(store)) == ("", before)
    assert len(read(store, result.product_id).variants) == 2


def test_goods_without_a_sku_are_known_by_our_mark(store: Store, woo_keeper: Shopkeeper) -> None:
    nameless = replace(MUG, name="Mug “large” & blue", variants=(DesiredVariant(key="7v", price=Decimal(5)),))
    store._client.post("/products", {"name": "Mug “large” & blue"})
    woo_keeper.fault("drop_after", path="*/products/batch", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.products.create([nameless])
    assert one(store.products.create([nameless])).product_id
    assert count(store) == 2


def test_variations_that_were_made_in_doubt_are_not_made_twice(store: Store, woo_keeper: Shopkeeper) -> None:
    woo_keeper.fault("drop_after", path="*/variations/batch", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.products.create([SHIRT])
    result = one(store.products.create([SHIRT]))
    assert (result.error, set(result.variant_ids)) == ("", {"8s", "8m"})
    assert len(read(store, result.product_id).variants) == 2
    third = size("8l", "L")
    added = replace(SHIRT, product_id=result.product_id, name=None, variants=(third,))
    woo_keeper.fault("drop_after", path="*/variations/batch", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.products.update([added])
    again = one(store.products.update([added]))
    found = read(store, result.product_id)
    assert [variant.sku for variant in found.variants] == ["SHIRT-S", "SHIRT-M", "SHIRT-L"]
    assert [option.value for option in found.variants[2].options] == ["L"]
    assert again.variant_ids == {"8l": found.variants[2].id}


def test_a_sku_of_somebody_elses_product_is_not_taken_over(store: Store, woo_keeper: Shopkeeper) -> None:
    store._client.post("/products", {"name": "Old mug", "sku": "mug"})
    woo_keeper.forget()
    result = one(store.products.create([MUG]))
    assert (result.product_id, writes(woo_keeper)) == ("", [])
    assert "“Old mug”" in result.error


def test_a_sku_in_the_trash_is_explained(store: Store) -> None:
    made = one(store.products.create([MUG]))
    store._client.delete(f"/products/{made.product_id}")
    result = one(store.products.create([MUG]))
    assert result.product_id == ""
    assert "lookup table" in result.error
    assert "trash" in result.error


def test_a_refused_sku_comes_with_the_stores_words(store: Store) -> None:
    first = one(store.products.create([MUG]))
    other = replace(MUG, key="9", name="Cup", variants=(replace(MUG.variants[0], key="9v", sku="CUP"),))
    second = one(store.products.create([other]))
    change = DesiredProduct(key="9", product_id=second.product_id, variants=(DesiredVariant(key="9v", sku="mug"),))
    result = one(store.products.update([change]))
    assert result.error.startswith("Invalid or duplicated SKU.")
    assert first.product_id in result.error
    assert set(result.fields) == {"sku"}
    assert not result.gone


def test_a_bad_image_does_not_lose_the_product(store: Store, woo_keeper: Shopkeeper) -> None:
    woo_keeper.settings(unreachable_images=["*bad*"])
    images = (RemoteImage(url="https://files.example/good.png"), RemoteImage(url="https://files.example/bad.png"))
    result = one(store.products.create([replace(MUG, images=images)]))
    assert "An image was left out: Error getting remote image https://files.example/bad.png" in result.error
    found = read(store, result.product_id)
    assert len(found.images) == 1
    assert result.variant_ids == {"7v": result.product_id}
    change = DesiredProduct(key="7", product_id=result.product_id, name="Mug II", images=images)
    again = one(store.products.update([change]))
    assert "An image was left out" in again.error
    found = read(store, result.product_id)
    assert (found.name, len(found.images)) == ("Mug II", 1)


def test_one_bad_variation_does_not_keep_the_others(store: Store) -> None:
    store._client.post("/products", {"name": "Other", "sku": "TAKEN"})
    shirt = replace(SHIRT, variants=(*SHIRT.variants, size("8x", "XL", sku="TAKEN")))
    namesake = one(store.products.create([shirt]))
    assert "“Other”" in namesake.error
    made = one(store.products.create([SHIRT]))
    change = replace(SHIRT, product_id=made.product_id, variants=(size("8x", "XL", sku="TAKEN"), size("8l", "L")))
    result = one(store.products.update([change]))
    assert result.error.startswith("TAKEN: Invalid or duplicated SKU.")
    assert set(result.variant_ids) == {"8l"}
    assert len(read(store, made.product_id).variants) == 3


@pytest.mark.req("CAT-8")
def test_a_category_that_the_store_has_is_found_by_making_it(store: Store, woo_keeper: Shopkeeper) -> None:
    there = store._client.post("/products/categories", {"name": "Tea & Coffee"})
    store._client.post("/products/tags", {"name": "warm"})
    store._client.post("/products/categories", {"name": "Cups", "parent": there["id"]})
    for key, category in (("1", "Tea & Coffee"), ("2", "Cups")):
        variant = replace(MUG.variants[0], sku=f"MUG-{key}")
        product = replace(MUG, key=key, name=f"Mug {key}", variants=(variant,), category=category, tags=("warm", "new"))
        result = one(store.products.create([product]))
        found = read(store, result.product_id)
        assert (result.error, found.category, set(found.tags)) == ("", category, {"warm", "new"})
    names = [row["name"] for row in store._client.all("/products/categories")]
    assert sorted(names) == ["Cups", "Cups", "Tea &amp; Coffee", "Uncategorized"]


def test_what_the_store_silently_drops_is_said(store: Store) -> None:
    dear = replace(MUG, variants=(replace(MUG.variants[0], sale_price=Decimal(99)),), tax_key="class:luxury")
    result = one(store.products.create([dear]))
    assert result.product_id
    assert "dropped the sale price" in result.error
    assert "does not have the tax class “luxury”" in result.error


# -- changing


def test_an_update_never_changes_what_is_counted(store: Store, woo_keeper: Shopkeeper) -> None:
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products", {"products": [{"name": "Sticker", "sku": "ST"}]})
    (found,) = store.products.find(["ST"])
    variant = DesiredVariant(key="v", variant_id=found.id, quantity=Decimal(9), price=Decimal("2.50"))
    assert one(store.products.update([DesiredProduct(key="1", product_id=found.id, variants=(variant,))])).error == ""
    after = read(store, found.id).variants[0]
    assert (after.tracking, after.quantity, after.price) == ("none", None, Decimal("2.50"))


@pytest.mark.req("LST-5", platform="woocommerce")
def test_an_update_by_hand_sends_the_level(store: Store) -> None:
    made = one(store.products.create([MUG]))
    variant = DesiredVariant(key="7v", variant_id=made.product_id, quantity=Decimal("9.7"))
    store.products.update([DesiredProduct(key="7", product_id=made.product_id, variants=(variant,))])
    assert read(store, made.product_id).variants[0].quantity == 9


def test_a_product_in_the_trash_is_gone_and_stays_there(store: Store) -> None:
    """Published again it would come back without its variations."""
    made = one(store.products.create([SHIRT]))
    store._client.delete(f"/products/{made.product_id}")
    change = DesiredProduct(key="8", product_id=made.product_id, name="Shirt II", is_visible=True)
    assert one(store.products.update([change])).gone
    assert one(store.products.set_visible([made.product_id], visible=True)).gone
    assert store._client.get(f"/products/{made.product_id}")["status"] == "trash"


def test_removing_frees_the_skus_for_another_listing(store: Store, woo_keeper: Shopkeeper) -> None:
    made = [one(store.products.create([product])) for product in (MUG, SHIRT)]
    woo_keeper.forget()
    results = store.products.delete([result.product_id for result in made])
    assert [result.error for result in results] == ["", ""]
    assert writes(woo_keeper) == ["/wc/v3/products/batch"]
    again = [one(store.products.create([product])) for product in (MUG, SHIRT)]
    assert [result.error for result in again] == ["", ""]
    assert {result.product_id for result in again}.isdisjoint({result.product_id for result in made})


def test_hiding_a_family_leaves_its_variations(store: Store) -> None:
    made = one(store.products.create([SHIRT]))
    assert one(store.products.set_visible([made.product_id], visible=False)).error == ""
    hidden = read(store, made.product_id)
    assert (hidden.is_visible, len(hidden.variants)) == (False, 2)


def test_a_sku_with_a_comma_is_found(store: Store) -> None:
    commas = replace(MUG, variants=(replace(MUG.variants[0], sku="A,B"),))
    made = one(store.products.create([commas]))
    store._client.post("/products", {"name": "A", "sku": "A"})
    assert [product.id for product in store.products.find(["A,B"])] == [made.product_id]
    assert one(store.products.create([commas])).product_id == made.product_id


def test_long_skus_fit_into_the_address(store: Store, woo_keeper: Shopkeeper) -> None:
    skus = [f"{'Ü' * 60}-{number}" for number in range(50)]
    made = one(store.products.create([replace(MUG, variants=(replace(MUG.variants[0], sku=skus[49]),))]))
    woo_keeper.forget()
    assert [product.id for product in store.products.find(skus)] == [made.product_id]
    queries = woo_keeper.call("GET", "/requests")["requests"]
    assert max(len(str(entry.get("query", ""))) for entry in queries) < 4500
    assert len(queries) > 2


def test_two_products_of_one_sku_are_both_found(store: Store, woo_keeper: Shopkeeper) -> None:
    """Imports get past the store's check."""
    first = one(store.products.create([MUG]))
    shirt = one(store.products.create([SHIRT]))
    found = store.products.find(["mug", "SHIRT-M", "", "none"])
    assert {product.id for product in found} == {first.product_id, shirt.product_id}


def test_a_batch_that_was_too_slow_goes_on_smaller(store: Store, woo_keeper: Shopkeeper) -> None:
    many = [
        replace(MUG, key=str(n), name=f"Mug {n}", variants=(replace(MUG.variants[0], key=f"{n}v", sku=f"MUG-{n}"),))
        for n in range(20)
    ]
    store._http.patience = replace(store._http.patience, timeout=(5, 0.5))
    woo_keeper.fault("late", path="*/products/batch", times=1, seconds=1)
    with pytest.raises(InDoubt):
        store.products.create(many)
    store._http.patience = replace(store._http.patience, timeout=(5, 30))
    results = store.products.create(many)
    assert [result.error for result in results] == [""] * 20
    assert count(store) == 20
    assert store._client.batch_size == 10


def test_old_stores_get_no_barcodes(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    woo_keeper.settings(version="6.9.4")
    barcode = replace(MUG, variants=(replace(MUG.variants[0], barcode="4006381333962"),))
    old = connect_to(version="6.9.4")
    result = one(old.products.create([barcode]))
    assert (result.error, read(old, result.product_id).variants[0].barcode) == ("", "")
