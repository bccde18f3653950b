"""Structured logs: one JSON object a line, with channel / order / activity ids and without secrets (SPEC APP-6)."""

import json
import logging
import re
from typing import Any

_SECRET = re.compile(
    r"(?i)(x-auth-token|authorization|access_token|client_secret|consumer_key|consumer_secret|password|webhook_secret|signature)"
    r"(\"?'?\s*[:=]\s*\"?'?)([^\s\"',;&}]+)"
)
_ADDRESS = re.compile(r"(/(?:notices|connect)/[\w-]+/(?:[\w-]+/)?)[\w-]{24,}")
"""Addresses that stores call: whoever knows one may deliver there."""
_CONTEXT = ("channel", "order", "activity", "job", "user")


def redact(text: str) -> str:
    """Text with the values of secret-looking names, and the tokens in addresses that stores call, replaced."""
    return _ADDRESS.sub(r"\1[hidden]", _SECRET.sub(r"\1\2[hidden]", text))


class RedactSecrets(logging.Filter):
    """Replaces secret-looking values in messages before any handler sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class JsonFormatter(logging.Formatter):
    """`extra={"channel": 3}` and the like become fields of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in _CONTEXT if hasattr(record, name)})
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)
