"""Orders, notices, polls and drains in the same moment, through the real addresses and a sandbox store."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from catalog.models import ListingItem, StoreHold
from channels.enums import FulfillmentMode, JobKind
from channels.models import Channel, Notice, SyncJob
from channels.outbox import mark
from channels.platforms import buckets
from channels.services.drain import drain_channel
from channels.services.platforms import open_platform
from inventory.models import Allocation, Product, StockLevel
from inventory.queries import available
from orders.enums import CapturedBy, CapturedState, SaleStatus
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services.capture import capture_orders
from sandbox.server import SandboxServer
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

Race = Callable[[list[Callable[[], Any]]], list[Any]]
SKU = "RS-HW45-TAN"


@pytest.fixture
def store(
    transactional_db: None, sandbox: SandboxServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> StoreClient:
    monkeypatch.setattr(buckets, "_buckets", {})
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    return StoreClient(sandbox, setting.DEMO)


def live(store: str, *, units: int, **values: Any) -> Channel:
    """A connected store with its products here, `units` of one of them, stock going out by itself."""
    channel = setting.connect(store, **values)
    setting.settle()
    steps.download(channel)
    for level in StockLevel.objects.filter(product__sku=SKU, on_hand__gt=0):
        steps.move(level.product_id, level.location_id, -level.on_hand, key=f"empty:{store}:{level.pk}")
    steps.set_on_hand(SKU, units)
    steps.switch_stock_on(channel)
    mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])
    setting.settle()
    return channel


def notice(channel: Channel, order_id: int, event: str, number: int) -> Callable[[], int]:
    """Deliver a notice to the channel's real address, as the store does; answers the status."""
    secret = Channel.objects.get(pk=channel.pk).credentials["webhook_secret"]
    body = {"scope": f"store/order/{event}", "store_id": "1", "data": {"type": "order", "id": order_id}}
    text = json.dumps({**body, "hash": f"h{number}", "created_at": 1_760_000_000 + number})
    address = reverse("channels:notices", args=["bigcommerce", channel.notice_token])
    headers = {"x-inventory-secret": secret}

    def deliver() -> int:
        return Client().post(address, text, content_type="application/json", headers=headers).status_code

    return deliver


def drain(channel: Channel) -> Callable[[], None]:
    return lambda: drain_channel(channel.pk)


def poll(channel: Channel) -> Callable[[], None]:
    def ask() -> None:
        mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
        drain_channel(channel.pk)

    return ask


