"""The demo shop: Nordhafen sells outdoor gear from a warehouse and a shop, and online in the sandbox stores."""

from datetime import datetime

from django.db import transaction

from inventory.models import Organization, User
from inventory.services.organization import set_up_organization
from inventory_sync.shell import members
from inventory_sync.shell.roles import OPERATOR

LOGINS = ("manager", "operator")


def fill_demo(*, password: str, now: datetime) -> bool:
    """Fill an empty installation; False where there is an organization already. All or nothing."""
    with transaction.atomic():
        if Organization.objects.exists():
            return False
        manager = _organization(password, now)
        _people(manager, password, now)
    return True


def _organization(password: str, now: datetime) -> User:
    set_up_organization(
        name="Nordhafen",
        address="Speicherstraße 12\n20457 Hamburg",
        country="DE",
        time_zone="Europe/Berlin",
        base_currency="EUR",
        admin_username="manager",
        admin_email="manager@nordhafen.example",
        admin_password=password,
        admin_full_name="Mara Petersen",
        now=now,
    )
    return User.objects.get(username="manager")


def _people(manager: User, password: str, now: datetime) -> None:
    platforms = tuple(slug for slug, _label in members.choices().platforms)
    profile = members.Profile(first_name="Ole", last_name="Brandt", email="operator@nordhafen.example")
    members.create_member(
        username="operator",
        password=password,
        profile=profile,
        rights=members.Rights(role=OPERATOR, platforms=platforms),
        by=manager,
        now=now,
    )
