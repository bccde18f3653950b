"""What integrations trip over in a WooCommerce catalog: SKUs, levels, lists that lose rows, batches, versions."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.sandbox.client import Json, StoreClient

KEYS = (CONSUMER_KEY, CONSUMER_SECRET)


class Kontor(StoreClient):
    """The demo store behind TLS, so that keys go as they are."""

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        url = f"{self.server.url}/woo/{self.store}/wp-json/wc/v3{path}"
        return requests.request(method, url, params=query, json=body, auth=KEYS, timeout=60)

    def named(self, sku: str) -> Json:
        found: Json = self.get("/products", sku=sku).json()[0]
        return found

    def numbers(self, **query: Any) -> list[int]:
        return [entry["id"] for entry in self.get("/products", _fields="id", **query).json()]


@pytest.fixture
def kontor(sandbox: SandboxServer) -> Iterator[Kontor]:
    found = Kontor(sandbox, "kontor")
    found.control("PATCH", "/stores/kontor", {"https": True})
    yield found
    found.control("DELETE", "/stores/kontor/faults")


def test_the_demo_store_sells_what_the_other_demo_stores_sell(kontor: Kontor) -> None:
    rows = [
        (one["sku"], one["type"], one["price"], one["stock_quantity"])
        for one in (kontor.named(sku) for sku in ("ZH-Y10", "RS-HW45-TAN", "GK-450", "IM-R42", "JA-DEICH"))
    ]

    assert rows == [
        ("ZH-Y10", "simple", "14.90", 1838),
        ("RS-HW45-TAN", "simple", "189.90", 14),
        ("GK-450", "simple", "9.95", 64),
        ("IM-R42", "simple", "89.95", 58),
        ("JA-DEICH", "variable", "159.00", 60),
    ]
    first = kontor.get("/customers/1").json()
    assert (first["email"], first["billing"]["city"]) == ("anke.brandt@example.com", "Kiel")
    assert [one["id"] for one in kontor.get("/payment_gateways").json()] == ["bacs", "cheque", "cod", "stripe"]
    assert [(one["rate"], one["class"]) for one in kontor.get("/taxes").json()] == [
        ("19.0000", "standard"),
        ("7.0000", "reduced-rate"),
        ("0.0000", "zero-rate"),
    ]


def test_a_variation_without_sku_shows_its_parents(kontor: Kontor) -> None:
    parent = kontor.named("SO-WATT")
    skus = [one["sku"] for one in kontor.get(f"/products/{parent['id']}/variations", per_page=100, orderby="id").json()]

    assert skus[0] == "SO-WATT"
    assert len(set(skus)) == 6


def test_the_parents_level_cannot_be_set_through_a_variation(kontor: Kontor) -> None:
    parent = kontor.named("JA-DEICH")
    path = f"/products/{parent['id']}/variations/{parent['variations'][0]}"
    answer = kontor.call("PUT", path, {"stock_quantity": 5})

    assert (answer.status_code, answer.json()["manage_stock"], answer.json()["stock_quantity"]) == (200, "parent", 60)
    assert kontor.named("JA-DEICH")["stock_quantity"] == 60


def test_where_the_store_manages_no_stock_levels_are_inert(kontor: Kontor) -> None:
    kontor.control("PATCH", "/stores/kontor", {"manage_stock": False})
    number = kontor.named("IM-R42")["id"]
    answer = kontor.call("PUT", f"/products/{number}", {"manage_stock": True, "stock_quantity": 3}).json()

    assert (answer["manage_stock"], answer["stock_quantity"]) == (False, None)


def test_a_change_of_a_variation_moves_its_parents_date(kontor: Kontor) -> None:
    parent = kontor.named("SH-MER180")
    kontor.control("PUT", "/clock", {"advance_seconds": 100})
    kontor.call("PUT", f"/products/{parent['id']}/variations/{parent['variations'][0]}", {"stock_quantity": 1})

    moved = kontor.get("/products", modified_after=parent["date_modified_gmt"], dates_are_gmt="true").json()
    assert [one["id"] for one in moved] == [parent["id"]]


def test_date_filters_are_as_wrong_as_the_real_ones(kontor: Kontor) -> None:
    """The store is an hour or two ahead of UTC: with a zone and the flag, changes are missed."""
    kontor.control("PUT", "/clock", {"advance_seconds": 1800})
    number = kontor.named("IM-R42")["id"]
    before = kontor.named("IM-R42")["date_modified_gmt"]
    kontor.call("PUT", f"/products/{number}", {"stock_quantity": 57})

    def found(moment: str, gmt: str) -> bool:
        return number in kontor.numbers(modified_after=moment, dates_are_gmt=gmt, per_page=100)

    assert found(before, "true")
    assert found(f"{before}Z", "false")
    assert not found(f"{before}Z", "true")


def test_the_default_order_loses_rows_and_the_order_by_number_does_not(kontor: Kontor) -> None:
    kontor.control("POST", "/stores/kontor/products/bulk", {"count": 130})

    def all_of(**query: Any) -> list[int]:
        return [each for page in (1, 2, 3) for each in kontor.numbers(per_page=50, page=page, **query)]

    assert len(set(all_of())) < 150
    assert len(set(all_of(orderby="modified", order="asc"))) < 150
    by_number = all_of(orderby="id", order="asc")
    assert (len(set(by_number)), by_number) == (150, sorted(by_number))


def test_ten_thousand_products_and_their_variations(kontor: Kontor) -> None:
    made = kontor.control("POST", "/stores/kontor/products/bulk", {"count": 10_000, "variations_each": 2})
    page = kontor.get("/products", per_page=100, page=90, orderby="id", order="asc")

    assert made["count"] == 10_000
    assert (page.headers["X-WP-Total"], page.headers["X-WP-TotalPages"]) == ("10020", "101")
    assert [len(one["variations"]) for one in page.json()] == [2] * 100
    first = kontor.get(f"/products/{made['first_id']}/variations", orderby="id", order="asc").json()
    assert [(one["name"], one["stock_quantity"]) for one in first] == [("XS", 10), ("S", 10)]


def test_families_can_be_some_of_many(kontor: Kontor) -> None:
    body = {"count": 5, "variations_each": 3, "families": 2, "prefix": "FAM"}
    kontor.control("POST", "/stores/kontor/products/bulk", body)
    found = kontor.get("/products", search_sku="FAM", orderby="id", order="asc", per_page=100).json()

    assert [one["type"] for one in found] == ["variable"] * 2 + ["simple"] * 3 + ["variation"] * 6


def test_batches_delete_for_good_and_validate_nothing(kontor: Kontor) -> None:
    first, second = kontor.named("IM-R42")["id"], kontor.named("GK-450")["id"]
    body = {"update": [{"id": second, "stock_quantity": "many"}], "delete": [first, 999]}
    answer = kontor.call("POST", "/products/batch", body)

    assert (answer.status_code, answer.json()["update"][0]["stock_quantity"]) == (200, 0)
    assert answer.json()["delete"][1] == {
        "id": 999,
        "error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}},
    }
    assert kontor.get(f"/products/{first}").status_code == 404
    assert kontor.numbers(status="trash") == []


@pytest.mark.parametrize(
    ("version", "path", "status"),
    [("10.2.9", "/variations", 404), ("10.3.0", "/variations", 200), ("9.5", "/products/brands", 404)],
)
def test_routes_come_with_versions(kontor: Kontor, version: str, path: str, status: int) -> None:
    kontor.control("PATCH", "/stores/kontor", {"version": version})

    assert kontor.get(path).status_code == status


def test_an_old_store_has_fewer_fields(kontor: Kontor) -> None:
    kontor.control("PATCH", "/stores/kontor", {"version": "6.9.4", "wordpress": "6.1.12"})
    product = kontor.named("SH-MER180")
    variation = kontor.get(f"/products/{product['id']}/variations").json()[0]

    assert not {"global_unique_id", "brands"} & set(product)
    assert not {"global_unique_id", "name", "parent_id", "type"} & set(variation)
    assert "targetHints" not in product["_links"]["self"][0]


def test_all_variations_of_the_store_can_be_walked_from_10_3_on(kontor: Kontor) -> None:
    kontor.control("PATCH", "/stores/kontor", {"version": "10.3.0"})
    answer = kontor.get("/variations", per_page=100, orderby="id", order="asc")

    assert answer.headers["X-WP-Total"] == "36"
    assert len({one["parent_id"] for one in answer.json()}) == 4


@pytest.mark.parametrize(
    ("kind", "more", "start", "status"),
    [
        ("php_notice", {}, b"<br />\n<b>Notice</b>", 200),
        ("bom", {}, b"\xef\xbb\xbf{", 200),
        ("waf", {}, b"<!DOCTYPE html>", 403),
        ("waf", {"status": 503}, b"<!DOCTYPE html>", 503),
        ("bare_500", {}, b"", 500),
        ("error", {"status": 502}, b'{"code":"internal_server_error"', 502),
        ("malformed", {}, b'{"id":', 200),
    ],
)
def test_what_hosts_do_to_answers(kontor: Kontor, kind: str, more: Json, start: bytes, status: int) -> None:
    path = f"/products/{kontor.named('IM-R42')['id']}"
    kontor.control("POST", "/stores/kontor/faults", {"kind": kind, "path": "/wc/v3/products/*", **more})
    answer = kontor.get(path)

    assert (answer.status_code, answer.content[: len(start)]) == (status, start)
    assert kontor.get(path).json()["sku"] == "IM-R42"


def test_totals_in_headers_may_be_wrong_or_missing(kontor: Kontor) -> None:
    kontor.control("POST", "/stores/kontor/faults", {"kind": "wrong_totals"})
    wrong = kontor.get("/products")
    kontor.control("POST", "/stores/kontor/faults", {"kind": "wrong_totals", "status": 0})
    without = kontor.get("/products")

    assert (wrong.headers["X-WP-Total"], len(wrong.json())) == ("1", 10)
    assert ("X-WP-Total" in without.headers, len(without.json())) == (False, 10)


def test_the_shopkeeper_sets_levels_of_whoever_keeps_them(kontor: Kontor) -> None:
    kontor.control("PUT", "/stores/kontor/stock", {"sku": "IM-R42", "quantity": 9})
    kontor.control("PUT", "/stores/kontor/stock", {"sku": "JA-DEICH-M-YELL-SLIM-FIXE", "quantity": 8})

    assert (kontor.named("IM-R42")["stock_quantity"], kontor.named("JA-DEICH")["stock_quantity"]) == (9, 8)
