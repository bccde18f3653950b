"""Pages of the inventory through the door: they render, filter, save, with a constant number of statements."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.enums import Outcome
from inventory.models import AuditEntry, Brand, Customer, Location, Product, Run, StockLevel, Tag
from inventory.services import audit, runs, stock
from inventory.services.runs import ItemOutcome
from tests.factories.inventory import (
    NOW,
    CustomerFactory,
    FamilyFactory,
    LocationFactory,
    PriceTierFactory,
    ProductFactory,
    UserFactory,
    default_location,
    demand,
    stocked_product,
)
from tests.factories.inventory import organization as an_organization
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """A client logged in as an operator of a set-up organization."""
    an_organization()
    user = UserFactory(role="Operator")
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def manager(client):
    an_organization()
    user = UserFactory(role="Manager")
    client.force_login(user)
    client.user = user
    return client


def page(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(f"inventory:{name}", args=args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def fill(number: int) -> None:
    """One more of everything that lists show."""
    family = FamilyFactory()
    product = stocked_product(5, family=family, option1="red", name=f"Row {number}")
    stock.allocate_stock(
        [demand(f"line:{number}", product, 9)], key=f"c{number}", document_key=f"order:{number}", at=NOW
    )
    product.images.create(url=f"https://img.example/{number}.png")
    CustomerFactory()
    run = runs.start_run(
        kind=f"kind{number}", title=f"Download {number}", scope_key=f"channel:{number}", user=None, now=NOW
    )
    runs.record_step(
        run,
        outcomes=[ItemOutcome(key="1", label="Row", outcome=Outcome.FAILED, reason="No")],
        cursor={},
        finished=False,
        now=NOW,
    )
    Brand.objects.create(name=f"Brand of row {number}")
    audit.record(user=None, action="Changed", obj=product, changes={"name": ("a", "b")}, now=NOW)


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
    family = FamilyFactory._meta.model.objects.get()
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


@pytest.mark.req("INV-11")
def test_staff_add_and_edit_a_customer(staff) -> None:
    sets = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0", "addresses-TOTAL_FORMS": "2",
            "addresses-INITIAL_FORMS": "0"}  # fmt: skip
    typed = {
        **sets,
        "name": "Ann Lee", "email": "ann@shop.example", "status": "active", "discount": "5", "currency": "eur",
        "contacts-0-name": "Bob",
        "addresses-0-type": "shipping", "addresses-0-line_1": "1 Road", "addresses-0-country": "de",
    }  # fmt: skip
    staff.post(reverse("inventory:new_customer"), typed)

    customer = Customer.objects.get()
    assert (customer.currency, customer.discount, customer.contacts.get().name) == ("EUR", 5, "Bob")
    assert (customer.addresses.get().country, customer.addresses.get().is_default) == ("DE", True)
    text = page(staff, "customer", customer.pk)
    assert "1 Road" in text
    edit = reverse("inventory:edit_customer", args=[customer.pk])
    assert "1 Road" in staff.get(edit).content.decode()
    refused = staff.post(edit, {**typed, "discount": "101", "currency": "EURO"})
    assert refused.status_code == 200
    assert "less than or equal to 100" in refused.content.decode()
    page(staff, "edit_customer", customer.pk)


@pytest.mark.req("INV-10")
def test_every_book_is_listed_and_edited_by_a_manager(manager) -> None:
    from inventory.views.books import BOOKS

    PriceTierFactory(number=1)
    for slug, book in BOOKS.items():
        text = page(manager, "book", slug)
        assert str(book.title) in text
        if not book.can_add:
            assert manager.get(reverse("inventory:new_entry", args=[slug])).status_code == 404
            continue
        page(manager, "new_entry", slug)
        typed = {
            "name": f"New {slug}", "status": "active", "code": slug[:8], "account_class": "asset", "rate": "7",
            "method": "days", "days": "3", "priority": "5",
            "components-TOTAL_FORMS": "1", "components-INITIAL_FORMS": "0",
            "components-0-name": "State", "components-0-rate": "7",
        }  # fmt: skip
        answer = manager.post(reverse("inventory:new_entry", args=[slug]), typed)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        entry = book.model._default_manager.get(name=f"New {slug}")
        page(manager, "entry", slug, entry.pk)
        if slug != "accounts":
            again = manager.post(reverse("inventory:new_entry", args=[slug]), typed).content.decode()
            assert "is there already" in again


@pytest.mark.req("INV-3")
def test_a_manager_switches_the_default_location(manager) -> None:
    new = LocationFactory(name="New")

    manager.post(reverse("inventory:make_default", args=["locations", new.pk]))

    assert [place.name for place in Location.objects.filter(is_default=True)] == ["New"]


@pytest.mark.req("INV-17")
def test_a_manager_changes_organization_and_numbering(manager) -> None:
    current = an_organization()
    typed = {"name": "Acme", "time_zone": "Europe/Berlin", "base_currency": "usd", "version": current.version}

    manager.post(reverse("inventory:organization"), typed)

    current.refresh_from_db()
    assert (current.name, current.base_currency, current.time_zone) == ("Acme", "USD", "Europe/Berlin")
    stale = manager.post(reverse("inventory:organization"), {**typed, "name": "Other", "version": 0})
    assert "Somebody changed" in stale.content.decode()
    from inventory.models import DocumentNumber

    DocumentNumber.objects.create(kind="sale", prefix="SO-", next_number=3)
    assert "SO-" in page(manager, "organization")
    url = reverse("inventory:numbering", args=["sale"])
    manager.post(url, {"sale-prefix": "X-", "sale-next_number": "2"})
    assert DocumentNumber.objects.get(kind="sale").prefix == "SO-"
    manager.post(url, {"sale-prefix": "X-", "sale-next_number": "50"})
    assert str(DocumentNumber.objects.get(kind="sale")) == "X-50"


@pytest.mark.req("JOB-2")
def test_an_activity_shows_progress_refreshes_itself_and_is_cancelled(staff) -> None:
    fill(1)
    run = Run.objects.get()

    text = page(staff, "run", run.pk)
    assert 'hx-trigger="every 2s"' in text
    assert "Row" in text
    part = staff.get(reverse("inventory:run", args=[run.pk]), headers={"HX-Request": "true", "HX-Target": "activity"})
    assert part.content.decode().startswith('<div id="activity"')
    running = staff.get(reverse("inventory:activity"), headers={"HX-Request": "true", "HX-Target": "running"})
    assert running.content.decode().startswith('<div id="running"')

    staff.post(reverse("inventory:cancel_run", args=[run.pk]))
    run.refresh_from_db()
    assert run.cancel_requested
    runs.record_step(run, outcomes=[], cursor={}, finished=False, now=NOW)
    assert run.state == "cancelled"
    assert "every 2s" not in page(staff, "run", run.pk)
    assert "Row" in page(staff, "run", run.pk, outcome="failed")
    assert "Row" not in page(staff, "run", run.pk, outcome="done").split("<main")[1]


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
