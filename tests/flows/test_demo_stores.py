"""What `make demo` shows: a store of each platform, selling from one stock."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.models import ListingItem
from channels.models import Channel, ChannelSettings
from channels.registry import platform_specs
from inventory.models import Product
from inventory.queries import available
from inventory_sync.shell.demo import fill_demo
from inventory_sync.shell.demo_stores import DemoNotReady, connect_demo_stores
from orders.models import Sale
from tests.flows import setting
from tests.flows.stores import open_store
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db(transaction=True)
SKU = "RS-HW45-TAN"


@pytest.mark.req("CAP-10")
@pytest.mark.req("NEW-11")
@pytest.mark.req("A31")
def test_an_order_in_one_store_lowers_the_level_in_the_others(store: StoreClient) -> None:
    fill_demo(password="not important", now=timezone.now())
    channels = connect_demo_stores(now=timezone.now())
    assert {channel.platform for channel in channels} == {spec.slug for spec in platform_specs()}
    setting.settle()
    product = Product.objects.get(sku=SKU)
    stores = [open_store(store.server, channel) for channel in channels]

    for number, shop in enumerate(stores, 1):
        before = available([product.pk])[product.pk]
        shop.order(lines=[{"sku": SKU, "quantity": 2}])
        for channel in channels:
            setting.poll(channel)
        setting.settle()
        assert Sale.objects.count() == number
        assert available([product.pk])[product.pk] == before - 2
        assert [each.level(SKU) for each in stores] == [before - 2] * len(stores)
    assert set(ListingItem.objects.filter(product=product).values_list("pushed_quantity", flat=True)) == {before - 2}
    assert all(ChannelSettings.objects.values_list("update_stock", flat=True))
    call_command("audit_stock")


def test_it_never_touches_an_installation_that_has_channels(channel: Channel) -> None:
    before = list(Channel.objects.values_list("pk", "state"))
    assert connect_demo_stores(now=timezone.now()) == []
    assert list(Channel.objects.values_list("pk", "state")) == before


def test_without_the_demo_shop_it_says_so(store: StoreClient) -> None:
    with pytest.raises(DemoNotReady):
        connect_demo_stores(now=timezone.now())
    assert not Channel.objects.exists()
