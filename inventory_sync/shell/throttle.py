"""Slows down guessing of passwords (SPEC APP-14).

An attempt is written down before the password is looked at, and taken back when it was right: attempts sent side by
side count each other.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from inventory.models import LoginAttempt
from inventory_sync.lib.text import clip, fold

WINDOW = timedelta(minutes=15)
PER_USER_AND_ADDRESS = 5
PER_ADDRESS = 50
_KEEP = timedelta(days=1)


def client_address(request: HttpRequest) -> str:
    """Address of the visitor; behind our proxy the one the proxy saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return str(forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))


def _keys(purpose: str, name: str, address: str) -> tuple[str, str]:
    return clip(f"{purpose}|{address}|{fold(name)}", 300), clip(f"{purpose}|{address}", 300)


def minutes_to_wait(*, purpose: str, name: str, address: str, now: datetime) -> int:
    """Records an attempt and answers 0, or answers how many minutes to wait and leaves the count as it is."""
    own, shared = _keys(purpose, name, address)
    made = LoginAttempt.objects.bulk_create([LoginAttempt(key=own, at=now), LoginAttempt(key=shared, at=now)])
    wait = max(_wait(own, PER_USER_AND_ADDRESS, now), _wait(shared, PER_ADDRESS, now))
    if wait:
        LoginAttempt.objects.filter(pk__in=[attempt.pk for attempt in made]).delete()
    return wait


def _wait(key: str, allowed: int, now: datetime) -> int:
    recent = LoginAttempt.objects.filter(key=key, at__gt=now - WINDOW).order_by("-at", "-pk")
    times = list(recent.values_list("at", flat=True)[: allowed + 1])
    if len(times) <= allowed:
        return 0
    left = times[-1] + WINDOW - now
    return max(1, -(-int(left.total_seconds()) // 60))


def forgive(*, purpose: str, name: str, address: str, now: datetime) -> None:
    """The right password was given: its failures are forgotten, and whatever is too old to count."""
    own, shared = _keys(purpose, name, address)
    LoginAttempt.objects.filter(key=own).delete()
    last = LoginAttempt.objects.filter(key=shared).order_by("-pk").values_list("pk", flat=True)[:1]
    LoginAttempt.objects.filter(pk__in=list(last)).delete()
    LoginAttempt.objects.filter(at__lt=now - _KEEP).delete()
