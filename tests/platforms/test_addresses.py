"""Private addresses are refused after resolution, and the connection goes to the address that was checked."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from channels.errors import AddressRefused, TemporarilyUnavailable
from channels.platforms.addresses import AddressGuard, is_public
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import Patience, StoreHttp
from sandbox.server import SandboxServer


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "35.190.1.2", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("allowed", ["127.0.0.1:9010", "127.0.0.0/8", "127.0.0.1", "localhost:9010"])
def test_an_administrator_may_allow_private_addresses(allowed: str) -> None:
    assert AddressGuard((allowed,)).permitted("localhost" if "local" in allowed else "127.0.0.1", 9010)


@pytest.mark.parametrize("allowed", ["127.0.0.1:9011", "10.0.0.0/8", "localhost:9010", ""])
def test_another_port_or_network_is_not_meant(allowed: str) -> None:
    with pytest.raises(AddressRefused, match="inside a private network"):
        AddressGuard((allowed,)).permitted("127.0.0.1", 9010)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Lets every name resolve to the answers in turn; returns the names asked for."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int, *_args: Any, **_kwargs: Any) -> list[Any]:
        asked.append(host)
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def client(url: str, guard: AddressGuard) -> StoreHttp:
    http = StoreHttp(url, headers={}, guard=guard, bucket=TokenBucket(1000, 1), sleep=lambda _seconds: None)
    http.patience = Patience(attempts=1, timeout=(60.0, 60.0))
    return http


def test_a_name_that_points_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["10.0.0.5"])
    with pytest.raises(AddressRefused) as caught:
        client("https://store.example.com", AddressGuard()).request("GET", "/v2/store")
    assert "10.0.0.5" in caught.value.detail


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["1.1.1.1", "127.0.0.1"])
    with pytest.raises(AddressRefused):
        client("https://store.example.com", AddressGuard()).request("GET", "/")


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, sandbox_server: SandboxServer
) -> None:
    """DNS rebinding: the second answer would be another address; the socket gets the first one as a literal."""
    port = int(sandbox_server.url.rpartition(":")[2])
    asked = names(monkeypatch, ["127.0.0.1"])
    http = client(f"http://store.example.com:{port}", AddressGuard(("127.0.0.0/8",)))
    found = http.request("GET", "/_control/state")
    assert "stores" in found
    assert asked[-2:] == ["store.example.com", "127.0.0.1"]


def test_an_address_where_nobody_listens_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch, sandbox_server: SandboxServer
) -> None:
    """Such as localhost, which is often ::1 first."""
    port = int(sandbox_server.url.rpartition(":")[2])
    names(monkeypatch, ["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"])
    http = client(f"http://store.example.com:{port}", AddressGuard(("127.0.0.0/8",)))
    assert "stores" in http.request("GET", "/_control/state")


def test_inside_a_private_network_only_the_allowed_addresses_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["::1", "127.0.0.1"])
    guard = AddressGuard(("127.0.0.0/8",))
    assert guard.permitted("localhost", 80) == ["127.0.0.1"]
    guard.check_plain("localhost", 80)
    names(monkeypatch, ["127.0.0.1", "1.1.1.1"])
    assert AddressGuard(("127.0.0.0/8",)).permitted("store.example.com", 443) == ["127.0.0.1", "1.1.1.1"]
    with pytest.raises(AddressRefused):
        AddressGuard(("127.0.0.0/8",)).check_plain("store.example.com", 80)
    names(monkeypatch, ["127.0.0.1", "10.0.0.1", "1.1.1.1"])
    with pytest.raises(AddressRefused):
        AddressGuard(("127.0.0.0/8",)).permitted("store.example.com", 443)


def test_plain_http_needs_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["1.1.1.1"])
    with pytest.raises(AddressRefused, match="https://"):
        client("http://store.example.com", AddressGuard()).request("GET", "/")


@pytest.mark.parametrize("url", ["ftp://store.example.com", "file:///etc/passwd", "https://"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        client(url, AddressGuard()).request("GET", "/")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70 + ".invalid"])
def test_a_name_that_does_not_resolve_is_tried_later(host: str) -> None:
    with pytest.raises(TemporarilyUnavailable):
        client(f"https://{host}", AddressGuard()).request("GET", "/")
