"""Lists that shift while they are read lose nothing, whatever the headers say."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from channels.errors import InDoubt, MalformedResponse
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.windows import Place, place_of, window
from tests.platforms.woocommerce.gateways import API

URL = f"{API}/wc/v3/products"


class Shelf:
    """A list of the store in order of id. `before` runs before an answer, with the number of the request."""

    def __init__(self, ids: range | list[int], *, headers: dict[str, str] | None = None) -> None:
        self.ids = list(ids)
        self.asked: list[tuple[int, int]] = []
        self.before: Callable[[int], None] = lambda _number: None
        self.headers = headers
        self.cap = 100

    def __call__(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.before(len(self.asked))
        offset, size = int(request.params.get("offset", 0)), int(request.params["per_page"])
        assert (request.params["orderby"], request.params["order"]) == ("id", "asc")
        self.asked.append((offset, size))
        part = self.ids[offset : offset + min(size, self.cap)]
        rows = ",".join(f'{{"id": {number}}}' for number in part)
        headers = {"X-WP-Total": str(len(self.ids))} if self.headers is None else self.headers
        return 200, headers, f"[{rows}]"


def read(client: Client, web: responses.RequestsMock, shelf: Shelf) -> list[int]:
    web.add_callback("GET", URL, callback=shelf, content_type="application/json")
    found: list[int] = []
    place = Place()
    while True:
        part = window(client, "/products", {}, place)
        found += [row["id"] for _place, row in part.rows]
        if part.is_last:
            return found
        assert part.rows
        place = place_of(str(part.rows[-1][0]))


HEADERS: list[dict[str, str] | None] = [
    None,
    {},
    {"X-WP-Total": "1", "X-WP-TotalPages": "1"},
    {"x-wp-total": "99999", "X-WP-TotalPages": "1000"},
    {"X-WP-Total": "many"},
]
"""Of every answer; None: the true ones."""


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200, 250, 1000])
@pytest.mark.parametrize("headers", HEADERS)
def test_every_row_comes_once_whatever_the_totals_say(
    client: Client, web: responses.RequestsMock, count: int, headers: dict[str, str] | None
) -> None:
    shelf = Shelf(range(1, count + 1), headers=headers)
    assert read(client, web, shelf) == list(range(1, count + 1))
    assert len(shelf.asked) <= -(-count // 99) + 1


@pytest.mark.parametrize("gone", [[1], [50, 51, 99], [100], [99, 100], list(range(1, 101)), list(range(40, 150))])
def test_rows_that_go_while_reading_take_no_other_with_them(
    client: Client, web: responses.RequestsMock, gone: list[int]
) -> None:
    shelf = Shelf(range(1, 351))

    def remove(number: int) -> None:
        if number == 1:
            shelf.ids = [one for one in shelf.ids if one not in gone]

    shelf.before = remove
    found = read(client, web, shelf)
    assert len(found) == len(set(found))
    assert set(found) >= set(shelf.ids)


def test_rows_that_come_back_before_double_none(client: Client, web: responses.RequestsMock) -> None:
    """Restored from the trash, with an old id."""
    shelf = Shelf([number for number in range(1, 351) if number % 3])

    def restore(number: int) -> None:
        if number == 1:
            shelf.ids = list(range(1, 351))

    shelf.before = restore
    found = read(client, web, shelf)
    assert len(found) == len(set(found))
    assert set(found) >= {number for number in range(1, 351) if number % 3}


def test_many_rows_that_come_back_are_passed_by(client: Client, web: responses.RequestsMock) -> None:
    shelf = Shelf(range(1000, 1300))

    def restore(number: int) -> None:
        if number == 1:
            shelf.ids = list(range(1, 1300))

    shelf.before = restore
    assert [number for number in read(client, web, shelf) if number >= 1000] == list(range(1000, 1300))


def test_a_host_that_gives_fewer_rows_than_asked(client: Client, web: responses.RequestsMock) -> None:
    shelf = Shelf(range(1, 121))
    shelf.cap = 50
    assert read(client, web, shelf) == list(range(1, 121))


def test_a_store_that_knows_no_offset_ends(client: Client, web: responses.RequestsMock) -> None:
    body = [{"id": number} for number in range(1, 101)]
    web.get(URL, json=body)
    with pytest.raises(MalformedResponse, match="cannot read") as caught:
        window(client, "/products", {}, Place(position=100, last_id=100))
    assert "does not move on" in caught.value.detail


def test_a_row_without_id_is_no_row(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, json=[{"name": "x"}])
    with pytest.raises(MalformedResponse):
        window(client, "/products", {}, Place())


def test_a_slow_host_is_asked_for_less_and_then_for_more_again(client: Client, web: responses.RequestsMock) -> None:
    shelf = Shelf(range(1, 1500))

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if int(request.params["per_page"]) > 30:
            shelf.asked.append((-1, int(request.params["per_page"])))
            raise requests.ReadTimeout
        return shelf(request)

    def recover(number: int) -> None:
        shelf.before = lambda _number: None

    shelf.before = recover
    web.add_callback("GET", URL, callback=answer, content_type="application/json")
    part = window(client, "/products", {}, Place())
    assert [size for _offset, size in shelf.asked] == [100, 50, 25]
    assert [row["id"] for _place, row in part.rows] == list(range(1, 26))
    assert not part.is_last
    for _time in range(10):
        part = window(client, "/products", {}, part.rows[-1][0])
    assert client.pace.size(100) in {25, 50}


def test_the_slowest_host_is_tried_later(client: Client, web: responses.RequestsMock) -> None:
    web.get(URL, body=requests.ReadTimeout())
    with pytest.raises(InDoubt):
        window(client, "/products", {}, Place())
    assert [call.request.params["per_page"] for call in web.calls] == ["100", "50", "25", "12", "6", "5"]
