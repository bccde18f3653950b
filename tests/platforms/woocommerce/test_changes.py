"""Products that changed since a moment, and downloads that are taken up again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from channels.errors import TemporarilyUnavailable
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.memory import FRESH_SECONDS, Memory
from channels.platforms.woocommerce.products import Products
from channels.platforms.woocommerce.store import Store
from tests.platforms.conftest import Shopkeeper
from tests.platforms.woocommerce.gateways import API
from tests.platforms.woocommerce.test_stock import MUG, SHIRT, STICKER

SINCE = datetime(2026, 11, 21, 9, 46, 6, tzinfo=UTC)
UNITS = [{"id": "woocommerce_weight_unit", "value": "kg"}, {"id": "woocommerce_dimension_unit", "value": "cm"}]


def row(number: int, changed: str = "2026-11-21T09:46:06", **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"P{number}", "type": "simple", "sku": f"S{number}", "date_modified_gmt": changed,
            **fields}  # fmt: skip


def test_the_filter_has_no_zone_and_the_second_itself_counts(client: Client, web: responses.RequestsMock) -> None:
    web.get(f"{API}/wc/v3/settings/products", json=UNITS)
    web.get(f"{API}/wc/v3/products", json=[row(1)])
    found = Products(client).page(changed_since=SINCE.astimezone())
    params = next(call.request.params for call in web.calls if "modified_after" in call.request.params)
    assert (params["modified_after"], params["dates_are_gmt"]) == ("2026-11-21T09:46:05", "true")
    assert ([product.id for product in found.products], found.total) == (["1"], None)


@pytest.mark.req("CON-11", platform="woocommerce")
def test_a_store_that_cannot_filter_is_read_whole_and_sorted_out_here(
    old_client: Client, web: responses.RequestsMock
) -> None:
    """`modified_after` came with 5.8; before, the store ignores it. Families that are not wanted cost no call."""
    web.get(f"{API}/wc/v3/settings/products", json=UNITS)
    rows = [
        row(1, "2026-11-21T09:46:04"),
        row(2),
        row(3, "2026-11-20T00:00:00", type="variable", variations=[4, 5]),
        row(6, ""),
    ]
    web.get(f"{API}/wc/v3/products", json=rows)
    page = Products(old_client).page(changed_since=SINCE)
    assert [product.id for product in page.products] == ["2", "6"]
    assert page.next_cursor == ""
    assert all("modified_after" not in call.request.params for call in web.calls)
    assert not any("variations" in str(call.request.url).partition("?")[0] for call in web.calls)


@pytest.mark.parametrize("version", ["10.0.2", "6.9.4"])
def test_a_changed_variation_changes_its_family(
    connect_to: Callable[..., Store], woo_keeper: Shopkeeper, version: str
) -> None:
    woo_keeper.settings(version=version)
    store = connect_to(version=version)
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products", {"products": [MUG, SHIRT, STICKER]})
    woo_keeper.call("PUT", "/clock", {"advance_seconds": 600})
    shirt = next(product for product in store.products.page().products if product.name == "Shirt")
    path = f"/products/{shirt.id}/variations/{shirt.variants[0].id}"
    store._client.put(path, {"regular_price": "21"})
    since = datetime.now(UTC) + timedelta(minutes=5)
    assert [product.id for product in store.products.page(changed_since=since).products] == [shirt.id]


# -- taken up again


def test_the_next_slice_reads_nothing_again(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    """Each minute's slice has an adapter of its own."""
    woo_keeper.settings(version="10.3.0")
    woo_keeper.call(
        "POST", f"/stores/{woo_keeper.store}/products/bulk", {"count": 400, "families": 100, "variations_each": 3}
    )
    cursor, ids = "", []
    while True:
        calls = len(woo_keeper.requests())
        store = connect_to(version="10.3.0")
        page = store.products.page(cursor=cursor)
        ids += [product.id for product in page.products]
        if not (cursor := page.next_cursor):
            break
    assert len(ids) == len(set(ids)) == 400
    assert calls <= 2


def test_after_a_failure_the_page_is_read_anew(store: Store, woo_keeper: Shopkeeper) -> None:
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products/bulk", {"count": 150})
    first = store.products.page()
    woo_keeper.fault("bare_500", times=4)
    with pytest.raises(TemporarilyUnavailable):
        store.products.page(cursor=first.next_cursor)
    again = store.products.page(cursor=first.next_cursor)
    assert len({product.id for product in (*first.products, *again.products)}) == 150


def test_a_memory_forgets(client: Client) -> None:
    now = [0.0]
    memory = Memory(clock=lambda: now[0])
    memory.units, memory.categories = ("kg", "cm"), {"1": {"id": 1}}
    assert (memory.units, memory.categories) == (("kg", "cm"), {"1": {"id": 1}})
    now[0] += FRESH_SECONDS
    assert (memory.units, memory.categories) == (None, None)


def test_a_category_that_is_new_is_asked_for(client: Client, web: responses.RequestsMock) -> None:
    web.get(f"{API}/wc/v3/settings/products", json=UNITS)
    web.get(f"{API}/wc/v3/products/categories", json=[{"id": 1, "name": "A", "parent": 0}])
    web.get(f"{API}/wc/v3/products", json=[row(5, categories=[{"id": 1}])])
    memory = Memory()
    assert Products(client, memory=memory).page().products[0].category == "A"
    web.replace("GET", f"{API}/wc/v3/products", json=[row(5, categories=[{"id": 2}])])
    web.replace("GET", f"{API}/wc/v3/products/categories", json=[{"id": 2, "name": "B", "parent": 0}])
    assert Products(client, memory=memory).page().products[0].category == "B"
    asked = [str(call.request.url) for call in web.calls]
    assert sum("/settings/" in url for url in asked) == 1
    assert sum("/categories" in url for url in asked) == 2
