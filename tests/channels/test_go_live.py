"""SET-35 against the sandbox store: what was there before the connection, and what happens after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import Channel, TaxMapping
from channels.services.connect import GoLive, connect_store
from channels.services.drain import drain_channel
from orders.models import CapturedOrder
from tests.channels.test_connect import TYPED
from tests.factories import inventory
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db


def connect(*, load_open_orders: bool) -> Channel:
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)
    rule = inventory.TaxRuleFactory()
    channel = connect_store(
        "bigcommerce",
        fields=TYPED,
        go_live=GoLive(load_open_orders=load_open_orders),
        user=None,
        now=timezone.now(),
    )
    TaxMapping.objects.update(rule=rule)
    return channel


def captured(channel: Channel) -> set[str]:
    return set(CapturedOrder.objects.filter(channel=channel).values_list("remote_id", flat=True))


@pytest.mark.req("SET-35")
@pytest.mark.parametrize("load_open_orders", [True, False])
def test_open_orders_of_before_are_captured_by_choice_and_finished_ones_never(
    shop: StoreClient, load_open_orders: bool
) -> None:
    still_open, shipped = (shop.order(lines=[{"sku": "IM-R42"}]) for _ in range(2))
    shop.act(shipped["id"], "ship")
    channel = connect(load_open_orders=load_open_orders)
    Channel.objects.filter(pk=channel.pk).update(connected_at=timezone.now() + timedelta(seconds=2))
    channel.refresh_from_db()
    if not load_open_orders:
        Channel.objects.filter(pk=channel.pk).update(poll_cursor=channel.connected_at)

    drain_channel(channel.pk)

    ids = captured(channel)
    assert (str(still_open["id"]) in ids) is load_open_orders
    assert str(shipped["id"]) not in ids
