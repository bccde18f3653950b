"""Bills of materials: one level, stock products only, one save at a time (SPEC INV-7)."""

from decimal import Decimal

import pytest

from inventory.enums import PostingKind
from inventory.models import AuditEntry, Component, Product
from inventory.queries import assemblies
from inventory.services import assembly, stock
from inventory.services.bills import BillRefused
from inventory.services.products import ProductRefused, save_product
from inventory.services.stale import EditedMeanwhile
from inventory.signals import stock_changed
from tests.factories.assembly import assembled
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    UserFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.inventory.test_on_order import act, change

D = Decimal


def bill(product: Product) -> list[tuple[str, Decimal]]:
    rows = Component.objects.filter(product=product)
    return list(rows.values_list("component__sku", "quantity"))


def save(product: Product, *components: tuple[Product, object], auto: bool = True, **kwargs) -> Product:
    pairs = [(component.pk, D(str(quantity))) for component, quantity in components]
    return assembly.set_components(product.pk, pairs, auto, user=UserFactory(), now=NOW, **kwargs)


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_components_are_saved_changed_and_taken_off() -> None:
    kit, pole, cloth, peg = (ProductFactory(sku=sku) for sku in ("KIT", "POLE", "CLOTH", "PEG"))
    default_location()
    news = []

    def listen(product_ids, location_ids, **_kwargs) -> None:
        news.append((product_ids, location_ids))

    stock_changed.connect(listen, weak=False)
    try:
        saved = save(kit, (pole, 2), (cloth, "0.5"))
        assert (saved.auto_assembly, bill(kit)) == (True, [("POLE", 2), ("CLOTH", D("0.5"))])
        save(kit, (peg, 12), (pole, 3))
        assert bill(kit) == [("PEG", 12), ("POLE", 3)]
        save(kit, (peg, 12), (pole, 3))
    finally:
        stock_changed.disconnect(listen)

    places = frozenset({default_location().pk})
    assert news == [
        (frozenset({kit.pk, pole.pk, cloth.pk}), places),
        (frozenset({kit.pk, pole.pk, cloth.pk, peg.pk}), places),
    ]
    assert list(AuditEntry.objects.order_by("pk").values_list("changes", flat=True)) == [
        {
            "component POLE": [None, "2"],
            "component CLOTH": [None, "0.5"],
            "built when sold": [False, True],
        },
        {"component POLE": ["2", "3"], "component CLOTH": ["0.5", None], "component PEG": [None, "12"]},
    ]
    assert save(kit, auto=False).auto_assembly is False
    assert bill(kit) == []


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_one_level_only() -> None:
    kit, pole, set_of_kits = (ProductFactory(sku=sku) for sku in ("KIT", "POLE", "SET"))
    default_location()
    save(kit, (pole, 2))

    with pytest.raises(BillRefused, match="Built from components themselves: KIT"):
        save(set_of_kits, (kit, 2))
    with pytest.raises(BillRefused, match="POLE is a component of KIT"):
        save(pole, (set_of_kits, 1))
    assert bill(set_of_kits) == bill(pole) == []


@pytest.mark.django_db
@pytest.mark.req("INV-7")
@pytest.mark.parametrize(
    ("words", "components", "auto"),
    [
        ("itself", ["kit"], True),
        ("twice", ["pole", "pole"], True),
        ("needs components", [], True),
        ("Only stock products", ["service"], False),
    ],
)
def test_senseless_bills_are_refused(words, components, auto) -> None:
    things = {"kit": ProductFactory(), "pole": ProductFactory(), "service": ServiceFactory()}
    with pytest.raises(BillRefused, match=words):
        save(things["kit"], *[(things[name], 1) for name in components], auto=auto)
    assert not Component.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_service_is_not_built_and_no_component_is_nothing_of() -> None:
    pole = ProductFactory()
    with pytest.raises(BillRefused, match="Only stock products"):
        save(ServiceFactory(), (pole, 1))
    with pytest.raises(BillRefused, match="above zero"):
        save(ProductFactory(), (pole, 0))
    with pytest.raises(BillRefused, match="above zero"):
        save(ProductFactory(), (pole, "0.00001"))


@pytest.mark.django_db
def test_two_edits_of_one_bill() -> None:
    kit, pole = ProductFactory(), ProductFactory()
    default_location()
    seen = kit.version
    save(kit, (pole, 2), version=seen)
    with pytest.raises(EditedMeanwhile):
        save(kit, (pole, 3), version=seen)
    assert bill(kit) == [(pole.sku, 2)]


@pytest.mark.django_db
def test_what_is_built_or_built_from_stays_a_stock_product() -> None:
    pole = ProductFactory()
    kit = assembled({pole: 2})
    for product in (kit, pole):
        with pytest.raises(ProductRefused, match="stays a stock product"):
            save_product(product, columns={"type": "service"}, user=None, now=NOW)


@pytest.mark.django_db
@pytest.mark.req("INV-7")
def test_what_each_location_allows_and_which_component_is_the_least() -> None:
    pole, cloth = stocked_product(9, sku="POLE"), stocked_product(5, sku="CLOTH")
    kit = assembled({pole: 2, cloth: 1})
    elsewhere = LocationFactory(name="Annex", priority=9)
    stock.change_stock([change(pole, 40, location=elsewhere)], kind=PostingKind.OPENING, **act("there"))
    stock.allocate_stock([demand("line:1", pole, 2)], **act("promised"))

    found = assemblies.buildable_by_location(assemblies.bill_of(kit.pk))

    assert [(each.location.name, each.units, [part.sku for part in each.limiting]) for each in found] == [
        ("Main warehouse", 3, ["POLE"]),
        ("Annex", 0, ["CLOTH"]),
    ]
    assert [row.product for row in assemblies.used_in(pole.pk)] == [kit]
