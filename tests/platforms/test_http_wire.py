"""The HTTP client over a real connection: slow, cut off, and what its traces show."""

import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
from requests.auth import AuthBase

from channels.errors import InDoubt, TemporarilyUnavailable
from channels.platforms.addresses import AddressGuard
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import Dialect, Patience, StoreHttp

BASE = "https://api.example.com/stores/abc123"
URL = f"{BASE}/v3/things"
CANARY = "canary-7f3a9c-token"


def slow_answer(answering: Callable[[socket.socket], None], patience: Patience, *, auth: AuthBase | None = None) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                try:
                    answering(connection)
                except OSError:
                    return  # whoever asked has gone

        threading.Thread(target=serve, daemon=True).start()
        guard = AddressGuard(["127.0.0.0/8"])
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        http = StoreHttp(base, headers={}, guard=guard, bucket=TokenBucket(10, 1), auth=auth)
        http.patience = patience
        return http.request("POST", "/things", body={})


def test_an_answer_that_trickles_in_is_given_up_on() -> None:
    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _piece in range(100):
            to.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(InDoubt, match="in time"):
        slow_answer(answer, Patience(attempts=1, slowest=0.3))
    assert time.monotonic() - started < 3


def test_an_answer_that_stops_half_way_leaves_a_write_in_doubt() -> None:
    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        time.sleep(1)

    with pytest.raises(InDoubt, match="in time"):
        slow_answer(answer, Patience(attempts=1, timeout=(1.0, 0.2)))


def test_an_answer_that_breaks_off() -> None:
    with pytest.raises(TemporarilyUnavailable, match="broke off"):
        slow_answer(lambda to: to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), Patience(attempts=1))


def test_no_trace_shows_keys_that_travel_in_the_address() -> None:
    class InQuery(AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.url = f"{request.url}?consumer_key=ck_{CANARY}&consumer_secret=cs_{CANARY}"
            return request

    try:
        slow_answer(lambda to: to.close(), Patience(attempts=1), auth=InQuery())
    except TemporarilyUnavailable as error:
        trace = "".join(traceback.format_exception(error))
    assert CANARY not in trace


def test_what_is_too_slow_may_be_asked_for_less_instead(naps: list[float]) -> None:
    with responses.RequestsMock() as store:
        patient = Dialect(patient=Patience(slow_attempts=1))
        http = StoreHttp(
            BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(100, 1), dialect=patient, sleep=naps.append
        )
        store.get(URL, body=requests.ReadTimeout())
        with pytest.raises(InDoubt):
            http.request("GET", "/v3/things")
        assert (len(store.calls), naps) == (1, [])
        store.replace("GET", URL, body=requests.ConnectionError())
        with pytest.raises(TemporarilyUnavailable):
            http.request("GET", "/v3/things")
        assert len(store.calls) == 5


@pytest.mark.parametrize("status", [504, 524])
def test_what_stands_in_front_may_say_that_it_was_too_slow(naps: list[float], status: int) -> None:
    dialect = Dialect(patient=Patience(slow_attempts=1), too_slow=frozenset({504, 524}), always_json=True)
    http = StoreHttp(
        BASE, headers={}, guard=AddressGuard(), bucket=TokenBucket(100, 1), dialect=dialect, sleep=naps.append
    )
    with responses.RequestsMock() as store:
        store.get(URL, body="<html>Gateway time-out</html>", status=status)
        with pytest.raises(InDoubt, match="in time"):
            http.request("GET", "/v3/things")
        assert len(store.calls) == 1
