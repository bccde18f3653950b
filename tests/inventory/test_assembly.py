"""Building from components: how many, when not, and back again (SPEC INV-7, SET-11, SET-12, A9; DOMAIN L6)."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from inventory import queries
from inventory.enums import AssemblyState, PostingKind
from inventory.models import Assembly, AuditEntry, DocumentNumber, Movement, Product, StockLevel
from inventory.queries import assemblies
from inventory.services import assembly, stock
from inventory.services.assembly import AssemblyRefused, BuildOrder, ComponentsMissing, units_to_build
from inventory.services.stale import EditedMeanwhile
from tests.factories.assembly import assembled
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    ProductFactory,
    UserFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.inventory.test_on_order import act, change, level

D = Decimal
BUILT = {-3: 8, 0: 5, 3: 2, 5: 0, 9: 0}


@pytest.mark.req("SET-12")
@pytest.mark.req("A9")
@pytest.mark.parametrize(("available", "built"), BUILT.items())
def test_minimum_fills_up_what_is_missing(available, built) -> None:
    assert units_to_build(mode="minimum", ordered=D(5), available_without=D(available)) == built


@pytest.mark.req("SET-11")
@pytest.mark.parametrize("available", BUILT)
def test_ordered_ignores_stock(available) -> None:
    assert units_to_build(mode="ordered", ordered=D(5), available_without=D(available)) == 5


@pytest.mark.parametrize("mode", ["minimum", "ordered"])
def test_nothing_ordered_is_nothing_to_build(mode) -> None:
    assert units_to_build(mode=mode, ordered=D(0), available_without=D(-3)) == 0


class Workshop:
    """A kit of two poles and one cloth, sold five times by `line:1`, with own units that others may hold."""

    def __init__(self, available: int, *, poles: int, cloths: int) -> None:
        self.pole, self.cloth = stocked_product(poles, sku="POLE"), stocked_product(cloths, sku="CLOTH")
        self.kit = assembled({self.pole: 2, self.cloth: 1}, sku="KIT")
        if available > 0:
            stock.change_stock([change(self.kit, available)], kind=PostingKind.OPENING, **act("own"))
        elif available < 0:
            stock.allocate_stock([demand("line:other", self.kit, -available)], **act("others"))
        stock.allocate_stock([demand("line:1", self.kit, 5)], **act("captured"))
        stock.change_on_order([change(self.kit, 100), change(self.pole, 100)], **act("coming"))

    def available_without(self) -> Decimal:
        return queries.available([self.kit.pk], location_ids=[default_location().pk])[self.kit.pk] + 5

    def process(self, mode: str) -> Assembly | None:
        units = units_to_build(mode=mode, ordered=D(5), available_without=self.available_without())
        if not units:
            return None
        make = assembly.assemble_for if mode == "ordered" else assembly.assemble_if_possible
        return make(
            assembly.BuildOrder(
                product_id=self.kit.pk,
                location_id=default_location().pk,
                quantity=units,
                document_key="sale:1",
                owner_key="line:1",
            ),
            user=None,
            now=NOW,
        )

    def on_hand(self) -> tuple[Decimal, Decimal, Decimal]:
        rows = dict(StockLevel.objects.values_list("product_id", "on_hand"))
        return tuple(rows.get(product.pk, D(0)) for product in (self.kit, self.pole, self.cloth))


@pytest.mark.django_db
@pytest.mark.req("SET-12")
@pytest.mark.req("A9")
@pytest.mark.parametrize(("available", "built"), BUILT.items())
def test_table_of_minimum_with_enough_components(available, built) -> None:
    shop = Workshop(available, poles=20, cloths=8)

    made = shop.process("minimum")

    assert shop.on_hand() == (max(0, available) + built, 20 - 2 * built, 8 - built)
    assert (made.state, made.quantity) == (AssemblyState.DONE, built) if built else made is None
    call_command("audit_stock")


@pytest.mark.django_db
@pytest.mark.req("SET-12")
@pytest.mark.req("A9")
@pytest.mark.parametrize(("available", "built"), BUILT.items())
def test_table_of_minimum_with_one_component_one_short_builds_nothing(available, built) -> None:
    shop = Workshop(available, poles=20, cloths=max(0, built - 1))

    assert shop.process("minimum") is None

    assert shop.on_hand() == (max(0, available), 20, max(0, built - 1))
    assert not Assembly.objects.exists()
    assert not DocumentNumber.objects.filter(kind="assembly", next_number__gt=1).exists(), "the number is given back"


@pytest.mark.django_db
@pytest.mark.req("SET-11")
@pytest.mark.req("A9")
@pytest.mark.parametrize("available", BUILT)
def test_table_of_ordered_with_enough_components(available) -> None:
    shop = Workshop(available, poles=20, cloths=8)

    made = shop.process("ordered")

    assert (made.state, made.quantity, made.number) == (AssemblyState.DONE, 5, "AS-1")
    assert shop.on_hand() == (max(0, available) + 5, 10, 3)


@pytest.mark.django_db
@pytest.mark.req("SET-11")
@pytest.mark.req("A9")
@pytest.mark.parametrize("available", BUILT)
def test_table_of_ordered_with_one_component_one_short_stays_a_draft_that_says_what_is_missing(available) -> None:
    shop = Workshop(available, poles=20, cloths=4)

    made = shop.process("ordered")

    assert (made.state, made.quantity, made.number) == (AssemblyState.DRAFT, 5, "AS-1")
    assert shop.on_hand() == (max(0, available), 20, 4)
    (missing,) = assemblies.missing_of(made)
    assert (missing.component, missing.quantity, missing.available, missing.missing) == (shop.cloth, 5, 4, 1)
    with pytest.raises(ComponentsMissing, match="5 of CLOTH wanted, 4 available"):
        assembly.complete_assembly(made, user=None, now=NOW)


@pytest.mark.django_db
@pytest.mark.req("SET-11")
def test_a_draft_is_built_when_the_components_have_come() -> None:
    shop = Workshop(0, poles=20, cloths=4)
    draft = shop.process("ordered")
    stock.change_stock([change(shop.cloth, 1)], kind=PostingKind.ADJUSTMENT, **act("came"))

    again, once_more = shop.process("ordered"), shop.process("ordered")

    assert again.pk == draft.pk == once_more.pk
    assert (again.state, again.done_at) == (AssemblyState.DONE, NOW)
    assert shop.on_hand() == (5, 10, 0)
    assert Movement.objects.filter(posting__document_key="assembly:AS-1").count() == 3


@pytest.mark.django_db
@pytest.mark.req("SET-11")
def test_a_draft_follows_its_order() -> None:
    shop = Workshop(0, poles=20, cloths=4)
    draft = shop.process("ordered")

    smaller = assembly.assemble_for(
        assembly.BuildOrder(
            product_id=shop.kit.pk,
            location_id=default_location().pk,
            quantity=D(4),
            document_key="sale:1",
            owner_key="line:1",
        ),
        user=None,
        now=NOW,
    )

    draft.refresh_from_db()
    assert (draft.state, smaller.state, smaller.quantity) == (AssemblyState.VOIDED, AssemblyState.DONE, 4)
    assert shop.on_hand() == (4, 12, 0)


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_promised_components_and_those_elsewhere_are_not_built_from() -> None:
    shop = Workshop(0, poles=10, cloths=5)
    elsewhere = LocationFactory()
    stock.change_stock([change(shop.cloth, 50, location=elsewhere)], kind=PostingKind.OPENING, **act("there"))
    stock.allocate_stock([demand("line:2", shop.cloth, 1)], **act("promised"))

    assert shop.process("minimum") is None
    (missing,) = assemblies.missing_components(product_id=shop.kit.pk, location_id=default_location().pk, quantity=D(5))
    assert (missing.component, missing.missing) == (shop.cloth, 1)


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_undone_and_voided_with_its_document() -> None:
    shop = Workshop(0, poles=10, cloths=5)
    made = shop.process("ordered")
    assert shop.on_hand() == (5, 0, 0)

    for _attempt in range(2):
        assembly.void_assemblies("sale:1", user=None, now=NOW)
    voided = Assembly.objects.get()
    assert (voided.pk, voided.state, voided.unit_cost, voided.done_at) == (made.pk, AssemblyState.VOIDED, None, None)
    assert shop.on_hand() == (0, 10, 5)

    another = shop.process("ordered")
    assert (another.number, another.state) == ("AS-2", AssemblyState.DONE)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "object_label")) == [
        ("Created the assembly", "AS-1"),
        ("Built", "AS-1"),
        ("Took apart", "AS-1"),
        ("Voided", "AS-1"),
        ("Created the assembly", "AS-2"),
        ("Built", "AS-2"),
    ]
    call_command("audit_stock")


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_units_that_have_gone_are_not_taken_apart() -> None:
    shop = Workshop(0, poles=10, cloths=5)
    shop.process("ordered")
    stock.pick_stock([demand("line:1", shop.kit, 5)], **act("picked"))
    before = Movement.objects.count()

    assembly.void_assemblies("sale:1", user=None, now=NOW)

    assert Assembly.objects.get().state == AssemblyState.DONE
    assert Movement.objects.count() == before

    again = shop.process("ordered")
    assert (again.number, again.state) == ("AS-2", AssemblyState.DRAFT)
    assembly.void_assemblies("sale:1", user=None, now=NOW)
    assert list(Assembly.objects.order_by("pk").values_list("number", "state")) == [
        ("AS-1", AssemblyState.DONE),
        ("AS-2", AssemblyState.VOIDED),
    ]


@pytest.mark.django_db
@pytest.mark.req("INV-13")
def test_it_costs_what_its_components_cost() -> None:
    pole, cloth = ProductFactory(), ProductFactory()
    kit = assembled({pole: 2, cloth: 1})
    costs = [change(pole, 10, "1.50"), change(cloth, 10, "4")]
    stock.change_stock(costs, kind=PostingKind.OPENING, **act("opening"))

    made = build(kit, 3)

    assert made.unit_cost == D("7")
    assert queries.average_costs([kit.pk]) == {kit.pk: D("7")}


def build(kit: Product, quantity: int, key: str = "hand:1") -> Assembly:
    order = BuildOrder(
        product_id=kit.pk, location_id=default_location().pk, quantity=D(quantity), owner_key=key, note="for the fair"
    )
    return assembly.build_assembly(order, user=UserFactory(), now=NOW)


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_by_hand_whole_or_not_at_all() -> None:
    pole = stocked_product(5)
    kit = assembled({pole: 2})

    with pytest.raises(ComponentsMissing):
        build(kit, 3)
    assert not Assembly.objects.exists()
    assert level(pole) == (5, 0, 0, 0)

    made, again = build(kit, 2), build(kit, 2)
    assert made == again
    assert (level(kit), level(pole)) == ((2, 0, 0, 0), (1, 0, 0, 0))


@pytest.mark.django_db
def test_edits_of_one_assembly_by_two() -> None:
    pole = stocked_product(5)
    made = build(assembled({pole: 2}), 2)
    with pytest.raises(EditedMeanwhile):
        assembly.undo_assembly(made, version=made.version - 1, user=None, now=NOW)
    with pytest.raises(AssemblyRefused, match="undo it first"):
        assembly.void_assembly(made, user=None, now=NOW)
    undone = assembly.undo_assembly(made, version=made.version, user=None, now=NOW)
    rebuilt = assembly.complete_assembly(undone, user=None, now=NOW)
    assert (rebuilt.state, rebuilt.revision) == (AssemblyState.DONE, 1)
    voided = assembly.void_assembly(assembly.undo_assembly(rebuilt, user=None, now=NOW), user=None, now=NOW)
    with pytest.raises(AssemblyRefused, match="voided"):
        assembly.complete_assembly(voided, user=None, now=NOW)
    assert level(pole) == (5, 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_and_less_is_not_built(quantity) -> None:
    with pytest.raises(AssemblyRefused, match="at least one"):
        build(assembled({stocked_product(5): 2}), quantity)
    with pytest.raises(AssemblyRefused, match="no components"):
        build(stocked_product(5), 1)
