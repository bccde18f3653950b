"""The organization, asked for once in a request."""

from django.http import HttpRequest

from inventory.models import Organization

_KEY = "inventory_sync.organization"


def current(request: HttpRequest) -> Organization | None:
    """The one organization, or None before the first-run page was used."""
    if _KEY not in request.META:
        request.META[_KEY] = Organization.objects.first()
    found: Organization | None = request.META[_KEY]
    return found


def forget(request: HttpRequest) -> None:
    """Ask again: the organization was made or changed in this request."""
    request.META.pop(_KEY, None)
