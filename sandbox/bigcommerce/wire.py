"""How values look on the wire: V2 writes money as strings and RFC-2822 dates, V3 writes numbers and ISO-8601."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from werkzeug.wrappers import Response

from sandbox.db import Json
from sandbox.problems import Problem

STATUS_DOCS = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
NOT_FOUND = "The requested resource was not found."


class ApiError(Problem):
    """An answer of the API that is not a success; ``version`` decides its shape when it is rendered."""

    def __init__(self, status: int, message: str, errors: Json | None = None) -> None:
        super().__init__(status, message)
        self.errors = errors or {}

    def answer(self, version: int) -> Response:
        if version == 2:
            entry: Json = {"status": self.status, "message": self.message}
            if self.errors:
                entry["details"] = self.errors
            return answer([entry], self.status)
        body = {"status": self.status, "title": self.message, "type": STATUS_DOCS, "errors": self.errors}
        return answer(body, self.status)


def answer(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_encode)
    return Response(text, status=status, content_type="application/json")


def data_answer(data: Any, status: int = 200) -> Response:
    return answer({"data": data, "meta": {}}, status)


def empty() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def list_answer(rows: Sequence[Any]) -> Response:
    """V2: a bare array, and nothing at all (204) where there is nothing to list."""
    return answer(list(rows)) if rows else empty()


def page_answer(rows: Sequence[Any], total: int, page: int, limit: int) -> Response:
    pages = max(1, -(-total // limit))
    links = {"current": f"?page={page}&limit={limit}"}
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    pagination = {
        "total": total,
        "count": len(rows),
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }
    return answer({"data": list(rows), "meta": {"pagination": pagination}})


def money4(value: Decimal | float | str | int) -> str:
    return f"{Decimal(str(value)):.4f}"


def number(value: Decimal | float | str | None) -> float | int | None:
    """A V3 number; whole ones without a fraction."""
    if value is None:
        return None
    amount = Decimal(str(value))
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def v2_date(timestamp: int | None) -> str:
    return format_datetime(datetime.fromtimestamp(timestamp, UTC)) if timestamp else ""


def iso_date(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def parse_date(text: str) -> int | None:
    """Seconds since the epoch of an RFC-2822 or ISO-8601 date; None when it is neither."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text.strip())
        except ValueError:
            continue
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return None


def _encode(value: object) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    raise TypeError(f"{type(value).__name__} cannot be sent")
