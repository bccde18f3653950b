"""What a download costs, by version of the store (docs/performance.md)."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import responses

from channels.platforms.woocommerce.client import PAGE
from channels.platforms.woocommerce.products import Products
from channels.platforms.woocommerce.store import Store
from channels.remote import RemoteProduct
from tests.platforms.conftest import Shopkeeper
from tests.platforms.woocommerce.gateways import API, client_of
from tests.platforms.woocommerce.test_stock import update_of

SURROUNDINGS = 2
"""Settings of units, categories."""


def download(store: Store) -> list[RemoteProduct]:
    found: list[RemoteProduct] = []
    cursor = ""
    while True:
        page = store.products.page(cursor=cursor)
        assert len(page.products) <= 5 * PAGE
        found += page.products
        if not (cursor := page.next_cursor):
            return found


def fill(keeper: Shopkeeper, count: int, **more: Any) -> None:
    keeper.call("POST", f"/stores/{keeper.store}/products/bulk", {"count": count, **more})


@pytest.mark.req("CAT-1", platform="woocommerce")
@pytest.mark.parametrize("families", [1.0, 0.5, 0.1])
def test_from_10_3_on_a_list_page_and_a_page_of_variations_a_hundred(
    connect_to: Callable[..., Store], woo_keeper: Shopkeeper, families: float
) -> None:
    """1,000 products with 2,000 variations: 10 + 20 pages are the least that the API allows."""
    woo_keeper.settings(version="10.3.0")
    fill(woo_keeper, 1000, families=int(1000 * families), variations_each=int(2 / families))
    store = connect_to(version="10.3.0")
    found = download(store)
    assert len(found) == len({product.id for product in found}) == 1000
    assert sum(len(product.variants) for product in found if product.is_family) == 2000
    least = 10 + 20
    assert len(woo_keeper.requests()) - SURROUNDINGS <= least * 1.05


@pytest.mark.parametrize("version", ["10.0.2", "6.9.4"])
def test_before_each_family_is_asked_once(
    connect_to: Callable[..., Store], woo_keeper: Shopkeeper, version: str
) -> None:
    """500 products, 200 of them families of five: 5 list pages and 200 calls are the least."""
    woo_keeper.settings(version=version)
    fill(woo_keeper, 500, families=200, variations_each=5)
    store = connect_to(version=version)
    found = download(store)
    assert len(found) == len({product.id for product in found}) == 500
    assert sum(len(product.variants) for product in found if product.is_family) == 1000
    assert len(woo_keeper.requests()) - SURROUNDINGS <= (5 + 200) * 1.05


def test_a_family_of_hundreds_takes_a_call_a_hundred(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    fill(woo_keeper, 1, families=1, variations_each=300)
    store = connect_to(version="10.0.2")
    (product,) = download(store)
    assert len({variant.id for variant in product.variants}) == 300
    assert len(woo_keeper.requests()) - SURROUNDINGS == 1 + 3


def test_any_process_can_go_on(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    """The cursor alone says where, with variations half read and rows read ahead."""
    woo_keeper.settings(version="10.3.0")
    fill(woo_keeper, 350, families=200, variations_each=3)
    found: list[RemoteProduct] = []
    cursor = ""
    while True:
        page = connect_to(version="10.3.0").products.page(cursor=cursor)
        found += page.products
        if not (cursor := page.next_cursor):
            break
    assert [product.id for product in found] == sorted({product.id for product in found}, key=int)
    assert len(found) == 350
    assert sum(len(product.variants) for product in found if product.is_family) == 600


class Catalog:
    """A store of `count` families with two variations each, made up as they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def products(self, request: Any) -> tuple[int, dict[str, str], str]:
        offset = int(request.params.get("offset", 0))
        numbers = range(offset + 1, min(self.count, offset + PAGE) + 1)
        text = "Words about it. " * 20
        found = [
            {"id": n, "name": f"Product {n}", "type": "variable", "description": text, "categories": [{"id": 1}],
             "variations": [self.count + 2 * n, self.count + 2 * n + 1], "attributes": [ATTRIBUTE]}
            for n in numbers
        ]  # fmt: skip
        return 200, {"X-WP-Total": str(self.count)}, json.dumps(found)

    def variations(self, request: Any) -> tuple[int, dict[str, str], str]:
        found = [
            {"id": int(n), "sku": f"V-{n}", "manage_stock": True, "stock_quantity": 5, "regular_price": "9.90",
             "attributes": [{"id": 0, "name": "Size", "option": "M" if int(n) % 2 else "S"}]}
            for n in request.params["include"].split(",")
        ]  # fmt: skip
        return 200, {}, json.dumps(found)


ATTRIBUTE = {"id": 0, "name": "Size", "position": 0, "variation": True, "options": ["S", "M"]}


@pytest.mark.slow
def test_memory_does_not_grow_with_the_catalog(sleep: Callable[[float], None], web: responses.RequestsMock) -> None:
    """Peak at 5,000 products with 10,000 variations at most 1.3 times that at a tenth."""
    web.get(f"{API}/wc/v3/settings/products", json=[])
    web.get(f"{API}/wc/v3/products/categories", json=[{"id": 1, "name": "All", "parent": 0}])

    def peak(count: int) -> int:
        catalog = Catalog(count)
        for path, answer in (("products", catalog.products), ("variations", catalog.variations)):
            web.remove("GET", f"{API}/wc/v3/{path}")
            web.add_callback("GET", f"{API}/wc/v3/{path}", callback=answer, content_type="application/json")
        products = Products(client_of(sleep, version="10.3.0"))
        cursor, seen = "", 0
        tracemalloc.start()
        while True:
            page = products.page(cursor=cursor)
            seen += sum(len(product.variants) for product in page.products)
            for log in (web.calls, *(each._calls for each in web.registered())):  # the double remembers every call
                log.reset()
            if not (cursor := page.next_cursor):
                break
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seen == 2 * count
        return top

    small = peak(500)
    assert peak(5000) <= small * 1.3


# -- stock


def test_a_push_takes_a_call_a_hundred_products_and_one_a_family(
    connect_to: Callable[..., Store], woo_keeper: Shopkeeper
) -> None:
    fill(woo_keeper, 250, families=3, variations_each=40)
    store = connect_to(version="10.0.2")
    products = download(store)
    updates = [update_of(product, variant) for product in products for variant in product.variants]
    assert len(updates) == 247 + 120
    woo_keeper.forget()
    results = store.stock.push(updates)
    assert [result.error for result in results] == [""] * len(updates)
    assert len(woo_keeper.requests()) == 3 + 3
