"""Who a WooCommerce store is (CON-11, CON-17), and its lists for Setup (TAX-1, PAY-1)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from channels.errors import AuthenticationFailed, TemporarilyUnavailable, UnsupportedFeature
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.customers import Customers
from channels.platforms.woocommerce.identity import check_versions, store_identity, time_zone
from channels.platforms.woocommerce.lists import Lists
from channels.platforms.woocommerce.mapping.customers import remote_customer
from channels.platforms.woocommerce.mapping.taxes import class_key, rate_key, rate_names
from channels.platforms.woocommerce.store import Store, home_of
from channels.ports import Connection
from channels.remote import TAX_FREE, RemoteAddress, RemoteCustomer, RemoteName, StoreIdentity
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.platforms.conftest import Shopkeeper
from tests.platforms.woocommerce.gateways import API
from tests.platforms.woocommerce.reading import payload

GROUPS = ("general", "tax", "products")


def settings(group: str, **changes: Any) -> dict[str, Any]:
    return {**{row["id"]: row["value"] for row in payload(f"settings_{group}")}, **changes}


def identity(**changes: Any) -> StoreIdentity:
    parts: dict[str, Any] = {
        "index": payload("site_index"),
        "status": payload("system_status"),
        "general": settings("general"),
        "tax": settings("tax"),
        "products": settings("products"),
        "options": {"auth": "basic"},
    }
    return store_identity(**{**parts, **changes})


@pytest.mark.req("CON-17")
def test_the_store_says_who_it_is() -> None:
    assert identity() == StoreIdentity(
        identity="shop.example",
        name="Lab Store",
        url="https://shop.example",
        version="10.0.2",
        currency="USD",
        time_zone="America/New_York",
        country="US",
        weight_unit="lb",
        length_unit="in",
        prices_include_tax=False,
        clone_mark="c7ddb001-ab66-4039-99a6-62e876d275f4",
        options={"auth": "basic", "version": "10.0.2"},
    )


def test_a_store_in_a_folder_keeps_its_path_and_port() -> None:
    index = {**payload("site_index"), "home": "http://127.0.0.1:9010/woo/Kontor/index.php"}
    assert identity(index=index).identity == "127.0.0.1:9010/woo/kontor"
    assert home_of("http://127.0.0.1:9010/woo/kontor/index.php/wp-json/") == "http://127.0.0.1:9010/woo/kontor"


@pytest.mark.req("CON-11")
@pytest.mark.parametrize(
    ("store", "wordpress", "is_fine"),
    [
        ("10.0.2", "6.8.3", True),
        ("3.5.0", "4.7", True),
        ("", "", True),
        ("2.6.14", "4.9", False),
        ("3.4.8", "4.9", False),
        ("5.0", "4.3.9", False),
    ],
)
def test_a_version_that_is_too_old_is_named(store: str, wordpress: str, is_fine: bool) -> None:
    if is_fine:
        check_versions(store, wordpress)
        return
    with pytest.raises(UnsupportedFeature, match="too old: it has WooCommerce") as caught:
        check_versions(store, wordpress)
    assert store in caught.value.message


@pytest.mark.req("CON-11")
def test_an_old_store_is_refused_when_it_is_asked(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    woo_keeper.settings(version="3.2.6", wordpress="4.9")
    with pytest.raises(UnsupportedFeature):
        connect_to().check()


@pytest.mark.parametrize(
    ("named", "offset", "zone"),
    [
        ("Europe/Berlin", 1, "Europe/Berlin"),
        ("", 0, "UTC"),
        ("", None, "UTC"),
        ("", 2, "Etc/GMT-2"),
        ("", "-5", "Etc/GMT+5"),
        ("", "5.5", "Asia/Kolkata"),
        ("", "7.25", "UTC"),
    ],
)
def test_a_zone_without_a_city_is_one_with_its_offset(named: str, offset: Any, zone: str) -> None:
    assert time_zone({"timezone_string": named, "gmt_offset": offset}) == zone


@pytest.mark.parametrize(
    ("part", "changes", "words"),
    [
        ("products", {"woocommerce_manage_stock": "no"}, "Stock management is off"),
        ("products", {"woocommerce_hold_stock_minutes": ""}, "never cancels unpaid orders"),
        ("tax", {"woocommerce_tax_round_at_subtotal": "yes"}, "rounds tax at the subtotal"),
        ("general", {"woocommerce_price_num_decimals": "0"}, "rounds prices to whole numbers"),
    ],
)
def test_settings_that_part_the_numbers_are_warned_of(part: str, changes: dict[str, str], words: str) -> None:
    assert identity().warnings == ()
    (warning,) = identity(**{part: settings(part, **changes)}).warnings
    assert words in warning


def test_yen_have_no_decimals_anyway() -> None:
    general = settings("general", woocommerce_price_num_decimals="0", woocommerce_currency="JPY")
    assert identity(general=general).warnings == ()


def test_a_store_without_lists_of_changes_is_warned_of() -> None:
    status = payload("system_status")
    status["environment"] |= {"version": "5.6.2"}
    assert any("cannot list what changed" in words for words in identity(status=status).warnings)


def test_who_the_store_is_takes_five_calls(store: Store, woo_keeper: Shopkeeper) -> None:
    found = store.check()
    assert (found.name, found.currency, found.country) == ("Werkstatt Kiel", "EUR", "DE")
    assert found.time_zone == "Europe/Berlin"
    assert found.prices_include_tax
    assert len(woo_keeper.requests()) == 5


@pytest.mark.req("CON-13")
def test_a_store_whose_index_is_closed_to_visitors(web: responses.RequestsMock) -> None:
    for name, path in (("system_status", "system_status"), *((f"settings_{n}", f"settings/{n}") for n in GROUPS)):
        web.get(f"{API}/wc/v3/{path}", json=payload(name))
    web.get(f"{API}/", status=401, json={"code": "rest_not_logged_in", "message": "Log in.", "data": {"status": 401}})
    keys = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
    found = Store(Connection(identity="shop.example", api_url=API, secrets=keys)).check()
    assert (found.identity, found.name, found.time_zone) == ("shop.example", "shop.example", "UTC")
    assert "closed to visitors" in found.warnings[-1]


def test_an_old_wordpress_that_knows_no_nested_fields_is_asked_for_the_whole(
    client: Client, web: responses.RequestsMock
) -> None:
    asked = []

    def status(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked.append(request.params["_fields"])
        return 200, {}, json.dumps(payload("system_status") if len(asked) > 1 else [])

    web.add_callback("GET", f"{API}/wc/v3/system_status", callback=status)
    assert client.system_status()["environment"]["version"] == "10.0.2"
    assert asked[1] == "environment,settings"
    assert "environment" not in asked[0].split(","), "the whole environment takes the store a quarter of a minute"


def test_a_job_is_patient_and_a_person_is_not(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    woo_keeper.fault("bare_500", times=2)
    assert connect_to().check().name == "Werkstatt Kiel"
    hasty = connect_to()
    hasty._http.hurry()
    woo_keeper.fault("bare_500", times=1)
    with pytest.raises(TemporarilyUnavailable):
        hasty.check()


def test_keys_of_somebody_without_rights_are_refused(connect_to: Callable[..., Store], woo_keeper: Shopkeeper) -> None:
    keys = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET, "role": "customer"}
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/accounts", keys)
    with pytest.raises(AuthenticationFailed, match="Administrator or Shop manager"):
        connect_to().check()


# -- lists


@pytest.mark.req("TAX-1")
@pytest.mark.req("TAX-9", platform="woocommerce")
def test_classes_have_to_be_mapped_and_charges_and_rates_may_be(client: Client, web: responses.RequestsMock) -> None:
    web.get(f"{API}/wc/v3/taxes/classes", json=payload("tax_classes"))
    web.get(f"{API}/wc/v3/taxes", json=payload("tax_rates"))
    found = Lists(client).tax_classes()
    assert [(name.key, name.label) for name in found if name.kind == "class"] == [
        ("class:standard", "Standard rate"),
        ("class:reduced-rate", "Reduced rate"),
        ("class:zero-rate", "Zero rate"),
        (TAX_FREE, "Tax free"),
    ]
    assert [(name.key, name.label) for name in found if name.kind == "charge"] == [
        ("charge:shipping", "Shipping"),
        ("charge:fee", "Fees"),
    ]
    rates = {name.key: name.label for name in found if name.kind == "rate"}
    assert rates["rate:1"] == "NY Sales Tax 8.875 % · US NY · Standard rate"
    assert rates["rate:4"] == "VAT reduced 5 % · GB · Reduced rate"
    assert rates["rate:6"] == "Zero 0 % · US · Zero rate"
    assert len({name.key for name in found}) == len(found) == 3 + 1 + 2 + 8


def test_a_table_of_all_postcodes_is_not_read_whole(client: Client, web: responses.RequestsMock) -> None:
    def page(request: Any) -> tuple[int, dict[str, str], str]:
        first = 100 * int(request.params["page"])
        return 200, {}, json.dumps([{"id": number, "name": "Tax", "rate": "7"} for number in range(first, first + 100)])

    web.get(f"{API}/wc/v3/taxes/classes", json=[])
    web.add_callback("GET", f"{API}/wc/v3/taxes", callback=page)
    assert sum(name.kind == "rate" for name in Lists(client).tax_classes()) == 1000
    assert len(web.calls) == 11


def test_labels_of_rates_say_what_the_store_says_once() -> None:
    rows = [{"id": 3, "name": "MwSt. 19%", "rate": "19.0000", "country": "", "class": ""}, {"id": 0, "name": "x"}]
    assert rate_names(rows, ()) == (RemoteName(key="rate:3", label="MwSt. 19%", kind="rate"),)


def test_rates_of_one_name_are_told_apart_by_postcode_and_city() -> None:
    places = (
        {"postcodes": ["90001"], "cities": ["LOS ANGELES"]},
        {"postcodes": ["90002", "90003"], "cities": []},
        {"postcode": "90004;90005", "city": ""},
    )
    rows = [
        {
            "id": number,
            "name": "Sales tax",
            "rate": "9.5000",
            "country": "US",
            "state": "CA",
            "class": "standard",
            **place,
        }
        for number, place in enumerate(places, start=1)
    ]
    standard = (RemoteName(key="class:standard", label="Standard rate"),)
    assert [name.label for name in rate_names(rows, standard)] == [
        "Sales tax 9.5 % · US CA 90001 LOS ANGELES · Standard rate",
        "Sales tax 9.5 % · US CA 90002… · Standard rate",
        "Sales tax 9.5 % · US CA 90004… · Standard rate",
    ]


def test_keys_of_taxes() -> None:
    assert (class_key(""), class_key("standard"), class_key("zero-rate")) == (
        "class:standard",
        "class:standard",
        "class:zero-rate",
    )
    assert (rate_key([5]), rate_key(["12", 5, 5])) == ("rate:5", "rate:5+12")
    with pytest.raises(ValueError, match="no rates"):
        rate_key([])


@pytest.mark.req("PAY-1")
def test_installed_gateways_are_the_payment_methods(client: Client, web: responses.RequestsMock) -> None:
    web.get(f"{API}/wc/v3/payment_gateways", json=[*payload("payment_gateways"), {"id": "x", "title": ""}, {"id": ""}])
    found = Lists(client).payment_methods()
    assert [(name.key, name.label) for name in found] == [
        ("bacs", "Direct bank transfer"),
        ("cheque", "Check payments"),
        ("cod", "Cash on delivery"),
        ("x", "x"),
    ]
    assert Lists(client).locations() == ()


# -- customers


def test_a_customer_comes_with_both_addresses() -> None:
    ann, minimal = (remote_customer(row) for row in payload("customers"))
    place = RemoteAddress(
        first_name="Ann",
        last_name="Buyer",
        company="Acme Ltd",
        line_1="1 Main St",
        line_2="Suite 2",
        city="New York",
        state="NY",
        postcode="10001",
        country="US",
        phone="555-0100",
    )
    assert ann == RemoteCustomer(
        id="2",
        first_name="Ann",
        last_name="Buyer",
        company="Acme Ltd",
        email="ann@example.com",
        phone="555-0199",
        billing=RemoteAddress(**{**_fields(place), "phone": "555-0199", "email": "ann@example.com"}),
        shipping=place,
    )
    assert (minimal.email, minimal.billing, minimal.shipping) == ("min@example.com", None, None)


def _fields(address: RemoteAddress) -> dict[str, str]:
    return {name: getattr(address, name) for name in RemoteAddress.__dataclass_fields__}


def test_names_of_the_account_may_be_those_of_the_bill() -> None:
    found = remote_customer({"id": 5, "email": "", "billing": {"first_name": "Ida", "email": "ida@example.com"}})
    assert (found.first_name, found.email, found.shipping) == ("Ida", "ida@example.com", None)


def test_customers_come_page_by_page(client: Client, web: responses.RequestsMock) -> None:
    pages = [[{"id": number} for number in range(1, 101)], [{"id": number} for number in range(100, 121)]]
    for rows in pages:
        web.get(f"{API}/wc/v3/customers", json=rows, headers={"X-WP-Total": "120"})
    customers = Customers(client)
    first = customers.page()
    second = customers.page(cursor=first.next_cursor)
    assert [customer.id for customer in (*first.customers, *second.customers)] == [str(n) for n in range(1, 121)]
    assert (first.next_cursor, second.next_cursor, second.total) == ("100|100", "", 120)
