"""What people paste as the address of their shop."""

import pytest

from channels.errors import RemoteRejected
from channels.platforms.woocommerce.connect import approval_from_form, keys_from_form
from channels.platforms.woocommerce.sites import identity_of, site_of

KEYS = {"consumer_key": f"ck_{'5a' * 20}", "consumer_secret": f"cs_{'5b' * 20}"}


@pytest.mark.req("CON-12")
@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("shop.example", "https://shop.example"),
        ("  Shop.Example/  ", "https://shop.example"),
        ("//shop.example", "https://shop.example"),
        ("http://shop.example", "http://shop.example"),
        ("HTTPS://SHOP.example/Sub", "https://shop.example/Sub"),
        ("https://shop.example:443/", "https://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example/index.php", "https://shop.example"),
        ("https://shop.example/shop/index.php/wp-json/", "https://shop.example/shop"),
        ("https://shop.example/wp-admin/admin.php?page=wc-settings", "https://shop.example"),
        ("https://shop.example/outlet/wp-login.php", "https://shop.example/outlet"),
        ("https://shop.example/wp-json/wc/v3/", "https://shop.example"),
        ("https://shop.example/wc-auth/v1/authorize?scope=read", "https://shop.example"),
        ("https://shop.example/shop/blue-hat/?color=blue#reviews", "https://shop.example/shop/blue-hat"),
        ("https://shop.example/wp-shop", "https://shop.example/wp-shop"),
        ("https://müller.example", "https://xn--mller-kva.example"),
        ("http://[::1]:9010/woo/kontor", "http://[::1]:9010/woo/kontor"),
        ("http://127.0.0.1:9010/woo/kontor/", "http://127.0.0.1:9010/woo/kontor"),
    ],
)
def test_the_site_is_found_in_what_is_pasted(typed: str, site: str) -> None:
    assert site_of(typed)[0] == site


@pytest.mark.req("CON-12")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://",
        "https://user:pass@shop.example",
        "https://[::1",
        "https://shop.example:port",
        "https://shop.example:99999",
        "two words",
        "https://shop.example/<script>",
        "https://shop.example\\@evil.example",
        "shop@example.com",
        f"https://{'a' * 500}.example",
    ],
)
def test_what_is_no_web_address_is_refused_at_its_field(typed: str) -> None:
    assert site_of(typed)[0] == ""
    with pytest.raises(RemoteRejected) as refused:
        approval_from_form({"address": typed})
    assert list(refused.value.fields) == ["address"]


@pytest.mark.req("CON-5", platform="woocommerce")
@pytest.mark.parametrize(
    "home",
    [
        "https://shop.example/en",
        "http://shop.example/en/",
        "https://SHOP.example/EN/",
        "https://shop.example:443/en",
        "https://shop.example/en/index.php",
    ],
)
def test_a_store_is_the_same_however_its_home_is_written(home: str) -> None:
    assert identity_of(home) == "shop.example/en"


@pytest.mark.req("CON-4")
def test_another_folder_or_port_is_another_store() -> None:
    assert identity_of("https://shop.example") == "shop.example"
    assert identity_of("https://shop.example:8443/") == "shop.example:8443"
    assert identity_of("not an address://") == ""


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"consumer_key": ""}, {"consumer_key": "This field is required."}),
        ({"consumer_key": "ck_123"}, {"consumer_key": "This has to begin with ck_"}),
        ({"consumer_secret": "cs_" + "ü" * 40}, {"consumer_secret": "This has to begin with cs_"}),
        (
            {"consumer_key": KEYS["consumer_secret"]},
            {"consumer_key": "Consumer key and consumer secret are exchanged."},
        ),
        (
            {"address": "nothing at all", "consumer_key": "x"},
            {"address": "This is no web address.", "consumer_key": ""},
        ),
    ],
)
def test_every_wrong_field_is_named(typed: dict[str, str], fields: dict[str, str]) -> None:
    with pytest.raises(RemoteRejected) as refused:
        keys_from_form({"address": "https://shop.example", **KEYS, **typed})

    assert set(refused.value.fields) == set(fields)
    assert all(refused.value.fields[name].startswith(words) for name, words in fields.items())


def test_keys_stay_out_of_the_printed_connection() -> None:
    connection = keys_from_form({"address": "shop.example", **KEYS})

    assert dict(connection.secrets)["consumer_key"] == KEYS["consumer_key"]
    assert len(connection.secrets["webhook_secret"]) >= 40
    assert "5a5a" not in repr(connection)
    assert connection.identity == "shop.example"
