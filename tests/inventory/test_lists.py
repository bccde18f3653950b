"""Lists: a constant number of statements, filters, roles, search."""

import pytest
from django.urls import reverse

from inventory.models import (
    AuditEntry,
    Brand,
    Tag,
)
from inventory.services import stock
from tests.factories.inventory import (
    NOW,
    CustomerFactory,
    FamilyFactory,
    LocationFactory,
    ProductFactory,
    UserFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.factories.inventory import organization as an_organization
from tests.inventory.doors import fill, page
from tests.statements import statements

pytestmark = pytest.mark.django_db


LISTS = [
    ("products", ()),
    ("families", ()),
    ("stock", ()),
    ("movements", ()),
    ("oversold", ()),
    ("customers", ()),
    ("activity", ()),
    ("audit", ()),
    ("book", ("brands",)),
]


@pytest.mark.req("APP-1")
@pytest.mark.parametrize(("name", "args"), LISTS)
def test_lists_ask_as_often_for_three_rows_as_for_one(staff, name, args) -> None:
    url = reverse(f"inventory:{name}", args=args)
    fill(1)
    staff.get(url)
    with statements() as one:
        first = staff.get(url)
    fill(2)
    fill(3)
    with statements() as three:
        second = staff.get(url)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(second.content) > len(first.content)
    assert len(three) == len(one) <= 18, "\n".join(three)


def test_the_product_page_asks_as_often_for_three_holders_as_for_one(staff) -> None:
    product = stocked_product(50)
    url = reverse("inventory:product", args=[product.pk])

    def hold(number: int) -> None:
        place = LocationFactory()
        stock.allocate_stock(
            [demand(f"l:{number}", product, 1, place)], key=f"k{number}", document_key=f"order:{number}", at=NOW
        )

    hold(1)
    staff.get(url)
    with statements() as one:
        staff.get(url)
    hold(2)
    hold(3)
    with statements() as three:
        answer = staff.get(url)

    assert answer.status_code == 200
    assert len(three) == len(one) <= 22


@pytest.mark.parametrize(("name", "args"), LISTS)
def test_empty_lists_say_what_would_be_here(staff, name, args) -> None:
    AuditEntry.objects.all().delete()
    assert 'class="empty"' in page(staff, name, *args)


@pytest.mark.parametrize(("name", "args"), LISTS)
def test_odd_addresses_are_no_errors(staff, name, args) -> None:
    fill(1)
    odd = {"q": "\x00%_'é", "category": "x", "page": "99999", "sort": "-nope", "rows": "7", "location": "9" * 40}
    page(staff, name, *args, **odd)


@pytest.mark.req("INV-1")
def test_products_are_found_by_words_without_accents(staff) -> None:
    ProductFactory(sku="A-1", name="Höhenweg Rucksack")
    ProductFactory(sku="B-2", name="Kettle")

    text = page(staff, "products", q="rucksack hohen")

    assert "A-1" in text
    assert "B-2" not in text


def test_products_are_filtered(staff) -> None:
    red = Tag.objects.create(name="Red")
    mug = ProductFactory(sku="MUG", brand=Brand.objects.create(name="Acme"))
    mug.tags.add(red)
    ProductFactory(sku="KETTLE", status="deprecated", type="service")

    def found(**query) -> list[str]:
        text = page(staff, "products", **query)
        return [sku for sku in ("MUG", "KETTLE") if f'<span class="mono">{sku}</span>' in text]

    assert found() == ["MUG", "KETTLE"]
    assert found(brand=mug.brand.pk) == ["MUG"]
    assert found(tag=red.pk) == ["MUG"]
    assert found(status="deprecated") == ["KETTLE"]
    assert found(type="stock") == ["MUG"]


@pytest.mark.req("APP-4")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("Viewer", {"view"}),
        ("Operator", {"view", "work"}),
        ("Manager", {"view", "work", "set up"}),
        (None, set()),
    ],
)
def test_roles(client, role, may) -> None:
    an_organization()
    product, customer = stocked_product(1), CustomerFactory()
    client.force_login(UserFactory(role=role))
    doors = {
        "view": [("products", ()), ("product", (product.pk,)), ("stock", ()), ("movements", ()), ("customers", ()),
                 ("customer", (customer.pk,)), ("activity", ()), ("audit", ()), ("book", ("locations",))],
        "work": [("new_product", ()), ("edit_product", (product.pk,)), ("adjust", ()), ("new_customer", ()),
                 ("edit_customer", (customer.pk,)), ("new_family", ())],
        "set up": [("new_entry", ("locations",)), ("entry", ("locations", default_location().pk))],
    }  # fmt: skip
    for group, addresses in doors.items():
        expected = 200 if group in may else 403
        for name, args in addresses:
            assert client.get(reverse(f"inventory:{name}", args=args)).status_code == expected, (role, name)
    change = client.post(reverse("inventory:organization"), {"name": "Taken over"})
    assert change.status_code == (200 if "set up" in may else 403)


def test_visitors_are_sent_to_the_log_in(client) -> None:
    an_organization()
    assert client.get(reverse("inventory:products")).url.startswith(reverse("login"))


@pytest.mark.req("APP-10")
def test_search_finds_products_families_and_customers(staff) -> None:
    ProductFactory(sku="MUG-1", name="Blue mug")
    FamilyFactory(name="Mug family")
    CustomerFactory(name="Mugford")

    text = staff.get(reverse("search"), {"q": "mug"}).content.decode()

    assert all(word in text for word in ("Blue mug", "MUG-1", "Mug family", "Mugford"))


def test_the_dashboard_counts_oversold_products(staff) -> None:
    fill(1)

    text = staff.get(reverse("dashboard")).content.decode()

    assert "Oversold products" in text
    assert reverse("inventory:oversold") in text
