"""Who gets into a WooCommerce store, and how: TLS or not, keys, signatures, permalinks, moves."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.sandbox.client import StoreClient
from tests.sandbox.woocommerce.replay import oauth

KEYS = (CONSUMER_KEY, CONSUMER_SECRET)
IN_QUERY = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}


@pytest.fixture
def kontor(sandbox: SandboxServer) -> StoreClient:
    return StoreClient(sandbox, "kontor")


def change(kontor: StoreClient, **settings: Any) -> None:
    kontor.control("PATCH", "/stores/kontor", settings)


def address(kontor: StoreClient, path: str = "/wp-json/wc/v3/products") -> str:
    return f"{kontor.server.url}/woo/kontor{path}"


def get(kontor: StoreClient, path: str = "/wp-json/wc/v3/products", **more: Any) -> requests.Response:
    return requests.get(address(kontor, path), timeout=60, allow_redirects=False, **more)


def signed(kontor: StoreClient, *, shift: int = 0, **query: str) -> dict[str, str]:
    now = kontor.server.world.clock.timestamp() + shift
    return {**query, **oauth("GET", address(kontor), query, KEYS, now, sha1=False)}


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_plain_http_wants_a_signature(kontor: StoreClient) -> None:
    assert code(get(kontor, auth=KEYS)) == (401, "woocommerce_rest_cannot_view")
    assert code(get(kontor, params=IN_QUERY)) == (401, "woocommerce_rest_cannot_view")
    assert get(kontor, params=signed(kontor, search="Zelt & Ring ü")).status_code == 200


def test_behind_tls_basic_and_query_are_taken(kontor: StoreClient) -> None:
    change(kontor, https=True)

    assert get(kontor, auth=KEYS).status_code == 200
    assert get(kontor, params=IN_QUERY).status_code == 200
    assert get(kontor, "/wp-json/").json()["url"].startswith("https://")


def test_a_host_that_drops_the_header_leaves_the_query(kontor: StoreClient) -> None:
    change(kontor, https=True, strip_authorization=True)

    assert code(get(kontor, auth=KEYS)) == (401, "woocommerce_rest_cannot_view")
    assert get(kontor, params=IN_QUERY).status_code == 200


@pytest.mark.parametrize(("shift", "status"), [(-890, 200), (890, 200), (-910, 401), (910, 401)])
def test_a_signature_is_good_for_a_quarter_of_an_hour(kontor: StoreClient, shift: int, status: int) -> None:
    assert get(kontor, params=signed(kontor, shift=shift)).status_code == status


def test_a_nonce_is_good_once(kontor: StoreClient) -> None:
    once = signed(kontor)

    assert get(kontor, params=once).status_code == 200
    again = get(kontor, params=once)
    assert code(again) == (401, "woocommerce_rest_authentication_error")
    assert again.json()["message"] == "Invalid nonce - nonce has already been used."


def test_another_query_has_another_signature(kontor: StoreClient) -> None:
    answer = get(kontor, params={**signed(kontor), "search": "more"})

    assert answer.json()["message"] == "Invalid signature - provided signature does not match."


def test_a_signature_may_be_in_the_header(kontor: StoreClient) -> None:
    parts = ", ".join(f'{name}="{requests.utils.quote(value, safe="")}"' for name, value in signed(kontor).items())

    assert get(kontor, headers={"Authorization": f"OAuth {parts}"}).status_code == 200


@pytest.mark.parametrize(("permissions", "method", "status"), [("read", "POST", 401), ("write", "GET", 401)])
def test_a_key_may_only_what_it_may(kontor: StoreClient, permissions: str, method: str, status: int) -> None:
    change(kontor, https=True)
    key = {"consumer_key": "ck_one", "consumer_secret": "cs_one", "permissions": permissions}
    kontor.control("POST", "/stores/kontor/accounts", key)
    answer = requests.request(method, address(kontor), json={"name": "x"}, auth=("ck_one", "cs_one"), timeout=60)

    assert code(answer) == (status, "woocommerce_rest_authentication_error")


def test_a_user_without_rights_is_forbidden(kontor: StoreClient) -> None:
    change(kontor, https=True)
    key = {"consumer_key": "ck_two", "consumer_secret": "cs_two", "role": "customer"}
    kontor.control("POST", "/stores/kontor/accounts", key)

    assert code(get(kontor, auth=("ck_two", "cs_two"))) == (403, "woocommerce_rest_cannot_view")


def test_a_removed_key_is_nobody(kontor: StoreClient) -> None:
    change(kontor, https=True)
    kontor.control("DELETE", f"/stores/kontor/accounts/{CONSUMER_KEY}")

    assert code(get(kontor, auth=KEYS)) == (401, "woocommerce_rest_cannot_view")


def test_plain_permalinks_have_no_wp_json_and_take_no_keys(kontor: StoreClient) -> None:
    change(kontor, https=True, permalinks="plain")

    answer = get(kontor, auth=KEYS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")
    assert code(get(kontor, "/?rest_route=/wc/v3/products", auth=KEYS)) == (401, "woocommerce_rest_cannot_view")
    assert get(kontor, "/?rest_route=/").json()["name"] == "Nordhafen Kontor"


def test_permalinks_behind_index_php(kontor: StoreClient) -> None:
    change(kontor, https=True, permalinks="index.php")

    assert get(kontor, auth=KEYS).status_code == 404
    assert get(kontor, "/index.php/wp-json/wc/v3/products", auth=KEYS).status_code == 200


def test_a_moved_site_redirects(kontor: StoreClient) -> None:
    change(kontor, redirect_to="https://www.kontor.example.com")

    answer = get(kontor, "/wp-json/wc/v3/products?page=2")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://www.kontor.example.com/wp-json/wc/v3/products?page=2"


def test_an_unknown_store_is_a_page_that_is_not_there(kontor: StoreClient) -> None:
    answer = requests.get(f"{kontor.server.url}/woo/nobody/wp-json/wc/v3/products", timeout=60)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


@pytest.fixture(params=["trusted", "self_signed", "expired", "other_host"])
def secured(request: pytest.FixtureRequest) -> Iterator[tuple[str, SandboxServer]]:
    with SandboxServer(tls=request.param) as server:
        yield request.param, server


def test_real_tls_with_good_and_broken_certificates(secured: tuple[str, SandboxServer]) -> None:
    kind, server = secured
    assert server.tls is not None
    url = f"{server.url}/woo/kontor/wp-json/wc/v3/products"
    if kind == "trusted":
        answer = requests.get(url, auth=KEYS, verify=str(server.tls.ca_path), timeout=60)
        assert (answer.status_code, answer.headers["X-WP-Total"]) == (200, "20")
    else:
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, auth=KEYS, verify=str(server.tls.ca_path), timeout=60)


def test_a_proxy_that_hides_tls_leaves_signatures_of_the_http_address() -> None:
    with SandboxServer(tls="trusted") as server:
        assert server.tls is not None
        trust = str(server.tls.ca_path)
        body = {"tls_hidden": True}
        requests.patch(f"{server.url}/_control/stores/kontor", json=body, verify=trust, timeout=60)
        url = f"{server.url}/woo/kontor/wp-json/wc/v3/products"
        now = server.world.clock.timestamp()
        believed = oauth("GET", url.replace("https://", "http://"), {}, KEYS, now, sha1=False)
        true = oauth("GET", url, {}, KEYS, now, sha1=False)
        with_basic = requests.get(url, auth=KEYS, verify=trust, timeout=60)

        assert code(with_basic) == (401, "woocommerce_rest_cannot_view")
        assert requests.get(url, params=true, verify=trust, timeout=60).status_code == 401
        assert requests.get(url, params=believed, verify=trust, timeout=60).status_code == 200


def test_the_log_keeps_no_secrets(kontor: StoreClient) -> None:
    change(kontor, https=True)
    get(kontor, params={**IN_QUERY, "search": "zelt"})
    entry = kontor.control("GET", "/requests?platform=woocommerce")["requests"][-1]

    assert (entry["path"], entry["query"], entry["status"]) == ("/wc/v3/products", "search=zelt", 200)
    assert CONSUMER_SECRET not in str(entry)
