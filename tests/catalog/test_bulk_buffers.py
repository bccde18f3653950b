"""The buffer menu of the Bulk listing tab and its columns (BLK-6, BUF-6)."""

from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import ProductBuffer
from channels.models import Channel, ChannelSettings
from inventory.models import Run
from tests.catalog.test_bulk_pages import checked, sent
from tests.catalog.test_pages import at, client_of
from tests.factories.catalog import sending_channel
from tests.factories.inventory import stocked_product
from tests.factories.listing import ListingShop

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


@pytest.fixture
def store() -> ListingShop:
    return ListingShop()


@pytest.mark.req("BLK-6")
@pytest.mark.req("SET-21")
def test_buffer_and_sync_quantity_come_with_the_switch(channel: Channel, operator: Client, store: ListingShop) -> None:
    stocked_product(9)
    plan = checked(operator, channel, store)
    addresses = [at("bulk", channel), at("plan", channel, plan.pk)]
    for address in addresses:
        page = operator.get(address).content.decode()
        assert "Sync quantity" not in page
        assert "buffer_mode" not in page

    ChannelSettings.objects.update(use_buffer=True, buffer=4)

    for address in addresses:
        page = operator.get(address).content.decode()
        assert 'data-label="Buffer">4' in page
        assert "Sync quantity" in page
    assert "buffer_mode" in operator.get(addresses[0]).content.decode()


@pytest.mark.req("BUF-6")
@pytest.mark.parametrize(
    ("menu", "expected"), [({"buffer_mode": "set", "buffer": "2"}, [2, 2]), ({"buffer_mode": "remove"}, []), ({}, [7])]
)
def test_the_buffer_menu_is_applied_on_list(
    operator: Client, store: ListingShop, menu: dict[str, str], expected: list[int]
) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    first, _second = stocked_product(9), stocked_product(9)
    ProductBuffer.objects.create(channel=channel, product=first, quantity=7)

    plan = checked(operator, channel, store, **menu)
    assert [each.quantity for each in ProductBuffer.objects.all()] == [7]
    preview = operator.get(at("plan", channel, plan.pk)).context["lines"]
    wanted = {"set": [2, 2], "remove": [1, 1]}.get(menu.get("buffer_mode", ""), [7, 1])
    assert [line.buffer for line in preview] == [Decimal(units) for units in wanted]

    sent(operator, channel, store, plan)
    assert [each.quantity for each in ProductBuffer.objects.order_by("product")] == expected


@pytest.mark.req("BUF-6")
def test_a_buffer_needs_its_number_and_the_switch(operator: Client, store: ListingShop) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    stocked_product(1)
    form = {"which": "all", "action": "list", "buffer_mode": "set"}

    for number in ("", "-1", "1.5", "x"):
        refused = operator.post(at("check", channel), {**form, "buffer": number})
        assert refused.status_code == 422
        assert not Run.objects.exists()
    ChannelSettings.objects.update(use_buffer=False)
    assert "buffer" not in checked(operator, channel, store, **form, buffer="4").options
