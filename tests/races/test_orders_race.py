"""Orders, notices, polls and drains in the same moment, through the real addresses and a sandbox store."""

import itertools
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
from tests.flows.stores import WORDS, on_both, open_store, tell
from tests.sandbox.client import StoreClient
from tests.sandbox.patience import be_patient
from tests.sandbox.woo_client import WooClient

Race = Callable[[list[Callable[[], Any]]], list[Any]]
SKU = "RS-HW45-TAN"


@pytest.fixture
def platform() -> str:
    return "bigcommerce"


@pytest.fixture
def store(
    transactional_db: None,
    sandbox: SandboxServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
) -> StoreClient:
    monkeypatch.setattr(buckets, "_buckets", {})
    be_patient(monkeypatch)
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    return WooClient(sandbox, setting.KONTOR) if platform == "woocommerce" else StoreClient(sandbox, setting.DEMO)


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
    """Delivers a notice to the channel's real address; answers the status."""
    return lambda: tell(channel, order_id, event, number)


def drain(channel: Channel) -> Callable[[], None]:
    return lambda: drain_channel(channel.pk)


def poll(channel: Channel) -> Callable[[], None]:
    def ask() -> None:
        mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
        drain_channel(channel.pk)

    return ask


def failures(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.mark.req("JOB-5")
@pytest.mark.req("JOB-6")
@pytest.mark.req("CAP-9")
@on_both
@pytest.mark.parametrize("sequence", [(0, 1, 2, 3, 0), (0, 3, 2, 1, 0), (2, 0, 1, 3, 0)])
def test_one_order_told_five_times_and_found_by_a_poll_is_one_sale(
    store: StoreClient, race: Race, platform: str, sequence: tuple[int, ...]
) -> None:
    channel = live(store.store, units=12, fulfillment_mode=FulfillmentMode.NO_PICK)
    product = Product.objects.get(sku=SKU)
    before = Allocation.objects.count()
    order_id = int(store.order(lines=[{"sku": SKU, "quantity": 2}])["id"])

    events = WORDS[platform].events
    told = [notice(channel, order_id, events[place], number) for number, place in enumerate(sequence)]
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
@pytest.mark.parametrize("other", [setting.OUTLET, setting.KONTOR])
def test_two_stores_selling_the_last_unit_end_with_one_picked_and_one_backordered(
    store: StoreClient, race: Race, other: str
) -> None:
    """L7: both orders are true, only one can be served, and neither store offers the product any more."""
    first = live(setting.DEMO, units=1, fulfillment_mode=FulfillmentMode.PICK)
    second = live(other, units=1, fulfillment_mode=FulfillmentMode.PICK)
    outlet = open_store(store.server, second)
    product = Product.objects.get(sku=SKU)
    assert (store.level(SKU), outlet.level(SKU)) == (1, 1)
    ids = [(channel, int(shop.order(lines=[{"sku": SKU, "quantity": 1}])["id"])) for channel, shop in
           ((first, store), (second, outlet))]  # fmt: skip

    told = [notice(channel, number, WORDS[channel.platform].events[0], 1) for channel, number in ids]
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


@on_both
@pytest.mark.req("JOB-3")
def test_changes_while_pushing_are_never_the_last_word_of_an_older_number(store: StoreClient, race: Race) -> None:
    """Stock changes eight times while three processes want to send it: the newest number stands at the store."""
    channel = live(store.store, units=20)
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