def failures(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


EVENTS = ("created", "statusUpdated", "updated", "transaction/created", "created")


@pytest.mark.req("JOB-5")
@pytest.mark.req("JOB-6")
@pytest.mark.req("CAP-9")
@pytest.mark.parametrize("order_of_events", [EVENTS, EVENTS[::-1], (EVENTS[2], *EVENTS[:2], *EVENTS[3:])])
def test_one_order_told_five_times_and_found_by_a_poll_is_one_sale(
    store: StoreClient, race: Race, order_of_events: tuple[str, ...]
) -> None:
    channel = live(setting.DEMO, units=12, fulfillment_mode=FulfillmentMode.NO_PICK)
    product = Product.objects.get(sku=SKU)
    before = Allocation.objects.count()
    order_id = int(store.order(lines=[{"sku": SKU, "quantity": 2}])["id"])

    told = [notice(channel, order_id, event, number) for number, event in enumerate(order_of_events)]
    outcomes = race([*told, poll(channel), drain(channel), drain(channel)])
    assert failures(outcomes) == []
    assert outcomes[:5] == [200] * 5
    outcomes = race([drain(channel), drain(channel), told[0], poll(channel)])
    assert failures(outcomes) == []
    setting.settle()

    order = CapturedOrder.objects.get()
    assert (order.remote_id, order.state) == (str(order_id), CapturedState.SALE)
    assert (Sale.objects.count(), SaleSource.objects.count()) == (1, 1)
    assert Notice.objects.filter(absorbed_at__isnull=True).count() == 0
    assert (SyncJob.objects.count(), StoreHold.objects.count()) == (0, 0)
    held = Allocation.objects.filter(product=product).values_list("quantity", flat=True)
    assert (Allocation.objects.count() - before, list(held)) == (1, [2])
    assert available([product.pk])[product.pk] == 10 == store.level(SKU)
    assert Sale.objects.get().payments.count() == 1
    call_command("audit_stock")


@pytest.mark.req("CAP-10")
@pytest.mark.req("INV-5")
@pytest.mark.req("JOB-3")
def test_two_stores_selling_the_last_unit_end_with_one_picked_and_one_backordered(
    store: StoreClient, race: Race
) -> None:
    """L7: both orders are true, only one can be served, and neither store offers the product any more."""
    outlet = StoreClient(store.server, setting.OUTLET)
    first = live(setting.DEMO, units=1, fulfillment_mode=FulfillmentMode.PICK)
    second = live(setting.OUTLET, units=1, fulfillment_mode=FulfillmentMode.PICK)
    product = Product.objects.get(sku=SKU)
    assert (store.level(SKU), outlet.level(SKU)) == (1, 1)
    ids = [(channel, int(shop.order(lines=[{"sku": SKU, "quantity": 1}])["id"])) for channel, shop in
           ((first, store), (second, outlet))]  # fmt: skip

    told = [notice(channel, number, "created", 1) for channel, number in ids]
    outcomes = race([*told, drain(first), drain(second), poll(first), poll(second)])
    assert failures(outcomes) == []
    setting.settle()

    assert CapturedOrder.objects.filter(state=CapturedState.SALE).count() == 2
    states = sorted(Sale.objects.values_list("status", flat=True))
    assert states == sorted([SaleStatus.BACKORDERED, SaleStatus.PICKED])
    assert available([product.pk])[product.pk] == -1
    assert sum(level.picked for level in StockLevel.objects.filter(product=product)) == 1
    assert (store.level(SKU), outlet.level(SKU)) == (0, 0)
    assert set(ListingItem.objects.filter(product=product).values_list("pushed_quantity", flat=True)) == {0}
    assert SyncJob.objects.count() == 0
    call_command("audit_stock")


@pytest.mark.req("PND-3")
@pytest.mark.req("JOB-5")
def test_process_clicked_twice_in_the_same_moment_makes_one_sale(store: StoreClient, race: Race) -> None:
    channel = live(setting.DEMO, units=12, fulfillment_mode=FulfillmentMode.NO_PICK)
    order_id = str(store.order(lines=[{"sku": SKU, "quantity": 2}])["id"])
    found = open_platform(channel).orders.get_many([order_id])
    capture_orders(channel, found, by=CapturedBy.LOADED, now=datetime.now(UTC))
    order = CapturedOrder.objects.get()
    assert (order.state, order.sale) == (CapturedState.PENDING, None)
    manager = steps.manager()
    address = reverse("orders:process-one", args=[order.pk])

    def click() -> int:
        browser = Client()
        browser.force_login(manager)
        return browser.post(address).status_code

    outcomes = race([click, click, drain(channel)])
    assert failures(outcomes) == []
    assert set(outcomes[:2]) == {302}
    setting.settle()

    order.refresh_from_db()
    assert order.state == CapturedState.SALE
    assert (Sale.objects.count(), SaleSource.objects.count()) == (1, 1)
    held = Allocation.objects.filter(product__sku=SKU).values_list("quantity", flat=True)
    assert list(held) == [2]
    call_command("audit_stock")


@pytest.mark.req("JOB-3")
def test_changes_while_pushing_are_never_the_last_word_of_an_older_number(store: StoreClient, race: Race) -> None:
    """Stock changes eight times while three processes want to send it: the newest number stands at the store."""
    channel = live(setting.DEMO, units=20)
    product = Product.objects.get(sku=SKU)
    numbers = itertools.count(1)

    def sell_one() -> None:
        place = StockLevel.objects.get(product=product, location__is_default=True).location_id
        key = f"race:{next(numbers)}:{datetime.now(UTC).isoformat()}"
        steps.move(product.pk, place, -1, key=key)
        drain_channel(channel.pk)

    outcomes = race([sell_one] * 8 + [drain(channel)] * 3)
    assert failures(outcomes) == []
    setting.settle()

    assert available([product.pk])[product.pk] == 12 == store.level(SKU)
    assert SyncJob.objects.count() == 0
    call_command("audit_stock")
