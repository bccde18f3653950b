"""Bodies of answers: the JSON document inside what a web server sent, or the reason why there is none."""

import json
import re
from decimal import Decimal
from typing import Any

_NOTICE = re.compile(
    r"\s*(?:<br\s*/?>\s*)*(?:<b>)?(?:PHP )?(?:Notice|Warning|Deprecated|Strict Standards)(?:</b>)?:\s"
    r".{1,4000}?\bon line (?:<b>)?\d{1,7}(?:</b>)?\s*(?:<br\s*/?>\s*)*",
    re.IGNORECASE | re.DOTALL,
)
"""A complaint of PHP as it is printed into a page: word, text, file, line."""
MOST_NOTICES = 200
_MARKS = "\ufeff \t\r\n"


def decode(raw: bytes) -> Any:
    """The JSON document; numbers with a fraction are Decimal.

    Byte order marks and whole PHP notices before the document are skipped; what follows has to be one document to its
    end, so nothing is taken out of a page that only contains something like JSON. Raises ValueError, RecursionError.
    """
    text = raw.decode("utf-8").strip(_MARKS)
    try:
        return _document(text)
    except ValueError:
        rest = _after_notices(text)
        if rest is None:
            raise
        return _document(rest)


def is_page(raw: bytes) -> bool:
    """Whether it is a page for people instead of an answer for programs."""
    start = raw[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) or b"<html" in start


def _after_notices(text: str) -> str | None:
    position = 0
    for _notice in range(MOST_NOTICES):
        found = _NOTICE.match(text, position)
        if found is None:
            break
        position = found.end()
    return text[position:].lstrip(_MARKS) if position else None


def _document(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
