"""Encryption at rest for store credentials (ADR 9). Keys come from CREDENTIAL_KEYS, newest first."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from inventory_sync.lib.errors import ProductError


class SecretUnreadable(ProductError):
    """No key of CREDENTIAL_KEYS opens a stored secret."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current_box() -> MultiFernet:
    return _box(tuple(settings.CREDENTIAL_KEYS))


def encrypt(text: str) -> str:
    """Token of a text under the newest key."""
    return _current_box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Text of a token; raises SecretUnreadable when no key fits."""
    try:
        return _current_box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            _("A stored secret cannot be opened with the keys in CREDENTIAL_KEYS."),
            detail="Put the key it was written with back at the end of CREDENTIAL_KEYS.",
        ) from error


class Secrets(dict[str, str]):
    """Named secrets; never printed."""

    def __repr__(self) -> str:
        return f"<Secrets {', '.join(sorted(self))}>"

    __str__ = __repr__


class SecretsField(models.TextField):  # type: ignore[type-arg]
    """Encrypted JSON object of named secrets; reads as `Secrets`."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secrets:
        return Secrets(json.loads(decrypt(value))) if value else Secrets()

    def to_python(self, value: Any) -> Secrets:
        return value if isinstance(value, Secrets) else Secrets(value or {})

    def get_prep_value(self, value: Any) -> str:
        return encrypt(json.dumps(dict(value))) if value else ""

    def value_to_string(self, obj: models.Model) -> str:
        return ""  # dumpdata never carries credentials
