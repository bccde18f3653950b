"""Whose sale an order is where companies come first (MPW-1), and where they do not (MPW-20, A56)."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import CustomerLink
from channels.remote import RemoteAddress, RemoteCustomer, RemoteOrder
from inventory.models import Customer
from inventory.services.customers import find_or_create_customer
from orders.models import Sale
from tests.factories.inventory import CustomerFactory, UserFactory
from tests.factories.remote import BILLING, remote_order
from tests.orders.shop import NOW, Shop

GUEST = RemoteCustomer(first_name="Wiebke", last_name="Harmsen", email="wiebke@shop.example")
ACCOUNT = replace(GUEST, id="c1")


def order(  # the name of `id` is the field's own
    *,
    id: str = "100",  # noqa: A002
    person: RemoteCustomer = GUEST,
    company: str = "Harmsen GmbH",
    **more: object,
) -> RemoteOrder:
    return remote_order(id=id, customer=person, billing=replace(BILLING, company=company), **more)


def sold(shop: Shop, remote_id: str = "100") -> Sale:
    sale = shop.row(remote_id).sale
    assert sale is not None
    return sale


@pytest.mark.req("MPW-1", platform="woocommerce")
@pytest.mark.parametrize("person", [GUEST, ACCOUNT])
def test_the_company_is_the_customer_and_the_person_its_contact(second_shop: Shop, person: RemoteCustomer) -> None:
    second_shop.notice(order(person=person))

    customer = sold(second_shop).customer
    assert (customer.name, customer.company, customer.email) == ("Harmsen GmbH", "Harmsen GmbH", "wiebke@shop.example")
    assert [(each.name, each.email) for each in customer.contacts.all()] == [("Wiebke Harmsen", "wiebke@shop.example")]
    assert sorted(customer.addresses.values_list("type", "city")) == [("billing", "Flensburg"), ("shipping", "Kiel")]
    assert (sold(second_shop).contact, sold(second_shop).email) == ("Wiebke Harmsen", "wiebke@shop.example")


@pytest.mark.req("MPW-1", platform="woocommerce")
def test_another_person_of_the_company_is_one_more_contact(second_shop: Shop) -> None:
    lars = RemoteCustomer(first_name="Lars", last_name="Harmsen", email="lars@shop.example")
    for number in ("100", "101"):
        second_shop.notice(order(id=number))
    second_shop.notice(order(id="102", person=lars, company="  harmsen  GMBH"))

    assert sold(second_shop, "102").customer == sold(second_shop).customer
    contacts = sold(second_shop).customer.contacts
    assert [(each.name, each.is_default) for each in contacts.all()] == [
        ("Wiebke Harmsen", True),
        ("Lars Harmsen", False),
    ]


@pytest.mark.req("MPW-1", platform="woocommerce")
@pytest.mark.parametrize("person", [GUEST, ACCOUNT])
def test_without_a_company_the_person_is_the_customer_also_with_the_same_account(
    second_shop: Shop, person: RemoteCustomer
) -> None:
    second_shop.notice(order(person=person))
    second_shop.notice(order(id="101", person=person, company=" "))
    second_shop.notice(order(id="102", person=person, company="Other AG"))
    second_shop.notice(order(id="103", person=person))

    names = [sold(second_shop, number).customer.name for number in ("100", "101", "102", "103")]
    assert names == ["Harmsen GmbH", "Wiebke Harmsen", "Other AG", "Harmsen GmbH"]
    assert Customer.objects.count() == 3 + 1, "and the default one"


@pytest.mark.req("MPW-1", platform="woocommerce")
def test_an_order_without_a_name_is_the_default_customers(second_shop: Shop) -> None:
    nobody = RemoteCustomer()
    second_shop.notice(remote_order(customer=nobody, billing=RemoteAddress(line_1="Ring 1")))

    assert sold(second_shop).customer == second_shop.default_customer
    assert Customer.objects.count() == 1


@pytest.mark.req("MPW-1", platform="woocommerce")
@pytest.mark.req("A56", platform="woocommerce")
def test_a_common_email_makes_a_company_no_person_and_a_person_no_company(second_shop: Shop) -> None:
    person = CustomerFactory(name="Wiebke Harmsen", email="wiebke@shop.example")

    second_shop.notice(order())
    second_shop.notice(order(id="101", company=""))

    assert sold(second_shop).customer != person
    assert sold(second_shop, "101").customer == person
    person.refresh_from_db()
    assert person.company == ""


@pytest.mark.req("A56")
def test_a_guest_elsewhere_is_taken_for_the_company_only_where_it_is_named(shop: Shop) -> None:
    company = CustomerFactory(name="Harmsen GmbH", company="Harmsen GmbH", email="wiebke@shop.example")

    alone, _new = find_or_create_customer(name="Wiebke", email="wiebke@shop.example", now=NOW)
    of_it, _new = find_or_create_customer(name="Wiebke", email="wiebke@shop.example", company="harmsen gmbh", now=NOW)

    assert alone != company
    assert of_it == company


@pytest.mark.req("MPW-1", platform="woocommerce")
def test_a_company_that_staff_had_entered_by_its_name_is_taken(second_shop: Shop) -> None:
    ours = CustomerFactory(name="HARMSEN GmbH", company="", email="office@shop.example")
    CustomerFactory(name="Harmsen GmbH", company="Another one", email="x@shop.example")

    second_shop.notice(order(person=ACCOUNT))

    assert sold(second_shop).customer == ours
    ours.refresh_from_db()
    assert (ours.email, ours.company) == ("office@shop.example", ""), "a match is not changed"
    assert CustomerLink.objects.get().customer == ours


@pytest.mark.req("MPW-20")
def test_elsewhere_the_orders_own_customer_comes_first(shop: Shop) -> None:
    shop.notice(order(person=ACCOUNT))

    customer = sold(shop).customer
    assert (customer.name, customer.company) == ("Wiebke Harmsen", "Harmsen GmbH")


@pytest.mark.req("MPW-1", platform="woocommerce")
def test_the_sale_shows_company_and_person(second_shop: Shop, client: Client) -> None:
    second_shop.notice(order())
    client.force_login(UserFactory(is_superuser=True))

    page = client.get(reverse("orders:sale", args=[sold(second_shop).pk])).content.decode()

    assert "Harmsen GmbH</a>, Wiebke Harmsen" in page
