"""Finding a store behind an address: every dead end of real sites, without a network."""

import json
from typing import Any

import pytest
import requests
import responses

from channels.errors import (
    AddressRefused,
    CertificateRefused,
    MalformedResponse,
    RemoteRejected,
    StoreError,
    TemporarilyUnavailable,
    UnsupportedFeature,
)
from channels.platforms.woocommerce import looking
from channels.platforms.woocommerce.connect import approval_from_form, keys_from_form
from channels.platforms.woocommerce.find import find
from channels.ports import Connection

INDEX = {
    "name": "Shop",
    "url": "https://shop.example",
    "home": "https://shop.example",
    "namespaces": ["wp/v2", "wc/v1", "wc/v2", "wc/v3"],
}
PAGE = "<!DOCTYPE html><html><head><title>Shop</title></head><body>Welcome</body></html>"


def typed(address: str) -> Connection:
    return approval_from_form({"address": address})


def index(web: responses.RequestsMock, url: str, **changes: Any) -> None:
    web.get(url, json={**INDEX, **changes})


def gone(web: responses.RequestsMock, *urls: str, body: str = PAGE, **more: Any) -> None:
    for url in urls:
        web.get(url, body=body, content_type="text/html", **{"status": 404, **more})


def refused(address: str) -> StoreError:
    with pytest.raises(StoreError) as error:
        find(typed(address))
    return error.value


# -- found


@pytest.mark.req("CON-12")
def test_a_plain_site(web: responses.RequestsMock) -> None:
    index(web, "https://shop.example/wp-json/")

    found = find(typed("shop.example"))

    assert (found.identity, found.api_url, dict(found.options)) == ("shop.example", "https://shop.example/wp-json", {})
    assert set(found.secrets) == {"webhook_secret"}
    assert len(web.calls) == 1


def test_a_list_of_namespaces_with_gaps(web: responses.RequestsMock) -> None:
    index(web, "https://shop.example/wp-json/", namespaces={"0": "wp/v2", "7": "wc/v3"})

    assert find(typed("shop.example")).identity == "shop.example"


def test_looking_again_at_the_found_address_finds_the_same(web: responses.RequestsMock) -> None:
    index(web, "https://shop.example/wp-json/")
    first = find(typed("shop.example"))

    again = find(first)

    assert (again.api_url, again.identity) == (first.api_url, first.identity)


def test_a_store_in_a_sub_folder(web: responses.RequestsMock) -> None:
    index(web, "https://shop.example/outlet/wp-json/", home="https://shop.example/outlet")

    found = find(typed("https://shop.example/outlet/"))

    assert (found.identity, found.api_url) == ("shop.example/outlet", "https://shop.example/outlet/wp-json")


def test_permalinks_with_index_php(web: responses.RequestsMock) -> None:
    gone(web, "https://shop.example/wp-json/", "https://shop.example/")
    index(web, "https://shop.example/index.php/wp-json/")

    assert find(typed("https://shop.example")).api_url == "https://shop.example/index.php/wp-json"


@pytest.mark.parametrize(
    "named",
    [
        {"headers": {"Link": '<https://shop.example/wp-json/>; rel="https://api.w.org/"'}},
        {"body": '<html><link rel="https://api.w.org/" href="https://shop.example/wp-json/" /></html>'},
        {"body": "<html><link href='/wp-json/' rel='https://api.w.org/'></html>"},
    ],
)
def test_a_page_of_the_shop_names_its_api(web: responses.RequestsMock, named: dict[str, Any]) -> None:
    gone(web, "https://shop.example/shop/hats/wp-json/", **named)
    index(web, "https://shop.example/wp-json/")

    found = find(typed("https://shop.example/shop/hats/?color=blue"))

    assert (found.identity, found.api_url) == ("shop.example", "https://shop.example/wp-json")
    assert len(web.calls) == 2


def test_a_page_that_names_nothing_leads_to_the_root(web: responses.RequestsMock) -> None:
    gone(web, "https://shop.example/shop/wp-json/", "https://shop.example/shop/")
    index(web, "https://shop.example/wp-json/")

    assert find(typed("https://shop.example/shop/")).api_url == "https://shop.example/wp-json"


@pytest.mark.parametrize(
    ("target", "api_url"),
    [
        ("https://www.shop.example/wp-json/", "https://www.shop.example/wp-json"),
        ("https://other.example/store/wp-json/", "https://other.example/store/wp-json"),
        ("http://shop.example/wp-json/", "http://shop.example/wp-json"),
        ("/de/wp-json/", "https://shop.example/de/wp-json"),
    ],
)
def test_redirects_are_adopted(web: responses.RequestsMock, target: str, api_url: str) -> None:
    web.get("https://shop.example/wp-json/", status=301, headers={"Location": target})
    index(web, f"{api_url}/")

    assert find(typed("shop.example")).api_url == api_url


