"""Low stock and reorder levels as staff see them (SPEC INV-18)."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.models import Purchase, ReorderLevel, Supplier
from inventory.services import stock
from tests.factories.inventory import LocationFactory, UserFactory, default_location, demand, stocked_product
from tests.inventory.doors import page
from tests.inventory.test_on_order import act
from tests.inventory.test_reorder import choice, save
from tests.statements import statements

pytestmark = pytest.mark.django_db
D = Decimal


def low_product(sku: str, **columns):
    product = stocked_product(2, sku=sku, **columns)
    save(choice(product, 5, 12))
    return product


@pytest.mark.req("INV-18")
def test_levels_are_set_on_the_product(staff) -> None:
    product, annex = stocked_product(2), LocationFactory(name="Annex")
    address = reverse("inventory:reorder_levels", args=[product.pk])
    main = default_location().pk

    text = page(staff, "reorder_levels", product.pk)
    seen = text.partition('name="fingerprint" value="')[2].partition('"')[0]
    typed = {"fingerprint": seen, f"level_{main}": "5", f"upto_{main}": "12", f"level_{annex.pk}": ""}
    assert staff.post(address, typed).status_code == 302

    row = ReorderLevel.objects.get()
    assert (row.product, row.location_id, row.level, row.quantity) == (product, main, 5, 12)
    text = page(staff, "product", product.pk)
    assert "order up to 12" in text
    assert "Low" in text
    second = staff.post(address, {**typed, f"level_{main}": "6"})
    assert "Saved now: Main warehouse 5" in second.content.decode()
    assert ReorderLevel.objects.get().level == 5


@pytest.mark.req("INV-18")
def test_refused_levels_stand_at_their_row(staff) -> None:
    product = stocked_product(2)
    seen = page(staff, "reorder_levels", product.pk).partition('name="fingerprint" value="')[2].partition('"')[0]
    main = default_location().pk
    typed = {"fingerprint": seen, f"level_{main}": "5", f"upto_{main}": "4"}
    answer = staff.post(reverse("inventory:reorder_levels", args=[product.pk]), typed)
    assert "Order up to more than the level" in answer.content.decode()
    assert not ReorderLevel.objects.exists()


@pytest.mark.req("INV-18")
def test_ticked_rows_become_purchase_orders_once(staff) -> None:
    supplier = Supplier.objects.create(name="Zelt & Co")
    tent, pole = low_product("TENT", supplier=supplier), low_product("POLE")
    text = page(staff, "low_stock")
    assert "Zelt &amp; Co" in text
    assert "Draft purchase orders" in text

    rows = list(ReorderLevel.objects.values_list("pk", flat=True))
    data = {"row": rows, "key": "k1"}
    answers = [staff.post(reverse("inventory:order_low_stock"), data, follow=True) for _press in range(2)]

    assert "POLE" in answers[0].content.decode()
    purchase = Purchase.objects.get()
    assert purchase.supplier == supplier
    assert [(line.product, line.quantity) for line in purchase.lines.all()] == [(tent, 10)]
    assert pole.purchase_lines.count() == 0


@pytest.mark.req("INV-18")
def test_all_that_match_are_ordered_and_nothing_else(staff) -> None:
    supplier = Supplier.objects.create(name="Zelt & Co")
    for number in range(3):
        low_product(f"TENT{number}", supplier=supplier)
    low_product("POLE", supplier=supplier)

    staff.post(f"{reverse('inventory:order_low_stock')}?q=tent", {"all_matching": "1", "key": "k"})

    assert sorted(Purchase.objects.get().lines.values_list("product__sku", flat=True)) == ["TENT0", "TENT1", "TENT2"]


def test_nothing_ticked_orders_nothing(staff) -> None:
    low_product("TENT")
    answer = staff.post(reverse("inventory:order_low_stock"), {"key": "k"}, follow=True)
    assert "Tick what is to be ordered first" in answer.content.decode()
    assert not Purchase.objects.exists()


def test_a_viewer_sees_what_is_low_and_orders_nothing(client, staff) -> None:
    low_product("TENT")
    client.force_login(UserFactory(role="Viewer"))
    text = page(client, "low_stock")
    assert "TENT" in text
    assert "Draft purchase orders" not in text
    assert client.post(reverse("inventory:order_low_stock")).status_code == 403


@pytest.mark.req("INV-18")
def test_the_dashboard_says_what_is_low(staff) -> None:
    low_product("TENT")
    text = staff.get("/").content.decode()
    assert f"{reverse('inventory:low_stock')}?state=to_order" in text


def test_filters_sorting_and_empty_lists(staff) -> None:
    assert "Nothing is low" in page(staff, "low_stock")
    low_product("TENT")
    assert "Nothing low matches" in page(staff, "low_stock", q="zzz")
    for sort in ("sku", "-available", "suggested", "-supplier", "nonsense"):
        assert "TENT" in page(staff, "low_stock", sort=sort, state="to_order")


def test_the_list_asks_as_often_for_three_rows_as_for_one(staff) -> None:
    def asked() -> int:
        with statements() as sql:
            page(staff, "low_stock")
        return len(sql)

    low_product("A", supplier=Supplier.objects.create(name="A"))
    asked()
    one = asked()
    for name in ("B", "C"):
        low_product(name, supplier=Supplier.objects.create(name=name))
    assert one == asked() <= 18


@pytest.mark.req("INV-18")
def test_the_oversold_list_says_for_which_documents(staff) -> None:
    product = stocked_product(2, sku="TENT")
    for number in (1, 2):
        stock.allocate_stock([demand(f"line:{number}", product, 2)], **act(f"a{number}", f"order:{number}"))

    text = page(staff, "oversold")

    assert "TENT" in text
    assert "order:1" in text
    assert "order:2" in text
    assert page(staff, "stock", state="oversold").count("TENT") >= 1
