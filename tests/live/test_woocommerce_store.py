"""Reads a whole WooCommerce store through the adapter and writes back what it has: run it against yours.

`LIVE_WOOCOMMERCE_URL`, `LIVE_WOOCOMMERCE_KEY` and `LIVE_WOOCOMMERCE_SECRET` name the store; without them it is the
sandbox's. A private address is allowed, a private authority is `STORE_CA_BUNDLE`. Nothing of the store changes: a
quantity is sent again as it is, webhooks are made for an address that nobody has and removed.
"""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from channels.platforms.woocommerce.connect import spec
from channels.ports import Connection, Platform
from channels.remote import TAX_FREE, OrderRef, RemoteProduct, StockItem, StockUpdate
from channels.services.platforms import guard_connection
from orders.services.totals import prove_remote
from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET

URL = os.environ.get("LIVE_WOOCOMMERCE_URL", "")
LOOK_BACK = timedelta(days=365)
MOST = 300
"""Orders that are read whole."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if URL:
        yield URL
        return
    with SandboxServer() as sandbox:
        yield f"{sandbox.url}/woo/kontor/"


@pytest.fixture
def connection(address: str, settings: Settings) -> Connection:
    """As the form finds it."""
    parts = urlsplit(address)
    place = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    settings.PRIVATE_ADDRESSES_ALLOWED = [*settings.PRIVATE_ADDRESSES_ALLOWED, place]
    fields = {
        "address": address,
        "consumer_key": os.environ.get("LIVE_WOOCOMMERCE_KEY", CONSUMER_KEY),
        "consumer_secret": os.environ.get("LIVE_WOOCOMMERCE_SECRET", CONSUMER_SECRET),
    }
    return spec.find(guard_connection(spec.way("keys").connection_from_form(fields), slug=spec.slug))


@pytest.fixture
def store(connection: Connection) -> Platform:
    return spec.connect(connection)


def every_product(store: Platform) -> list[RemoteProduct]:
    found: list[RemoteProduct] = []
    cursor = ""
    while True:
        page = store.products.page(cursor=cursor)
        found += page.products
        if not (cursor := page.next_cursor):
            return found


def every_order(store: Platform, since: datetime) -> list[OrderRef]:
    found: list[OrderRef] = []
    cursor = ""
    while True:
        page = store.orders.created_since(since, cursor=cursor)
        found += page.refs
        if not (cursor := page.next_cursor):
            return found


def test_it_says_who_it_is(store: Platform, connection: Connection) -> None:
    found = store.check()
    assert found.identity == connection.identity
    assert len(found.currency) == 3
    assert found.version


def test_every_product_comes_once_and_again_by_its_id(store: Platform) -> None:
    products = every_product(store)
    ids = [product.id for product in products]
    assert len(ids) == len(set(ids))
    again = {product.id: product for product in store.products.get_many(ids[:MOST])}
    assert [again[product.id] for product in products[:MOST]] == products[:MOST]


def test_every_order_adds_up_and_its_refunds_too(store: Platform) -> None:
    refs = every_order(store, datetime.now(UTC) - LOOK_BACK)
    orders = store.orders.get_many([ref.id for ref in refs[-MOST:]])
    assert len(orders) == min(MOST, len(refs))
    differing = {order.number: prove_remote(order) for order in orders if prove_remote(order).differs}
    assert differing == {}
    versions = {ref.id: ref.version for ref in refs}
    assert {order.id: order.version for order in orders} == {order.id: versions[order.id] for order in orders}
    for order in orders:
        for refund in store.orders.refunds(order.id) if order.refund_ids else ():
            parts = sum((part.amount + part.tax for part in (*refund.lines, *refund.charges)), Decimal(0))
            assert parts + refund.unassigned == refund.total


def test_its_lists_have_keys_of_their_own(store: Platform) -> None:
    taxes = [name.key for name in store.lists.tax_classes()]
    assert TAX_FREE in taxes
    assert len(taxes) == len(set(taxes))
    assert len({name.key for name in store.lists.payment_methods()}) > 0


def test_a_quantity_sent_again_stays_what_it_is(store: Platform) -> None:
    counted = [
        (product, variant)
        for product in store.products.page().products
        for variant in product.variants
        if variant.tracking == "variant" and variant.quantity is not None and variant.quantity >= 0
    ][:20]
    items = [StockItem(product_id=product.id, variant_id=variant.id) for product, variant in counted]
    before = {level.variant_id: level.quantity for level in store.stock.levels(items)}
    updates = [
        StockUpdate(
            key=item.variant_id,
            product_id=item.product_id,
            variant_id=item.variant_id,
            sku="",
            tracking="variant",
            location_id="",
            quantity=before[item.variant_id],
        )
        for item in items
    ]
    assert [(result.error, result.tracking) for result in store.stock.push(updates)] == [("", None)] * len(updates)
    assert {level.variant_id: level.quantity for level in store.stock.levels(items)} == before


def test_webhooks_are_made_found_and_removed(store: Platform) -> None:
    url = f"https://inventory.invalid/notices/{secrets.token_urlsafe(8)}/"
    made = store.webhooks.register(url)
    try:
        assert made
        assert all(hook.active for hook in made)
        assert store.webhooks.register(url) == made == store.webhooks.check(url)
    finally:
        store.webhooks.unregister(url)
    assert not any(hook.active for hook in store.webhooks.check(url))
