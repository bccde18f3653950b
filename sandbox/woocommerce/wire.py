"""How answers look: PHP's JSON, WordPress' headers and errors, decimals as texts."""

import json
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from werkzeug.wrappers import Response

from sandbox.db import Json
from sandbox.problems import Problem

NO_CACHE = {
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
}
NO_ROUTE = "No route was found matching the URL and request method."


class ApiError(Problem):
    """``code`` is what callers branch on; ``data`` beside the status, or a bare number in its place.

    ``early`` refusals come from the check of permissions, and so without the Allow header.
    """

    def __init__(
        self, status: int, code: str, message: str, data: Json | int | None = None, *, early: bool = False
    ) -> None:
        super().__init__(status, message)
        self.code, self.early = code, early
        self.data: Json | int = data if isinstance(data, int) else {"status": status, **(data or {})}

    def body(self) -> Json:
        return {"code": self.code, "message": self.message, "data": self.data}


@dataclass
class Reply:
    """What an endpoint answers; ``Allow`` of ``headers`` replaces the route's, an empty one removes it."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def php_json(body: Any) -> str:
    """As ``json_encode``: slashes and everything beyond ASCII escaped."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/")


def respond(body: Any, status: int, headers: dict[str, str], rest_url: str) -> Response:
    response = Response(php_json(body), status=status, content_type="application/json; charset=UTF-8")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.add("Link", f'<{rest_url}/>; rel="https://api.w.org/"')
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Access-Control-Expose-Headers"] = "X-WP-Total, X-WP-TotalPages, Link"
    response.headers["Access-Control-Allow-Headers"] = (
        "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"
    )
    for name, value in headers.items():
        if value:
            response.headers.add(name, value)
    return response


def no_route() -> ApiError:
    return ApiError(404, "rest_no_route", NO_ROUTE)


def decimal_of(value: Any) -> Decimal:
    """Zero for what is no number, as PHP casts."""
    try:
        return Decimal(str(value).strip() or "0")
    except InvalidOperation:
        return Decimal(0)


def fixed(value: Any, places: int) -> str:
    """An amount rounded half up to ``places``, as a text."""
    return str(decimal_of(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def plain(value: Decimal) -> str:
    """Without zeros at the end and without an exponent: ``3``, ``7.5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
