"""`manage.py demo_data` fills an empty installation once."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from inventory.models import Customer, Location, Movement, Organization, Product, StockLevel

pytestmark = pytest.mark.django_db


def fill(password: str = "a demo password") -> str:
    out = StringIO()
    call_command("demo_data", password=password, stdout=out)
    return out.getvalue()


def test_the_demo_shop_is_ready_to_sell() -> None:
    said = fill()

    assert "manager or operator, password: a demo password" in said
    assert Organization.objects.get().name == "Nordhafen"
    assert authenticate(username="manager", password="a demo password").is_superuser
    operator = authenticate(username="operator", password="a demo password")
    assert [group.name for group in operator.groups.all()] == ["Operator"]
    assert not operator.has_perm("inventory.manage_users")
    assert Location.objects.count() == 2
    assert Product.objects.filter(family__isnull=False).count() == 6
    assert Customer.objects.filter(name="Online customers").exists()
    level = StockLevel.objects.get(product__sku="RS-HW45-TAN", location__is_default=True)
    assert (level.on_hand, level.allocated) == (14, 0)


def test_filling_again_changes_nothing() -> None:
    fill()
    before = (Product.objects.count(), Movement.objects.count(), Customer.objects.count())

    said = fill("another password")

    assert "there already" in said
    assert (Product.objects.count(), Movement.objects.count(), Customer.objects.count()) == before
    assert authenticate(username="manager", password="another password") is None
