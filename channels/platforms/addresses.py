"""Which addresses our client may call: public ones, and the private ones an administrator allows (SSRF guard).

The check happens on the resolved address at the moment of connecting, and the connection goes to that very address,
so a name that resolves differently a second later (DNS rebinding) gains nothing.
"""

import socket
import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.ssl_ import create_urllib3_context

from channels.errors import AddressRefused

Address = IPv4Address | IPv6Address
MOST_TRIED = 4
"""Addresses of one name."""
_NAT64 = IPv6Network("64:ff9b::/96")


def _embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
    return wrapped or address


def is_public(address: Address) -> bool:
    """Whether the address is reachable over the internet; private, loopback, link-local and reserved ones are not."""
    inner = _embedded(address)
    return inner.is_global and not inner.is_multicast


class AddressGuard:
    """`allowed`: private addresses that may be called all the same, as "host:port", address or CIDR."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._pairs: set[tuple[str, int]] = set()
        self._networks = []
        for entry in allowed:
            try:
                self._networks.append(ip_network(entry, strict=False))
            except ValueError:
                host, _colon, port = entry.rpartition(":")
                if host and port.isdecimal():
                    self._pairs.add((host.strip("[]").casefold(), int(port)))

    def allows_private(self, host: str, port: int, address: Address) -> bool:
        """Whether an administrator allowed this private address."""
        pairs = {(host.strip("[]").casefold(), port), (str(address), port)}
        return not pairs.isdisjoint(self._pairs) or any(
            _embedded(address) in network for network in self._networks if network.version == _embedded(address).version
        )

    def check_plain(self, host: str, port: int) -> None:
        """Without TLS only what was allowed explicitly; raises AddressRefused."""
        addresses = self._resolve(host, port)
        is_inside = not any(is_public(address) for address in addresses)
        is_allowed = [self.allows_private(host, port, address) for address in addresses]
        if not all(is_allowed) and not (is_inside and any(is_allowed)):
            raise AddressRefused(_("The address of the store must start with https://."), detail=f"{host}:{port}")

    def permitted(self, host: str, port: int) -> list[str]:
        """Addresses to connect to, one after the other. Raises AddressRefused.

        Of a host inside a private network those that are allowed; a public one must have no private address at all.
        """
        addresses = self._resolve(host, port)
        allowed = [a for a in addresses if is_public(a) or self.allows_private(host, port, a)]
        refused = [address for address in addresses if address not in allowed]
        if refused and (not allowed or any(is_public(address) for address in addresses)):
            raise AddressRefused(
                _("%(host)s is an address inside a private network, so it is not called.") % {"host": host},
                detail=f"{host}:{port} → {refused[0]}; PRIVATE_ADDRESSES_ALLOWED lists the exceptions.",
            )
        return [str(address) for address in dict.fromkeys(allowed)][:MOST_TRIED]

    @staticmethod
    def _resolve(host: str, port: int) -> list[Address]:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except UnicodeError as error:  # a label that no name can have
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class _Guarded(HTTPConnection):
    """Connects to the address that was checked; TLS still proves the host's name."""

    guard: AddressGuard

    def _new_conn(self) -> socket.socket:
        try:
            targets = self.guard.permitted(self.host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for position, target in enumerate(targets, 1):
            try:
                return self._connected(target)
            except OSError as error:
                if position < len(targets):
                    continue  # as with a name that has an IPv6 address where nobody listens
                if isinstance(error, TimeoutError):
                    raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from error
                raise NewConnectionError(self, f"No connection to {self.host}: {error}") from error
        raise NewConnectionError(self, f"{self.host} has no address.")

    def _connected(self, target: str) -> socket.socket:
        return create_connection(
            (target, self.port), self.timeout, source_address=self.source_address, socket_options=self.socket_options
        )


def _trusting_more() -> ssl.SSLContext | None:
    """Trusts STORE_CA_BUNDLE; the public authorities join with every connection. None where there is no such file."""
    if not settings.STORE_CA_BUNDLE:
        return None
    context = create_urllib3_context()
    try:
        context.load_verify_locations(cafile=settings.STORE_CA_BUNDLE)
    except OSError as error:
        raise ImproperlyConfigured(f"STORE_CA_BUNDLE cannot be used: {settings.STORE_CA_BUNDLE!r}.") from error
    return context


class GuardedAdapter(HTTPAdapter):
    """Transport whose every connection passes the guard, and that also trusts STORE_CA_BUNDLE."""

    def __init__(self, guard: AddressGuard, **options: Any) -> None:
        self._guard = guard
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_trusting_more(), **options)
        plain = type("PlainConnection", (_Guarded,), {"guard": self._guard})
        secure = type("SecureConnection", (_Guarded, HTTPSConnection), {"guard": self._guard})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
