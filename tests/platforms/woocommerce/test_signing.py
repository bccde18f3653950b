"""Signed as WooCommerce checks it (class-wc-rest-authentication.php): base string, key, what is signed."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests

from channels.platforms.woocommerce.signing import sign_in, works_without_tls

SECRETS = {"consumer_key": "ck_" + "5a" * 20, "consumer_secret": "cs_" + "5b" * 20, "webhook_secret": "x"}
URL = "http://shop.example/wp-json/wc/v3/products"


def signed(url: str, method: str = "GET", params: Any = None, body: Any = None, **options: str) -> str:
    request = requests.Request(method, url, params=params, json=body, auth=sign_in(options, SECRETS))
    return str(request.prepare().url)


def the_stores_signature(method: str, believed: str, url: str) -> tuple[str, str]:
    """(what the store works out, what came): parameters but the signature, sorted and escaped twice."""
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    came = query.pop("oauth_signature")
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in query.items())
    text = "%26".join(f"{quote(name, safe='~')}%3D{quote(value, safe='~')}" for name, value in pairs)
    base = f"{method}&{quote(believed, safe='~')}&{text}"
    digest = hmac.new(f"{SECRETS['consumer_secret']}&".encode(), base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode(), came


@pytest.mark.req("CON-13", platform="woocommerce")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "params",
    [
        None,
        {"per_page": 100, "orderby": "id"},
        {"sku": "A-1,B 2,Ü/ß~*'()", "_fields": "id,name", "modified_after": "2026-11-21T09:46:06"},
        {"search": "", "empty": "a+b&c=d%20"},
    ],
)
def test_the_store_works_out_the_same_signature(method: str, params: Any) -> None:
    url = signed(URL, method, params, body={"a": 1} if method in {"POST", "PUT"} else None, auth="oauth")
    expected, came = the_stores_signature(method, URL, url)
    assert came == expected
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["oauth_signature_method"] == "HMAC-SHA256"
    assert SECRETS["consumer_secret"] not in url
    assert len(query["oauth_nonce"]) >= 16


def test_every_request_has_its_own_nonce() -> None:
    nonces = {dict(parse_qsl(urlsplit(signed(URL, auth="oauth")).query))["oauth_nonce"] for _time in range(20)}
    assert len(nonces) == 20


@pytest.mark.parametrize(
    ("base", "believed"),
    [
        ("http://shop.example", "http://shop.example/wp-json/wc/v3/products"),
        ("http://shop.example/wp-json", "http://shop.example/wp-json/wc/v3/products"),
        ("http://inner.example:8080/shop/wp-json/", "http://inner.example:8080/shop/wp-json/wc/v3/products"),
    ],
)
def test_behind_a_proxy_the_stores_own_address_is_signed(base: str, believed: str) -> None:
    """TLS ends before WordPress, which believes that it is called by http."""
    url = signed("https://shop.example/wp-json/wc/v3/products", auth="oauth", signed_base=base)
    assert url.startswith("https://shop.example/wp-json/wc/v3/products?")
    expected, came = the_stores_signature("GET", believed, url)
    assert came == expected


def test_signing_again_replaces_the_signature() -> None:
    """A redirect may carry the whole query along."""
    first = signed(URL, params={"page": 2}, auth="oauth")
    again = signed(first, auth="oauth")
    query = parse_qsl(urlsplit(again).query)
    assert len(query) == len(dict(query))
    assert ("page", "2") in query
    expected, came = the_stores_signature("GET", URL, again)
    assert came == expected
    twice = signed(signed(URL, auth="query"), auth="query")
    assert twice.count("consumer_key=") == 1


def test_keys_in_the_address() -> None:
    url = signed(URL, params={"page": 2}, auth="query")
    assert url == f"{URL}?page=2&consumer_key={SECRETS['consumer_key']}&consumer_secret={SECRETS['consumer_secret']}"
    assert signed(URL, auth="query").startswith(f"{URL}?consumer_key=")


def test_basic_is_the_default() -> None:
    request = requests.Request("GET", URL, auth=sign_in({}, SECRETS)).prepare()
    plain = f"{SECRETS['consumer_key']}:{SECRETS['consumer_secret']}".encode()
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(plain).decode()}"
    assert request.url == URL


def test_only_signatures_may_travel_without_tls() -> None:
    assert works_without_tls({"auth": "oauth"})
    assert not works_without_tls({"auth": "basic"})
    assert not works_without_tls({"auth": "query"})
    assert not works_without_tls({})
