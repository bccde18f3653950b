"""An organization and one user per role, as the first-run page and the users page leave them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from inventory.models import Organization, User
from inventory_sync.shell.roles import MANAGER, OPERATOR, VIEWER

PASSWORD = "correct horse battery"


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(name="Nordhafen", time_zone="Europe/Berlin", base_currency="EUR")


@pytest.fixture
def make_user(organization: Organization) -> Callable[..., User]:
    def make(username: str, role: str, **fields: object) -> User:
        user = User.objects.create_user(username, f"{username}@shop.example", PASSWORD, **fields)
        user.groups.set([Group.objects.get(name=role)])
        return user

    return make


@pytest.fixture
def manager(make_user: Callable[..., User]) -> User:
    return make_user("manager", MANAGER)


@pytest.fixture
def operator(make_user: Callable[..., User]) -> User:
    return make_user("operator", OPERATOR)


@pytest.fixture
def viewer(make_user: Callable[..., User]) -> User:
    return make_user("viewer", VIEWER)


@pytest.fixture
def as_user(client: Client) -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client.force_login(user)
        return client

    return log_in
