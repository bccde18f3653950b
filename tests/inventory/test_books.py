"""Reference books, organization, numbering (SPEC INV-3, INV-10, INV-17)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, transaction

from inventory.enums import DocumentKind, RecordStatus
from inventory.models import (
    Account,
    AuditEntry,
    Brand,
    DocumentNumber,
    Location,
    PaymentTerm,
    PriceTier,
    TaxRule,
    User,
)
from inventory.services import books, numbers, organization
from inventory_sync.lib.errors import ProductError
from tests.factories.inventory import NOW, LocationFactory, TaxRuleFactory, default_location

pytestmark = pytest.mark.django_db

SET_UP = {
    "name": "Acme",
    "address": "1 Road",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "base_currency": "EUR",
    "admin_username": "ada",
    "admin_email": "ada@shop.example",
    "admin_password": "long enough 1",
    "admin_full_name": "Ada Byron",
    "now": NOW,
}


@pytest.mark.req("INV-17")
def test_first_run_makes_books_and_administrator() -> None:
    acme = organization.set_up_organization(**SET_UP)

    assert acme.default_location == Location.objects.get()
    assert acme.default_sales_account.code == "200"
    assert acme.default_terms.name == "Net 30"
    assert PriceTier.objects.count() == 10
    assert set(Account.objects.filter(accepts_payments=True).values_list("code", flat=True)) == {"090", "800", "825"}
    assert TaxRule.objects.filter(name="Tax free", rate=0).exists()
    ada = User.objects.get()
    assert (ada.is_superuser, ada.first_name, [group.name for group in ada.groups.all()]) == (True, "Ada", ["Manager"])
    with pytest.raises(organization.OrganizationExists):
        organization.set_up_organization(**{**SET_UP, "admin_username": "eve"})
    assert User.objects.count() == 1


@pytest.mark.req("INV-3")
def test_exactly_one_location_is_the_default() -> None:
    old, new = default_location(), LocationFactory(name="New")

    books.make_default(new, user=None, now=NOW)

    assert list(Location.objects.filter(is_default=True)) == [new]
    assert AuditEntry.objects.get().changes == {"default": ["Main warehouse", "New"]}
    with pytest.raises(books.BookRefused) as refused:
        books.save_entry(new, columns={"status": RecordStatus.DEPRECATED}, user=None, now=NOW)
    assert refused.value.field == "status"
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.filter(pk=old.pk).update(is_default=True)


def test_a_deprecated_location_cannot_become_the_default() -> None:
    old, gone = default_location(), LocationFactory(status=RecordStatus.DEPRECATED)

    with pytest.raises(books.BookRefused):
        books.make_default(gone, user=None, now=NOW)

    assert list(Location.objects.filter(is_default=True)) == [old]


@pytest.mark.req("INV-10")
def test_entries_are_unique_regardless_of_case() -> None:
    books.save_entry(Brand(), columns={"name": "Höhe"}, user=None, now=NOW)

    with pytest.raises(books.BookRefused, match="“HÖHE” is there already"):
        books.save_entry(Brand(), columns={"name": "HÖHE"}, user=None, now=NOW)


@pytest.mark.req("INV-10")
def test_components_of_a_tax_rule_are_replaced_and_audited() -> None:
    rule = TaxRuleFactory()
    rows = [{"name": "State", "rate": 6, "compound": False}, {"name": "City", "rate": 2, "compound": True}]

    books.save_components(rule, components=rows, user=None, now=NOW)
    books.save_components(rule, components=rows, user=None, now=NOW)

    assert [(c.name, c.rate, c.compound) for c in rule.components.all()] == [("State", 6, False), ("City", 2, True)]
    assert AuditEntry.objects.count() == 1


def test_many_names_are_made_once() -> None:
    first = books.ensure_named(["Mugs", "mugs ", "Höhe", ""], model=Brand)
    again = books.ensure_named(["MUGS"], model=Brand)

    assert sorted(first) == ["höhe", "mugs"]
    assert again["mugs"] == first["mugs"]


@pytest.mark.req("INV-17")
def test_a_rolled_back_document_gives_its_number_back() -> None:
    with transaction.atomic():
        assert numbers.next_number(DocumentKind.SALE) == "SO-1"
    with transaction.atomic():
        assert numbers.next_number(DocumentKind.SALE) == "SO-2"
        transaction.set_rollback(True)
    with transaction.atomic():
        assert numbers.next_number(DocumentKind.SALE) == "SO-2"


@pytest.mark.req("INV-17")
def test_numbering_never_goes_back() -> None:
    counter = DocumentNumber.objects.create(kind="sale", prefix="SO-", next_number=40)

    with pytest.raises(ProductError):
        organization.save_numbering(counter, prefix="S", next_number=39, user=None, now=NOW)
    organization.save_numbering(counter, prefix="S", next_number=100, user=None, now=NOW)

    counter.refresh_from_db()
    assert (counter.prefix, counter.next_number) == ("S", 100)


@pytest.mark.django_db(transaction=True)
def test_a_number_is_given_once_whoever_asks() -> None:
    def take(_n: int) -> str:
        from django.db import connection

        try:
            with transaction.atomic():
                return numbers.next_number(DocumentKind.INVOICE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(20)))

    assert sorted(taken, key=lambda text: int(text[4:])) == [f"INV-{n}" for n in range(1, 21)]


def test_payment_terms_have_one_default() -> None:
    for name in ("A", "B"):
        term = books.save_entry(PaymentTerm(), columns={"name": name}, user=None, now=NOW)
        books.make_default(term, user=None, now=NOW)

    assert [term.name for term in PaymentTerm.objects.filter(is_default=True)] == ["B"]
