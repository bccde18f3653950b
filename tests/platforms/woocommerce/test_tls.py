"""A store behind TLS whose certificate comes from an authority of its owner's: read, written, refused."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from channels.errors import CertificateRefused
from channels.platforms.woocommerce.connect import keys_from_form
from channels.platforms.woocommerce.find import find
from channels.platforms.woocommerce.store import Store
from channels.ports import Connection
from channels.remote import StockUpdate
from channels.services.platforms import guard_connection
from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.platforms.conftest import Shopkeeper
from tests.platforms.contract import LONG_AGO

KEYS = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
TENT = {"name": "Tent", "sku": "TENT", "regular_price": "19.90", "manage_stock": True, "stock_quantity": 5}


@pytest.fixture(scope="module")
def secure_server() -> Iterator[SandboxServer]:
    with SandboxServer(tls="trusted") as server:
        yield server


@pytest.fixture
def trusted(secure_server: SandboxServer, settings: Settings) -> str:
    assert secure_server.tls is not None
    settings.STORE_CA_BUNDLE = str(secure_server.tls.ca_path)
    settings.PRIVATE_ADDRESSES_ALLOWED = ["127.0.0.0/8", "::1"]
    return settings.STORE_CA_BUNDLE


@pytest.fixture
def keeper(secure_server: SandboxServer, trusted: str, monkeypatch: pytest.MonkeyPatch) -> Shopkeeper:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)  # for the keeper's own calls
    secure_server.reset()
    keeper = Shopkeeper(secure_server.url, store="werkstatt")
    keeper.call("POST", "/stores", {"store": "werkstatt", "platform": "woocommerce", "name": "Werkstatt Kiel"})
    keeper.call("POST", "/stores/werkstatt/products", {"products": [TENT]})
    return keeper


def typed(keeper: Shopkeeper) -> Connection:
    return guard_connection(keys_from_form({"address": f"{keeper.url}/woo/werkstatt", **KEYS}), slug="woocommerce")


@pytest.fixture
def store(keeper: Shopkeeper) -> Store:
    return Store(find(typed(keeper)))


@pytest.mark.req("CON-13")
def test_it_is_found_signed_in_by_basic_and_says_who_it_is(store: Store) -> None:
    found = store.check()

    assert store._options["auth"] == "basic"
    assert (found.name, found.time_zone, found.url[:8]) == ("Werkstatt Kiel", "Europe/Berlin", "https://")


def test_its_products_stock_and_orders(store: Store, keeper: Shopkeeper) -> None:
    (product,) = store.products.page().products
    update = StockUpdate(
        key="a", product_id=product.id, variant_id=product.variants[0].id, sku="TENT", location_id="",
        tracking=product.variants[0].tracking, quantity=product.variants[0].quantity + 3,
    )  # fmt: skip
    number = keeper.place({"sku": "TENT"})

    assert [(result.key, result.error) for result in store.stock.push([update])] == [("a", "")]
    assert [ref.id for ref in store.orders.changed_since(LONG_AGO).refs] == [number]
    assert [order.id for order in store.orders.get_many([number])] == [number]
    assert all(hook.active for hook in store.webhooks.register("http://127.0.0.1:9/notices/x"))


@pytest.mark.parametrize("call", [find, lambda connection: Store(connection).check()])
def test_without_the_authority_it_is_refused(
    keeper: Shopkeeper, settings: Settings, call: Callable[[Connection], Any]
) -> None:
    settings.STORE_CA_BUNDLE = ""
    connection = typed(keeper)

    with pytest.raises(CertificateRefused):
        call(connection)


@pytest.mark.parametrize("kind", ["self_signed", "expired", "other_host"])
def test_the_authority_does_not_make_a_broken_certificate_a_good_one(settings: Settings, kind: str) -> None:
    with SandboxServer(tls=kind) as server:
        assert server.tls is not None
        settings.STORE_CA_BUNDLE = str(server.tls.ca_path)
        settings.PRIVATE_ADDRESSES_ALLOWED = ["127.0.0.0/8", "::1"]
        address = f"{server.url}/woo/kontor".replace("127.0.0.1", "localhost")

        with pytest.raises(CertificateRefused):
            find(guard_connection(keys_from_form({"address": address, **KEYS}), slug="woocommerce"))


def test_the_public_authorities_stay_trusted(trusted: str, keeper: Shopkeeper) -> None:
    http = Store(find(typed(keeper)))._http
    http.request("GET", "/")
    pool = http._session.get_adapter("https://").poolmanager
    (context,) = {key.key_ssl_context for key in list(pool.pools.keys())}

    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.verify_mode == ssl.CERT_REQUIRED
