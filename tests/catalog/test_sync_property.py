"""The sync quantity against a naive reckoning written from the rules alone (SPEC INV-7, SET-13, BUF, A52, A58)."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.models import ProductBuffer, StoreHold
from catalog.queries.levels import sync_quantities
from channels.models import Channel
from inventory.enums import DropShip, ProductType, RecordStatus
from inventory.models import Component, Product, StockLevel
from tests.catalog.drains import fresh
from tests.factories.catalog import sending_channel
from tests.factories.inventory import LocationFactory, ProductFactory

PARTS, KITS, PLACES = range(3), range(3, 6), range(3)
CLOSED = 2
"""The place that is not active."""


@dataclass(frozen=True)
class World:
    """Everything the number depends on. Products 0–2 may be components, 3–5 are built from them."""

    levels: dict[tuple[int, int], tuple[Fraction, Fraction]]
    """(product, place) → on hand, allocated."""
    bills: dict[int, dict[int, Fraction]]
    built: set[int]
    linked: int | None
    use_buffer: bool
    buffer: int
    own_buffers: dict[int, int]
    holds: list[tuple[int, Fraction, bool]]
    """Product, units, whether they are of this channel."""
    types: dict[int, ProductType] = field(default_factory=dict)
    drop_ship: dict[int, DropShip] = field(default_factory=dict)


# --- the naive reckoning


def free(world: World, product: int, place: int) -> Fraction:
    on_hand, allocated = world.levels.get((product, place), (Fraction(0), Fraction(0)))
    return on_hand - allocated


def places(world: World) -> list[int]:
    return [place for place in PLACES if place != CLOSED] if world.linked is None else [world.linked]


def everywhere(world: World, product: int) -> Fraction:
    return sum((free(world, product, place) for place in places(world)), Fraction(0))


def kits(world: World) -> list[int]:
    return [kit for kit in KITS if kit in world.built and world.bills.get(kit)]


def owed(world: World, kit: int) -> Fraction:
    """Units sold that are not there."""
    have = everywhere(world, kit)
    return -have if have < 0 else Fraction(0)


def taken(world: World, part: int, *, but: int | None = None) -> Fraction:
    """What kits that are owed still take of a part."""
    return sum(
        (owed(world, kit) * world.bills[kit].get(part, 0) for kit in kits(world) if kit != but), start=Fraction(0)
    )


def build(world: World, kit: int) -> int:
    """One after the other, each at one place, as long as what other kits are owed is left."""
    bill = world.bills[kit]
    shelf = {(part, place): free(world, part, place) for part in bill for place in places(world)}
    count = 0
    for place in places(world):
        while all(shelf[part, place] >= each for part, each in bill.items()):
            used = {part: each * (count + 1) for part, each in bill.items()}
            if any(everywhere(world, part) - taken(world, part, but=kit) < used[part] for part in bill):
                return count
            for part, each in bill.items():
                shelf[part, place] -= each
            count += 1
    return count


def expected(world: World, product: int) -> int | None:
    """None: no quantity is ever sent."""
    if world.types.get(product, ProductType.STOCK) != ProductType.STOCK:
        return None
    if world.drop_ship.get(product) == DropShip.ALWAYS:
        return None
    units = everywhere(world, product) - taken(world, product)
    if product in kits(world):
        units += build(world, product)
    if world.use_buffer:
        units -= world.own_buffers.get(product, world.buffer)
    for held, count, is_ours in world.holds:
        if is_ours and held == product:
            units -= count
    return max(0, floor(units))


# --- the same world in the database


def raise_world(world: World) -> tuple[Channel, list[Product]]:
    rooms = [LocationFactory(status=RecordStatus.DEPRECATED if place == CLOSED else "active") for place in PLACES]
    products = [
        ProductFactory(
            type=world.types.get(number, ProductType.STOCK),
            drop_ship=world.drop_ship.get(number, DropShip.NEVER),
            auto_assembly=number in world.built,
        )
        for number in (*PARTS, *KITS)
    ]
    StockLevel.objects.bulk_create(
        StockLevel(product=products[product], location=rooms[place], on_hand=units(there), allocated=units(gone))
        for (product, place), (there, gone) in world.levels.items()
    )
    Component.objects.bulk_create(
        Component(product=products[kit], component=products[part], quantity=units(each))
        for kit, bill in world.bills.items()
        for part, each in bill.items()
    )
    linked = None if world.linked is None else rooms[world.linked]
    channel = sending_channel(location=linked, use_buffer=world.use_buffer, buffer=world.buffer)
    other = sending_channel(use_buffer=True, buffer=7)
    for number, count in world.own_buffers.items():
        ProductBuffer.objects.create(channel=channel, product=products[number], quantity=count)
        ProductBuffer.objects.create(channel=other, product=products[number], quantity=count + 1)
    for place, (number, count, is_ours) in enumerate(world.holds):
        StoreHold.objects.create(
            channel=channel if is_ours else other,
            product=products[number],
            owner_key=f"order:{place}",
            reason="shadow",
            quantity=units(count),
        )
    return fresh(channel), products


def units(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def halves(most: int) -> st.SearchStrategy[Fraction]:
    return st.integers(0, most).map(lambda count: Fraction(count, 2))


rarely = st.sampled_from([Fraction(0)] * 3 + [Fraction(count, 2) for count in range(1, 8)])
some = st.integers(1, 6).map(lambda count: Fraction(count, 4))
number = st.integers(0, 5)
slots = [(product, place) for product in (*PARTS, *KITS) for place in PLACES]
worlds = st.builds(
    World,
    levels=st.tuples(*(st.tuples(halves(16 if product in PARTS else 2), rarely) for product, _place in slots)).map(
        lambda levels: dict(zip(slots, levels, strict=True))
    ),
    bills=st.dictionaries(
        st.sampled_from(KITS), st.dictionaries(st.sampled_from(PARTS), some, min_size=1), min_size=1, max_size=3
    ),
    built=st.sets(st.sampled_from(KITS), min_size=1),
    linked=st.one_of(st.none(), st.none(), st.sampled_from(PLACES)),
    use_buffer=st.booleans(),
    buffer=st.integers(0, 3),
    own_buffers=st.dictionaries(number, st.integers(0, 4), max_size=3),
    holds=st.lists(st.tuples(number, some, st.booleans()), max_size=3),
    types=st.dictionaries(number, st.sampled_from(ProductType), max_size=1),
    drop_ship=st.dictionaries(number, st.sampled_from(DropShip), max_size=1),
)


@pytest.mark.req("INV-7")
@pytest.mark.req("SET-13")
@pytest.mark.req("SET-20")
@pytest.mark.req("SET-21")
@pytest.mark.req("BUF-1")
@pytest.mark.req("BUF-2")
@pytest.mark.req("BUF-3")
@pytest.mark.req("BUF-4")
@pytest.mark.req("A52")
@pytest.mark.req("A58")
class SyncQuantityProperties(TestCase):
    @given(world=worlds)
    @settings(max_examples=150, deadline=None)
    def test_the_number_is_the_one_of_the_rules(self, world: World) -> None:
        channel, products = raise_world(world)

        found = sync_quantities(channel, [product.pk for product in products])

        wanted = [expected(world, each) for each in range(len(products))]
        numbers = [found[product.pk].quantity if found[product.pk].is_counted else None for product in products]
        assert numbers == wanted
        alone = sync_quantities(channel, [products[3].pk])[products[3].pk]
        assert alone == found[products[3].pk], "the same, whatever is asked with it"
        built = [found[products[kit].pk].buildable for kit in kits(world)]
        event(f"some can be built: {any(built)}, some are owed: {any(owed(world, kit) for kit in kits(world))}")

    @given(world=worlds)
    @settings(max_examples=40, deadline=None)
    def test_the_parts_add_up_and_nothing_is_promised_twice(self, world: World) -> None:
        channel, products = raise_world(world)

        found = sync_quantities(channel, [product.pk for product in products])

        for place, product in enumerate(products):
            sync = found[product.pk]
            assert sync.available == sync.on_hand - sync.allocated - sync.needed + sync.buildable
            assert sync.exact == sync.available - sync.buffer - sync.held
            assert 0 <= sync.quantity == sync.quantity.to_integral_value()
            assert sync.needed >= 0 <= sync.buildable
            assert set(sync.limiting) <= {products[part].pk for part in world.bills.get(place, {})}
