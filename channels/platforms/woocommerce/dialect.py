"""WooCommerce's words of failure in ours.

Errors are `{"code", "message", "data": {"status", "params", "resource_id"}}` with localized messages: only codes count.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.platforms.http import Dialect, Patience, StoreWords

READ_TIMEOUT = 60.0
"""Seconds. Shared hosts answer a page of 100 products in 10 to 50 times what a server of one's own needs."""
NO_API = frozenset({"rest_no_route", "rest_disabled", "rest_api_disabled", "rest_no_json"})
"""Codes of WordPress itself: not the thing is missing but the API (WooCommerce switched off, say)."""


def read_error(body: Any) -> StoreWords:
    if not isinstance(body, Mapping):
        return StoreWords()
    data = body.get("data")
    data = data if isinstance(data, Mapping) else {}  # some refund errors carry a bare number
    params = data.get("params")
    fields = {str(name): str(words) for name, words in params.items()} if isinstance(params, Mapping) else {}
    resource = data.get("resource_id")
    return StoreWords(
        message=str(body.get("message") or body.get("code") or ""),
        fields=fields,
        code=str(body.get("code") or ""),
        resource=str(resource) if isinstance(resource, (int, str)) and resource not in (0, "0", "") else "",
    )


def read_wait(headers: Mapping[str, str]) -> float | None:
    """WooCommerce counts nothing; what stands in front of it may."""
    value = headers.get("Retry-After", "").strip()
    return float(value) if value.isdecimal() else None


def refused_words(status: int, words: StoreWords) -> str:
    """401: the key, or the way it travels. 403: what its user may do."""
    if status == 401 and words.code == "woocommerce_rest_cannot_view":
        return _("The store refuses the keys, or its web server does not pass them on to WooCommerce.")
    if status == 401:
        return _(
            "The store refuses the keys: %(words)s They may have been revoked, lack the permission Read/Write, or our "
            "clocks differ by more than a quarter of an hour."
        ) % {"words": words.message or words.code or "401."}
    if status == 403:
        return _("The store's user of these keys may not do this. It needs the role Administrator or Shop manager.")
    return ""


def is_missing(words: StoreWords) -> bool:
    return words.code not in NO_API


DIALECT = Dialect(
    read_error=read_error,
    read_wait=read_wait,
    refused_words=refused_words,
    is_missing=is_missing,
    too_slow=frozenset({504, 524}),
    always_json=True,
    patient=Patience(slow_attempts=1, timeout=(10.0, READ_TIMEOUT)),
    impatient=Patience(attempts=1, longest_wait=1.0, timeout=(5.0, 20.0), slowest=30.0),
)
