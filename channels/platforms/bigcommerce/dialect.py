"""How BigCommerce words failures and counts requests, and which permission a call needs."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.platforms.buckets import Quota
from channels.platforms.http import Dialect, StoreWords

SCOPES = (
    ("/v3/hooks", ""),
    ("/v3/inventory/locations", "Store locations: read-only"),
    ("/v3/inventory", "Store inventory: modify"),
    ("/v3/catalog", "Products: modify"),
    ("/transactions", "Order transactions: read-only"),
    ("/v3/orders", "Orders: modify"),
    ("/v2/orders", "Orders: modify"),
    ("/v2/payments", "Get payment methods: read-only"),
    ("/v3/customers", "Customers: read-only"),
    ("/v3/settings", "Information & settings: read-only"),
    ("/v2/store", "Information & settings: read-only"),
    ("/v2/time", "Information & settings: read-only"),
    ("/v2/tax_classes", "Information & settings: read-only"),
)


def missing_permission(_method: str, path: str) -> str:
    """The scope, as the store's page of API accounts calls it, that a call needs."""
    return next((scope for part, scope in SCOPES if part in path), "")


def read_error(body: Any) -> StoreWords:
    """V2: `[{"status", "message", "details"}]`. V3: `{"status", "title", "errors": {field: words}}`."""
    if isinstance(body, list):
        entries = [entry for entry in body if isinstance(entry, dict)]
        fields = {str(name): str(words) for entry in entries for name, words in _mapping(entry.get("details")).items()}
        return StoreWords(message=" ".join(str(entry.get("message", "")) for entry in entries), fields=fields)
    if isinstance(body, dict):
        fields = {str(name): str(words) for name, words in _mapping(body.get("errors")).items()}
        message = str(body.get("title") or body.get("detail") or body.get("message") or body.get("error") or "")
        return StoreWords(message=message, fields=fields)
    return StoreWords()


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """`X-Rate-Limit-*`: present on ordinary answers, absent when the platform itself is overloaded."""
    found = [
        _whole(headers.get(f"X-Rate-Limit-{name}"))
        for name in ("Requests-Quota", "Requests-Left", "Time-Window-Ms", "Time-Reset-Ms")
    ]
    if any(value is None for value in found):
        return None
    requests, left, window, reset = (value or 0 for value in found)
    return Quota(requests=requests, left=left, window_seconds=window / 1000, reset_seconds=reset / 1000)


def read_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds after a 429; None when it came without headers, which asks for a growing back-off."""
    reset = _whole(headers.get("X-Rate-Limit-Time-Reset-Ms"))
    if reset is not None:
        return reset / 1000
    seconds = [_whole(headers.get(name)) for name in ("X-Retry-After", "Retry-After")]
    return next((float(value) for value in seconds if value is not None), None)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


def refused_words(status: int, _words: StoreWords) -> str:
    return _("The store refuses the access token.") if status == 401 else ""


DIALECT = Dialect(
    read_error=read_error,
    read_quota=read_quota,
    read_wait=read_wait,
    refused_words=refused_words,
    missing_permission=missing_permission,
)
