"""Sending stock levels: only what differs, in the fewest calls, the newest number last (JOB-3, LST-2, SET-19, A52)."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.handlers import push_stock
from catalog.models import ListingItem
from catalog.services.push import NoStoreLocation, push_changed, push_chosen
from channels.enums import ChannelState
from channels.errors import TemporarilyUnavailable
from channels.models import ChangeMark, Channel, ChannelSettings, LocationMapping
from channels.registry import JobOutcome
from channels.remote import DesiredProduct, ProductResult
from inventory.enums import DropShip
from inventory.services import stock
from tests.catalog.drains import absorb, drain, fresh, sent
from tests.catalog.listing import listed as list_products
from tests.factories.catalog import FakeShop, listed, listed_family, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import (
    ProductFactory,
    ServiceFactory,
    put_on_hand,
    stocked_product,
)
from tests.factories.listing import ListingShop
from tests.factories.listing import product as sellable

pytestmark = pytest.mark.django_db


@pytest.mark.req("SET-19")
@pytest.mark.req("JOB-3")
def test_a_change_of_stock_reaches_the_store(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    item = listed(channel, product)

    put_on_hand({product: 7})

    assert [outcome.verdict for outcome in drain(channel, shop)] == ["done"]
    assert shop.sent == [{"TENT": 7}]
    item.refresh_from_db()
    assert (item.pushed_quantity, item.push_error) == (7, "")
    assert item.pushed_at is not None
    channel.refresh_from_db()
    assert channel.last_push_at == item.pushed_at


@pytest.mark.req("JOB-3")
def test_many_changes_of_one_product_are_one_call_with_the_newest_number(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    for units in (5, 3, 2):
        put_on_hand({product: units})

    drain(channel, shop)

    assert shop.sent == [{"TENT": 10}]


@pytest.mark.req("JOB-3")
def test_what_was_sent_already_is_not_sent_again(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory()
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)
    put_on_hand({product: 1})
    stock.change_stock(
        [stock.StockChange(product_id=product.pk, location_id=product.levels.get().location_id, quantity=Decimal(-1))],
        key="back",
        kind="adjustment",
        document_key="adjustment:1",
        at=NOW,
    )

    assert [outcome.verdict for outcome in drain(channel, shop)] == ["nothing"]
    assert len(shop.sent) == 1


@pytest.mark.parametrize(("changed", "calls"), [(1, 1), (30, 1), (31, 2), (75, 3)])
def test_n_changed_products_take_the_fewest_calls(channel: Channel, changed: int, calls: int) -> None:
    shop = FakeShop(batch=30)
    products = [ProductFactory() for _ in range(changed)]
    for product in products:
        listed(channel, product)
    put_on_hand(dict.fromkeys(products, 5))

    drain(channel, shop)

    assert len(shop.calls) == calls
    assert len(sent(shop)) == changed


@pytest.mark.req("JOB-5")
def test_a_handler_that_runs_twice_or_was_killed_sends_the_same_number(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    item = listed(channel, product)
    put_on_hand({product: 7})
    jobs = absorb(channel)
    push_stock(fresh(channel), shop, jobs)
    ListingItem.objects.update(pushed_quantity=None, pushed_at=None)  # killed before the answer was kept

    push_stock(fresh(channel), shop, jobs)
    push_stock(fresh(channel), shop, jobs)

    assert shop.sent == [{"TENT": 7}, {"TENT": 7}]
    item.refresh_from_db()
    assert item.pushed_quantity == 7


@pytest.mark.req("JOB-3")
def test_an_older_answer_never_overwrites_a_newer_one(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(7)
    item = listed(channel, product)
    newer = NOW + timedelta(minutes=1)

    def meanwhile() -> None:
        ListingItem.objects.filter(pk=item.pk).update(pushed_quantity=3, pushed_at=newer)

    shop.during_push = meanwhile
    push_changed(fresh(channel), shop, product_ids=[product.pk], now=NOW)

    item.refresh_from_db()
    assert (item.pushed_quantity, item.pushed_at) == (3, newer)


def test_an_item_unlinked_meanwhile_stays_gone(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(7)
    item = listed(channel, product)
    shop.during_push = lambda: ListingItem.objects.filter(pk=item.pk).delete() and None

    push_changed(fresh(channel), shop, product_ids=[product.pk], now=NOW)

    assert not ListingItem.objects.exists()


@pytest.mark.req("LST-2")
@pytest.mark.req("A28")
def test_a_product_that_is_switched_off_is_never_sent(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory()
    listed(channel, product, sync_stock=False)

    put_on_hand({product: 7})

    assert not ChangeMark.objects.exists()
    assert push_changed(fresh(channel), shop, product_ids=[product.pk], now=NOW) == {}
    assert push_chosen(fresh(channel), shop, product_ids=[product.pk], now=NOW) == {}
    assert shop.calls == []


def test_services_drop_shipped_and_uncounted_products_are_never_sent(channel: Channel, shop: FakeShop) -> None:
    products = [ServiceFactory(), ProductFactory(drop_ship=DropShip.ALWAYS), ProductFactory()]
    for product, tracking in zip(products, ("variant", "variant", "none"), strict=True):
        listed(channel, product, tracking=tracking)

    assert push_chosen(fresh(channel), shop, product_ids=[product.pk for product in products], now=NOW) == {}
    assert shop.calls == []


@pytest.mark.req("SET-19")
@pytest.mark.parametrize(
    "off", [{"update_stock": False, "stock_preview_confirmed_at": None}, {"read_only": True}, {"state": "disconnected"}]
)
def test_a_channel_that_does_not_send_gets_no_marks_and_no_calls(shop: FakeShop, off: dict[str, object]) -> None:
    channel, product = sending_channel(), ProductFactory()
    listed(channel, product)
    settings = {key: value for key, value in off.items() if hasattr(ChannelSettings, key)}
    ChannelSettings.objects.filter(channel=channel).update(**settings) if settings else None
    of_channel = {key: value for key, value in off.items() if key not in settings}
    Channel.objects.filter(pk=channel.pk).update(**of_channel) if of_channel else None

    put_on_hand({product: 7})

    assert not ChangeMark.objects.exists()
    if off.get("state") != ChannelState.DISCONNECTED:
        assert push_changed(fresh(channel), shop, product_ids=[product.pk], now=NOW) == {}
    assert shop.calls == []


@pytest.mark.req("LST-5")
@pytest.mark.req("A58")
def test_update_quantities_sends_whatever_the_switch_says_and_keeps_the_buffer(shop: FakeShop) -> None:
    channel = sending_channel(use_buffer=True, buffer=2)
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    ChannelSettings.objects.filter(channel=channel).update(update_stock=False, stock_preview_confirmed_at=None)

    for _ in range(2):
        push_chosen(fresh(channel), shop, product_ids=[product.pk], now=NOW)

    assert shop.sent == [{"TENT": 5}, {"TENT": 5}]


def test_a_refused_item_keeps_the_stores_words_and_the_rest_goes_through(channel: Channel, shop: FakeShop) -> None:
    bad, good = ProductFactory(sku="BAD"), ProductFactory(sku="GOOD")
    items = [listed(channel, product) for product in (bad, good)]
    shop.refused = {"BAD": "variant_id 12 is locked"}
    put_on_hand({bad: 3, good: 4})

    outcomes = {outcome.key: outcome for outcome in drain(channel, shop)}

    assert outcomes[str(bad.pk)] == JobOutcome(key=str(bad.pk), verdict="failed", message="variant_id 12 is locked")
    assert outcomes[str(good.pk)].verdict == "done"
    for item in items:
        item.refresh_from_db()
    assert (items[0].push_error, items[0].pushed_quantity) == ("variant_id 12 is locked", None)
    assert (items[1].push_error, items[1].pushed_quantity) == ("", 4)

    shop.refused = {}
    put_on_hand({bad: 1})
    drain(channel, shop)
    items[0].refresh_from_db()
    assert (items[0].push_error, items[0].pushed_quantity) == ("", 4)


def test_what_is_gone_in_the_store_is_noted(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    item = listed(channel, product)
    shop.gone = {"TENT"}
    put_on_hand({product: 3})

    [outcome] = drain(channel, shop)

    item.refresh_from_db()
    assert (outcome.verdict, item.is_gone, item.push_error) == ("failed", True, "Item not found")


def test_a_store_that_is_down_loses_nothing(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory()
    item = listed(channel, product)
    put_on_hand({product: 3})
    jobs = absorb(channel)
    shop.failures = [TemporarilyUnavailable("down")]

    with pytest.raises(TemporarilyUnavailable):
        push_stock(fresh(channel), shop, jobs)

    item.refresh_from_db()
    assert item.pushed_at is None
    push_stock(fresh(channel), shop, jobs)
    assert sent(shop)[product.sku] == 3


@pytest.mark.req("SET-32")
def test_without_a_location_of_the_store_nothing_is_sent(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(3)
    listed(channel, product)
    LocationMapping.objects.update(receives_stock=False)

    with pytest.raises(NoStoreLocation):
        push_changed(fresh(channel), shop, product_ids=[product.pk], now=NOW)
    assert shop.calls == []


# --- products that the store counts as a whole


def test_variations_counted_together_always_go_together(channel: Channel, shop: FakeShop) -> None:
    red, blue = ProductFactory(sku="RED"), ProductFactory(sku="BLUE")
    listed_family(channel, [red, blue], tracking="product")
    put_on_hand({red: 3, blue: 4})
    drain(channel, shop)

    put_on_hand({red: 1})
    drain(channel, shop)

    assert shop.sent == [{"RED": 3, "BLUE": 4}, {"RED": 4, "BLUE": 4}]


@pytest.mark.req("JOB-3")
@pytest.mark.parametrize("platform", ["bigcommerce", "woocommerce"])
def test_stock_that_moves_while_a_product_is_listed_reaches_the_store(platform: str) -> None:
    """The number may have gone with the product, before there was a link to mark."""
    channel, shop, oak = sending_channel(store_is_master=False), ListingShop(), sellable("OAK")
    Channel.objects.update(platform=platform)
    put_on_hand({oak: 5})
    create = shop.create

    def sell_meanwhile(products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        results = create(products, look_first=look_first)
        put_on_hand({oak: 1})
        return results

    shop.create = sell_meanwhile  # type: ignore[method-assign]
    list_products(fresh(channel), shop, [oak])
    drain(channel, shop)

    assert shop.by_sku("OAK").variants[0].quantity == 6
    assert ListingItem.objects.get().pushed_quantity == 6
