"""Pages of components and assemblies (SPEC INV-7)."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.enums import AssemblyState, PostingKind
from inventory.models import Assembly, Component, StockLevel
from inventory.services import assembly, stock
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
from tests.inventory.doors import page
from tests.inventory.test_on_order import act, change
from tests.statements import statements

pytestmark = pytest.mark.django_db
D = Decimal


def url(name: str, *args) -> str:
    return reverse(f"inventory:{name}", args=args)


def fields(*rows: tuple[str, str], **more: str) -> dict[str, str]:
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": "0", **more}
    for number, (sku, quantity) in enumerate(rows):
        data |= {f"form-{number}-sku": sku, f"form-{number}-quantity": quantity}
    return data


def built(number: int, **columns) -> Assembly:
    kit = assembled({stocked_product(10): 2}, **columns)
    return assembly.assemble_for(
        assembly.BuildOrder(
            product_id=kit.pk,
            location_id=default_location().pk,
            quantity=D(1),
            document_key=f"order:{number}",
            owner_key=f"line:{number}",
        ),
        user=None,
        now=NOW,
    )


@pytest.mark.req("INV-7")
def test_components_are_edited_on_their_page(staff) -> None:
    kit, pole = ProductFactory(sku="KIT"), ProductFactory(sku="POLE")

    text = page(staff, "components", kit.pk)
    assert "Built from" in text
    answer = staff.post(
        url("components", kit.pk), fields(("pole", "2"), ("", ""), version=str(kit.version), auto_assembly="on")
    )

    assert answer.status_code == 302
    kit.refresh_from_db()
    assert kit.auto_assembly is True
    assert list(kit.components.values_list("component", "quantity")) == [(pole.pk, 2)]
    assert 'value="POLE"' in page(staff, "components", kit.pk)
    text = page(staff, "product", kit.pk)
    assert "Built when sold" in text
    assert "nothing can be built" in text
    assert "Part of" in page(staff, "product", pole.pk)


@pytest.mark.req("INV-7")
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("NOBODY", "1")], "There is no product with this SKU."),
        ([("POLE", "")], "How many are in one?"),
        ([("", "3")], "Which product?"),
        ([("POLE", "0")], "above zero"),
        ([("POLE", "1"), ("POLE", "2")], "A component is there twice"),
        ([("TOP", "1")], "Built from components themselves: TOP"),
    ],
)
def test_refused_components_keep_what_was_typed(staff, rows, words) -> None:
    kit, pole = ProductFactory(sku="KIT"), ProductFactory(sku="POLE")
    assembled({pole: 1}, sku="TOP")

    answer = staff.post(url("components", kit.pk), fields(*rows, version=str(kit.version)))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert words in text
    assert all(f'value="{sku}"' in text for sku, _quantity in rows if sku)
    assert not Component.objects.filter(product=kit).exists()


@pytest.mark.req("APP-13")
def test_the_second_edit_of_components_is_refused_and_shows_the_first(staff) -> None:
    kit = ProductFactory(sku="KIT")
    ProductFactory(sku="POLE")
    for quantity in ("2", "3"):
        answer = staff.post(url("components", kit.pk), fields(("POLE", quantity), version="0"))
    assert "Saved now: 2 × POLE" in answer.content.decode()
    assert kit.components.get().quantity == 2


def test_more_rows_keep_what_was_typed(staff) -> None:
    kit = ProductFactory()
    answer = staff.post(url("components", kit.pk), fields(("HALF", "1"), more="1"))
    text = answer.content.decode()
    assert 'value="HALF"' in text
    assert 'name="form-3-sku"' in text


@pytest.mark.req("INV-7")
def test_built_by_hand_after_a_preview(staff) -> None:
    pole = stocked_product(10, sku="POLE")
    kit = assembled({pole: 2}, sku="KIT")
    data = {"sku": "kit", "location": str(default_location().pk), "quantity": "3", "note": "for the fair"}

    assert 'value="KIT"' in page(staff, "build", product=kit.pk)
    preview = staff.post(url("build"), {**data, "preview": "1"}).content.decode()
    assert "on hand 0 → 3" in preview
    assert 'name="build"' in preview
    assert not Assembly.objects.exists()
    key = preview.partition('name="key" value="')[2].partition('"')[0]
    answers = [staff.post(url("build"), {**data, "key": key, "build": "1"}) for _press in range(2)]

    made = Assembly.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [url("assembly", made.pk)] * 2
    assert (made.state, made.quantity, made.note) == (AssemblyState.DONE, 3, "for the fair")
    assert dict(StockLevel.objects.values_list("product__sku", "on_hand")) == {"POLE": 4, "KIT": 3}
    text = page(staff, "assembly", made.pk)
    assert "AS-1" in text
    assert "Take apart" in text
    assert "AS-1" in page(staff, "movements")


@pytest.mark.req("INV-7")
def test_what_is_missing_is_said_and_a_draft_may_wait(staff) -> None:
    pole = stocked_product(5, sku="POLE")
    stock.allocate_stock([demand("line:1", pole, 2)], **act("sold"))
    assembled({pole: 2}, sku="KIT")
    data = {"sku": "KIT", "location": str(default_location().pk), "quantity": "2", "key": "k"}

    preview = staff.post(url("build"), {**data, "preview": "1"}).content.decode()
    assert "1 missing" in preview
    assert "2 are promised to sales" in preview
    assert 'name="build"' not in preview
    refused = staff.post(url("build"), {**data, "build": "1"})
    assert "Components are missing: 4 of POLE wanted, 3 available" in refused.content.decode()
    assert not Assembly.objects.exists()

    staff.post(url("build"), {**data, "draft": "1"})
    draft = Assembly.objects.get()
    text = page(staff, "assembly", draft.pk)
    assert "Components are missing" in text
    assert url("assembly_act", draft.pk, "build") not in text
    stock.change_stock([change(pole, 1)], kind=PostingKind.ADJUSTMENT, **act("came"))
    assert url("assembly_act", draft.pk, "build") in page(staff, "assembly", draft.pk)

    staff.post(url("assembly_act", draft.pk, "build"), {"version": draft.version})
    draft.refresh_from_db()
    assert draft.state == AssemblyState.DONE


@pytest.mark.req("INV-7")
def test_taken_apart_and_voided(staff) -> None:
    made = built(1)
    stale = {"version": made.version - 1}
    assert (
        "Somebody was faster" in staff.post(url("assembly_act", made.pk, "undo"), stale, follow=True).content.decode()
    )

    staff.post(url("assembly_act", made.pk, "undo"), {"version": made.version})
    made.refresh_from_db()
    assert made.state == AssemblyState.DRAFT
    staff.post(url("assembly_act", made.pk, "void"), {"version": made.version})
    made.refresh_from_db()
    assert made.state == AssemblyState.VOIDED
    again = staff.post(url("assembly_act", made.pk, "build"), {"version": made.version}, follow=True)
    assert "is voided" in again.content.decode()
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {10, 0}


def test_units_that_have_gone_cannot_be_taken_apart(staff) -> None:
    made = built(1, sku="KIT")
    stock.change_stock([change(made.product, -1)], kind=PostingKind.ADJUSTMENT, **act("gone"))
    answer = staff.post(url("assembly_act", made.pk, "undo"), {"version": made.version}, follow=True)
    assert "Not enough stock. KIT at Main warehouse: 1 wanted, 0 there" in answer.content.decode()


def test_a_viewer_sees_and_does_nothing(client, staff) -> None:
    made = built(1)
    client.force_login(UserFactory(role="Viewer"))
    text = page(client, "assembly", made.pk)
    assert "Take apart" not in text
    assert 'href="/stock/assemblies/new/' not in page(client, "assemblies")
    for name, args in (("build", ()), ("components", (made.product_id,)), ("reorder_levels", (made.product_id,))):
        assert client.get(url(name, *args)).status_code == 403
    assert client.post(url("assembly_act", made.pk, "undo")).status_code == 403


def test_filters_of_the_list(staff) -> None:
    first, second = built(1, sku="ALPHA"), built(2, sku="BETA")
    assembly.undo_assembly(second, user=None, now=NOW)

    def shown(**query) -> list[str]:
        text = page(staff, "assemblies", **query)
        return [each.number for each in (first, second) if f">{each.number}<" in text]

    assert shown() == [first.number, second.number]
    assert shown(state="draft") == [second.number]
    assert shown(q="alpha") == [first.number]
    assert shown(q=second.number.lower()) == [second.number]
    assert shown(product=first.product_id) == [first.number]
    assert shown(location=LocationFactory().pk) == []


def test_pages_ask_as_often_for_three_as_for_one(staff) -> None:
    def asked(name: str, *args) -> int:
        staff.get(url(name, *args))
        with statements() as sql:
            assert staff.get(url(name, *args)).status_code == 200
        return len(sql)

    part = stocked_product(50)
    kit = assembled({part: 2})
    built(1)
    one = asked("assemblies"), asked("product", kit.pk), asked("components", kit.pk), asked("product", part.pk)
    for number in (2, 3):
        built(number)
        Component.objects.create(product=kit, component=stocked_product(5, location=LocationFactory()), quantity=1)
        assembled({part: number})
    three = asked("assemblies"), asked("product", kit.pk), asked("components", kit.pk), asked("product", part.pk)
    assert one == three
    assert max(three) <= 30
