"""What the stores have once all is quiet: the sync quantity of every listed SKU (SPEC SET-19, INV-7, BUF, A52; P1)."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.models import ListingItem
from catalog.queries.buffers import affected_by_buffer
from catalog.queries.levels import sync_quantities
from catalog.queries.sending import sent_items
from catalog.services import buffers
from catalog.services.push import stock_item, store_location
from channels.enums import CaptureWhen
from channels.models import Channel, ChannelSettings, SyncJob
from channels.services.platforms import open_platform
from channels.services.setup import SetupChoices, save_setup
from inventory.models import Location, Product
from inventory.queries import available
from inventory.services.bills import set_components
from inventory.services.books import save_entry
from inventory_sync.shell.demo import fill_demo
from inventory_sync.shell.demo_stores import connect_demo_stores
from tests.flows import setting, steps
from tests.flows.stores import WORDS, open_store
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


def fresh(channel: Channel) -> Channel:
    return Channel.objects.select_related("settings").get(pk=channel.pk)


def ours(channel: Channel) -> dict[str, Decimal]:
    """What the rules say, by the store's variant, or product where that is counted as a whole."""
    items = list(sent_items().filter(channel=channel).exclude(tracking="none"))
    quantities = sync_quantities(fresh(channel), [item.product_id for item in items])
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        sums[place_of(item)] += quantities[item.product_id].quantity
    return dict(sums)


def theirs(channel: Channel) -> dict[str, Decimal]:
    """What the store says."""
    items = list(sent_items().filter(channel=channel).exclude(tracking="none"))
    places = {item.remote_id: place_of(item) for item in items}
    location = store_location(fresh(channel))
    levels = open_platform(fresh(channel)).stock.levels([stock_item(item) for item in items], location_id=location)
    return {places[level.variant_id]: level.quantity for level in levels if level.location_id in ("", location)}


def place_of(item: ListingItem) -> str:
    return f"product {item.remote_product_id}" if item.tracking == "product" else f"variant {item.remote_id}"


def assert_quiet(channels: list[Channel]) -> None:
    for channel in channels:
        setting.poll(channel)
    setting.settle()
    assert not SyncJob.objects.filter(state="failed").exists()
    for channel in channels:
        found, wanted = theirs(channel), ours(channel)
        assert {key: (wanted[key], found.get(key)) for key in wanted if found.get(key) != wanted[key]} == {}


def listed_only(channel: Channel) -> Product:
    """A single product that only this store sells, with 20 on hand."""
    items = ListingItem.objects.filter(channel=channel, listing__product__isnull=False).exclude(tracking="none")
    others = ListingItem.objects.exclude(channel=channel).values("product")
    rows = Product.objects.filter(listing_items__in=items, type="stock", drop_ship="never", components__isnull=True)
    found = rows.filter(used_in__isnull=True).exclude(pk__in=others).order_by("pk")[0]
    return steps.set_on_hand(found.sku, 20)


def sku_there(channel: Channel, product: Product) -> str:
    return ListingItem.objects.get(channel=channel, product=product).remote_sku


@pytest.fixture
def channels(store: StoreClient) -> list[Channel]:
    fill_demo(password="not important", now=now())
    found = list(connect_demo_stores(now=now()))
    setting.settle()
    return found


@pytest.mark.req("SET-19", platform="bigcommerce")
@pytest.mark.req("SET-19", platform="woocommerce")
@pytest.mark.req("INV-7")
@pytest.mark.req("BUF-3")
@pytest.mark.req("A31")
@pytest.mark.req("A32")
@pytest.mark.req("A52")
@pytest.mark.parametrize("kit_sells_at", [0, 1])
def test_when_all_is_quiet_every_store_has_what_the_rules_say(
    store: StoreClient, channels: list[Channel], kit_sells_at: int
) -> None:
    with_kit, with_part = channels[kit_sells_at], channels[1 - kit_sells_at]
    shops = {channel.pk: open_store(store.server, channel) for channel in channels}
    kit, part = listed_only(with_kit), listed_only(with_part)
    assert_quiet(channels)

    # The kit is built from what the other store sells.
    set_components(kit.pk, [(part.pk, Decimal(2))], auto_assembly=True, user=None, now=now())
    assert_quiet(channels)
    before = ours(with_kit)
    shops[with_part.pk].order(lines=[{"sku": sku_there(with_part, part), "quantity": 2}])
    assert_quiet(channels)
    item = ListingItem.objects.get(channel=with_kit, product=kit)
    assert ours(with_kit)[place_of(item)] == before[place_of(item)] - 1

    # More kits are sold than there are: the part is kept for them.
    own = available([kit.pk])[kit.pk]
    shops[with_kit.pk].order(lines=[{"sku": sku_there(with_kit, kit), "quantity": int(own) + 1}])
    assert_quiet(channels)

    # Buffers send nothing until somebody does, then exactly what differs.
    for channel in channels:
        choices = SetupChoices(values={"use_buffer": True, "buffer": 1})
        version = ChannelSettings.objects.get(channel=channel).version
        save_setup(fresh(channel), choices=choices, version=version, user=None, now=now())
        buffers.set_buffers(channel, product_ids=[part.pk, kit.pk], quantity=0, user=None, now=now())
    sent = {channel.pk: theirs(channel) for channel in channels}
    setting.settle()
    assert {channel.pk: theirs(channel) for channel in channels} == sent
    for channel in channels:
        buffers.start_push_affected(fresh(channel), user=steps.manager(), now=now())
    assert_quiet(channels)
    assert not any(affected_by_buffer(fresh(channel)).exists() for channel in channels)

    # An order that is not paid yet keeps its units from its own store only.
    ChannelSettings.objects.update(capture_when=CaptureWhen.PAID)
    unpaid = WORDS[with_part.platform].unpaid
    shops[with_part.pk].order(lines=[{"sku": sku_there(with_part, part), "quantity": 1}], **unpaid)
    assert_quiet(channels)
    assert sync_quantities(fresh(with_part), [part.pk])[part.pk].held == 1

    # Stock at another place counts where all places do, and no longer when that place closes.
    barn = Location.objects.create(name="Barn")
    steps.move(part.pk, barn.pk, 4, key="barn")
    assert_quiet(channels)
    save_entry(barn, columns={"status": "deprecated"}, user=None, now=now())
    assert_quiet(channels)
    call_command("audit_stock")
