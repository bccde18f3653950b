"""Log-in, first run and the last manager when several people click in the same moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group

from inventory.models import Location, Organization, User
from inventory.services.organization import OrganizationExists, set_up_organization
from inventory_sync.shell import members, throttle
from inventory_sync.shell.members import MemberRefused, Profile, Rights
from inventory_sync.shell.roles import MANAGER, VIEWER

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Race = Callable[[list[Callable[[], Any]]], list[Any]]


def set_up(username: str) -> Organization:
    return set_up_organization(
        name=f"Shop of {username}",
        address="",
        country="DE",
        time_zone="Europe/Berlin",
        base_currency="EUR",
        admin_username=username,
        admin_email="",
        admin_password="correct horse battery",
        now=NOW,
    )


@pytest.mark.req("INV-17")
def test_two_first_runs_at_once_make_one_organization(race: Race) -> None:
    outcomes = race([lambda name=name: set_up(name) for name in ("jonna", "mert", "frieda")])

    assert sum(isinstance(outcome, OrganizationExists) for outcome in outcomes) == 2
    assert Organization.objects.count() == 1
    assert User.objects.count() == 1
    assert Location.objects.filter(is_default=True).count() == 1


@pytest.mark.req("APP-14")
def test_guesses_side_by_side_count_each_other(race: Race) -> None:
    def attempt() -> int:
        return throttle.minutes_to_wait(purpose="login", name="jonna", address="203.0.113.9", now=NOW)

    outcomes = race([attempt] * 12)

    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert outcomes.count(0) <= throttle.PER_USER_AND_ADDRESS
    assert attempt() > 0 or outcomes.count(0) < throttle.PER_USER_AND_ADDRESS


def test_two_managers_cannot_demote_each_other(race: Race) -> None:
    Organization.objects.create(name="Nordhafen")
    pair = [User.objects.create_user(name, password="correct horse battery") for name in ("jonna", "mert")]
    for user in pair:
        user.groups.set(Group.objects.filter(name=MANAGER))
    works = [
        lambda target=target, by=by: members.change_member(
            target, profile=Profile(), rights=Rights(role=VIEWER), by=by, now=NOW
        )
        for target, by in (pair, pair[::-1])
    ]

    outcomes = race(works)

    assert sum(isinstance(outcome, MemberRefused) for outcome in outcomes) == 1, outcomes
    assert User.objects.filter(groups__name=MANAGER).count() == 1
