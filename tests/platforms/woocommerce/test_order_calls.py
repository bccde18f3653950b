"""Reading orders with the fewest calls, and missing none."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from channels.errors import (
    AuthenticationFailed,
    MalformedResponse,
    RemoteNotFound,
    RemoteRejected,
    TemporarilyUnavailable,
)
from channels.platforms.woocommerce.orders import Orders
from tests.platforms.woocommerce.gateways import API, client_of
from tests.platforms.woocommerce.reading import order, payload

SINCE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Desk:
    """A store's list of orders."""

    def __init__(self, mock: responses.RequestsMock, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.before_page: Callable[[int], None] = lambda _count: None
        self.broken: dict[str, tuple[int, Any]] = {}
        mock.add_callback(responses.GET, re.compile(rf"{API}/wc/v3/orders.*"), self.answer)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        path = parts.path.partition("/wc/v3")[2]
        self.paths.append(path)
        if path in self.broken:
            status, body = self.broken[path]
            return status, {}, json.dumps(body)
        if path == "/orders":
            return self.listed(dict(parse_qsl(parts.query)))
        number = int(path.split("/")[2])
        row = next((each for each in self.rows if each["id"] == number), None)
        if path.endswith("/refunds"):
            return 200, {}, "[]"
        if row is None:
            return 404, {}, json.dumps({"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."})
        return 200, {}, json.dumps(row)

    def listed(self, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        self.before_page(len(self.asked))
        self.asked.append(query)
        assert (query["orderby"], query["order"]) == ("id", "asc")
        trash = query["status"] == "trash"
        rows = sorted((each for each in self.rows if (each["status"] == "trash") == trash), key=lambda each: each["id"])
        if "include" in query:
            rows = [each for each in rows if str(each["id"]) in query["include"].split(",")]
        start = int(query.get("offset", 0))
        total = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // int(query["per_page"])))}
        return 200, total, json.dumps(rows[start : start + int(query["per_page"])])


def rows(*numbers: int, **fields: Any) -> list[dict[str, Any]]:
    return [order(id=number, number=str(number), **fields) for number in numbers]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Desk(mock, [])


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def gateway(desk: Desk, sleep: Callable[[float], None], now: list[float]) -> Orders:
    return Orders(client_of(sleep), store_url="https://shop.example", clock=lambda: now[0])


def every(gateway: Orders, *, created: bool = False) -> list[str]:
    listing = gateway.created_since if created else gateway.changed_since
    found, cursor = [], ""
    while True:
        page = listing(SINCE, cursor=cursor)
        found += [ref.id for ref in page.refs]
        if not (cursor := page.next_cursor):
            return found


def test_a_poll_asks_in_utc_and_for_the_trash(gateway: Orders, desk: Desk) -> None:
    """A zone in the value makes the store compare the wrong one."""
    desk.rows = [*rows(1, 3), *rows(2, status="trash"), *rows(4, status="checkout-draft")]
    page = gateway.changed_since(SINCE)
    assert ([ref.id for ref in page.refs], page.next_cursor) == (["1", "3", "2"], "")
    assert [(query["status"], query["modified_after"], query["dates_are_gmt"]) for query in desk.asked] == [
        ("any", "2026-11-21T08:59:59", "true"),
        ("trash", "2026-11-21T08:59:59", "true"),
    ]
    assert {query["per_page"] for query in desk.asked} == {"100"}


def test_what_was_created_is_listed_alike(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(1)
    assert every(gateway, created=True) == ["1"]
    assert [query["after"] for query in desk.asked] == ["2026-11-21T08:59:59"] * 2
    assert "modified_after" not in desk.asked[0]


def test_an_old_store_that_cannot_filter_by_change_gives_no_old_orders(
    desk: Desk, sleep: Callable[[float], None]
) -> None:
    """It ignores the filter and would list all it ever had."""
    old = Orders(client_of(sleep, version="5.7.1"))
    desk.rows = [*rows(1, date_modified_gmt="2026-11-21T08:59:58"), *rows(2, date_modified_gmt="2026-11-21T08:59:59")]
    assert every(old) == ["2"]
    assert [(query["after"], query["dates_are_gmt"]) for query in desk.asked] == [("2026-09-22T08:59:59", "true")] * 2
    assert "modified_after" not in desk.asked[0]
    desk.asked.clear()
    assert every(Orders(client_of(sleep, version="4.9.2"))) == ["2"]
    assert [(query["after"], "dates_are_gmt" in query) for query in desk.asked] == [("2026-09-21T08:59:59", False)] * 2


@pytest.mark.parametrize("odd", [{"currency": "POINTS"}, {"total": "1.234,50"}])
def test_an_order_that_cannot_be_read_is_no_trouble_of_the_store(
    gateway: Orders, desk: Desk, odd: dict[str, Any]
) -> None:
    desk.rows = [*rows(1), *rows(2, **odd)]
    with pytest.raises(RemoteRejected, match="cannot be read"):
        gateway.get_many(["1", "2"])
    assert [found.id for found in gateway.get_many(["1"])] == ["1"]


def test_a_slow_host_is_asked_for_fewer_orders(gateway: Orders, desk: Desk) -> None:
    slow = Desk.listed

    def listed(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        if int(query["per_page"]) > 30:
            return 504, {}, "<html>Gateway time-out</html>"
        return slow(desk, query)

    desk.listed = listed
    desk.rows = rows(*range(1, 101))
    assert every(gateway) == [str(number) for number in range(1, 101)]
    assert len(gateway.get_many([str(number) for number in range(1, 101)])) == 100


def test_many_orders_come_once_each(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(*range(1, 301))
    assert every(gateway) == [str(number) for number in range(1, 301)]
    assert len(desk.asked) == 5  # 100 + 90 + 90 + 20, and the trash


@pytest.mark.parametrize("gone", [1, 30, 60])
def test_orders_that_leave_the_list_meanwhile_hide_no_others(gateway: Orders, desk: Desk, gone: int) -> None:
    """Deleted between two pages, they move all later ones forward."""
    desk.rows = rows(*range(1, 251))

    def vanish(count: int) -> None:
        if count == 1:
            desk.rows = desk.rows[gone:]

    desk.before_page = vanish
    assert every(gateway) == [str(number) for number in range(1, 251)]


def test_a_list_that_shrinks_below_the_next_page_ends(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(*range(1, 151))

    def vanish(count: int) -> None:
        if count == 1:
            desk.rows = desk.rows[100:130]

    desk.before_page = vanish
    assert every(gateway) == [str(number) for number in range(1, 131)]


def test_a_host_that_gives_fewer_rows_than_asked_for(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(*range(1, 61))
    listed = desk.listed
    desk.listed = lambda query: listed({**query, "per_page": "25"})  # type: ignore[method-assign]
    assert every(gateway) == [str(number) for number in range(1, 61)]


def test_headers_that_promise_too_much_end_nowhere(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(1, 2)
    listed = desk.listed

    def lying(query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        status, _headers, body = listed(query)
        return status, {"X-WP-Total": "900", "X-WP-TotalPages": "9"}, body

    desk.listed = lying  # type: ignore[method-assign]
    assert every(gateway) == ["1", "2"]


def test_a_poll_reads_no_order_twice(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(1, 2, 3)
    page = gateway.changed_since(SINCE)
    desk.paths.clear()
    found = gateway.get_many([ref.id for ref in page.refs])
    assert [each.version for each in found] == [ref.version for ref in page.refs]
    assert desk.paths == []
    assert [each.id for each in gateway.get_many(["1"])] == ["1"]
    assert desk.paths == ["/orders/1"]


def test_what_was_listed_a_while_ago_is_asked_for_again(gateway: Orders, desk: Desk, now: list[float]) -> None:
    desk.rows = rows(1, 2)
    gateway.changed_since(SINCE)
    now[0] += 4
    desk.paths.clear()
    gateway.get_many(["1", "2"])
    assert desk.paths == ["/orders"]


def test_a_hundred_orders_come_in_one_call_and_the_trash_one_by_one(gateway: Orders, desk: Desk) -> None:
    desk.rows = [*rows(*range(1, 100)), *rows(100, status="trash")]
    found = gateway.get_many([str(number) for number in range(1, 103)])
    assert [each.id for each in found] == [str(number) for number in range(1, 101)]
    assert [each.id for each in found if each.milestones.deleted] == ["100"]
    assert desk.paths == ["/orders", "/orders", "/orders/100", "/orders/101", "/orders/102"]


def test_nothing_asks_nothing(gateway: Orders, desk: Desk) -> None:
    assert gateway.get_many([]) == ()
    assert gateway.get_many(["no id", ""]) == ()
    assert desk.paths == []


def test_a_store_that_cannot_list_is_asked_one_by_one(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(1, 2)
    desk.broken["/orders"] = (500, {"code": "internal_server_error", "message": "", "data": {"status": 500}})
    assert [each.id for each in gateway.get_many(["1", "2"])] == ["1", "2"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry."}, AuthenticationFailed),
        (403, {"code": "woocommerce_rest_cannot_view", "message": "Sorry."}, AuthenticationFailed),
        (404, {"code": "rest_no_route", "message": "No route."}, MalformedResponse),
        (503, "maintenance", TemporarilyUnavailable),
    ],
)
def test_what_is_no_word_about_the_order_is_no_deletion(
    gateway: Orders, desk: Desk, status: int, body: Any, error: type[Exception]
) -> None:
    desk.broken["/orders/1"] = (status, body)
    with pytest.raises(error):
        gateway.get_many(["1"])


def test_refunds_of_an_order_that_is_gone(gateway: Orders, desk: Desk) -> None:
    desk.rows = rows(1)
    assert gateway.refunds("1") == ()
    for number in ("2", "no id"):
        with pytest.raises(RemoteNotFound):
            gateway.refunds(number)


def test_refunds_come_oldest_first(gateway: Orders, desk: Desk) -> None:
    desk.broken["/orders/155/refunds"] = (200, json.loads(json.dumps(payload("refunds"), default=str)))
    assert [each.id for each in gateway.refunds("155")] == ["169", "170", "171", "172"]
    assert desk.paths == ["/orders/155/refunds"]
