"""Only an order that exists already is a race; every other broken rule must be heard of."""

import pytest
from django.db import IntegrityError

from channels.models import Channel
from orders.enums import CapturedBy, CapturedState
from orders.models import CapturedOrder
from orders.services.claims import Raced, insert_order
from tests.factories.channels import ChannelFactory
from tests.orders.shop import NOW

pytestmark = pytest.mark.django_db


def order(channel: Channel, **more: object) -> CapturedOrder:
    facts = {"state": CapturedState.PENDING, "captured_by": CapturedBy.NOTICE, "placed_at": NOW, "captured_at": NOW}
    times = {"first_seen_at": NOW, "currency": "EUR", "total": 1, "total_tax": 0, "prices_include_tax": False}
    return CapturedOrder(channel=channel, remote_id="7", number="7", **{**facts, **times, **more})


def test_an_order_that_is_there_is_a_race() -> None:
    channel = ChannelFactory()
    insert_order(order(channel))

    with pytest.raises(Raced):
        insert_order(order(channel))

    assert CapturedOrder.objects.count() == 1


def test_another_broken_rule_is_no_race() -> None:
    with pytest.raises(IntegrityError):
        insert_order(order(ChannelFactory(), state=CapturedState.SALE, sale=None))

    assert CapturedOrder.objects.count() == 0
