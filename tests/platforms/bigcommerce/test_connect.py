"""Connecting: what people paste, what is wrong with it, and what the store says about itself."""

from dataclasses import replace
from typing import Any

import pytest

from channels.errors import AddressRefused, AuthenticationFailed, RemoteRejected, TemporarilyUnavailable
from channels.platforms.bigcommerce.connect import connection_from_form, sandbox_values, spec, store_hash
from channels.platforms.bigcommerce.store import Store
from channels.ports import Connection
from sandbox.server import SandboxServer
from tests.platforms.bigcommerce.conftest import FORM
from tests.platforms.conftest import Shopkeeper


@pytest.mark.req("CON-7")
@pytest.mark.parametrize(
    "pasted",
    [
        "abc123",
        " ABC123 ",
        "https://api.bigcommerce.com/stores/abc123/v3/",
        "https://api.bigcommerce.com/stores/abc123",
        "api.bigcommerce.com/stores/abc123/v2",
        "https://store-abc123.mybigcommerce.com/manage/settings",
        "store-abc123.mybigcommerce.com",
    ],
)
def test_the_hash_is_found_in_what_is_pasted(pasted: str) -> None:
    assert store_hash(pasted) == "abc123"


@pytest.mark.parametrize("pasted", ["", "https://my-store.example.com", "abc 123", "../v2", "https://[", "x" * 40])
def test_other_addresses_have_none(pasted: str) -> None:
    assert store_hash(pasted) == ""


@pytest.mark.req("CON-9")
def test_the_form_becomes_a_connection(settings: Any) -> None:
    settings.BIGCOMMERCE_API_URL = "https://api.bigcommerce.com"
    found = connection_from_form(FORM)
    assert (found.identity, found.api_url) == ("demo", "https://api.bigcommerce.com/stores/demo")
    assert sorted(found.secrets) == ["access_token", "client_id", "client_secret", "webhook_secret"]
    assert len(found.secrets["webhook_secret"]) >= 32
    assert found.secrets["webhook_secret"] != connection_from_form(FORM).secrets["webhook_secret"]
    assert "sandbox-token" not in repr(found)
    assert "sandbox-token" not in repr(spec.connect(found))


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"store": ""}, "store"),
        ({"store": "https://my-store.example.com"}, "store"),
        ({"access_token": " "}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"client_secret": "a\r\nX-Evil: 1"}, "client_secret"),
        ({"client_id": "é"}, "client_id"),
    ],
)
def test_bad_input_names_its_field(changes: dict[str, str], wrong: str) -> None:
    with pytest.raises(RemoteRejected) as caught:
        connection_from_form({**FORM, **changes})
    assert list(caught.value.fields) == [wrong]


def test_the_sandbox_fills_in_the_form(settings: Any) -> None:
    assert sandbox_values() == ()
    settings.SANDBOX_URL = "http://127.0.0.1:9010"
    assert set(sandbox_values()[0]) == {field.name for field in spec.ways[0].fields}


@pytest.mark.req("CON-1")
def test_the_preflight_is_shown() -> None:
    shown = " ".join(str(line) for line in (*spec.ways[0].checklist, *spec.checklist))
    for needed in ("API account", "SKU", "Shipping", "tax", "payment"):
        assert needed in shown


# -- check


def test_a_check_costs_few_calls(store: Store, keeper: Shopkeeper) -> None:
    found = store.check()
    assert found.identity == "demo"
    assert (found.currency, found.country, found.weight_unit, found.prices_include_tax) == ("EUR", "DE", "kg", True)
    assert found.clone_mark
    assert len(keeper.requests()) == 7


def test_warnings_say_what_to_change(store: Store, keeper: Shopkeeper, sandbox_server: SandboxServer) -> None:
    keeper.settings(update_stock_behavior="order_completed_or_shipped")
    with sandbox_server.world.db.transaction():
        sandbox_server.world.db.run("UPDATE stock SET safety = 3 WHERE variant_id = 71")
    warnings = " ".join(store.check().warnings)
    assert "only when an order ships" in warnings
    assert "safety stock" in warnings
    assert "default location only" in warnings


@pytest.mark.parametrize(
    ("scopes", "named"),
    [
        (["store_v2_information"], "Products: modify"),
        (["store_v2_information", "store_v2_products"], "Orders: modify"),
        (["store_v2_information", "store_v2_products", "store_v2_orders"], "Store inventory: modify"),
    ],
)
def test_a_missing_permission_is_named(
    connection: Connection, keeper: Shopkeeper, scopes: list[str], named: str
) -> None:
    account = {"token": "narrow-token", "client_id": "c", "client_secret": "s", "scopes": scopes}
    keeper.call("POST", "/stores/demo/accounts", account)
    narrow = replace(connection, secrets={**connection.secrets, "access_token": "narrow-token"})
    with pytest.raises(AuthenticationFailed, match=named):
        Store(narrow).check()


def test_wrong_credentials_are_said_at_once(connection: Connection) -> None:
    wrong = replace(connection, secrets={**connection.secrets, "access_token": "wrong-token"})
    with pytest.raises(AuthenticationFailed) as caught:
        Store(wrong).check()
    assert "wrong-token" not in str(caught.value) + caught.value.detail


def test_a_store_that_does_not_answer_is_said_at_once(connection: Connection) -> None:
    nobody = replace(connection, api_url="http://127.0.0.1:9/stores/demo")
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        Store(nobody).check()


def test_a_private_address_is_refused(connection: Connection) -> None:
    with pytest.raises(AddressRefused):
        Store(replace(connection, private_addresses=())).check()


# -- lists


@pytest.mark.req("TAX-1")
def test_the_default_class_and_tax_free_are_always_offered(store: Store) -> None:
    keys = [entry.key for entry in store.lists.tax_classes()]
    assert keys == ["0", "1", "2", "3", "4", "tax-free"]


def test_a_refused_list_of_payment_methods_is_empty(store: Store, keeper: Shopkeeper) -> None:
    keeper.fault("error", path="/v2/payments/methods", status=410)
    assert store.lists.payment_methods() == ()


def test_locations(store: Store) -> None:
    assert [(entry.key, entry.label) for entry in store.lists.locations()] == [
        ("1", "Default location"),
        ("2", "Harbor warehouse"),
    ]
