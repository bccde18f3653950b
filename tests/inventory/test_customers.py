"""Customers and how a store's customer is found again (SPEC INV-11, A56)."""

import pytest

from inventory.enums import AddressType, RecordStatus
from inventory.models import Customer
from inventory.services import customers
from inventory.services.stale import EditedMeanwhile
from tests.factories.inventory import NOW, CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-11")]


def find(**facts):
    return customers.find_or_create_customer(**facts, now=NOW)


def test_contacts_and_addresses_have_one_default_each() -> None:
    customer = customers.save_customer(
        None,
        columns={"name": "Ann Lee", "email": "Ann@Shop.example"},
        contacts=[customers.ContactDraft(name="Ann"), customers.ContactDraft(name="Bob", is_default=True)],
        addresses=[
            customers.AddressDraft(type=AddressType.BILLING, line_1="1 Road", is_default=False),
            customers.AddressDraft(type=AddressType.BILLING, line_1="2 Road"),
            customers.AddressDraft(type=AddressType.SHIPPING, line_1="3 Road", is_default=False),
            customers.AddressDraft(type=AddressType.SHIPPING),
        ],
        user=None,
        now=NOW,
    )

    assert [(c.name, c.is_default) for c in customer.contacts.all()] == [("Ann", False), ("Bob", True)]
    assert [(a.type, a.line_1, a.is_default) for a in customer.addresses.all()] == [
        ("billing", "1 Road", False),
        ("billing", "2 Road", True),
        ("shipping", "3 Road", True),
    ]


def test_email_tells_people_apart() -> None:
    ann = CustomerFactory(name="Ann Lee", email="ann@shop.example")

    assert find(name="A. Lee", email="ANN@shop.example") == (ann, False)
    other, created = find(name="Ann Lee", email="other@shop.example")
    assert (created, other.name) == (True, "Ann Lee")


def test_without_email_company_and_exact_name_count_together() -> None:
    ann = CustomerFactory(name="Ann Lee", company="Lee Ltd", email="")

    assert find(name="ann  lee", company="LEE ltd") == (ann, False)
    assert find(name="Ann Lee", company="Other Ltd")[1] is True
    assert find(name="Ann Lee")[1] is True


def test_deprecated_customers_are_not_taken_and_several_are_listed() -> None:
    CustomerFactory(email="ann@shop.example", status=RecordStatus.DEPRECATED)
    older = CustomerFactory(email="ann@shop.example")
    younger = CustomerFactory(email="ann@shop.example")

    assert find(name="x", email="ann@shop.example") == (older, False)
    assert customers.matches(name="x", email="ann@shop.example") == [older, younger]


def test_the_second_of_two_editors_is_refused() -> None:
    customer = CustomerFactory()
    customers.save_customer(customer, columns={"name": "First"}, version=0, user=None, now=NOW)

    with pytest.raises(EditedMeanwhile):
        customers.save_customer(customer, columns={"name": "Second"}, version=0, user=None, now=NOW)

    assert Customer.objects.get().name == "First"
