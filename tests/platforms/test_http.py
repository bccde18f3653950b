"""The HTTP client: retries, limits, and the names of what went wrong."""

import gzip
import logging
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from channels.errors import (
    AddressRefused,
    AuthenticationFailed,
    MalformedResponse,
    RateLimited,
    RemoteNotFound,
    RemoteRejected,
    TemporarilyUnavailable,
    TryLater,
)
from channels.platforms import http as http_module
from channels.platforms.addresses import AddressGuard
from channels.platforms.bigcommerce.dialect import DIALECT
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import IMPATIENT, StoreHttp, excerpt

BASE = "https://api.example.com/stores/abc123"
URL = f"{BASE}/v3/things"
CANARY = "canary-7f3a9c-token"


@pytest.fixture
def calls() -> list[int]:
    return []


@pytest.fixture
def http(naps: list[float], calls: list[int]) -> StoreHttp:
    return StoreHttp(
        BASE,
        headers={"X-Auth-Token": CANARY},
        guard=AddressGuard(),
        bucket=TokenBucket(10_000, 1),
        dialect=DIALECT,
        secrets=(CANARY,),
        before_call=lambda: calls.append(1),
        sleep=naps.append,
    )


# -- answers


def test_amounts_are_decimal(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(URL, body='{"data": {"price": 0.1, "count": 3}}')
    assert http.request("GET", "/v3/things") == {"data": {"price": Decimal("0.1"), "count": 3}}


def test_no_content_is_none(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(URL, status=204)
    assert http.request("GET", "/v3/things") is None


def test_a_byte_order_mark_is_ignored(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(URL, body=b'\xef\xbb\xbf{"a": "\xc3\xbc"}', content_type="text/plain")
    assert http.request("GET", "/v3/things") == {"a": "ü"}


def test_an_empty_answer_to_a_write_is_none(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.put(URL, body="")
    assert http.request("PUT", "/v3/things", body={"n": Decimal(3)}) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "-"),
        ("<html><head><style>b{}</style><script>x()</script></head><h1>Back &amp; soon</h1></html>", "Back & soon"),
        ('{"data": [', '{"data": ['),
        ('{"total": NaN}', "NaN"),
        ("[" * 100_000, "[["),
        (b"\xff\xfe\x00", "�"),
    ],
)
def test_what_is_no_json_is_named_with_the_store_s_words(
    web: responses.RequestsMock, http: StoreHttp, body: Any, said: str
) -> None:
    web.get(URL, body=body, content_type="text/html")
    with pytest.raises(MalformedResponse) as caught:
        http.request("GET", "/v3/things")
    assert said in caught.value.detail
    assert "<" not in caught.value.detail
    assert len(caught.value.detail) < 400


def test_an_answer_without_end_is_cut(
    web: responses.RequestsMock, http: StoreHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "LARGEST_ANSWER", 200_000)
    web.get(URL, body=gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(MalformedResponse, match="too large"):
        http.request("GET", "/v3/things")


def test_a_fraction_is_never_sent_as_a_binary_number(http: StoreHttp) -> None:
    with pytest.raises(TypeError):
        http.request("PUT", "/v3/things", body={"price": 0.1})


# -- patience


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_problem_is_waited_for(
    web: responses.RequestsMock,
    http: StoreHttp,
    naps: list[float],
    calls: list[int],
    method: str,
    status: int,
) -> None:
    web.add(method, URL, status=status)
    web.add(method, URL, status=status)
    web.add(method, URL, json={"ok": True})
    assert http.request(method, "/v3/things") == {"ok": True}
    assert [0.5 <= naps[0] <= 0.8, 1.0 <= naps[1] <= 1.3] == [True, True]
    assert len(calls) == 3


def test_a_post_is_never_sent_twice(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.post(URL, status=503)
    with pytest.raises(TemporarilyUnavailable):
        http.request("POST", "/v3/things", body={})
    web.post(URL, body=requests.ReadTimeout("slow"))
    with pytest.raises(TemporarilyUnavailable, match="in time"):
        http.request("POST", "/v3/things", body={})
    assert len(web.calls) == 2


def test_four_attempts_are_enough(web: responses.RequestsMock, http: StoreHttp, naps: list[float]) -> None:
    web.get(URL, body=requests.ConnectionError("reset"))
    with pytest.raises(TemporarilyUnavailable):
        http.request("GET", "/v3/things")
    assert (len(web.calls), len(naps)) == (4, 3)


def test_somebody_waiting_gets_the_first_answer(
    web: responses.RequestsMock, http: StoreHttp, naps: list[float]
) -> None:
    http.patience = IMPATIENT
    web.get(URL, status=503)
    with pytest.raises(TemporarilyUnavailable):
        http.request("GET", "/v3/things")
    assert (len(web.calls), naps) == (1, [])


RATE = {
    "X-Rate-Limit-Time-Window-Ms": "30000",
    "X-Rate-Limit-Time-Reset-Ms": "2500",
    "X-Rate-Limit-Requests-Quota": "150",
    "X-Rate-Limit-Requests-Left": "0",
}


class Hours:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now, self.naps = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.naps.append(seconds)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def timed(hours: Hours) -> StoreHttp:
    bucket = TokenBucket(150, 30, clock=hours)
    return StoreHttp(BASE, headers={}, guard=AddressGuard(), bucket=bucket, dialect=DIALECT, sleep=hours.sleep)


def test_the_store_says_how_long_to_wait(web: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    web.get(URL, status=429, headers=RATE)
    web.get(URL, json={})
    timed.request("GET", "/v3/things")
    assert hours.now == pytest.approx(2.55)


def test_a_long_wait_becomes_a_later_job(web: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    web.get(URL, status=429, headers={**RATE, "X-Rate-Limit-Time-Reset-Ms": "61000"})
    with pytest.raises(RateLimited) as caught:
        timed.request("GET", "/v3/things")
    assert caught.value.retry_after == 61
    with pytest.raises(RateLimited):
        timed.request("GET", "/v3/things")
    assert (len(web.calls), hours.naps) == (1, [])


def test_an_overloaded_platform_gives_no_headers(web: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    web.get(URL, status=429)
    web.get(URL, status=429)
    web.get(URL, json={})
    timed.request("GET", "/v3/things")
    assert hours.naps[0] < hours.naps[1]


def test_the_last_requests_are_left_to_others(web: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    web.get(URL, json={}, headers={**RATE, "X-Rate-Limit-Requests-Left": "22"})
    timed.request("GET", "/v3/things")
    timed.request("GET", "/v3/things")
    assert hours.naps == [2.55]


# -- refusals


def refuse(web: responses.RequestsMock, http: StoreHttp, status: int, body: Any, method: str = "GET") -> Exception:
    web.add(method, URL, status=status, json=body)
    with pytest.raises(Exception) as caught:
        http.request(method, "/v3/things", body={} if method != "GET" else None)
    return caught.value


V2 = [{"status": 400, "message": "The field 'page' is <b>invalid</b>.", "details": {"page": "must be a number"}}]
V3 = {"status": 422, "title": "JSON data is missing or invalid", "errors": {"name": "name is required"}}


@pytest.mark.parametrize("status", [400, 405, 409, 413, 415, 422, 507])
def test_a_refusal_carries_the_store_s_words(web: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    error = refuse(web, http, status, V3, "POST")
    assert isinstance(error, RemoteRejected)
    assert error.message == "The store refused: JSON data is missing or invalid"
    assert error.fields == {"name": "name is required"}


def test_older_endpoints_word_it_differently(web: responses.RequestsMock, http: StoreHttp) -> None:
    error = refuse(web, http, 400, V2)
    assert isinstance(error, RemoteRejected)
    assert error.message == "The store refused: The field 'page' is invalid ."
    assert error.fields == {"page": "must be a number"}


def test_a_bad_token_is_a_failed_sign_in(web: responses.RequestsMock, http: StoreHttp) -> None:
    assert isinstance(refuse(web, http, 401, {"title": "Unauthorized"}), AuthenticationFailed)


def test_a_missing_scope_is_named(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(f"{BASE}/v3/inventory/items", status=403, json={"title": "You don't have a required scope"})
    with pytest.raises(AuthenticationFailed, match="Store inventory: modify"):
        http.request("GET", "/v3/inventory/items")


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_named(web: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    assert isinstance(refuse(web, http, status, [{"status": 404, "message": "Not found."}]), RemoteNotFound)


@pytest.mark.parametrize("status", [408, 423, 500, 503])
def test_a_problem_of_the_store_is_tried_later(web: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    assert isinstance(refuse(web, http, status, {}, "POST"), TryLater)


# -- elsewhere


def test_redirects_within_the_store_are_followed(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(URL, status=301, headers={"Location": f"{BASE}/v3/stuff"})
    web.get(f"{BASE}/v3/stuff", json={"ok": True}, match=[matchers.header_matcher({"X-Auth-Token": CANARY})])
    assert http.request("GET", "/v3/things") == {"ok": True}


@pytest.mark.parametrize("target", ["https://evil.example.net/", "http://api.example.com/stores/abc123/v3/things"])
def test_the_token_never_follows_to_another_address(web: responses.RequestsMock, http: StoreHttp, target: str) -> None:
    web.get(URL, status=302, headers={"Location": target})
    with pytest.raises(MalformedResponse, match="another address"):
        http.request("GET", "/v3/things")
    assert len(web.calls) == 1


def test_circles_end(web: responses.RequestsMock, http: StoreHttp) -> None:
    web.get(URL, status=302, headers={"Location": URL})
    with pytest.raises(MalformedResponse, match="circles"):
        http.request("GET", "/v3/things")


def test_proxies_and_netrc_of_the_machine_are_not_used(http: StoreHttp) -> None:
    assert http._session.trust_env is False


# -- silence


def test_secrets_are_in_no_message_repr_or_log(
    web: responses.RequestsMock, http: StoreHttp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.get(URL, status=422, json={"title": f"token {CANARY} is odd", "errors": {"token": CANARY}})
    web.post(URL, body=f"<p>{CANARY}</p>")
    web.put(URL, body=requests.ConnectionError(f"lost {CANARY}"))
    texts = [repr(http), repr(http._session.headers) and ""]
    for method in ("GET", "POST", "PUT"):
        with pytest.raises((RemoteRejected, MalformedResponse, TemporarilyUnavailable)) as caught:
            http.request(method, "/v3/things", body=None if method == "GET" else {})
        error = caught.value
        texts += [error.message, error.detail, repr(error), repr(getattr(error, "fields", ""))]
    assert CANARY not in " ".join(texts) + caplog.text


def test_excerpts_are_short_and_plain() -> None:
    assert excerpt("<b>Hello</b>\x00\n  world") == "Hello world"
    assert len(excerpt("x" * 10_000)) == 300


def test_nothing_leaves_without_the_lease(web: responses.RequestsMock) -> None:
    def lost() -> None:
        raise AddressRefused("lease")

    http = StoreHttp(BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10, 1), before_call=lost)
    with pytest.raises(AddressRefused):
        http.request("GET", "/v3/things")
    assert len(web.calls) == 0
