"""Orders that are read in one batch do not disturb each other."""

import pytest

from catalog.models import StoreHold
from channels.models import Channel
from orders.enums import CapturedState
from orders.models import CapturedOrder
from tests.flows import setting
from tests.sandbox.client import StoreClient


@pytest.mark.req("A52")
def test_a_waiting_order_keeps_its_hold_beside_one_with_an_unknown_product(
    store: StoreClient, channel: Channel
) -> None:
    setting.settle()
    unknown = store.order(lines=[{"sku": "SE-6", "quantity": 1}])
    unpaid = store.order(lines=[{"sku": "ZE-2P", "quantity": 2}], paid=False, status_id=7)

    setting.hint(channel, str(unknown["id"]), str(unpaid["id"]))
    setting.settle()

    states = dict(CapturedOrder.objects.values_list("remote_id", "state"))
    assert states == {str(unknown["id"]): CapturedState.SALE, str(unpaid["id"]): CapturedState.WAITING}
    assert [(hold.product.sku, hold.quantity) for hold in StoreHold.objects.all()] == [("ZE-2P", 2)]
