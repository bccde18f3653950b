"""The sync quantity: which locations, which buffer, what is held (SET-13, BUF-1, A52, A58)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.queries.explain import explain
from catalog.queries.levels import sync_quantities
from catalog.services.holds import clear_holds, set_holds
from channels.models import ChangeMark, Channel, ChannelSettings
from inventory.enums import DropShip, RecordStatus
from inventory.models import Product
from inventory.services import stock
from tests.catalog.drains import fresh
from tests.factories.assembly import assembled
from tests.factories.catalog import listed, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import (
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    default_location,
    demand,
    put_on_hand,
    stocked_product,
)

pytestmark = pytest.mark.django_db


def quantity(channel: Channel, product: Product) -> Decimal:
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    return sync_quantities(channel, [product.pk])[product.pk].quantity


def allocate(product: Product, units: int, owner: str = "order:1/line:1") -> None:
    stock.allocate_stock([demand(owner, product, units)], key=f"a:{owner}", document_key="order:1", at=NOW)


@pytest.mark.req("SET-13")
def test_all_locations_are_summed_negatives_included() -> None:
    channel, second = sending_channel(), LocationFactory()
    product = stocked_product(10)
    put_on_hand({product: 5}, location=second)
    stock.allocate_stock([demand("o", product, 8, second)], key="k", document_key="order:1", at=NOW)

    assert quantity(channel, product) == 7


@pytest.mark.req("SET-13")
def test_inactive_locations_do_not_count() -> None:
    channel, closed = sending_channel(), LocationFactory()
    product = stocked_product(10)
    put_on_hand({product: 5}, location=closed)
    closed.status = RecordStatus.DEPRECATED
    closed.save()

    assert quantity(channel, product) == 10


@pytest.mark.req("SET-13")
def test_a_linked_location_limits_what_counts() -> None:
    shop_floor = LocationFactory()
    channel = sending_channel(location=shop_floor)
    product = stocked_product(10)
    put_on_hand({product: 4}, location=shop_floor)

    assert quantity(channel, product) == 4


@pytest.mark.req("BUF-1")
@pytest.mark.req("SET-20")
@pytest.mark.req("SET-21")
@pytest.mark.parametrize(
    ("use_buffer", "buffer", "available", "expected"),
    [(False, 3, 10, 10), (True, 0, 10, 10), (True, 3, 10, 7), (True, 10, 10, 0), (True, 30, 10, 0), (True, 3, 0, 0)],
)
def test_the_channels_buffer_is_kept_back(use_buffer: bool, buffer: int, available: int, expected: int) -> None:
    channel = sending_channel(use_buffer=use_buffer, buffer=buffer)
    product = stocked_product(available) if available else ProductFactory()

    assert quantity(channel, product) == expected


@pytest.mark.req("A58")
def test_a_stored_buffer_counts_while_automatic_updates_are_off() -> None:
    channel = sending_channel(use_buffer=True, buffer=3)
    ChannelSettings.objects.filter(channel=channel).update(update_stock=False, stock_preview_confirmed_at=None)

    assert quantity(channel, stocked_product(10)) == 7


@pytest.mark.req("A52")
def test_units_of_uncaptured_orders_are_held_from_their_own_store_only() -> None:
    channel, other = sending_channel(), sending_channel()
    product = stocked_product(10)
    set_holds(channel, owner_key="order:1", quantities={product.pk: Decimal(2)})
    set_holds(channel, owner_key="order:2", quantities={product.pk: Decimal(1)})

    assert quantity(channel, product) == 7
    assert quantity(other, product) == 10


@pytest.mark.req("A52")
def test_holds_are_replaced_and_let_go_and_marked_each_time() -> None:
    channel = sending_channel()
    product, second = stocked_product(10), stocked_product(10)
    listed(channel, product)
    listed(channel, second)
    set_holds(channel, owner_key="o", quantities={product.pk: Decimal(2), second.pk: Decimal(1)})
    assert ChangeMark.objects.filter(kind="stock").count() == 2

    set_holds(channel, owner_key="o", quantities={product.pk: Decimal(2), second.pk: Decimal(1)})
    assert ChangeMark.objects.filter(kind="stock").count() == 2

    set_holds(channel, owner_key="o", quantities={product.pk: Decimal(3)})
    assert (quantity(channel, product), quantity(channel, second)) == (7, 10)
    assert ChangeMark.objects.filter(kind="stock").count() == 4

    clear_holds(channel, owner_key="o")
    clear_holds(channel, owner_key="o")
    assert quantity(channel, product) == 10
    assert ChangeMark.objects.filter(kind="stock").count() == 5
    assert ChangeMark.objects.order_by("-pk")[0].key == f"{product.pk}/resend"


def test_fractions_are_rounded_down() -> None:
    product = stocked_product(Decimal("2.75"))

    assert quantity(sending_channel(), product) == 2


def test_less_than_nothing_is_nothing() -> None:
    product = stocked_product(2)
    allocate(product, 5)

    assert quantity(sending_channel(), product) == 0


def test_services_and_always_drop_shipped_products_have_no_quantity() -> None:
    channel = sending_channel()
    service, dropped = ServiceFactory(), ProductFactory(drop_ship=DropShip.ALWAYS)

    found = sync_quantities(channel, [service.pk, dropped.pk, ProductFactory(drop_ship=DropShip.OPTIONAL).pk])

    assert [each.is_counted for each in found.values()] == [False, False, True]


def test_the_same_statements_for_any_number(django_assert_num_queries) -> None:
    channel = fresh(sending_channel(use_buffer=True, buffer=1))
    products = [stocked_product(1) for _ in range(20)]
    kits = [assembled({stocked_product(4): 2}) for _ in range(20)]

    for part in (products[:1], products):
        with django_assert_num_queries(5):  # products, assemblies, levels, buffers, holds
            assert len(sync_quantities(channel, [product.pk for product in part])) == len(part)
    for part in (kits[:1], kits):
        with django_assert_num_queries(6):  # and what else is built from the components
            assert len(sync_quantities(channel, [product.pk for product in part])) == len(part)


@pytest.mark.req("NEW-3")
def test_the_explanation_adds_up() -> None:
    second = LocationFactory(name="Shop floor")
    channel = sending_channel(use_buffer=True, buffer=2)
    product = stocked_product(10)
    put_on_hand({product: 4}, location=second)
    allocate(product, 3)
    set_holds(channel, owner_key="order:9", quantities={product.pk: Decimal(1)})
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    sync = sync_quantities(channel, [product.pk])[product.pk]

    why = explain(channel, sync)

    assert [(part.label, part.quantity) for part in why.on_hand] == [(default_location().name, 10), ("Shop floor", 4)]
    assert [part.quantity for part in why.allocated] == [3]
    assert [part.quantity for part in why.held] == [1]
    parts = sum(p.quantity for p in why.on_hand) - sum(p.quantity for p in [*why.allocated, *why.held]) - sync.buffer
    assert parts == sync.quantity == 8


class QuantityProperties(TestCase):
    @given(
        on_hand=st.integers(0, 50),
        allocated=st.integers(0, 60),
        buffer=st.integers(0, 20),
        held=st.lists(st.integers(1, 10), max_size=3),
        use_buffer=st.booleans(),
    )
    def test_never_more_than_available_less_what_is_held(
        self, on_hand: int, allocated: int, buffer: int, held: list[int], use_buffer: bool
    ) -> None:
        channel = sending_channel(use_buffer=use_buffer, buffer=buffer)
        product = stocked_product(on_hand) if on_hand else ProductFactory()
        if allocated:
            allocate(product, allocated)
        for place, units in enumerate(held):
            set_holds(channel, owner_key=f"order:{place}", quantities={product.pk: Decimal(units)})

        found = quantity(channel, product)

        free = on_hand - allocated - sum(held) - (buffer if use_buffer else 0)
        assert found == max(0, free)
        assert found <= max(0, on_hand - allocated - sum(held))
