"""What can be sold of products built from others (INV-7)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.enums import RecordStatus
from inventory.models import Location, Product
from inventory.queries.assembly import Availability, availabilities, related_products
from inventory.services import stock
from tests.factories.assembly import assembled
from tests.factories.inventory import NOW, LocationFactory, ProductFactory, demand, put_on_hand, stocked_product

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-7")]
D = Decimal


def owe(product: Product, units: Decimal | int, location: Location | None = None) -> None:
    key = f"line:{product.pk}"
    stock.allocate_stock([demand(key, product, units, location)], key=key, document_key="order:1", at=NOW)


def of(product: Product, **more: object) -> Availability:
    return availabilities([product.pk], **more)[product.pk]  # type: ignore[arg-type]


def test_a_kit_can_be_sold_as_often_as_its_scarcest_component_allows() -> None:
    cloth, poles = stocked_product(10), stocked_product(7)
    tent = assembled({cloth: 1, poles: 2})
    put_on_hand({tent: 1})

    found = of(tent)

    assert (found.on_hand, found.buildable, found.limiting, found.total) == (1, 3, (poles.pk,), 4)


def test_a_kit_that_is_owed_lowers_its_components_and_its_own_units_go_first() -> None:
    cloth, poles = stocked_product(10), stocked_product(7)
    tent = assembled({cloth: 1, poles: 2})
    put_on_hand({tent: 1})
    owe(tent, 3)

    assert (of(tent).own, of(tent).buildable, of(tent).total) == (-2, 3, 1)
    assert (of(cloth).needed, of(cloth).total) == (2, 8)
    assert (of(poles).needed, of(poles).total) == (4, 3)


def test_what_another_kit_owes_cannot_be_built_of() -> None:
    poles = stocked_product(7)
    tent, tarp = assembled({poles: 2}), assembled({poles: 1})
    owe(tent, 3)

    assert (of(tarp).buildable, of(tent).total, of(poles).total) == (1, 0, 1)


def test_a_build_never_mixes_locations() -> None:
    north, south = LocationFactory(), LocationFactory()
    cloth, poles = ProductFactory(), ProductFactory()
    tent = assembled({cloth: 1, poles: 1})
    put_on_hand({cloth: 5, poles: 1}, location=north)
    put_on_hand({poles: 4}, location=south)

    assert of(tent).total == 1
    assert of(tent, location_ids=[south.pk]).total == 0


def test_units_that_a_component_owes_elsewhere_are_not_built_of() -> None:
    north, south = LocationFactory(), LocationFactory()
    poles = stocked_product(5, location=north)
    tent = assembled({poles: 1})
    owe(poles, 3, south)

    assert (of(poles).total, of(tent).total) == (2, 2)


def test_components_at_inactive_locations_do_not_count() -> None:
    closed = LocationFactory(status=RecordStatus.DEPRECATED)
    poles = stocked_product(5, location=closed)

    assert of(assembled({poles: 1})).total == 0


def test_fractions_build_whole_units() -> None:
    rope = stocked_product(D("1"))

    assert of(assembled({rope: D("0.3")})).buildable == 3


def test_a_product_that_is_not_built_when_sold_is_no_kit() -> None:
    poles = stocked_product(5)
    tent = assembled({poles: 1}, auto_assembly=False)
    owe(tent, 2)

    assert (of(tent).total, of(tent).is_assembled, of(poles).total) == (-2, False, 5)


def test_a_component_that_nobody_has_allows_none() -> None:
    poles, never_seen = stocked_product(5), ProductFactory()

    found = of(assembled({poles: 1, never_seen: 1}))

    assert (found.buildable, found.limiting) == (0, (never_seen.pk,))


def test_the_same_statements_for_few_and_many(django_assert_num_queries) -> None:
    kits = [assembled({stocked_product(4): 2, stocked_product(4): 1}) for _ in range(20)]
    plain = [stocked_product(1) for _ in range(20)]

    for part, statements in ((plain[:1], 2), (plain, 2), (kits[:1], 3), (kits, 3), ([*kits, *plain], 3)):
        with django_assert_num_queries(statements):
            assert len(availabilities([each.pk for each in part])) == len(part)
    for part, statements in ((plain[:1], 1), (plain, 1), (kits[:1], 2), (kits, 2)):
        with django_assert_num_queries(statements):
            assert {each.pk for each in part} <= related_products([each.pk for each in part])


class Closure(TestCase):
    """Whatever moves by a change of one product is among those named beforehand."""

    @given(
        on_hand=st.lists(st.integers(0, 6), min_size=6, max_size=6),
        owed=st.lists(st.integers(0, 4), min_size=6, max_size=6),
        bills=st.lists(st.dictionaries(st.integers(0, 2), st.integers(1, 3), max_size=3), min_size=3, max_size=3),
        changed=st.integers(0, 5),
        change=st.integers(-3, 3),
    )
    @settings(max_examples=60)
    def test_nothing_else_moves(
        self, on_hand: list[int], owed: list[int], bills: list[dict[int, int]], changed: int, change: int
    ) -> None:
        parts = [ProductFactory() for _ in range(3)]
        kits = [assembled({parts[place]: each for place, each in bill.items()}) for bill in bills]
        products = [*parts, *kits]
        ids = [product.pk for product in products]
        put_on_hand({product: units + 3 for product, units in zip(products, on_hand, strict=True)})
        for product, units in zip(products, owed, strict=True):
            if units:
                owe(product, units + 3)
        related = related_products([ids[changed]])
        before = availabilities(ids)

        if change:
            place = products[changed].levels.get().location_id
            moved = stock.StockChange(product_id=ids[changed], location_id=place, quantity=D(change))
            stock.change_stock([moved], key="c", kind="adjustment", document_key="adjustment:1", at=NOW)

        after = availabilities(ids)
        assert {pk for pk in ids if before[pk].total != after[pk].total} <= related
