"""Pages of purchase orders: list with filters, form, receiving, who may (SPEC INV-9, APP-13)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.enums import PurchaseState
from inventory.models import Location, Product, Purchase, StockLevel, Supplier
from inventory.services.purchases import PurchaseTerms, WantedLine, create_purchase, order_purchase
from tests.factories.inventory import LocationFactory, ProductFactory, UserFactory, default_location, organization
from tests.statements import statements

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Location:
    organization()
    return default_location()


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(name="Alpine Wholesale")


@pytest.fixture
def tent() -> Product:
    return ProductFactory(sku="TENT", name="Tent for two")


def signed_in(role: str = "Operator") -> Client:
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


def make(supplier: Supplier, place: Location, product: Product, *, expected_on: date | None = None) -> Purchase:
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk, expected_on=expected_on)
    lines = [WantedLine(product_id=product.pk, quantity=D(10), unit_cost=D(40))]
    return create_purchase(terms, lines=lines, user=None, now=timezone.now())


def on_order(product: Product) -> tuple[Decimal, Decimal]:
    row = StockLevel.objects.filter(product=product).first()
    return (row.on_hand, row.on_order) if row else (D(0), D(0))


@pytest.mark.req("INV-9")
def test_a_purchase_goes_through_its_pages(place: Location, supplier: Supplier, tent: Product) -> None:
    client = signed_in()
    new = {
        "key": "form:1", "supplier": supplier.pk, "location": place.pk, "currency": "usd", "rate": "0.9",
        "expected_on": "2030-01-02", "supplier_reference": "", "note": "", "form-TOTAL_FORMS": 2,
        "form-INITIAL_FORMS": 0, "form-0-sku": "tent", "form-0-quantity": "10", "form-0-unit_cost": "40",
    }  # fmt: skip
    for _twice in range(2):
        answer = client.post(reverse("inventory:new_purchase"), new)
    found = Purchase.objects.get()
    assert answer["Location"] == reverse("inventory:purchase", args=[found.pk])
    assert (found.currency, found.rate, found.expected_on) == ("USD", D("0.9"), date(2030, 1, 2))

    page = client.get(answer["Location"]).content.decode()
    assert "Alpine Wholesale" in page
    assert "400.00" in page
    client.post(reverse("inventory:act_on_purchase", args=[found.pk, "order"]), {"version": found.version})
    assert on_order(tent) == (0, 10)

    found.refresh_from_db()
    receive = reverse("inventory:receive_purchase", args=[found.pk])
    assert 'value="10"' in client.get(receive).content.decode()
    line = found.lines.get()
    data = {"key": "form:2", "version": found.version, f"units-{line.pk}": "12"}
    refused = client.post(receive, data)
    assert "12 entered, 10 still on order" in refused.content.decode()
    assert on_order(tent) == (0, 10)
    client.post(receive, data | {f"units-{line.pk}": "4"})
    assert on_order(tent) == (4, 6)

    found.refresh_from_db()
    assert found.state == PurchaseState.PARTLY
    client.post(reverse("inventory:undo_receipt", args=[found.receipts.get().pk]), {"version": found.version})
    assert on_order(tent) == (0, 10)
    found.refresh_from_db()
    client.post(reverse("inventory:act_on_purchase", args=[found.pk, "unorder"]), {"version": found.version})
    found.refresh_from_db()
    client.post(reverse("inventory:void_purchase", args=[found.pk]), {"version": found.version})
    found.refresh_from_db()
    assert (found.state, on_order(tent)) == (PurchaseState.VOIDED, (0, 0))


def test_the_form_says_what_is_wrong(place: Location, supplier: Supplier, tent: Product) -> None:
    client = signed_in()
    ProductFactory(sku="WORK", type="service")
    data = {
        "supplier": supplier.pk, "location": place.pk, "currency": "dollars", "form-TOTAL_FORMS": 4,
        "form-INITIAL_FORMS": 0, "form-0-sku": "NONE", "form-0-quantity": "1", "form-1-sku": "WORK",
        "form-1-quantity": "1", "form-2-sku": "TENT", "form-2-quantity": "1", "form-3-sku": "TENT",
        "form-3-quantity": "2",
    }  # fmt: skip
    page = client.post(reverse("inventory:new_purchase"), data).content.decode()
    for words in (
        "There is no product with this SKU.",
        "Only stock products are received.",
        "This product is there twice.",
    ):
        assert words in page
    more = client.post(reverse("inventory:new_purchase"), data | {"more": "1"}).content.decode()
    assert 'name="form-8-sku"' in more
    assert Purchase.objects.count() == 0


@pytest.mark.req("APP-13")
def test_two_edit_the_same_draft(place: Location, supplier: Supplier, tent: Product) -> None:
    client, found = signed_in(), make(supplier, place, tent)
    url = reverse("inventory:edit_purchase", args=[found.pk])
    data = {
        "version": 0, "supplier": supplier.pk, "location": place.pk, "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1,
        "form-0-sku": "TENT", "form-0-quantity": "7",
    }  # fmt: skip
    client.post(url, data)
    page = client.post(url, data | {"form-0-quantity": "9"}).content.decode()

    assert "was changed by somebody else" in page
    assert found.lines.get().quantity == 7


def test_an_ordered_one_keeps_goods_and_takes_the_answer(place: Location, supplier: Supplier, tent: Product) -> None:
    client, found = signed_in(), make(supplier, place, tent)
    order_purchase(found.pk, version=None, user=None, now=timezone.now())
    url = reverse("inventory:edit_purchase", args=[found.pk])
    assert "form-0-sku" not in client.get(url).content.decode()
    client.post(url, {"version": 1, "expected_on": "2030-02-03", "supplier_reference": "A-77", "note": ""})
    found.refresh_from_db()
    assert (found.expected_on, found.supplier_reference) == (date(2030, 2, 3), "A-77")


def test_the_list_filters(place: Location, supplier: Supplier, tent: Product) -> None:
    client, other = signed_in(), Supplier.objects.create(name="Other")
    second = LocationFactory(name="Second")
    yesterday = timezone.now().date() - timedelta(days=2)
    late = make(supplier, place, tent, expected_on=yesterday)
    order_purchase(late.pk, version=None, user=None, now=timezone.now())
    make(other, second, tent)

    def numbers(**filters: object) -> list[str]:
        page = client.get(reverse("inventory:purchases"), filters)
        return [row["purchase"].number for row in page.context["rows"]]

    assert numbers() == ["PO-2", "PO-1"]
    assert numbers(state="late") == ["PO-1"]
    assert numbers(state="open") == ["PO-1"]
    assert numbers(state="draft") == ["PO-2"]
    assert numbers(supplier=other.pk) == ["PO-2"]
    assert numbers(location=place.pk) == ["PO-1"]
    assert numbers(goes="customers") == []
    assert numbers(q="alpine") == ["PO-1"]
    assert numbers(q="PO-2") == ["PO-2"]
    assert "Late" in client.get(reverse("inventory:purchases")).content.decode()


def test_the_list_asks_as_much_for_three_as_for_one(place: Location, supplier: Supplier, tent: Product) -> None:
    client = signed_in()
    make(supplier, place, tent)
    client.get(reverse("inventory:purchases"))
    with statements() as one:
        client.get(reverse("inventory:purchases"))
    make(supplier, place, tent)
    make(supplier, place, tent)
    with statements() as three:
        client.get(reverse("inventory:purchases"))
    assert len(one) == len(three)


def test_who_may(place: Location, supplier: Supplier, tent: Product) -> None:
    found = make(supplier, place, tent)
    viewer = signed_in("Viewer")
    page = viewer.get(reverse("inventory:purchase", args=[found.pk]))
    assert page.status_code == 200
    assert reverse("inventory:act_on_purchase", args=[found.pk, "order"]) not in page.content.decode()
    for name, args in (
        ("act_on_purchase", [found.pk, "order"]),
        ("void_purchase", [found.pk]),
        ("receive_purchase", [found.pk]),
        ("edit_purchase", [found.pk]),
        ("new_purchase", []),
    ):
        assert viewer.post(reverse(f"inventory:{name}", args=args)).status_code == 403
    found.refresh_from_db()
    assert (found.state, on_order(tent)) == (PurchaseState.DRAFT, (0, 0))
    assert signed_in().get(reverse("inventory:purchase", args=[9999])).status_code == 404


def test_the_search_finds_it_by_either_number(place: Location, supplier: Supplier, tent: Product) -> None:
    found = make(supplier, place, tent)
    Purchase.objects.filter(pk=found.pk).update(supplier_reference="AW-118")
    url = reverse("inventory:purchase", args=[found.pk])
    client = signed_in()
    assert client.get(reverse("search"), {"q": "po-1"})["Location"] == url
    assert url in client.get(reverse("search"), {"q": "AW-11"}).content.decode()
