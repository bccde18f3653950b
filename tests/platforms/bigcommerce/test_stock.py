"""Stock pushes: the fewest calls, the right identity, and one bad item that does not stop the others."""

from decimal import Decimal
from typing import Any

import pytest

from channels.errors import TemporarilyUnavailable
from channels.platforms.bigcommerce.store import Store
from channels.remote import StockResult, StockUpdate, Tracking
from tests.platforms.conftest import Shopkeeper
from tests.platforms.contract import item_of

ABSOLUTE = ("PUT", "/v3/inventory/adjustments/absolute")


def an_update(
    variant: int, quantity: str = "5", *, product: int = 0, tracking: Tracking = "variant", location: str = "1"
) -> StockUpdate:
    return StockUpdate(
        key=f"{variant}@{location}",
        product_id=str(product or variant),
        variant_id=str(variant),
        sku="",
        tracking=tracking,
        location_id=location,
        quantity=Decimal(quantity),
    )


def by_sku(store: Store) -> dict[str, StockUpdate]:
    return {
        variant.sku: an_update(int(variant.id), product=int(product.id), tracking=variant.tracking)
        for product in store.products.page().products
        for variant in product.variants
    }


def errors(results: tuple[StockResult, ...]) -> dict[str, str]:
    return {result.key: result.error for result in results if result.error}


def level(store: Store, update: StockUpdate) -> Decimal:
    return store.stock.levels([item_of(update)], location_id=update.location_id)[0].quantity


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (2000, 1), (2001, 2), (4100, 3)])
def test_two_thousand_items_are_one_call(store: Store, keeper: Shopkeeper, count: int, calls: int) -> None:
    first = keeper.bulk(count)
    variants = store.products.get_many([str(first)])[0].variants
    start = int(variants[0].id)
    keeper.forget()
    results = store.stock.push([an_update(start + index) for index in range(count)])
    assert keeper.requests() == [ABSOLUTE] * calls
    assert len(results) == count
    assert errors(results) == {}
    assert level(store, an_update(start + count - 1)) == 5


def test_locations_share_a_call(store: Store, keeper: Shopkeeper) -> None:
    update = by_sku(store)["ZH-Y10"]
    keeper.forget()
    updates = [an_update(int(update.variant_id), "3"), an_update(int(update.variant_id), "4", location="2")]
    assert errors(store.stock.push(updates)) == {}
    assert keeper.requests() == [ABSOLUTE]
    assert [level(store, entry) for entry in updates] == [3, 4]


@pytest.mark.parametrize(("given", "stored"), [("-3", 0), ("7.9", 7), ("99999999999", 2_147_483_647)])
def test_quantities_are_whole_and_fit(store: Store, given: str, stored: int) -> None:
    update = an_update(int(by_sku(store)["ZH-Y10"].variant_id), given)
    assert errors(store.stock.push([update])) == {}
    assert level(store, update) == stored


def test_a_family_counted_as_a_whole_gets_the_sum_of_its_variants(store: Store, keeper: Shopkeeper) -> None:
    jackets = [update for sku, update in by_sku(store).items() if sku.startswith("JA-DEICH")]
    assert {update.tracking for update in jackets} == {"product"}
    keeper.forget()
    assert errors(store.stock.push(jackets)) == {}
    assert keeper.requests() == [ABSOLUTE]
    assert level(store, jackets[0]) == 5 * len(jackets)


def test_a_stale_tracking_level_is_put_right_in_the_same_push(store: Store, keeper: Shopkeeper) -> None:
    known = by_sku(store)
    jackets = [
        an_update(int(update.variant_id), product=int(update.product_id))
        for sku, update in known.items()
        if sku.startswith("JA-DEICH")
    ]
    other = known["ZH-Y10"]
    keeper.forget()
    results = {result.key: result for result in store.stock.push([*jackets, other])}
    assert errors(tuple(results.values())) == {}
    assert {results[update.key].tracking for update in jackets} == {"product"}
    assert results[other.key].tracking is None
    assert level(store, other) == 5
    assert level(store, jackets[0]) == 5 * len(jackets)


def test_a_product_pushed_as_a_whole_that_is_counted_by_variant(store: Store) -> None:
    shirt = by_sku(store)["SH-MER180-S-MOSS"]
    stale = an_update(int(shirt.variant_id), product=int(shirt.product_id), tracking="product")
    result = store.stock.push([stale])[0]
    assert (result.error, result.tracking) == ("", "variant")
    assert level(store, shirt) == 5


def test_bad_items_are_reported_and_the_rest_is_sent(store: Store, keeper: Shopkeeper) -> None:
    good = by_sku(store)["ZH-Y10"]
    keeper.forget()
    results = store.stock.push([an_update(999_999), good, an_update(888_888)])
    assert [result.gone for result in results] == [True, False, True]
    assert "999999" in results[0].error
    assert results[1].error == ""
    assert level(store, good) == 5
    assert keeper.requests().count(ABSOLUTE) == 3


def test_a_location_that_is_gone_is_named(store: Store) -> None:
    good = by_sku(store)["ZH-Y10"]
    results = store.stock.push([an_update(int(good.variant_id), location="77"), good])
    assert "Location not found" in results[0].error
    assert not results[0].gone
    assert results[1].error == ""


def test_what_the_store_does_not_count_is_said_without_a_call(store: Store, keeper: Shopkeeper) -> None:
    results = store.stock.push([an_update(71, tracking="none")])
    assert "does not count" in results[0].error
    assert keeper.requests() == []


def test_words_that_name_nobody_are_narrowed_down(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels.errors import RemoteRejected

    sent: list[int] = []

    def refuse(items: list[dict[str, Any]], *, reason: str) -> None:
        sent.append(len(items))
        if any(item["variant_id"] == 13 for item in items):
            raise RemoteRejected("The store refused: something is odd", detail="HTTP 422: something is odd")

    monkeypatch.setattr(store._client, "set_stock", refuse)
    results = store.stock.push([an_update(number) for number in range(64)])
    assert errors(results) == {"13@1": "HTTP 422: something is odd"}
    assert len(sent) <= 2 * 6 + 1


def test_a_long_list_of_refusals_that_is_cut_off_fails_nobody_else(store: Store, keeper: Shopkeeper) -> None:
    good = by_sku(store)["ZH-Y10"]
    missing = [an_update(900_000 + number) for number in range(150)]
    results = store.stock.push([*missing, good])
    assert sum(result.error != "" for result in results) == 150
    assert results[-1].error == ""


@pytest.mark.parametrize("kind", ["drop_after", "error"])
def test_a_push_in_doubt_is_sent_again(store: Store, keeper: Shopkeeper, kind: str) -> None:
    update = by_sku(store)["ZH-Y10"]
    keeper.fault(kind, path="/v3/inventory/*")
    assert errors(store.stock.push([update])) == {}
    assert level(store, update) == 5


def test_a_store_that_stays_down_fails_the_push_as_a_whole(store: Store, keeper: Shopkeeper) -> None:
    update = by_sku(store)["ZH-Y10"]
    keeper.fault("error", path="/v3/inventory/*", times=None)
    with pytest.raises(TemporarilyUnavailable):
        store.stock.push([update])


def test_levels_tell_safety_stock_apart(store: Store) -> None:
    update = by_sku(store)["ZH-Y10"]
    found = store.stock.levels([item_of(update)])
    assert [(entry.location_id, entry.variant_id, entry.safety_stock) for entry in found] == [
        ("1", update.variant_id, 0),
        ("2", update.variant_id, 0),
    ]
    assert found[0].quantity == 1838
