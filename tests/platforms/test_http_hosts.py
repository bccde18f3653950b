"""The HTTP client with stores that anybody hosts: pages before answers, broken certificates, redirects, no TLS."""

from decimal import Decimal

import pytest
import requests
import responses
from requests.auth import AuthBase

from channels.errors import (
    AddressRefused,
    CertificateRefused,
    MalformedResponse,
    Redirected,
    RemoteNotFound,
    TemporarilyUnavailable,
)
from channels.platforms.addresses import AddressGuard
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import Dialect, Patience, StoreHttp, StoreWords

BASE = "https://api.example.com/stores/abc123"
URL = f"{BASE}/v3/things"
CANARY = "canary-7f3a9c-token"


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
def test_notices_before_the_answer_are_skipped(web: responses.RequestsMock, hosted: StoreHttp, before: str) -> None:
    web.get(URL, body=(before + '[{"price": "1.50", "n": 0.1}]').encode(), content_type="text/html")
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
def test_nothing_is_guessed_out_of_a_page(web: responses.RequestsMock, hosted: StoreHttp, body: str) -> None:
    web.get(URL, body=body, content_type="text/html")
    with pytest.raises(MalformedResponse):
        hosted.request("GET", "/v3/things")


@pytest.mark.parametrize("status", [200, 401, 403, 404, 406, 410])
def test_a_page_says_nothing_about_the_thing(web: responses.RequestsMock, hosted: StoreHttp, status: int) -> None:
    web.get(URL, body=PAGE, status=status, content_type="text/html")
    with pytest.raises(MalformedResponse, match="HTML page instead of data") as caught:
        hosted.request("GET", "/v3/things")
    assert caught.value.detail == f"HTTP {status}, text/html: Just a moment… Checking your browser"


@pytest.mark.parametrize("status", [500, 502, 503, 508, 520, 522, 530])
@pytest.mark.parametrize("body", ["", PAGE, '{"code": "internal_server_error", "message": "<p>Critical</p>"}'])
def test_a_bare_failure_is_tried_later(web: responses.RequestsMock, hosted: StoreHttp, status: int, body: str) -> None:
    web.post(URL, body=body, status=status)
    with pytest.raises(TemporarilyUnavailable, match="problem at the moment"):
        hosted.request("POST", "/v3/things", body={})


def test_an_api_that_is_gone_is_no_missing_thing(web: responses.RequestsMock, hosted: StoreHttp) -> None:
    hosted._dialect = Dialect(
        always_json=True,
        read_error=lambda body: StoreWords(message=body["message"], code=body["code"]),
        is_missing=lambda words: words.code != "no_api",
    )
    web.get(URL, status=404, json={"code": "no_api", "message": "No route was found"})
    with pytest.raises(MalformedResponse, match="API is not there"):
        hosted.request("GET", "/v3/things")
    web.replace("GET", URL, status=404, json={"code": "invalid_id", "message": "Invalid ID."})
    with pytest.raises(RemoteNotFound):
        hosted.request("GET", "/v3/things")


def test_a_broken_certificate_is_named_and_not_tried_again(web: responses.RequestsMock, hosted: StoreHttp) -> None:
    words = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:992)"
    web.get(URL, body=requests.exceptions.SSLError(words))
    with pytest.raises(CertificateRefused, match="The certificate of the store's web server is not valid") as caught:
        hosted.request("GET", "/v3/things")
    assert isinstance(caught.value, TemporarilyUnavailable)
    assert "expired" in caught.value.detail
    assert len(web.calls) == 1


def test_the_headers_come_along(web: responses.RequestsMock, hosted: StoreHttp) -> None:
    web.get(URL, json=[], headers={"x-wp-total": "12"})
    assert hosted.answer("GET", "/v3/things").headers.get("X-WP-Total") == "12"


def test_a_redirect_elsewhere_names_its_target_without_the_signature(
    web: responses.RequestsMock, hosted: StoreHttp
) -> None:
    web.get(URL, status=301, headers={"Location": "https://www.example.com/wp-json/v3/things?oauth_signature=abc#x"})
    with pytest.raises(Redirected) as caught:
        hosted.request("GET", "/v3/things")
    assert caught.value.target == "https://www.example.com/wp-json/v3/things"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_never_follows(web: responses.RequestsMock, hosted: StoreHttp, method: str) -> None:
    web.add(method, URL, status=308, headers={"Location": "/stores/abc123/v3/stuff"})
    with pytest.raises(Redirected) as caught:
        hosted.request(method, "/v3/things", body={})
    assert caught.value.target == f"{BASE}/v3/stuff"
    assert len(web.calls) == 1


def test_every_attempt_is_signed_anew(web: responses.RequestsMock, naps: list[float]) -> None:
    signed: list[str] = []

    class Signer(AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            signed.append(str(request.url))
            return request

    http = StoreHttp(
        BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(10_000, 1), auth=Signer(), sleep=naps.append
    )
    web.get(URL, status=503)
    web.get(URL, status=301, headers={"Location": f"{URL}/"})
    web.get(f"{URL}/", json={})
    http.request("GET", "/v3/things")
    assert signed == [URL, URL, f"{URL}/"]


def test_without_tls_only_what_gives_nothing_away(web: responses.RequestsMock) -> None:
    plain = "http://93.184.215.14"
    web.get(f"{plain}/x", json={})
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
