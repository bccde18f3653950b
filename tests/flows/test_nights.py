"""What neither a notice nor a poll tells: hooks that were switched off, orders that vanish or change without a date."""

import pytest

from channels.enums import JobKind, Notices
from channels.models import Channel
from channels.outbox import mark
from channels.services.health import HEALTH_KEY
from channels.services.polling import FEW, NIGHT_KEY
from orders.enums import CapturedState, SaleStatus
from orders.models import CapturedOrder, Sale
from tests.flows import setting
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db(transaction=True)
SKU = "RS-HW45-TAN"
only_second = pytest.mark.parametrize("platform", ["woocommerce"])
HOOKS = {"bigcommerce": "/v3/hooks", "woocommerce": "/wc/v3/webhooks"}


def hooks(store: StoreClient, platform: str) -> list[dict[str, object]]:
    found = store.get(HOOKS[platform]).json()
    return list(found["data"] if isinstance(found, dict) else found)


def take_hooks_away(store: StoreClient, platform: str) -> int:
    rows = hooks(store, platform)
    for row in rows:
        query = {"force": "true"} if platform == "woocommerce" else {}
        store.call("DELETE", f"{HOOKS[platform]}/{row['id']}", **query)
    assert hooks(store, platform) == []
    return len(rows)


def look(channel: Channel, *, kind: JobKind, key: str) -> None:
    mark([channel.pk], kind=kind, keys=[key])
    setting.settle()


@on_both
@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
def test_hooks_that_are_gone_come_back_and_the_orders_meanwhile_too(
    channel: Channel, store: StoreClient, platform: str
) -> None:
    setting.settle()
    look(channel, kind=JobKind.HEALTH, key=HEALTH_KEY)
    assert Channel.objects.get(pk=channel.pk).notices == Notices.ARRIVING
    count = take_hooks_away(store, platform)
    placed = store.order(lines=[{"sku": SKU, "quantity": 1}])

    look(channel, kind=JobKind.HEALTH, key=HEALTH_KEY)

    seen = Channel.objects.get(pk=channel.pk)
    assert (seen.notices, len(hooks(store, platform))) == (Notices.ARRIVING, count)
    assert seen.notices_back_at is not None
    assert CapturedOrder.objects.get(remote_id=str(placed["id"])).state == CapturedState.SALE


@only_second
@pytest.mark.req("A5", platform="woocommerce")
@pytest.mark.req("CAN-1", platform="woocommerce")
def test_an_order_deleted_for_good_is_missed_at_night(channel: Channel, store: StoreClient, platform: str) -> None:
    setting.settle()
    stays, goes = (store.order(lines=[{"sku": SKU, "quantity": 1}]) for _ in range(2))
    for order in (stays, goes):
        setting.hint(channel, str(order["id"]))
    setting.settle()
    assert Sale.objects.count() == 2
    store.control("PUT", f"/stores/{store.store}/notices", {"drop": 100})
    assert store.call("DELETE", f"/wc/v3/orders/{goes['id']}", force="true").status_code == 200

    look(channel, kind=JobKind.POLL, key="orders")
    assert CapturedOrder.objects.get(remote_id=str(goes["id"])).state == CapturedState.SALE, "no poll tells"
    look(channel, kind=JobKind.POLL, key=NIGHT_KEY)

    assert CapturedOrder.objects.get(remote_id=str(goes["id"])).state == CapturedState.CANCELLED
    assert CapturedOrder.objects.get(remote_id=str(stays["id"])).state == CapturedState.SALE


@only_second
@pytest.mark.req("A5")
@pytest.mark.req("CAN-1")
def test_a_store_that_lost_most_orders_at_once_cancels_none(
    channel: Channel, store: StoreClient, platform: str
) -> None:
    """A switched order storage looks like that: staff are told, and new orders do not end the doubt."""
    setting.settle()
    numbers = [str(store.order(lines=[{"sku": "IM-R42", "quantity": 1}])["id"]) for _ in range(FEW + 2)]
    setting.hint(channel, *numbers)
    setting.settle()
    assert Sale.objects.count() == FEW + 2
    for number in numbers[1:]:
        store.act(int(number), "delete")

    look(channel, kind=JobKind.POLL, key=NIGHT_KEY)

    seen = Channel.objects.get(pk=channel.pk)
    assert seen.missing_orders == FEW + 1
    assert any("are not in the store any more" in warning for warning in seen.warnings)
    assert not Sale.objects.filter(status=SaleStatus.VOIDED).exists()

    for _ in range(FEW + 2):
        store.order(lines=[{"sku": "IM-R42", "quantity": 1}])
    look(channel, kind=JobKind.POLL, key=NIGHT_KEY)
    look(channel, kind=JobKind.POLL, key=NIGHT_KEY)

    assert Channel.objects.get(pk=channel.pk).missing_orders == FEW + 1
    assert Sale.objects.count() == 2 * (FEW + 2)
    assert not Sale.objects.filter(status=SaleStatus.VOIDED).exists()
