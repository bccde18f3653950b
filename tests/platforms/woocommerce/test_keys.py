"""Whether a store takes keys, and how they have to travel to it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from channels.errors import (
    MalformedResponse,
    RemoteRejected,
    StoreError,
    TemporarilyUnavailable,
)
from channels.platforms.woocommerce.connect import approval_from_form, keys_from_form
from channels.platforms.woocommerce.find import find
from channels.platforms.woocommerce.store import Store
from channels.ports import Connection
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.platforms.conftest import Shopkeeper

KEYS = {"consumer_key": f"ck_{'5a' * 20}", "consumer_secret": f"cs_{'5b' * 20}"}
INDEX = {
    "name": "Shop",
    "url": "https://shop.example",
    "home": "https://shop.example",
    "namespaces": ["wp/v2", "wc/v1", "wc/v2", "wc/v3"],
}
PAGE = "<!DOCTYPE html><html><head><title>Shop</title></head><body>Welcome</body></html>"
PROBE, BATCH = "/wc/v3/webhooks", "/wc/v3/products/batch"


def typed(address: str) -> Connection:
    return approval_from_form({"address": address})


def index(web: responses.RequestsMock, url: str, **changes: Any) -> None:
    web.get(url, json={**INDEX, **changes})


def with_keys(address: str = "https://shop.example") -> Connection:
    return keys_from_form({"address": address, **KEYS})


def failure(code: str, message: str, status: int) -> dict[str, Any]:
    return {"json": {"code": code, "message": message, "data": {"status": status}}, "status": status}


UNKNOWN = failure("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)
WRONG = failure("woocommerce_rest_authentication_error", "Consumer secret is invalid.", 401)


@pytest.fixture
def site(web: responses.RequestsMock) -> responses.RequestsMock:
    index(web, "https://shop.example/wp-json/")
    return web


def api(path: str, scheme: str = "https") -> str:
    return f"{scheme}://shop.example/wp-json{path}"


@pytest.mark.req("CON-13")
def test_basic_is_preferred(site: responses.RequestsMock) -> None:
    site.get(api(PROBE), json=[])
    site.post(api(BATCH), json={})

    assert dict(find(with_keys()).options) == {"auth": "basic"}
    assert all(call.request.headers["Authorization"].startswith("Basic ") for call in list(site.calls)[1:])
    assert site.calls[-1].request.body == b"{}"


@pytest.mark.req("CON-13")
def test_keys_go_into_the_address_where_the_header_is_stripped(site: responses.RequestsMock) -> None:
    site.get(
        api(PROBE), json=[], match=[responses.matchers.query_param_matcher({**KEYS, "per_page": "1", "_fields": "id"})]
    )
    site.get(api(PROBE), **UNKNOWN)
    site.post(api(BATCH), json={})

    assert dict(find(with_keys()).options) == {"auth": "query"}


@pytest.mark.req("CON-13")
def test_a_proxy_that_ends_tls_needs_signatures_over_the_http_address(site: responses.RequestsMock) -> None:
    def signed(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        is_signed = "oauth_signature=" in (request.url or "")
        body = [] if is_signed else UNKNOWN["json"]
        return 200 if is_signed else 401, {"Content-Type": "application/json"}, json.dumps(body)

    site.add_callback("GET", api(PROBE), signed)
    site.post(api(BATCH), json={})

    assert dict(find(with_keys()).options) == {"auth": "oauth", "signed_base": "http://shop.example"}


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("home", "options"),
    [
        ("http://shop.example", {"auth": "oauth"}),
        ("http://www.shop.example", {"auth": "oauth", "signed_base": "http://www.shop.example"}),
    ],
)
def test_without_tls_only_signatures_leave(web: responses.RequestsMock, home: str, options: dict[str, str]) -> None:
    index(web, api("/", "http"), home=home)
    web.get(api(PROBE, "http"), json=[])
    web.post(api(BATCH, "http"), json={})

    assert dict(find(with_keys("http://shop.example")).options) == options
    assert not any(KEYS["consumer_secret"] in str(call.request.url) for call in web.calls)
    assert not any("Authorization" in call.request.headers for call in web.calls)


@pytest.mark.req("CON-13")
def test_a_site_that_takes_every_call_for_https_is_signed_for_so(woo_keeper: Shopkeeper) -> None:
    """Behind a proxy WordPress is told to do so; called past the proxy, it still believes in https."""
    woo_keeper.settings(https=True)
    address = f"{woo_keeper.url}/woo/{woo_keeper.store}"
    keys = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}

    found = find(replace(keys_from_form({"address": address, **keys}), private_addresses=("127.0.0.0/8",)))

    own = urlsplit(address).netloc
    assert dict(found.options) == {"auth": "oauth", "signed_base": f"https://{own}"}
    assert (found.identity, found.api_url) == (f"{own}/woo/{woo_keeper.store}", f"{address}/wp-json")
    assert Store(found).lists.payment_methods() != ()


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("answer", "field", "words", "calls"),
    [
        (WRONG, "consumer_secret", "The store refuses the keys: Consumer secret is invalid.", 2),
        (UNKNOWN, "consumer_key", "The store does not know these keys.", 5),
        (
            failure("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 403),
            "consumer_key",
            "The store's user of these keys may not manage WooCommerce.",
            2,
        ),
    ],
)
def test_refused_keys_are_said_at_their_field(
    site: responses.RequestsMock, answer: dict[str, Any], field: str, words: str, calls: int
) -> None:
    site.get(api(PROBE), **answer)

    with pytest.raises(RemoteRejected) as refused_keys:
        find(with_keys())

    assert list(refused_keys.value.fields) == [field]
    assert refused_keys.value.fields[field].startswith(words)
    assert len(site.calls) == calls
    assert not any(secret in f"{refused_keys.value} {refused_keys.value.detail}" for secret in KEYS.values())


@pytest.mark.req("CON-13")
def test_keys_that_may_only_read_are_refused_before_anything_is_written(site: responses.RequestsMock) -> None:
    site.get(api(PROBE), json=[])
    words = "The API key provided does not have write permissions."
    site.post(api(BATCH), **failure("woocommerce_rest_authentication_error", words, 401))

    with pytest.raises(RemoteRejected) as refused_keys:
        find(with_keys())

    assert refused_keys.value.fields == {
        "consumer_secret": "These keys may only read. Make keys with the permission Read/Write."
    }


def test_a_writing_probe_that_fails_otherwise_says_nothing(site: responses.RequestsMock) -> None:
    site.get(api(PROBE), json=[])
    site.post(api(BATCH), body=requests.ReadTimeout())

    assert dict(find(with_keys()).options) == {"auth": "basic"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"body": PAGE, "status": 200}, MalformedResponse),
        ({"body": PAGE, "status": 403}, MalformedResponse),
        ({"body": "", "status": 302, "headers": {"Location": "https://evil.example/"}}, MalformedResponse),
        ({"body": "", "status": 500}, TemporarilyUnavailable),
        ({"body": requests.ReadTimeout()}, TemporarilyUnavailable),
    ],
)
def test_an_api_in_trouble_is_not_taken_for_wrong_keys(
    site: responses.RequestsMock, answer: dict[str, Any], kind: type[StoreError]
) -> None:
    site.get(api(PROBE), **answer)

    with pytest.raises(kind):
        find(with_keys())
    assert all("evil" not in str(call.request.url) for call in site.calls), "keys follow no redirect"


def test_what_the_attempt_kept_is_found_again_with_keys(site: responses.RequestsMock) -> None:
    site.get(api(PROBE), json=[])
    site.post(api(BATCH), json={})
    kept = find(typed("shop.example"))

    found = find(replace(kept, secrets={**kept.secrets, **KEYS}))

    assert (found.identity, dict(found.options)) == (kept.identity, {"auth": "basic"})
