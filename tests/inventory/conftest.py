"""Logged-in clients of the inventory's doors, and what purchase orders are about."""

import pytest

from inventory.models import Location, Product, Supplier
from tests.factories.inventory import ProductFactory, UserFactory, default_location
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


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(name="Alpine Wholesale")


@pytest.fixture
def place() -> Location:
    return default_location()


@pytest.fixture
def tent() -> Product:
    return ProductFactory(sku="TENT")


@pytest.fixture
def rope() -> Product:
    return ProductFactory(sku="ROPE")
