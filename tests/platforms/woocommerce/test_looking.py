"""Looking at a site over a real connection: slow, cut off, packed, too long."""

import gzip
import socket
import threading
import time
from collections.abc import Callable

import pytest

from channels.errors import TemporarilyUnavailable
from channels.platforms.addresses import AddressGuard
from channels.platforms.woocommerce import looking
from channels.platforms.woocommerce.looking import Look

Answering = Callable[[socket.socket], None]


def look_at(answering: Answering, *, seconds: float = 5.0) -> looking.Answer:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                try:
                    answering(connection)
                except OSError:
                    return  # whoever looked has gone

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        return Look(AddressGuard(["127.0.0.0/8"]), user_agent="test", seconds=seconds).get(url)


def test_a_packed_answer_in_pieces() -> None:
    packed = gzip.compress(b'{"namespaces": []}')

    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n")
        to.sendall(f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n")

    assert look_at(answer).body == {"namespaces": []}


def test_an_answer_that_trickles_in_uses_up_the_time() -> None:
    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _piece in range(100):
            to.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(TemporarilyUnavailable, match="did not answer in time"):
        look_at(answer, seconds=0.3)
    assert time.monotonic() - started < 3


def test_an_answer_that_stops_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PER_CALL", 0.2)

    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        time.sleep(1)

    with pytest.raises(TemporarilyUnavailable, match="did not answer in time"):
        look_at(answer)


def test_an_answer_that_breaks_off() -> None:
    with pytest.raises(TemporarilyUnavailable, match="broke off"):
        look_at(lambda to: to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"))


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LARGEST", 100_000)

    def answer(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _piece in range(10_000):
            to.sendall(b"x" * 10_000)

    assert len(look_at(answer).raw) < 200_000
