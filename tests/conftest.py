"""What every test gets: no network but loopback, the place of the shared documents, a fixed profile of Hypothesis."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {name.strip() for name in os.environ.get("REQUIRE", "").split(",") if name.strip()}

pytest_plugins = ["tests.platforms.specs.fixtures"]

# Continuous integration repeats itself; everybody else looks at new examples each time.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("house")


class NetworkInTransaction(Exception):
    """Product code called a store while a transaction was open: locks would last as long as the store takes."""


class NetworkRefused(Exception):
    """A test tried to leave this machine. No OSError, so that no product code answers it."""


def _is_local(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection and every name look-up that leaves this machine; but to a store that was named."""
    if os.environ.get("LIVE_WOOCOMMERCE_URL"):
        yield
        return
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guard(sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(str(address[0])):
            raise NetworkRefused(f"a test wants to connect to {address!r}")

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        guard(sock, address)
        return connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        guard(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else (host or "")
        if name.endswith((".invalid", ".example", ".test")):  # reserved names never resolve (RFC 2606)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_local(name) and not _is_address(name):
            raise NetworkRefused(f"a test looks up {name!r}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_call_inside_a_transaction() -> Iterator[None]:
    """Refuse HTTP calls between BEGIN and COMMIT (the transaction that wraps a test itself does not count)."""
    send = requests.Session.send

    def guarded_send(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if any(not block._from_testcase for block in connection.atomic_blocks):
            raise NetworkInTransaction(f"{request.method} {request.url}")
        return send(session, request, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", guarded_send)
        yield


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Published descriptions and example payloads that lie beside the repository (SHARED_DIR)."""
    directory = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared"))
    if not directory.is_dir():
        pytest.skip(f"{directory} is missing: set SHARED_DIR to the folder with the platforms' descriptions")
    return directory


def skip_or_fail(need: str, reason: str) -> None:
    """Skip a test whose tool is missing, or fail when REQUIRE names that tool (continuous integration)."""
    if need in REQUIRED:
        pytest.fail(f"{reason} (REQUIRE={need})")
    pytest.skip(reason)
