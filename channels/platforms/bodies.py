"""Bodies of requests: JSON whose numbers are exact, and forms that carry a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from urllib3.filepost import encode_multipart_formdata


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file with fields beside it, sent as multipart/form-data."""

    part: str
    """Name of the form's part that is the file."""
    name: str
    content: bytes = field(repr=False)
    content_type: str
    fields: Mapping[str, str] = field(default_factory=dict)


def prepared(body: Any) -> tuple[bytes, str]:
    """What is sent of a body, and its content type."""
    if not isinstance(body, Upload):
        return encoded(body), "application/json"
    parts: dict[str, str | tuple[str, bytes, str]] = dict(body.fields)
    parts[body.part] = (body.name, body.content, body.content_type)
    return encode_multipart_formdata(list(parts.items()))


def encoded(body: Any) -> bytes:
    """JSON of plain values; a Decimal becomes the number it is, digit by digit.

    A float raises TypeError: a binary fraction has lost what it stood for before it comes here.
    """
    return _text(body).encode()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_name(name)}:{_text(entry)}' for name, entry in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(_text(entry) for entry in value)}]"
    if value is None or isinstance(value, (str, int)):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{value!r} cannot be sent as JSON")


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no name of a JSON object")
    return json.dumps(name, ensure_ascii=False)


def _number(value: Decimal) -> str:
    """Without exponent, and whole numbers without a fraction: some stores take those only."""
    if not value.is_finite():
        raise TypeError(f"{value!r} is no JSON number")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
