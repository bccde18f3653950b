"""The catalog against the sandbox store over HTTP: download, first push, what follows a change of stock."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from catalog.models import Listing, ListingItem
from catalog.queries.levels import sync_quantities
from catalog.queries.previews import preview_counts
from catalog.services import download, preview
from catalog.services.push import stock_item
from channels.models import Channel, SyncJob
from channels.services.platforms import open_platform
from inventory.enums import Outcome, RunState
from inventory.models import Product, Run, StockPosting, User
from sandbox.server import SandboxServer
from tests.factories import inventory as make
from tests.flows import setting
from tests.sandbox.client import StoreClient
from tests.sandbox.patience import be_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(sandbox: SandboxServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> StoreClient:
    be_patient(monkeypatch)
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    return StoreClient(sandbox, setting.DEMO)


@pytest.fixture
def channel(store: StoreClient) -> Channel:
    return setting.connect()


def fetch(channel: Channel) -> Run:
    now = datetime.now(UTC)
    manager = User.objects.get(username="manager")
    download.decide_opening_stock(channel, take=True, user=manager, now=now)
    run = download.start_download(channel, user=manager, now=now)
    setting.settle()
    run.refresh_from_db()
    return run


def switch_on(channel: Channel) -> Run:
    now = datetime.now(UTC)
    plan = preview.start_preview(channel, user=None, now=now)
    setting.settle()
    run = preview.confirm_preview(channel, plan=plan, user=None, now=now)
    setting.settle()
    run.refresh_from_db()
    return run


def at_store(channel: Channel) -> dict[str, int]:
    """Units in the store by SKU, for what it counts per variation or has one of."""
    rows = list(ListingItem.objects.filter(channel=channel))
    items = {item.remote_id: item.remote_sku for item in rows}
    levels = open_platform(channel).stock.levels([stock_item(item) for item in rows], location_id="1")
    return {items[level.variant_id]: int(level.quantity) for level in levels}


@pytest.mark.req("CAT-1")
@pytest.mark.req("CAT-7")
@pytest.mark.req("CAT-5")
def test_the_demo_store_arrives_whole(channel: Channel) -> None:
    run = fetch(channel)

    assert (run.state, run.done, run.skipped, run.failed) == (RunState.DONE, 19, 2, 0)
    assert (Listing.objects.count(), ListingItem.objects.count()) == (19, 50)
    towel = Product.objects.get(sku="HT-<B>1")
    assert "<script>" in towel.name
    assert "<script" not in towel.description

    again = fetch(channel)
    assert (again.done, again.unchanged, again.skipped) == (0, 19, 2)
    assert StockPosting.objects.filter(key__startswith=f"download:{channel.pk}/").count() == 1


@pytest.mark.req("A13")
@pytest.mark.req("NEW-2")
@pytest.mark.req("SET-19")
def test_first_push_then_every_change_follows(channel: Channel) -> None:
    fetch(channel)

    run = switch_on(channel)

    assert (run.state, run.failed, run.skipped) == (RunState.DONE, 0, 0)
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    assert channel.settings.update_stock
    ours = sync_quantities(channel, [item.product_id for item in ListingItem.objects.exclude(tracking="none")])
    theirs = at_store(channel)
    single = ListingItem.objects.filter(listing__product__isnull=False).exclude(tracking="none")
    assert {item.remote_sku: theirs[item.remote_sku] for item in single} == {
        item.remote_sku: int(ours[item.product_id].quantity) for item in single
    }

    tent = Product.objects.get(sku="ZE-2P")
    make.put_on_hand({tent: 5})
    setting.settle()

    assert at_store(channel)["ZE-2P"] == theirs["ZE-2P"] + 5
    assert not SyncJob.objects.filter(state="failed").exists()


@pytest.mark.req("A13")
def test_a_quantity_that_moved_since_the_preview_is_refused_and_shown(channel: Channel) -> None:
    fetch(channel)
    now = datetime.now(UTC)
    plan = preview.start_preview(channel, user=None, now=now)
    setting.settle()
    before = at_store(channel)
    tent = Product.objects.get(sku="ZE-2P")
    make.put_on_hand({tent: 5})
    assert preview_counts(plan).change > 1

    run = preview.confirm_preview(channel, plan=plan, user=None, now=now)
    setting.settle()

    run.refresh_from_db()
    moved = run.items.get(key=str(tent.pk))
    assert (moved.outcome, run.skipped) == (Outcome.SKIPPED, 1)
    assert "the preview showed 8" in moved.reason
    assert at_store(channel)["ZE-2P"] == before["ZE-2P"]
