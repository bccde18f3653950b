"""The merchant's main job over HTTP: download, order in the store, sale here, stock back to the store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command

from catalog.models import ListingItem
from channels import tasks
from channels.models import Channel, ChannelSettings
from channels.services.activities import start_channel_run
from inventory.enums import PostingKind
from inventory.models import Location, Product, StockLevel, User
from inventory.queries import available
from inventory.services import stock
from orders.enums import CapturedBy, CapturedState, SaleStatus
from orders.models import CapturedOrder, Sale
from tests.flows import setting
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db(transaction=True), on_both]


def download(channel: Channel) -> None:
    start_channel_run(
        channel,
        kind="catalog.download",
        title="Download",
        user=User.objects.get(username="manager"),
        options={},
        now=datetime.now(UTC),
    )
    setting.settle()


def receive(product: Product, quantity: int) -> None:
    change = stock.StockChange(
        product_id=product.pk, location_id=Location.objects.get(is_default=True).pk, quantity=Decimal(quantity)
    )
    stock.change_stock(
        [change],
        key=f"opening:{product.pk}",
        kind=PostingKind.OPENING,
        document_key=f"opening:{product.pk}",
        at=datetime.now(UTC),
    )


def switch_stock_on(channel: Channel) -> None:
    ChannelSettings.objects.filter(channel=channel).update(
        update_stock=True, stock_preview_confirmed_at=datetime.now(UTC)
    )


@pytest.mark.req("CAP-10")
@pytest.mark.req("PND-1")
@pytest.mark.req("PND-2")
@pytest.mark.req("CAT-1")
@pytest.mark.req("JOB-3")
def test_an_order_becomes_a_sale_and_the_store_learns_what_is_left(channel: Channel, store: StoreClient) -> None:
    setting.settle()
    download(channel)
    product = ListingItem.objects.select_related("product").get(channel=channel, remote_sku="RS-HW45-TAN").product
    receive(product, 12)
    had = available([product.pk])[product.pk]
    switch_stock_on(channel)

    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 2}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()

    order = CapturedOrder.objects.get()
    assert order.state == CapturedState.SALE
    sale = Sale.objects.get()
    assert sale.status == SaleStatus.COMPLETED
    assert (sale.total, sale.tax) == (order.total, order.total_tax)
    assert sum(level.on_hand for level in StockLevel.objects.filter(product=product)) == had - 2
    assert ListingItem.objects.get(product=product).pushed_quantity == had - 2
    assert store.level("RS-HW45-TAN") == had - 2
    call_command("audit_stock")


@pytest.mark.req("CAP-2")
@pytest.mark.req("A5")
@pytest.mark.req("CAP-1")
def test_an_order_whose_notice_got_lost_is_found_by_the_poll(channel: Channel, store: StoreClient) -> None:
    setting.settle()
    download(channel)
    store.control("PUT", f"/stores/{store.store}/notices", {"drop": 100})
    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1}])

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        tasks.tick()
        setting.settle()

    order = CapturedOrder.objects.get()
    assert (order.remote_id, order.captured_by, order.state) == (str(placed["id"]), CapturedBy.POLL, CapturedState.SALE)
    assert Channel.objects.get(pk=channel.pk).last_poll_at is not None
