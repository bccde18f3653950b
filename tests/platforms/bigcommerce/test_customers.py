"""Customers with their addresses, 250 a call."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from channels.errors import MalformedResponse
from channels.platforms.bigcommerce.customers import remote_customer
from channels.platforms.bigcommerce.store import Store
from channels.remote import RemoteCustomer
from tests.platforms.conftest import Shopkeeper

CUSTOMERS = ("GET", "/v3/customers")


def everybody(store: Store) -> list[RemoteCustomer]:
    found, cursor = [], ""
    while True:
        page = store.customers.page(cursor=cursor)
        found += page.customers
        if not (cursor := page.next_cursor):
            return found


def test_250_customers_come_in_one_call(store: Store, keeper: Shopkeeper) -> None:
    people = [
        {"email": f"person{number}@example.com", "first_name": "Person", "last_name": str(number)}
        for number in range(260)
    ]
    keeper.call("POST", "/stores/demo/customers", {"customers": people})
    keeper.forget()
    found = everybody(store)
    assert len({customer.id for customer in found}) == len(found)
    assert {entry["email"] for entry in people} <= {customer.email for customer in found}
    assert keeper.requests() == [CUSTOMERS] * 2


def test_the_published_customer_is_read(shared_dir: Path) -> None:
    path = shared_dir / "platforms/bigcommerce/samples/customers_v3.json"
    (row,) = json.loads(path.read_text(), parse_float=Decimal)["data"]
    found = remote_customer(row)
    assert (found.id, found.email, found.company, found.phone) == (
        "11",
        "janedoe@example.com",
        "Acme Corp",
        "555-123-4567",
    )
    assert found.billing is not None
    assert found.billing == found.shipping
    assert (found.billing.contact, found.billing.line_1, found.billing.city) == (
        "Jane Doe",
        "123 Main Street",
        "Austin",
    )
    assert (found.billing.state, found.billing.postcode, found.billing.country) == ("Texas", "78751", "US")


def test_a_customer_without_address_is_one_too() -> None:
    found = remote_customer({"id": 5, "email": "a@example.com"})
    assert (found.billing, found.shipping) == (None, None)
    with pytest.raises(MalformedResponse):
        remote_customer({"email": "a@example.com"})
