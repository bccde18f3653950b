"""WooCommerce's API as it is: lists, batches, versions, and what goes wrong on the way."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from channels.errors import (
    AuthenticationFailed,
    CertificateRefused,
    InDoubt,
    MalformedResponse,
    RateLimited,
    Redirected,
    RemoteNotFound,
    RemoteRejected,
    TemporarilyUnavailable,
)
from channels.platforms.woocommerce.client import Client, Failure, version_of
from channels.platforms.woocommerce.store import Store
from tests.platforms.conftest import Shopkeeper
from tests.platforms.woocommerce.conftest import rows
from tests.platforms.woocommerce.gateways import API, client_of

URL = f"{API}/wc/v3/products/tags"
BATCH = f"{API}/wc/v3/products/batch"


# -- versions


@pytest.mark.parametrize(
    ("text", "version"),
    [("10.0.2", (10, 0)), ("5.8-beta.1", (5, 8)), ("10.3", (10, 3)), ("6", (6, 0)), ("", (0, 0)), ("?", (0, 0))],
)
def test_versions_are_read(text: str, version: tuple[int, int]) -> None:
    assert version_of(text) == version


def test_an_unknown_version_has_everything_but_the_newest(sleep: Callable[[float], None]) -> None:
    unknown, old, new = (client_of(sleep, version=version) for version in ("", "5.3", "10.3.1"))
    assert (unknown.is_at_least(10, 3), old.is_at_least(10, 3), new.is_at_least(10, 3)) == (False, False, True)
    assert (unknown.is_older_than(5, 8), old.is_older_than(5, 8), new.is_older_than(5, 8)) == (False, True, False)


# -- lists


def test_a_list_ends_with_a_short_page(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, json=rows(*range(1, 101)))
    web.get(URL, json=rows(*range(101, 151)))
    assert [row["id"] for row in client.all("/products/tags")] == list(range(1, 151))
    assert [call.request.params["page"] for call in web.calls] == ["1", "2"]
    assert {call.request.params["orderby"] for call in web.calls} == {"id"}


def test_a_short_page_ends_nothing_while_the_store_promises_more(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, json=rows(*range(1, 51)), headers={"x-wp-totalpages": "2"})
    web.get(URL, json=rows(*range(51, 81)), headers={"x-wp-totalpages": "2"})
    assert len(client.all("/products/tags")) == 80


def test_a_list_that_knows_no_pages_ends(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, json=rows(*range(1, 101)))
    assert len(client.all("/products/tags")) == 100
    assert len(web.calls) == 2


def test_a_list_with_gaps_comes_as_an_object(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, json={"0": {"id": 1}, "2": {"id": 2}})
    assert client.whole("/products/tags") == rows(1, 2)


@pytest.mark.parametrize("body", [{"id": 1}, "words", 5, [1, 2], [[]]])
def test_what_is_no_list_is_refused(client: Client, web: responses.RequestsMock, body: Any) -> None:
    web.get(URL, json=body)
    with pytest.raises(MalformedResponse):
        client.whole("/products/tags")


def test_what_is_gone_is_none_and_what_is_broken_is_not(client: Client, web: responses.RequestsMock) -> None:
    url = f"{API}/wc/v3/orders/7"
    web.get(url, status=404, json={"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."})
    assert client.get_or_none("/orders/7") is None
    web.replace("GET", url, status=404, json={"code": "rest_no_route", "message": "No route was found"})
    with pytest.raises(MalformedResponse, match="API is not there"):
        client.get_or_none("/orders/7")
    web.replace("GET", url, status=404, body="<html><h1>Not found</h1></html>", content_type="text/html")
    with pytest.raises(MalformedResponse, match="HTML page"):
        client.get_or_none("/orders/7")


# -- batches


def test_answers_are_matched_by_their_place(client: Client, web: responses.RequestsMock) -> None:
    error = {"code": "product_invalid_sku", "message": "Invalid or duplicated SKU.", "data": {"resource_id": 11}}
    web.post(BATCH, json={"create": [{"id": 5}, {"id": 0, "error": error}], "update": [{"id": 9}]})
    made, changed = client.batch("/products", create=[{"sku": "A"}, {"sku": "B"}], update=[{"id": 9}])
    refused = Failure(code="product_invalid_sku", message="Invalid or duplicated SKU.", resource="11")
    assert (made, changed) == ([{"id": 5}, refused], [{"id": 9}])


def test_a_batch_that_answers_for_fewer_is_unreadable(client: Client, web: responses.RequestsMock) -> None:
    web.post(BATCH, json={"update": [{"id": 9}]})
    with pytest.raises(MalformedResponse):
        client.batch("/products", update=[{"id": 9}, {"id": 10}])


def test_an_empty_batch_asks_nobody(client: Client, web: responses.RequestsMock) -> None:
    assert client.batch("/products") == ([], [])
    assert len(web.calls) == 0


def test_a_batch_is_sent_once_and_smaller_after_a_time_out(client: Client, web: responses.RequestsMock) -> None:
    web.post(BATCH, body=requests.ReadTimeout())
    with pytest.raises(InDoubt):
        client.batch("/products", update=rows(*range(1, 41)))
    assert (len(web.calls), client.batch_size) == (1, 20)


# -- words of failure


def refusal(client: Client, web: responses.RequestsMock, status: int, body: Any) -> Exception:
    web.get(URL, status=status, json=body)
    with pytest.raises(Exception) as caught:
        client.whole("/products/tags")
    return caught.value


def error(code: str, message: str = "Entschuldigung", **data: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data}


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "woocommerce_rest_cannot_view", "does not pass them on"),
        (401, "woocommerce_rest_authentication_error", "may have been revoked"),
        (403, "woocommerce_rest_cannot_view", "Administrator or Shop manager"),
        (403, "woocommerce_rest_cannot_edit", "Administrator or Shop manager"),
    ],
)
def test_the_code_and_not_the_language_tells(
    client: Client, web: responses.RequestsMock, status: int, code: str, said: str
) -> None:
    found = refusal(client, web, status, error(code, status=status))
    assert isinstance(found, AuthenticationFailed)
    assert said in found.message
    assert found.detail == f"HTTP {status}: Entschuldigung"


def test_a_refusal_has_code_fields_and_what_is_in_the_way(client: Client, web: responses.RequestsMock) -> None:
    body = error("term_exists", "A term &amp; more <b>exists</b>.", status=400, resource_id=17)
    found = refusal(client, web, 400, body)
    assert isinstance(found, RemoteRejected)
    assert (found.message, found.code, found.resource) == (
        "The store refused: A term & more exists .",
        "term_exists",
        "17",
    )
    params = error("rest_invalid_param", params={"per_page": "must be between 1 and 100"})
    web.reset()
    again = refusal(client, web, 400, params)
    assert isinstance(again, RemoteRejected)
    assert again.fields == {"per_page": "must be between 1 and 100"}


def test_data_of_an_error_may_be_a_bare_number(client: Client, web: responses.RequestsMock) -> None:
    found = refusal(client, web, 500, {"code": "x", "message": "Invalid refund amount.", "data": 400})
    assert isinstance(found, TemporarilyUnavailable)
    assert "Invalid refund amount" in found.detail


def test_a_firewall_may_say_when_to_come_back(client: Client, web: responses.RequestsMock, naps: list[float]) -> None:
    web.get(URL, status=429, headers={"Retry-After": "120"}, body="<html>Too many</html>")
    with pytest.raises(RateLimited) as caught:
        client.whole("/products/tags")
    assert (caught.value.retry_after, naps) == (120, [])


# -- what stands between us and the store (CON-13), against the sandbox


@pytest.mark.parametrize(
    ("kind", "options", "failure", "words"),
    [
        ("html", {}, MalformedResponse, "HTML page instead of data"),
        ("waf", {}, MalformedResponse, "A firewall, a security plugin or a maintenance"),
        ("waf", {"status": 406}, MalformedResponse, "A firewall, a security plugin or a maintenance"),
        ("waf", {"status": 503}, TemporarilyUnavailable, "has a problem at the moment"),
        ("malformed", {}, MalformedResponse, "something we cannot read"),
        ("bare_500", {}, TemporarilyUnavailable, "has a problem at the moment"),
        ("drop_before", {}, TemporarilyUnavailable, "cannot be reached"),
    ],
)
def test_a_lasting_fault_has_clear_words_and_loses_nothing(
    store: Store,
    woo_keeper: Shopkeeper,
    kind: str,
    options: dict[str, Any],
    failure: type[Exception],
    words: str,
) -> None:
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products/bulk", {"count": 120})
    first = store.products.page()
    woo_keeper.fault(kind, times=None, **options)
    with pytest.raises(failure, match=words):
        store.products.page(cursor=first.next_cursor)
    woo_keeper.call("DELETE", f"/stores/{woo_keeper.store}/faults")
    second = store.products.page(cursor=first.next_cursor)
    ids = [product.id for product in (*first.products, *second.products)]
    assert (len(ids), len(set(ids)), second.next_cursor) == (120, 120, "")


@pytest.mark.parametrize("kind", ["php_notice", "bom", "unknown_fields", "wrong_totals"])
@pytest.mark.parametrize("status", [0, 200])
def test_what_a_host_adds_or_gets_wrong_is_not_noticed(
    store: Store, woo_keeper: Shopkeeper, kind: str, status: int
) -> None:
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products/bulk", {"count": 230, "families": 1,
                                                                          "variations_each": 130})  # fmt: skip
    woo_keeper.fault(kind, times=None, **({"status": status} if kind == "wrong_totals" else {}))
    found, cursor = [], ""
    while True:
        page = store.products.page(cursor=cursor)
        found += page.products
        if not (cursor := page.next_cursor):
            break
    assert len(found) == len({product.id for product in found}) == 230
    assert len(found[0].variants) == 130
    assert store.lists.tax_classes()
    assert store.check().currency == "EUR"


def test_a_slow_store_is_waited_for(store: Store, woo_keeper: Shopkeeper) -> None:
    """8 seconds are nothing to a shared host; here one, with the time-outs in the same proportion."""
    assert store._http.patience.timeout[1] >= 7 * 8
    assert store._http._dialect.impatient.timeout[1] > 8
    woo_keeper.fault("slow", times=1, seconds=0.5)
    assert store.products.page().products == ()


def test_a_broken_certificate_is_named(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, body=requests.exceptions.SSLError("certificate verify failed: Hostname mismatch"))
    with pytest.raises(CertificateRefused, match="certificate of the store's web server"):
        client.whole("/products/tags")
    assert len(web.calls) == 1


def test_a_moved_store_is_named(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, status=301, headers={"Location": "https://www.shop.example/wp-json/wc/v3/products/tags?x=1"})
    with pytest.raises(Redirected) as caught:
        client.whole("/products/tags")
    assert caught.value.target == "https://www.shop.example/wp-json/wc/v3/products/tags"


def test_a_missing_thing_is_not_a_missing_api(store: Store) -> None:
    with pytest.raises(RemoteNotFound):
        store._client.get("/products/999999")


@pytest.mark.parametrize("status", [403, 405, 501])
def test_hosts_that_let_no_put_and_delete_through_are_asked_by_post(
    client: Client, web: responses.RequestsMock, status: int
) -> None:
    for method in ("PUT", "DELETE"):
        web.add(method, f"{API}/wc/v3/webhooks/4", body="<html>Method not allowed</html>", status=status)
    web.post(f"{API}/wc/v3/webhooks/4", json={"id": 4})

    assert client.put("/webhooks/4", {"status": "active"}) == {"id": 4}
    assert client.delete("/webhooks/4", {"force": "true"}) == {"id": 4}

    updated, deleted = (call.request for call in web.calls if call.request.method == "POST")
    assert (updated.body, updated.params) == (b'{"status":"active"}', {})
    assert (deleted.body, deleted.params) == (None, {"force": "true", "_method": "DELETE"})


def test_a_deletion_by_post_deletes(store: Store, woo_keeper: Shopkeeper) -> None:
    made = store._client.post("/webhooks", {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/x"})
    meant = {"force": "true", "_method": "DELETE"}

    store._http.request("POST", f"/wc/v3/webhooks/{made['id']}", params=meant)

    assert store._client.all("/webhooks") == []
