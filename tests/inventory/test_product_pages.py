"""Products, families and adjustments as staff type them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.models import (
    AuditEntry,
    Family,
    Product,
    StockLevel,
)
from inventory.services import stock
from tests.factories.inventory import (
    NOW,
    PriceTierFactory,
    ProductFactory,
    default_location,
    stocked_product,
)
from tests.inventory.doors import fill, page

pytestmark = pytest.mark.django_db


def product_form(**entries) -> dict[str, str]:
    return {
        "sku": "MUG",
        "name": "Mug",
        "type": "stock",
        "status": "active",
        "weight_unit": "kg",
        "length_unit": "cm",
        "drop_ship": "never",
        **entries,
    }


@pytest.mark.req("INV-1")
def test_staff_add_and_edit_a_product(staff) -> None:
    PriceTierFactory(number=1)
    answer = staff.post(
        reverse("inventory:new_product"),
        product_form(
            price_1="9.99",
            tag_names="Summer, Gift",
            custom_name_1="Material",
            custom_value_1="Clay",
            image_lines="https://img.example/a.png | Front",
            weight="0.4",
        ),
    )
    mug = Product.objects.get()
    assert answer.url == reverse("inventory:product", args=[mug.pk])
    assert (mug.weight, mug.prices.get().amount) == (Decimal("0.4"), Decimal("9.99"))
    assert sorted(tag.name for tag in mug.tags.all()) == ["Gift", "Summer"]
    assert mug.images.get().caption == "Front"
    text = page(staff, "product", mug.pk)
    assert "Material" in text
    assert "9.99" in text

    staff.post(reverse("inventory:edit_product", args=[mug.pk]), product_form(name="Big mug", version=mug.version))

    mug.refresh_from_db()
    assert mug.name == "Big mug"
    assert not mug.custom_fields.exists()
    entry = AuditEntry.objects.first()
    assert entry.user == staff.user
    assert entry.changes["name"] == ["Mug", "Big mug"]


def test_a_refused_product_keeps_what_was_typed(staff) -> None:
    ProductFactory(sku="MUG")

    answer = staff.post(reverse("inventory:new_product"), product_form(sku="mug", name="<b>typed</b>", weight="-1"))
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "&lt;b&gt;typed&lt;/b&gt;" in text
    assert "greater than or equal to 0" in text
    again = staff.post(reverse("inventory:new_product"), product_form(sku="mug")).content.decode()
    assert "SKU “mug” belongs to another product already." in again


@pytest.mark.req("APP-13")
def test_the_second_editor_sees_what_the_first_saved(staff) -> None:
    mug = ProductFactory(sku="MUG", name="Mug")
    url = reverse("inventory:edit_product", args=[mug.pk])
    staff.post(url, product_form(name="First", version=mug.version))

    text = staff.post(url, product_form(name="Second", version=mug.version)).content.decode()

    assert "Name is now “First”" in text
    assert 'value="Second"' in text
    assert Product.objects.get().name == "First"


def test_family_pages(staff) -> None:
    staff.post(reverse("inventory:new_family"), {"name": "Shirt", "option1_name": "Color", "option2_name": "Size"})
    family = Family.objects.get()
    ProductFactory(family=family, option1="red", option2="L", sku="SHIRT-RED-L")

    text = page(staff, "family", family.pk)

    assert "SHIRT-RED-L" in text
    refused = staff.post(reverse("inventory:edit_family", args=[family.pk]), {"name": "Shirt", "option2_name": "Size"})
    assert "Name option 1 before 2" in refused.content.decode()


def rows(*lines: tuple[str, str]) -> dict[str, str]:
    data = {"form-TOTAL_FORMS": str(len(lines)), "form-INITIAL_FORMS": "0"}
    for number, (sku, quantity) in enumerate(lines):
        data[f"form-{number}-sku"] = sku
        data[f"form-{number}-location"] = str(default_location().pk)
        data[f"form-{number}-quantity"] = quantity
    return data


@pytest.mark.req("INV-3")
@pytest.mark.req("INV-6")
def test_an_adjustment_is_previewed_then_applied_once(staff) -> None:
    stocked_product(10, sku="MUG")
    stocked_product(2, sku="CUP")
    url = reverse("inventory:adjust")
    typed = {"mode": "set_to", "reason": "Counted", **rows(("mug", "7"), ("CUP", "2"), ("", ""))}

    preview = staff.post(url, {**typed, "preview": "1"})
    plan = preview.context["plan"]
    assert [(each.old, each.new) for each in plan.changes] == [(10, 7), (2, 2)]
    assert StockLevel.objects.get(product__sku="MUG").on_hand == 10

    apply = {**typed, "apply": "1", "fingerprint": plan.fingerprint, "key": preview.context["key"]}
    for _twice in range(2):
        assert staff.post(url, apply).url == reverse("inventory:stock")
    assert StockLevel.objects.get(product__sku="MUG").on_hand == 7
    entry = AuditEntry.objects.get()
    assert entry.user == staff.user
    assert "−3" in page(staff, "movements", q="mug")


@pytest.mark.req("INV-6")
def test_an_adjustment_of_moved_stock_is_previewed_anew(staff) -> None:
    product = stocked_product(10, sku="MUG")
    url = reverse("inventory:adjust")
    typed = {"mode": "change_by", "reason": "Broken", **rows(("MUG", "-4"))}
    plan = staff.post(url, {**typed, "preview": "1"}).context["plan"]
    stock.change_stock(
        [stock.StockChange(product_id=product.pk, location_id=default_location().pk, quantity=-5)],
        key="x", kind="adjustment", document_key="adjustment:9", at=NOW,
    )  # fmt: skip

    answer = staff.post(url, {**typed, "apply": "1", "fingerprint": plan.fingerprint, "key": "adjustment:k"})

    assert answer.status_code == 200
    assert [(each.old, each.new) for each in answer.context["plan"].changes] == [(5, 1)]
    assert StockLevel.objects.get().on_hand == 5


def test_an_adjustment_names_unknown_skus_and_missing_numbers(staff) -> None:
    stocked_product(1, sku="MUG")
    url = reverse("inventory:adjust")

    text = staff.post(url, {"mode": "set_to", "reason": "", **rows(("NOPE", "1"), ("MUG", ""))}).content.decode()
    assert "Enter a number." in text
    unknown = staff.post(url, {"mode": "set_to", "reason": "x", **rows(("NOPE", "1"))}).content.decode()
    assert "There is no product with this SKU." in unknown
    more = staff.post(url, {"mode": "set_to", "reason": "x", "more": "1", **rows(("MUG", "1"))}).content.decode()
    assert 'value="MUG"' in more
    assert 'name="form-5-sku"' in more
    page(staff, "adjust", product=Product.objects.get().pk)


@pytest.mark.req("INV-5")
def test_oversold_products_are_listed_with_their_holders(staff) -> None:
    fill(1)

    text = page(staff, "oversold")

    assert "−4" in text
    assert "order:1" in text
    assert ">Row 1</a>" in page(staff, "stock", state="oversold")
