"""System checks of the configuration: what would fail or lose work later is said at the start."""

import math
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

_SHORTEST_SECRET_KEY = 50

Apps = Sequence[AppConfig] | None


@register()
def jobs_are_not_given_out_twice(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """A job's lock runs from its prefetch, so it has to outlast every job that waits in front of it in the worker."""
    cluster: dict[str, Any] = settings.Q_CLUSTER
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 60)
    if not timeout:
        return [Error("Q_CLUSTER needs a timeout: a job that hangs would hold its worker forever.", id="sync.E001")]
    least = timeout * (1 + math.ceil((cluster.get("queue_limit", 1) + 1) / cluster.get("workers", 1)))
    if retry > least:
        return []
    return [
        Error(
            f"Q_CLUSTER gives a job out again after {retry} s although it may still be waiting or running.",
            hint=f"retry > timeout × (1 + ⌈(queue_limit + 1) ÷ workers⌉), here more than {least} s.",
            id="sync.E002",
        )
    ]


@register()
def connections_are_not_pooled(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """A psycopg pool is inherited through the worker's forks and hangs it."""
    if "pool" not in settings.DATABASES["default"].get("OPTIONS", {}):
        return []
    return [Error("DATABASE_URL switches on a connection pool; use CONN_MAX_AGE instead.", id="sync.E003")]


@register(Tags.security)
def credential_keys_are_keys(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """Every key has to be usable; the message names the position, never the key."""
    found: list[CheckMessage] = []
    for position, key in enumerate(settings.CREDENTIAL_KEYS, 1):
        try:
            Fernet(key)
        except ValueError:
            message = f"CREDENTIAL_KEYS: key {position} is not a Fernet key (32 bytes in URL-safe base64)."
            found.append(Error(message, id="sync.E004"))
    return found


@register()
def public_url_is_an_address(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """Links, notices and the portal are built from it."""
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme in {"http", "https"} and address.hostname and not address.query and not address.fragment:
        return []
    return [
        Error(
            f"PUBLIC_URL is not an address: {settings.PUBLIC_URL!r}.",
            hint="Such as https://inventory.example.com, without a query.",
            id="sync.E005",
        )
    ]


@register(Tags.security)
def store_authorities_can_be_read(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """A file that is missing or no PEM would make every store unreachable."""
    path = settings.STORE_CA_BUNDLE
    if not path:
        return []
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        reason = getattr(error, "strerror", None) or type(error).__name__
        return [
            Error(
                f"STORE_CA_BUNDLE cannot be used: {path!r} ({reason}).",
                hint="Name a file of certificates in PEM format that this user may read, or leave it empty.",
                id="sync.E009",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def production_is_safe(app_configs: Apps, **_kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --deploy`: what a public installation must not leave as it is at home."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on: error pages show settings and code.", id="sync.E006"))
    if len(settings.SECRET_KEY) < _SHORTEST_SECRET_KEY:
        found.append(Error("SECRET_KEY is too short to sign sessions and jobs.", id="sync.E007"))
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(checks.Warning("PUBLIC_URL is not https: stores refuse to send notices to it.", id="sync.W001"))
    if settings.SANDBOX_URL:
        found.append(checks.Warning("SANDBOX_URL is set: the connect page offers sandbox stores.", id="sync.W002"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS accepts every host name.", id="sync.E008"))
    return found
