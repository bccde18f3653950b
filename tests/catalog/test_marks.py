"""Marks of stock: who is marked, what a change of Setup sends, what the store moved itself (A52, BUF-7)."""

from decimal import Decimal

import pytest

from catalog.handlers import push_stock
from catalog.services.holds import clear_holds, set_holds
from catalog.services.marks import mark_all
from channels.models import ChangeMark, Channel, ChannelSettings, SyncJob
from channels.registry import JobOutcome
from channels.signals import mapping_changed, settings_changed
from inventory.services import stock
from tests.catalog.drains import drain, fresh, sent
from tests.factories.catalog import FakeShop, listed, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import (
    LocationFactory,
    ProductFactory,
    demand,
    put_on_hand,
    stocked_product,
)

pytestmark = pytest.mark.django_db


@pytest.mark.req("SET-13")
def test_only_channels_that_count_the_location_are_marked() -> None:
    here, there = LocationFactory(), LocationFactory()
    everywhere, only_there = sending_channel(), sending_channel(location=there)
    product = ProductFactory()
    for channel in (everywhere, only_there):
        listed(channel, product)

    put_on_hand({product: 1}, location=here)

    assert list(ChangeMark.objects.values_list("channel", "kind", "key")) == [(everywhere.pk, "stock", str(product.pk))]


@pytest.mark.req("CAP-10")
def test_all_stores_that_list_it_learn_of_a_sale_in_one() -> None:
    product = stocked_product(5)
    channels = [sending_channel(), sending_channel()]
    for channel in channels:
        listed(channel, product)

    stock.allocate_stock([demand("order:1/1", product, 2)], key="k", document_key="order:1", at=NOW)

    for channel in channels:
        shop = FakeShop()
        drain(channel, shop)
        assert sent(shop) == {product.sku: 3}


@pytest.mark.req("JOB-3")
def test_marks_cost_the_same_statements_for_few_and_many(channel: Channel, django_assert_num_queries) -> None:
    products = [ProductFactory() for _ in range(40)]
    for product in products:
        listed(channel, product)

    for part in (products[:1], products):
        with django_assert_num_queries(4):  # assemblies, which are listed, the marks, the poke
            from catalog.services.marks import mark_stock_changed

            mark_stock_changed([product.pk for product in part], location_ids=[1])


@pytest.mark.req("BUF-7")
@pytest.mark.req("A32")
def test_saving_a_buffer_sends_nothing_and_the_next_push_uses_it(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)
    ChannelSettings.objects.update(use_buffer=True, buffer=2)

    settings_changed.send(Channel, channel=fresh(channel), changed=frozenset({"use_buffer", "buffer"}))
    assert not ChangeMark.objects.exists()

    put_on_hand({product: 1})
    drain(channel, shop)
    assert shop.sent[-1] == {"TENT": 6}


@pytest.mark.req("SET-13")
def test_another_location_sends_everything_that_differs(channel: Channel, shop: FakeShop) -> None:
    other = LocationFactory()
    products = [ProductFactory(sku=f"S{n}") for n in range(5)]
    for product in products:
        listed(channel, product)
    put_on_hand(dict.fromkeys(products, 7))
    put_on_hand({products[0]: 7, products[1]: 2}, location=other)
    drain(channel, shop)
    shop.sent.clear()
    ChannelSettings.objects.update(location=other)

    settings_changed.send(Channel, channel=fresh(channel), changed=frozenset({"location"}))
    drain(channel, shop)

    assert sent(shop) == {"S0": 7, "S1": 2, "S2": 0, "S3": 0, "S4": 0}


@pytest.mark.req("SET-32")
def test_another_location_of_the_store_gets_everything(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)

    mapping_changed.send(Channel, channel=fresh(channel), kind="location", remote_keys=frozenset())
    drain(channel, shop)

    assert shop.sent == [{"TENT": 7}, {"TENT": 7}]


def test_looking_through_everything_goes_page_by_page(
    channel: Channel, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from channels import registry

    spec = registry.platform_spec("bigcommerce")
    small = replace(spec, limits=replace(spec.limits, stock_batch=2))
    monkeypatch.setitem(registry._specs, "bigcommerce", small)
    products = [stocked_product(3) for _ in range(5)]
    for product in products:
        listed(channel, product)

    mark_all(channel)
    drain(channel, shop)

    assert [len(call) for call in shop.sent] == [2, 2, 1]


@pytest.mark.req("A52")
def test_what_the_store_moved_itself_is_sent_even_if_our_number_is_the_same(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)
    set_holds(channel, owner_key="order:1", quantities={product.pk: Decimal(1)})
    clear_holds(channel, owner_key="order:1")  # placed and cancelled before anything was sent

    drain(channel, shop)

    assert shop.sent == [{"TENT": 7}, {"TENT": 7}]


@pytest.mark.req("A52")
def test_no_push_raises_the_store_above_what_is_free(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 10})
    drain(channel, shop)
    set_holds(channel, owner_key="order:1", quantities={product.pk: Decimal(2)})  # unpaid: the store has taken 2
    put_on_hand({product: 1})
    drain(channel, shop)
    assert shop.sent[-1] == {"TENT": 9}

    with_capture = stock.Demand(
        owner_key="order:1/1", product_id=product.pk, location_id=product.levels.get().location_id, quantity=Decimal(2)
    )
    clear_holds(channel, owner_key="order:1")
    stock.allocate_stock([with_capture], key="capture", document_key="order:1", at=NOW)
    drain(channel, shop)

    assert shop.sent[-1] == {"TENT": 9}
    assert max(call["TENT"] for call in shop.sent[1:]) == 9


def test_keys_of_other_versions_are_let_go(channel: Channel, shop: FakeShop) -> None:
    job = SyncJob(channel=channel, kind="stock", key="what?", not_before=NOW)

    assert push_stock(fresh(channel), shop, [job]) == [JobOutcome(key="what?", verdict="nothing")]
    assert shop.calls == []
