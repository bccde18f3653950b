"""Builds, receipts and bills of materials in the same moment (SPEC INV-7, INV-13)."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from inventory import queries
from inventory.enums import AssemblyState, PostingKind
from inventory.models import Assembly, Component, Movement, ProductCost, StockLevel
from inventory.services import assembly, stock
from inventory.services.assembly import AssemblyRefused, BuildOrder, ComponentsMissing
from inventory.services.bills import BillRefused
from inventory.services.stale import EditedMeanwhile
from tests.factories.assembly import assembled
from tests.factories.inventory import NOW, LocationFactory, ProductFactory, default_location, stocked_product
from tests.inventory.test_on_order import act, change

D = Decimal


@pytest.fixture(autouse=True)
def proven(transactional_db):
    yield
    call_command("audit_stock", stdout=StringIO())


def make(kit, line: str) -> Assembly:
    return assembly.assemble_for(
        assembly.BuildOrder(
            product_id=kit.pk,
            location_id=default_location().pk,
            quantity=D(1),
            document_key="sale:1",
            owner_key=line,
        ),
        user=None,
        now=NOW,
    )


@pytest.mark.req("INV-7")
@pytest.mark.req("A9")
def test_two_builds_fight_for_the_last_component(race) -> None:
    last = stocked_product(1)
    kits = [assembled({last: 1, stocked_product(9): 1}) for _ in range(2)]

    outcomes = race([lambda n=n, kit=kit: make(kit, f"line:{n}") for n, kit in enumerate(kits)])

    assert sorted(each.state for each in outcomes) == [AssemblyState.DONE, AssemblyState.DRAFT], outcomes
    assert sorted(Assembly.objects.values_list("number", flat=True)) == ["AS-1", "AS-2"]
    assert StockLevel.objects.get(product=last).on_hand == 0


@pytest.mark.req("INV-7")
def test_by_hand_one_of_two_is_refused_and_leaves_nothing(race) -> None:
    last = stocked_product(3)
    kit = assembled({last: 2})
    place = default_location().pk

    def by_hand(key: str) -> Assembly:
        order = BuildOrder(product_id=kit.pk, location_id=place, quantity=D(1), owner_key=key)
        return assembly.build_assembly(order, user=None, now=NOW)

    outcomes = race([lambda n=n: by_hand(f"hand:{n}") for n in range(3)])

    assert sorted(type(each).__name__ for each in outcomes) == ["Assembly", "ComponentsMissing", "ComponentsMissing"]
    assert Assembly.objects.get().state == AssemblyState.DONE
    assert all(each.missing for each in outcomes if isinstance(each, ComponentsMissing))


@pytest.mark.req("INV-7")
@pytest.mark.req("JOB-5")
def test_one_line_built_by_five_at_once_is_built_once(race) -> None:
    part = stocked_product(9)
    kit = assembled({part: 2})

    outcomes = race([lambda: make(kit, "line:1")] * 5)

    assert {(each.pk, each.state) for each in outcomes} == {(Assembly.objects.get().pk, AssemblyState.DONE)}, outcomes
    assert StockLevel.objects.get(product=part).on_hand == 7


@pytest.mark.req("INV-7")
def test_built_undone_and_voided_at_once_ends_in_a_sound_state(race) -> None:
    part = stocked_product(2)
    kit = assembled({part: 2})
    made = make(kit, "line:1")

    outcomes = race(
        [
            lambda: assembly.undo_assembly(made, user=None, now=NOW),
            lambda: assembly.void_assemblies("sale:1", user=None, now=NOW),
            lambda: make(kit, "line:1"),
        ]
    )

    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert all(isinstance(each, AssemblyRefused | EditedMeanwhile) for each in refused), outcomes
    built = Assembly.objects.filter(state=AssemblyState.DONE).count()
    assert StockLevel.objects.get(product=part).on_hand == 2 - 2 * built
    assert StockLevel.objects.get(product=kit).on_hand == built


@pytest.mark.req("INV-7")
def test_two_bills_never_make_two_levels(race) -> None:
    for _attempt in range(3):
        top, middle, part = (ProductFactory() for _ in range(3))
        default_location()

        def save(product, component) -> object:
            return assembly.set_components(product.pk, [(component.pk, D(1))], True, user=None, now=NOW)

        outcomes = race([lambda m=middle, t=top: save(t, m), lambda m=middle, p=part: save(m, p)])

        assert sum(isinstance(each, BillRefused) for each in outcomes) == 1, outcomes
        assert Component.objects.filter(product__in=[top, middle]).count() == 1


@pytest.mark.req("INV-13")
def test_receipts_at_once_keep_the_average_exact(race) -> None:
    product, places = ProductFactory(), [default_location(), LocationFactory(), LocationFactory()]
    stock.change_stock([change(product, 2, "1", places[0])], kind=PostingKind.OPENING, **act("opening"))
    stock.change_on_order([change(product, 10, location=place) for place in places], **act("o"))
    receipts = [change(product, 2, "3", places[1]), change(product, 4, "4", places[2])]

    outcomes = race([lambda n=n, one=one: stock.receive_stock([one], **act(f"r{n}")) for n, one in enumerate(receipts)])

    assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    assert queries.average_costs([product.pk]) == {product.pk: D("3")}  # (2×1 + 2×3 + 4×4) ÷ 8, either one first
    assert ProductCost.objects.get().version == 3


@pytest.mark.req("INV-13")
def test_two_receipts_at_one_place_with_a_sale_between(race) -> None:
    product = ProductFactory()
    stock.change_stock([change(product, 10, "2")], kind=PostingKind.OPENING, **act("opening"))
    stock.change_on_order([change(product, 20)], **act("o"))

    def sell() -> object:
        with transaction.atomic():
            return stock.change_stock([change(product, -5)], kind=PostingKind.ADJUSTMENT, **act("gone"))

    outcomes = race(
        [
            lambda: stock.receive_stock([change(product, 10, "2")], **act("r1")),
            lambda: stock.receive_stock([change(product, 10, "2")], **act("r2")),
            sell,
        ]
    )

    assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    assert queries.average_costs([product.pk]) == {product.pk: D("2")}
    assert Movement.objects.get(posting__key="gone").unit_cost == D("2")


@pytest.mark.req("INV-7")
def test_building_and_selling_both_ways_round_do_not_lock_each_other_out(race) -> None:
    kit = ProductFactory(auto_assembly=True)  # before its component: the other way round in the order of locks
    part = stocked_product(50)
    Component.objects.create(product=kit, component=part, quantity=1)
    stock.change_stock([change(kit, 20)], kind=PostingKind.OPENING, **act("opening"))

    def sell(key: str) -> object:
        return stock.change_stock([change(part, -1), change(kit, -1)], kind=PostingKind.ADJUSTMENT, **act(key))

    outcomes = race(
        [lambda n=n: make(kit, f"line:{n}") if n % 2 else sell(f"sold:{n}") for n in range(8)]
    )  # fmt: skip

    assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    levels = dict(StockLevel.objects.values_list("product_id", "on_hand"))
    assert levels == {part.pk: 42, kit.pk: 20}
