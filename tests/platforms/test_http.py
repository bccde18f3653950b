"""The HTTP client: retries, limits, and the names of what went wrong."""

import gzip
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from requests.auth import AuthBase
from responses import matchers

from channels.errors import (
    AddressRefused,
    AuthenticationFailed,
    CertificateRefused,
    MalformedResponse,
    RateLimited,
    Redirected,
    RemoteNotFound,
    RemoteRejected,
    TemporarilyUnavailable,
    TryLater,
)
from channels.platforms import http as http_module
from channels.platforms.addresses import AddressGuard
from channels.platforms.bigcommerce.dialect import DIALECT
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import IMPATIENT, Dialect, Patience, StoreHttp, StoreWords, excerpt

BASE = "https://api.example.com/stores/abc123"
URL = f"{BASE}/v3/things"
CANARY = "canary-7f3a9c-token"


@pytest.fixture
def store() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


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


def test_amounts_are_decimal(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(URL, body='{"data": {"price": 0.1, "count": 3}}')
    assert http.request("GET", "/v3/things") == {"data": {"price": Decimal("0.1"), "count": 3}}


def test_no_content_is_none(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(URL, status=204)
    assert http.request("GET", "/v3/things") is None


def test_a_byte_order_mark_is_ignored(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(URL, body=b'\xef\xbb\xbf{"a": "\xc3\xbc"}', content_type="text/plain")
    assert http.request("GET", "/v3/things") == {"a": "ü"}


def test_an_empty_answer_to_a_write_is_none(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.put(URL, body="")
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
    store: responses.RequestsMock, http: StoreHttp, body: Any, said: str
) -> None:
    store.get(URL, body=body, content_type="text/html")
    with pytest.raises(MalformedResponse) as caught:
        http.request("GET", "/v3/things")
    assert said in caught.value.detail
    assert "<" not in caught.value.detail
    assert len(caught.value.detail) < 400


def test_an_answer_without_end_is_cut(
    store: responses.RequestsMock, http: StoreHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "LARGEST_ANSWER", 200_000)
    store.get(URL, body=gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(MalformedResponse, match="too large"):
        http.request("GET", "/v3/things")


def test_a_fraction_is_never_sent_as_a_binary_number(http: StoreHttp) -> None:
    with pytest.raises(TypeError):
        http.request("PUT", "/v3/things", body={"price": 0.1})


# -- patience


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_problem_is_waited_for(
    store: responses.RequestsMock,
    http: StoreHttp,
    naps: list[float],
    calls: list[int],
    method: str,
    status: int,
) -> None:
    store.add(method, URL, status=status)
    store.add(method, URL, status=status)
    store.add(method, URL, json={"ok": True})
    assert http.request(method, "/v3/things") == {"ok": True}
    assert [0.5 <= naps[0] <= 0.8, 1.0 <= naps[1] <= 1.3] == [True, True]
    assert len(calls) == 3


def test_a_post_is_never_sent_twice(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.post(URL, status=503)
    with pytest.raises(TemporarilyUnavailable):
        http.request("POST", "/v3/things", body={})
    store.post(URL, body=requests.ReadTimeout("slow"))
    with pytest.raises(TemporarilyUnavailable, match="in time"):
        http.request("POST", "/v3/things", body={})
    assert len(store.calls) == 2


def test_four_attempts_are_enough(store: responses.RequestsMock, http: StoreHttp, naps: list[float]) -> None:
    store.get(URL, body=requests.ConnectionError("reset"))
    with pytest.raises(TemporarilyUnavailable):
        http.request("GET", "/v3/things")
    assert (len(store.calls), len(naps)) == (4, 3)


def test_somebody_waiting_gets_the_first_answer(
    store: responses.RequestsMock, http: StoreHttp, naps: list[float]
) -> None:
    http.patience = IMPATIENT
    store.get(URL, status=503)
    with pytest.raises(TemporarilyUnavailable):
        http.request("GET", "/v3/things")
    assert (len(store.calls), naps) == (1, [])


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


def test_the_store_says_how_long_to_wait(store: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    store.get(URL, status=429, headers=RATE)
    store.get(URL, json={})
    timed.request("GET", "/v3/things")
    assert hours.now == pytest.approx(2.55)


def test_a_long_wait_becomes_a_later_job(store: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    store.get(URL, status=429, headers={**RATE, "X-Rate-Limit-Time-Reset-Ms": "61000"})
    with pytest.raises(RateLimited) as caught:
        timed.request("GET", "/v3/things")
    assert caught.value.retry_after == 61
    with pytest.raises(RateLimited):
        timed.request("GET", "/v3/things")
    assert (len(store.calls), hours.naps) == (1, [])


def test_an_overloaded_platform_gives_no_headers(store: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    store.get(URL, status=429)
    store.get(URL, status=429)
    store.get(URL, json={})
    timed.request("GET", "/v3/things")
    assert hours.naps[0] < hours.naps[1]


def test_the_last_requests_are_left_to_others(store: responses.RequestsMock, timed: StoreHttp, hours: Hours) -> None:
    store.get(URL, json={}, headers={**RATE, "X-Rate-Limit-Requests-Left": "22"})
    timed.request("GET", "/v3/things")
    timed.request("GET", "/v3/things")
    assert hours.naps == [2.55]


# -- refusals


def refuse(store: responses.RequestsMock, http: StoreHttp, status: int, body: Any, method: str = "GET") -> Exception:
    store.add(method, URL, status=status, json=body)
    with pytest.raises(Exception) as caught:
        http.request(method, "/v3/things", body={} if method != "GET" else None)
    return caught.value


V2 = [{"status": 400, "message": "The field 'page' is <b>invalid</b>.", "details": {"page": "must be a number"}}]
V3 = {"status": 422, "title": "JSON data is missing or invalid", "errors": {"name": "name is required"}}


@pytest.mark.parametrize("status", [400, 405, 409, 413, 415, 422, 507])
def test_a_refusal_carries_the_store_s_words(store: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    error = refuse(store, http, status, V3, "POST")
    assert isinstance(error, RemoteRejected)
    assert error.message == "The store refused: JSON data is missing or invalid"
    assert error.fields == {"name": "name is required"}


def test_older_endpoints_word_it_differently(store: responses.RequestsMock, http: StoreHttp) -> None:
    error = refuse(store, http, 400, V2)
    assert isinstance(error, RemoteRejected)
    assert error.message == "The store refused: The field 'page' is invalid ."
    assert error.fields == {"page": "must be a number"}


def test_a_bad_token_is_a_failed_sign_in(store: responses.RequestsMock, http: StoreHttp) -> None:
    assert isinstance(refuse(store, http, 401, {"title": "Unauthorized"}), AuthenticationFailed)


def test_a_missing_scope_is_named(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(f"{BASE}/v3/inventory/items", status=403, json={"title": "You don't have a required scope"})
    with pytest.raises(AuthenticationFailed, match="Store inventory: modify"):
        http.request("GET", "/v3/inventory/items")


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_named(store: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    assert isinstance(refuse(store, http, status, [{"status": 404, "message": "Not found."}]), RemoteNotFound)


@pytest.mark.parametrize("status", [408, 423, 500, 503])
def test_a_problem_of_the_store_is_tried_later(store: responses.RequestsMock, http: StoreHttp, status: int) -> None:
    assert isinstance(refuse(store, http, status, {}, "POST"), TryLater)


# -- elsewhere


def test_redirects_within_the_store_are_followed(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(URL, status=301, headers={"Location": f"{BASE}/v3/stuff"})
    store.get(f"{BASE}/v3/stuff", json={"ok": True}, match=[matchers.header_matcher({"X-Auth-Token": CANARY})])
    assert http.request("GET", "/v3/things") == {"ok": True}


@pytest.mark.parametrize("target", ["https://evil.example.net/", "http://api.example.com/stores/abc123/v3/things"])
def test_the_token_never_follows_to_another_address(
    store: responses.RequestsMock, http: StoreHttp, target: str
) -> None:
    store.get(URL, status=302, headers={"Location": target})
    with pytest.raises(MalformedResponse, match="another address"):
        http.request("GET", "/v3/things")
    assert len(store.calls) == 1


def test_circles_end(store: responses.RequestsMock, http: StoreHttp) -> None:
    store.get(URL, status=302, headers={"Location": URL})
    with pytest.raises(MalformedResponse, match="circles"):
        http.request("GET", "/v3/things")


def test_proxies_and_netrc_of_the_machine_are_not_used(http: StoreHttp) -> None:
    assert http._session.trust_env is False


# -- silence


@pytest.mark.req("APP-6")
def test_secrets_are_in_no_message_repr_or_log(
    store: responses.RequestsMock, http: StoreHttp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store.get(URL, status=422, json={"title": f"token {CANARY} is odd", "errors": {"token": CANARY}})
    store.post(URL, body=f"<p>{CANARY}</p>")
    store.put(URL, body=requests.ConnectionError(f"lost {CANARY}"))
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


def test_nothing_leaves_without_the_lease(store: responses.RequestsMock) -> None:
    def lost() -> None:
        raise AddressRefused("lease")

    http = StoreHttp(BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10, 1), before_call=lost)
    with pytest.raises(AddressRefused):
        http.request("GET", "/v3/things")
    assert len(store.calls) == 0


# -- stores that anybody hosts

WOO = Dialect(always_json=True, is_missing=lambda words: words.code != "no_api")
NOTICE = "<br />\n<b>Notice</b>:  Undefined array key [0] in <b>/srv/wp/plugin.php</b> on line <b>12</b><br />\n"
PAGE = "<!DOCTYPE html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"


@pytest.fixture
def hosted(naps: list[float]) -> StoreHttp:
    return StoreHttp(
        BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10_000, 1), dialect=WOO, sleep=naps.append
    )


@pytest.mark.parametrize(
    "before",
    [
        NOTICE,
        NOTICE * 3,
        "\ufeff" + NOTICE + "\ufeff\n",
        "PHP Warning:  Cannot modify header information in /srv/x.php on line 7\n",
        "\ufeff\ufeff \r\n",
    ],
)
def test_notices_before_the_answer_are_skipped(store: responses.RequestsMock, hosted: StoreHttp, before: str) -> None:
    store.get(URL, body=(before + '[{"price": "1.50", "n": 0.1}]').encode(), content_type="text/html")
    assert hosted.request("GET", "/v3/things") == [{"price": "1.50", "n": Decimal("0.1")}]


@pytest.mark.parametrize(
    "body",
    [
        NOTICE,
        NOTICE + '{"a": [1]',
        NOTICE + '{"a": 1}' + NOTICE,
        'Some plugin says hello\n[{"id": 1}]',
        '<html><script>var x = [{"id": 1}]',
        'Notice: nothing after {"a": 1}',
    ],
)
def test_nothing_is_guessed_out_of_a_page(store: responses.RequestsMock, hosted: StoreHttp, body: str) -> None:
    store.get(URL, body=body, content_type="text/html")
    with pytest.raises(MalformedResponse):
        hosted.request("GET", "/v3/things")


@pytest.mark.parametrize("status", [200, 401, 403, 404, 406, 410])
def test_a_page_says_nothing_about_the_thing(store: responses.RequestsMock, hosted: StoreHttp, status: int) -> None:
    store.get(URL, body=PAGE, status=status, content_type="text/html")
    with pytest.raises(MalformedResponse, match="HTML page instead of data") as caught:
        hosted.request("GET", "/v3/things")
    assert caught.value.detail == f"HTTP {status}, text/html: Just a moment… Checking your browser"


@pytest.mark.parametrize("status", [500, 502, 503, 508, 520, 522, 530])
@pytest.mark.parametrize("body", ["", PAGE, '{"code": "internal_server_error", "message": "<p>Critical</p>"}'])
def test_a_bare_failure_is_tried_later(
    store: responses.RequestsMock, hosted: StoreHttp, status: int, body: str
) -> None:
    store.post(URL, body=body, status=status)
    with pytest.raises(TemporarilyUnavailable, match="problem at the moment"):
        hosted.request("POST", "/v3/things", body={})


def test_an_api_that_is_gone_is_no_missing_thing(store: responses.RequestsMock, hosted: StoreHttp) -> None:
    hosted._dialect = Dialect(
        always_json=True,
        read_error=lambda body: StoreWords(message=body["message"], code=body["code"]),
        is_missing=lambda words: words.code != "no_api",
    )
    store.get(URL, status=404, json={"code": "no_api", "message": "No route was found"})
    with pytest.raises(MalformedResponse, match="API is not there"):
        hosted.request("GET", "/v3/things")
    store.replace("GET", URL, status=404, json={"code": "invalid_id", "message": "Invalid ID."})
    with pytest.raises(RemoteNotFound):
        hosted.request("GET", "/v3/things")


def test_a_broken_certificate_is_named_and_not_tried_again(store: responses.RequestsMock, hosted: StoreHttp) -> None:
    words = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:992)"
    store.get(URL, body=requests.exceptions.SSLError(words))
    with pytest.raises(CertificateRefused, match="The certificate of the store's web server is not valid") as caught:
        hosted.request("GET", "/v3/things")
    assert isinstance(caught.value, TemporarilyUnavailable)
    assert "expired" in caught.value.detail
    assert len(store.calls) == 1


def test_the_headers_come_along(store: responses.RequestsMock, hosted: StoreHttp) -> None:
    store.get(URL, json=[], headers={"x-wp-total": "12"})
    assert hosted.answer("GET", "/v3/things").headers.get("X-WP-Total") == "12"


def test_a_redirect_elsewhere_names_its_target_without_the_signature(
    store: responses.RequestsMock, hosted: StoreHttp
) -> None:
    store.get(URL, status=301, headers={"Location": "https://www.example.com/wp-json/v3/things?oauth_signature=abc#x"})
    with pytest.raises(Redirected) as caught:
        hosted.request("GET", "/v3/things")
    assert caught.value.target == "https://www.example.com/wp-json/v3/things"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_never_follows(store: responses.RequestsMock, hosted: StoreHttp, method: str) -> None:
    store.add(method, URL, status=308, headers={"Location": "/stores/abc123/v3/stuff"})
    with pytest.raises(Redirected) as caught:
        hosted.request(method, "/v3/things", body={})
    assert caught.value.target == f"{BASE}/v3/stuff"
    assert len(store.calls) == 1


def test_every_attempt_is_signed_anew(store: responses.RequestsMock, naps: list[float]) -> None:
    signed: list[str] = []

    class Signer(AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            signed.append(str(request.url))
            return request

    http = StoreHttp(
        BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10_000, 1), auth=Signer(), sleep=naps.append
    )
    store.get(URL, status=503)
    store.get(URL, status=301, headers={"Location": f"{URL}/"})
    store.get(f"{URL}/", json={})
    http.request("GET", "/v3/things")
    assert signed == [URL, URL, f"{URL}/"]


def test_without_tls_only_what_gives_nothing_away(store: responses.RequestsMock) -> None:
    plain = "http://93.184.215.14"
    store.get(f"{plain}/x", json={})
    allowed = StoreHttp(plain, headers={}, guard=AddressGuard(), bucket=TokenBucket(10, 1), plain_allowed=True)
    assert allowed.request("GET", "/x") == {}
    refused = StoreHttp(plain, headers={}, guard=AddressGuard(), bucket=TokenBucket(10, 1))
    with pytest.raises(AddressRefused, match="https"):
        refused.request("GET", "/x")


def test_each_platform_has_its_own_patience(hosted: StoreHttp) -> None:
    slow = Dialect(patient=Patience(timeout=(10, 60)), impatient=Patience(attempts=1, timeout=(5, 15)))
    http = StoreHttp(BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10, 1), dialect=slow)
    assert http.patience.timeout == (10, 60)
    http.hurry()
    assert http.patience.timeout == (5, 15)
    assert hosted.patience.timeout == (5.0, 30.0)