def test_http_is_tried_where_nobody_typed_a_scheme_and_nothing_answers_https(web: responses.RequestsMock) -> None:
    web.get("https://shop.example/wp-json/", body=requests.ConnectionError("refused"))
    index(web, "http://shop.example/wp-json/", home="http://shop.example")

    assert find(typed("shop.example")).api_url == "http://shop.example/wp-json"


def test_http_is_not_tried_where_https_was_typed(web: responses.RequestsMock) -> None:
    web.get("https://shop.example/wp-json/", body=requests.ConnectionError("refused"))

    assert "No web server answers at shop.example." in refused("https://shop.example").message
    assert len(web.calls) == 1


def test_notices_of_php_before_the_index(web: responses.RequestsMock) -> None:
    notice = "<br />\n<b>Warning</b>: Undefined variable in <b>/srv/x.php</b> on line <b>12</b><br />\n"
    web.get("https://shop.example/wp-json/", body="\ufeff" + notice + json.dumps(INDEX), content_type="text/html")

    assert find(typed("https://shop.example")).identity == "shop.example"


# -- not found


@pytest.mark.req("CON-11")
@pytest.mark.parametrize(
    ("namespaces", "words"),
    [
        (["wp/v2"], "This is a WordPress site without WooCommerce."),
        (["wp/v2", "wc/v1", "wc/v2"], "The store's WooCommerce is too old: 3.5 or newer is needed."),
        (["wp/v2", "wc/store", "wc-admin"], "This is a WordPress site without WooCommerce."),
    ],
)
def test_a_site_without_a_new_enough_woocommerce(
    web: responses.RequestsMock, namespaces: list[str], words: str
) -> None:
    index(web, "https://shop.example/wp-json/", namespaces=namespaces)

    error = refused("https://shop.example")

    assert isinstance(error, UnsupportedFeature)
    assert error.message.startswith(words)


@pytest.mark.req("CON-11")
def test_plain_permalinks_name_the_menu_where_they_are_changed(web: responses.RequestsMock) -> None:
    gone(web, "https://shop.example/wp-json/", "https://shop.example/", "https://shop.example/index.php/wp-json/")
    web.get("https://shop.example/?rest_route=/", json=INDEX)
    web.remove("GET", "https://shop.example/")
    web.get("https://shop.example/", json=INDEX, match=[responses.matchers.query_param_matcher({"rest_route": "/"})])
    web.get("https://shop.example/", body=PAGE, match=[responses.matchers.query_param_matcher({})])

    error = refused("https://shop.example")

    assert isinstance(error, RemoteRejected)
    assert "Settings → Permalinks" in error.fields["address"]


@pytest.mark.req("CON-11")
def test_plain_permalinks_that_the_home_page_names(web: responses.RequestsMock) -> None:
    link = {"Link": '<https://shop.example/index.php?rest_route=/>; rel="https://api.w.org/"'}
    gone(web, "https://shop.example/wp-json/", headers=link)
    web.get("https://shop.example/index.php", json=INDEX)

    assert "plain permalinks" in refused("https://shop.example").message


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"status": 404}, RemoteRejected, "There is no WordPress site at this address."),
        ({"status": 200}, RemoteRejected, "There is no WordPress site at this address."),
        (
            {"status": 200, "body": "<html>wp-content/themes/x</html>"},
            RemoteRejected,
            "This is a WordPress site, but its",
        ),
        (
            {"status": 403, "body": "<html>Blocked by Shield</html>"},
            MalformedResponse,
            "Something in front of the store",
        ),
        ({"status": 406}, MalformedResponse, "Something in front of the store answers instead of it (HTTP 406)"),
        ({"status": 503, "body": "<html>Maintenance</html>"}, TemporarilyUnavailable, "The site has a problem"),
        ({"status": 500, "body": ""}, TemporarilyUnavailable, "The site has a problem at the moment (HTTP 500)."),
        (
            {"status": 401, "headers": {"WWW-Authenticate": 'Basic realm="staging"'}},
            RemoteRejected,
            "The web server asks for a user name and password",
        ),
        ({"status": 200, "body": "[]"}, RemoteRejected, "There is no WordPress site"),
        ({"status": 200, "body": '{"namespaces": "many"}'}, RemoteRejected, "There is no WordPress site"),
    ],
)
def test_whatever_else_answers_is_said(
    web: responses.RequestsMock, answer: dict[str, Any], kind: type[StoreError], words: str
) -> None:
    for path in ("wp-json/", "", "index.php/wp-json/"):
        gone(web, f"https://shop.example/{path}", **answer)

    error = refused("https://shop.example")

    assert type(error) is kind
    assert error.message.startswith(words)
    assert error.detail.startswith("HTTP ")


