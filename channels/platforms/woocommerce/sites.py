"""Addresses of WordPress sites: what people paste, and how a store is called for good."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

PORTS = {"https": 443, "http": 80}
_PASTED_TAIL = re.compile(
    r"/(?:wp-(?:json|admin|content|includes)|wc-auth|wc-api|[^/]*\.php)(?=/|$).*", re.IGNORECASE | re.DOTALL
)
"""What is no part of a site's address: its REST API, back end, log-in, `index.php` and all behind them."""
_NO_ADDRESS = re.compile(r"[\s\\<>\"'{}|^`\x00-\x1f\x7f]")
_LONGEST = 400


def site_of(typed: str) -> tuple[str, bool]:
    """(address without a slash at its end, whether the scheme was typed); ("", …) for what is no web address.

    >>> site_of("Shop.example/wp-admin/index.php?page=wc")
    ('https://shop.example', False)
    """
    text = typed.strip()
    has_scheme = "://" in text
    parts = _split(text if has_scheme else f"https://{text.removeprefix('//')}")
    if parts is None or len(text) > _LONGEST or _NO_ADDRESS.search(text):
        return "", has_scheme
    path = _PASTED_TAIL.sub("", parts.path).rstrip("/")
    return f"{parts.scheme.casefold()}://{netloc_of(parts)}{path}", has_scheme


def _split(url: str) -> SplitResult | None:
    """None for other schemes, names and passwords in the address, and what has no host."""
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:  # an unfinished IPv6 address, a port that is none
        return None
    return parts if is_address and parts.scheme.casefold() in PORTS and "@" not in parts.netloc else None


def netloc_of(parts: SplitResult) -> str:
    """Host and port, the port only where it is not the scheme's own."""
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        host = host.casefold()
    shown = f"[{host}]" if ":" in host else host
    port = parts.port
    return shown if port is None or port == PORTS.get(parts.scheme.casefold()) else f"{shown}:{port}"


def identity_of(home: str) -> str:
    """How a store is known for good, from the address it calls its own: host and path, whatever the scheme.

    >>> identity_of("https://Shop.example/en/")
    'shop.example/en'
    """
    parts = _split(home)
    if parts is None:
        return ""
    path = re.sub(r"/index\.php$", "", parts.path.rstrip("/"), flags=re.IGNORECASE)
    return f"{netloc_of(parts)}{path}".casefold()


def home_of_index(index: Mapping[str, object], fallback: str) -> str:
    """The address that WordPress calls its own, from its index."""
    named = (str(index.get(name) or "") for name in ("home", "url"))
    return next((url for url in named if identity_of(url)), fallback)
