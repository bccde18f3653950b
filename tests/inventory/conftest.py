"""Logged-in clients of the inventory's doors."""

import pytest

from tests.factories.inventory import UserFactory
from tests.factories.inventory import organization as an_organization


@pytest.fixture
def staff(client):
    """A client logged in as an operator of a set-up organization."""
    an_organization()
    user = UserFactory(role="Operator")
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def manager(client):
    an_organization()
    user = UserFactory(role="Manager")
    client.force_login(user)
    client.user = user
    return client
