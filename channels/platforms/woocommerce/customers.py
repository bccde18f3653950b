"""Customers of a store (CUS-1). Guests are no customers there; they come with their orders."""

from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.mapping.customers import remote_customer
from channels.platforms.woocommerce.windows import place_of, window
from channels.remote import CustomerPage

FIELDS = "id,email,first_name,last_name,billing,shipping"


class Customers:
    def __init__(self, client: Client) -> None:
        self._client = client

    def page(self, *, cursor: str = "") -> CustomerPage:
        """In order of id; users of the role customer, as the store's own page of customers lists them."""
        place = place_of(cursor)
        found = window(self._client, "/customers", {"_fields": FIELDS}, place)
        last = found.rows[-1][0] if found.rows else place
        return CustomerPage(
            customers=tuple(remote_customer(row) for _place, row in found.rows),
            next_cursor="" if found.is_last else str(last),
            total=found.total,
        )
