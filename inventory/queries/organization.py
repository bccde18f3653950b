"""The organization and what every document needs of it."""

from zoneinfo import ZoneInfo

from inventory.models import Location, Organization


def organization() -> Organization:
    """The one organization; raises Organization.DoesNotExist before the first run."""
    return Organization.objects.get(pk=1)


def default_location() -> Location:
    """Exactly one location is the default (SPEC INV-3)."""
    return Location.objects.get(is_default=True)


def organization_zone() -> ZoneInfo:
    """Time zone of business days; UTC before the first run."""
    name = Organization.objects.filter(pk=1).values_list("time_zone", flat=True).first()
    return ZoneInfo(name or "UTC")