def test_a_closed_api_is_said_in_its_own_words(web: responses.RequestsMock) -> None:
    body = {"code": "rest_not_logged_in", "message": "You are not logged in.", "data": {"status": 401}}
    web.get("https://shop.example/wp-json/", json=body, status=401)

    assert refused("https://shop.example").message.endswith("It says: You are not logged in.")
    assert len(web.calls) == 1


CLOSED = {"code": "rest_cannot_access", "message": "Only for members.", "data": {"status": 401}}
KEYS = {"consumer_key": f"ck_{'5a' * 20}", "consumer_secret": f"cs_{'5b' * 20}"}


@pytest.mark.req("CON-13")
@pytest.mark.parametrize("status", [401, 403])
def test_a_site_that_is_closed_to_visitors_is_open_with_keys(web: responses.RequestsMock, status: int) -> None:
    api = "https://shop.example/outlet/wp-json"
    web.get(f"{api}/", json=CLOSED, status=status)
    web.get(f"{api}/wc/v3/webhooks", json=[])
    web.post(f"{api}/wc/v3/products/batch", json={})
    environment = {"home_url": "https://www.shop.example/Outlet", "site_url": "https://shop.example/wp"}
    web.get(f"{api}/wc/v3/system_status", json={"environment": environment})

    found = find(keys_from_form({"address": "shop.example/outlet", **KEYS}))

    assert (found.identity, found.api_url, dict(found.options)) == ("www.shop.example/outlet", api, {"auth": "basic"})


@pytest.mark.req("CON-13")
def test_a_site_that_is_closed_to_these_keys_too(web: responses.RequestsMock) -> None:
    api = "https://shop.example/wp-json"
    web.get(f"{api}/", json=CLOSED, status=403)
    web.get(f"{api}/wc/v3/webhooks", json=CLOSED, status=403)

    with pytest.raises(RemoteRejected, match=r"closes its REST API to them\. The store says: Only") as error:
        find(keys_from_form({"address": "shop.example", **KEYS}))
    assert list(error.value.fields) == ["consumer_key"]


def test_a_broken_certificate_is_named_and_http_is_not_tried(web: responses.RequestsMock) -> None:
    broken = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired")
    web.get("https://shop.example/wp-json/", body=broken)

    error = refused("shop.example")

    assert isinstance(error, CertificateRefused)
    assert error.message.startswith("The certificate of shop.example is not valid, so nothing was sent.")
    assert len(web.calls) == 1


def test_a_circle_of_redirects_ends(web: responses.RequestsMock) -> None:
    web.get("https://shop.example/wp-json/", status=302, headers={"Location": "/a"})
    web.get("https://shop.example/a", status=302, headers={"Location": "/b"})
    web.get("https://shop.example/b", status=302, headers={"Location": "/wp-json/"})

    assert "in circles" in refused("https://shop.example").message
    assert len(web.calls) == looking.HOPS + 1


def test_a_redirect_to_another_scheme_is_not_followed(web: responses.RequestsMock) -> None:
    web.get("https://shop.example/wp-json/", status=302, headers={"Location": "file:///etc/passwd"})

    assert isinstance(refused("https://shop.example"), AddressRefused)


@pytest.mark.parametrize(
    "address", ["https://10.1.2.3", "http://127.0.0.1:1", "http://[::1]:1", "http://169.254.169.254"]
)
def test_private_addresses_are_not_called(address: str) -> None:
    assert isinstance(refused(address), AddressRefused)


def test_a_public_site_cannot_send_us_inside(web: responses.RequestsMock) -> None:
    web.get("https://shop.example/wp-json/", status=302, headers={"Location": "http://127.0.0.1:1/wp-json/"})
    web.add_passthru("http://127.0.0.1:1")

    assert isinstance(refused("https://shop.example"), AddressRefused)


def test_slow_answers_share_one_budget(web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(looking.time, "monotonic", lambda: now[0])

    def slow(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        now[0] += 11
        return 404, {"Content-Type": "text/html"}, PAGE

    web.add_callback("GET", "https://shop.example/wp-json/", slow)
    web.add_callback("GET", "https://shop.example/", slow)
    web.add_callback("GET", "https://shop.example/index.php/wp-json/", slow)

    assert refused("https://shop.example").message == "The store did not answer in time."
    assert len(web.calls) == 3
