"""Stock levels sent to WooCommerce, and read from it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import InDoubt
from channels.platforms.woocommerce.store import Store
from channels.remote import RemoteProduct, RemoteVariant, StockItem, StockUpdate
from tests.platforms.conftest import Shopkeeper

MUG = {"name": "Mug", "sku": "MUG", "regular_price": "12.50", "manage_stock": True, "stock_quantity": 5}
STICKER = {"name": "Sticker", "sku": "STICKER", "regular_price": "3"}
SHIRT: dict[str, Any] = {
    "name": "Shirt",
    "type": "variable",
    "attributes": [{"name": "Size", "variation": True, "visible": True, "options": ["S", "M"]}],
    "variations": [
        {"sku": f"SH-{size}", "regular_price": "20", "manage_stock": True, "stock_quantity": 3,
         "attributes": [{"name": "Size", "option": size}]}
        for size in ("S", "M")
    ],
}  # fmt: skip
STOOL: dict[str, Any] = {
    "name": "Stool",
    "type": "variable",
    "manage_stock": True,
    "stock_quantity": 40,
    "attributes": [{"name": "Wood", "variation": True, "visible": True, "options": ["Oak", "Ash"]}],
    "variations": [
        {"sku": f"ST-{wood}", "regular_price": "99", "attributes": [{"name": "Wood", "option": wood}]}
        for wood in ("Oak", "Ash")
    ],
}


def stocked(keeper: Shopkeeper, store: Store, *goods: dict[str, Any]) -> dict[str, tuple[RemoteProduct, RemoteVariant]]:
    """Products and variants by SKU, as the store has them now."""
    keeper.call("POST", f"/stores/{keeper.store}/products", {"products": list(goods)})
    found = {v.sku: (product, v) for product in store.products.page().products for v in product.variants}
    keeper.forget()
    return found


def update_of(product: RemoteProduct, variant: RemoteVariant, quantity: str = "7", **changes: Any) -> StockUpdate:
    facts: dict[str, Any] = {
        "key": variant.id,
        "product_id": product.id,
        "variant_id": variant.id,
        "sku": variant.sku,
        "tracking": variant.tracking,
        "location_id": "",
        "quantity": Decimal(quantity),
    }
    return StockUpdate(**{**facts, **changes})


def item_of(update: StockUpdate) -> StockItem:
    return StockItem(product_id=update.product_id, variant_id=update.variant_id, tracking=update.tracking)


def levels(store: Store, *updates: StockUpdate) -> dict[str, Decimal]:
    return {level.variant_id: level.quantity for level in store.stock.levels([item_of(each) for each in updates])}


@pytest.mark.req("SET-19", platform="woocommerce")
def test_products_and_variations_take_their_numbers(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, MUG, SHIRT)
    updates = [update_of(*goods["MUG"], "11"), update_of(*goods["SH-S"], "0"), update_of(*goods["SH-M"], "2")]
    assert [(result.error, result.tracking) for result in store.stock.push(updates)] == [("", None)] * 3
    assert list(levels(store, *updates).values()) == [11, 0, 2]
    shirt = goods["SH-S"][0].id
    assert [path for method, path in woo_keeper.requests() if method == "POST"] == [
        "/wc/v3/products/batch",
        f"/wc/v3/products/{shirt}/variations/batch",
    ]


@pytest.mark.parametrize(
    ("quantity", "sent"), [("3.9", 3), ("-2", 0), ("0.4", 0), ("99999999999", 2_147_483_647), ("2.0000", 2)]
)
def test_the_store_sells_whole_units(store: Store, woo_keeper: Shopkeeper, quantity: str, sent: int) -> None:
    goods = stocked(woo_keeper, store, MUG)
    update = update_of(*goods["MUG"], quantity)
    assert store.stock.push([update])[0].error == ""
    assert levels(store, update) == {update.variant_id: sent}


def test_what_the_store_does_not_count_is_not_sent(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, STICKER)
    update = update_of(*goods["STICKER"])
    assert update.tracking == "none"
    (result,) = store.stock.push([update])
    assert "does not count this product" in result.error
    assert woo_keeper.requests() == []
    assert levels(store, update) == {}


def test_a_store_that_no_longer_counts_is_heard(store: Store, woo_keeper: Shopkeeper) -> None:
    """It answers with success and drops the number."""
    goods = stocked(woo_keeper, store, STICKER, MUG)
    results = store.stock.push([update_of(*goods["STICKER"], tracking="variant"), update_of(*goods["MUG"], "9")])
    assert (results[0].tracking, "does not count" in results[0].error, results[0].gone) == ("none", True, False)
    assert (results[1].error, results[1].tracking) == ("", None)


@pytest.mark.req("SET-19", platform="woocommerce")
def test_a_family_counted_as_a_whole_gets_the_sum(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, STOOL)
    updates = [update_of(*goods["ST-Oak"], "4.5"), update_of(*goods["ST-Ash"], "3")]
    assert [update.tracking for update in updates] == ["product", "product"]
    assert [result.error for result in store.stock.push(updates)] == ["", ""]
    assert woo_keeper.requests() == [("POST", "/wc/v3/products/batch")]
    assert set(levels(store, *updates).values()) == {7}


def test_a_stale_picture_is_put_right_in_the_same_push(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, STOOL)
    updates = [update_of(*goods[sku], "4", tracking="variant") for sku in ("ST-Oak", "ST-Ash")]
    results = store.stock.push(updates)
    assert [(result.error, result.tracking) for result in results] == [("", "product")] * 2
    assert set(levels(store, *[update_of(*goods["ST-Oak"])]).values()) == {8}


def test_what_is_gone_is_said_so(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, MUG, SHIRT)
    shirt, small = goods["SH-S"]
    updates = [
        update_of(*goods["MUG"], key="gone", product_id="999999", variant_id="999999"),
        update_of(shirt, small, key="variation", variant_id="999998"),
        update_of(shirt, small, key="family", product_id="999997"),
        update_of(*goods["MUG"], "8", key="mug"),
    ]
    results = {result.key: result for result in store.stock.push(updates)}
    assert [results[key].gone for key in ("gone", "variation", "family", "mug")] == [True, True, True, False]
    assert all(results[key].error for key in ("gone", "variation", "family"))
    assert results["mug"].error == ""


def test_a_trashed_product_is_gone(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, MUG)
    store._client.delete(f"/products/{goods['MUG'][0].id}")
    (result,) = store.stock.push([update_of(*goods["MUG"])])
    assert (result.gone, "trash" in result.error) == (True, True)
    assert levels(store, update_of(*goods["MUG"])) == {}


def test_the_last_number_of_an_item_counts(store: Store, woo_keeper: Shopkeeper) -> None:
    goods = stocked(woo_keeper, store, MUG)
    updates = [update_of(*goods["MUG"], "3", key="a"), update_of(*goods["MUG"], "4", key="b")]
    assert {result.key: result.error for result in store.stock.push(updates)} == {"a": "", "b": ""}
    assert set(levels(store, updates[0]).values()) == {4}


def test_a_slow_host_is_sent_less(store: Store, woo_keeper: Shopkeeper) -> None:
    """After a time-out the next batches are half as large, and grow again."""
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products/bulk", {"count": 40})
    updates = [update_of(product, product.variants[0]) for product in store.products.page().products]
    store._http.patience = type(store._http.patience)(slow_attempts=1, timeout=(5, 0.3))
    woo_keeper.fault("late", path="*/products/batch", times=1, seconds=0.6)
    with pytest.raises(InDoubt):
        store.stock.push(updates)
    woo_keeper.forget()
    store._http.patience = type(store._http.patience)()
    assert [result.error for result in store.stock.push(updates)] == [""] * 40
    assert len(woo_keeper.requests()) == 2
    for _time in range(5):
        store.stock.push(updates)
    woo_keeper.forget()
    store.stock.push(updates)
    assert len(woo_keeper.requests()) == 1


def test_levels_of_the_whole_store_take_one_call(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    woo_keeper.settings(version="10.3.0")
    store = connect_to(version="10.3.0")
    goods = stocked(woo_keeper, store, SHIRT, {**SHIRT, "name": "Other", "variations": [
        {**SHIRT["variations"][0], "sku": "OT-S"}]})  # fmt: skip
    updates = [update_of(*goods[sku]) for sku in ("SH-S", "SH-M", "OT-S")]
    assert set(levels(store, *updates).values()) == {3}
    assert woo_keeper.requests() == [("GET", "/wc/v3/variations")]
