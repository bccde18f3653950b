"""Comparing stores of both platforms with our record over HTTP, and putting right what differs (NEW-1, DOMAIN P2)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.enums import DriftCause
from catalog.models import Drift, ListingItem
from catalog.queries.drift import drift_rows, last_comparison
from catalog.services import healing
from catalog.services.drift import start_comparison
from channels.enums import JobKind
from channels.models import Channel, ChannelSettings, SyncJob
from channels.outbox import mark
from inventory.enums import RunState
from inventory.models import ProductPrice
from orders.models import CapturedOrder
from tests.flows import setting, steps
from tests.flows.listing import apply, channel_now, in_store
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db(transaction=True), on_both]
SKU, OTHER = "RS-HW45-TAN", "ZH-Y10"
PRODUCTS = {"bigcommerce": "/v3/catalog/products", "woocommerce": "/wc/v3/products"}
STOCK = {"bigcommerce": "/v3/inventory/*", "woocommerce": "/wc/v3/products*/batch"}


@pytest.fixture
def live(channel: Channel) -> Channel:
    """Everything downloaded and sent a while ago; the store is master of nothing."""
    ChannelSettings.objects.filter(channel=channel).update(store_is_master=False)
    setting.settle()
    steps.download(channel)
    for sku in (SKU, OTHER):
        steps.set_on_hand(sku, 12)
    steps.switch_stock_on(channel)
    mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])
    setting.settle()
    a_while_later()
    return channel


def a_while_later() -> None:
    """What was sent has arrived by now."""
    ListingItem.objects.update(pushed_at=datetime.now(UTC) - timedelta(hours=1))


def compare(channel: Channel) -> list[tuple[str, str, str, str, str]]:
    """SKU, what, field, in the store, and cause of each difference."""
    run = start_comparison(channel_now(channel), user=None, now=datetime.now(UTC))
    setting.settle()
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.message
    rows = drift_rows(channel).order_by("product__sku", "kind", "field")
    return [(row.product.sku if row.product else "", row.kind, row.field, row.theirs, row.cause) for row in rows]


def set_in_store(store: StoreClient, sku: str, quantity: int) -> None:
    store.control("PUT", f"/stores/{store.store}/stock", {"sku": sku, "quantity": quantity})


def item(sku: str) -> ListingItem:
    return ListingItem.objects.get(product__sku=sku)


def change_in_store(store: StoreClient, platform: str, sku: str, **fields: object) -> None:
    """A product's fields, as staff of the store change them."""
    address = f"{PRODUCTS[platform]}/{item(sku).remote_product_id}"
    response = store.call("PUT", address, fields)
    assert response.ok, response.text


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_what_was_downloaded_and_sent_is_in_step(live: Channel, store: StoreClient) -> None:
    """No product of a whole store is said to differ without reason."""
    assert compare(live) == []
    last = last_comparison(live)
    assert last is not None
    assert last.run.unchanged > 10


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_a_quantity_that_staff_of_the_store_change(live: Channel, store: StoreClient) -> None:
    before = store.level(SKU)
    set_in_store(store, SKU, 40)

    assert compare(live) == [(SKU, "quantity", "", "40", "store_edit")]

    assert store.level(SKU) == 40  # shown, not overwritten
    run = healing.resend_quantities(channel_now(live), drift_rows(live), user=steps.manager(), now=datetime.now(UTC))
    setting.settle()
    run.refresh_from_db()
    assert (run.done, store.level(SKU), list(drift_rows(live))) == (1, before, [])
    a_while_later()
    assert compare(live) == []


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_a_price_that_staff_of_the_store_change(live: Channel, store: StoreClient, platform: str) -> None:
    ours = ProductPrice.objects.get(product__sku=SKU, tier_id=1).amount
    new = {"price": 333.5} if platform == "bigcommerce" else {"regular_price": "333.50"}
    change_in_store(store, platform, SKU, **new)

    assert compare(live) == [(SKU, "price", "price", "333.50", "store_edit")]

    plan = healing.preview_update(channel_now(live), drift_rows(live), user=steps.manager(), now=datetime.now(UTC))
    setting.settle()
    plan.refresh_from_db()
    assert apply(live, plan).failed == 0
    found = in_store(live, SKU)
    assert found is not None
    assert found.variants[0].price == ours
    a_while_later()
    assert compare(live) == []
    change_in_store(store, platform, SKU, **new)
    compare(live)
    healing.take_over(channel_now(live), Drift.objects.get(), user=steps.manager(), now=datetime.now(UTC))
    assert ProductPrice.objects.get(product__sku=SKU, tier_id=1).amount == Decimal("333.5")
    assert compare(live) == []


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_a_product_that_staff_of_the_store_delete(live: Channel, store: StoreClient, platform: str) -> None:
    query = {"force": "true"} if platform == "woocommerce" else {}
    store.call("DELETE", f"{PRODUCTS[platform]}/{item(SKU).remote_product_id}", **query)

    assert compare(live) == [(SKU, "link", "gone", "", "gone")]

    plan = healing.list_again(channel_now(live), drift_rows(live), user=steps.manager(), now=datetime.now(UTC))
    setting.settle()
    plan.refresh_from_db()
    assert apply(live, plan).done == 1
    setting.settle()
    assert in_store(live, SKU) is not None
    a_while_later()
    assert compare(live) == []


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_a_push_that_the_store_did_not_take(live: Channel, store: StoreClient, platform: str) -> None:
    before = store.level(SKU)
    steps.fault(store, "error", path=STOCK[platform], times=None, status=400)
    steps.set_on_hand(SKU, 9)
    setting.settle()
    steps.heal(store)
    a_while_later()
    assert ListingItem.objects.exclude(push_error="").exists() or SyncJob.objects.filter(state="failed").exists()

    found = compare(live)

    assert [row[:4] for row in found] == [(SKU, "quantity", "", str(before))]
    drift = Drift.objects.get()
    assert (drift.cause, bool(drift.words)) == (DriftCause.PUSH_FAILED, True)
    healing.resend_quantities(channel_now(live), drift_rows(live), user=steps.manager(), now=datetime.now(UTC))
    setting.settle()
    assert store.level(SKU) == before - 3


@pytest.mark.req("NEW-1", platform="bigcommerce")
@pytest.mark.req("NEW-1", platform="woocommerce")
def test_an_order_on_its_way_is_no_edit_of_staff(live: Channel, store: StoreClient) -> None:
    """P2: the store has counted it, we have not read it yet. The comparison looks for orders first."""
    before = store.level(SKU)
    placed = store.order(lines=[{"sku": SKU, "quantity": 2}])
    set_in_store(store, OTHER, 3)

    found = {row[0]: row[-1] for row in compare(live)}

    assert CapturedOrder.objects.get(remote_id=str(placed["id"]))
    assert store.level(SKU) == before - 2
    assert found == {OTHER: "store_edit"}
