"""First run and time zone, decided once the view is known, so that notices of stores and health cost no query."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from inventory_sync.lib.access import Access
from inventory_sync.shell import organization

GetResponse = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

_PUBLIC_PAGES = frozenset(
    {
        "login",
        "password_reset",
        "password_reset_done",
        "password_reset_confirm",
        "password_reset_complete",
        "channels:attempt_step",
    }
)
"""Public addresses where people get pages, also those who come back from a store; the others are for machines."""


def _is_page(request: HttpRequest, view: View) -> bool:
    match = request.resolver_match
    access = getattr(view, "access", None)
    is_public = isinstance(access, Access) and bool(access.public_because)
    return not is_public or (match is not None and match.view_name in _PUBLIC_PAGES)


class FirstRunMiddleware:
    """While there is no organization every page leads to the first-run page (SPEC INV-17)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, _args: Any, _kwargs: Any) -> HttpResponse | None:
        if _is_page(request, view) and organization.current(request) is None:
            return redirect("first_run")
        return None


class TimeZoneMiddleware:
    """Shows times in the user's zone, or else in the organization's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: View, _args: Any, _kwargs: Any) -> None:
        if _is_page(request, view):
            timezone.activate(_zone(request))


def _zone(request: HttpRequest) -> ZoneInfo:
    """A zone that this machine does not know (older tz data) falls back to the next one, at last to UTC."""
    user_zone = request.user.time_zone if request.user.is_authenticated else ""
    home = organization.current(request)
    for name in (user_zone, home.time_zone if home else ""):
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")
