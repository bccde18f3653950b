"""Customers of a store with their addresses (CUS-1, CUS-2)."""

from channels.platforms.bigcommerce.client import V3_PAGE, Client
from channels.platforms.bigcommerce.client import Json as Body
from channels.platforms.bigcommerce.mapping.values import objects
from channels.platforms.fields import Json, remote_id, text
from channels.platforms.http import unreadable
from channels.remote import CustomerPage, RemoteAddress, RemoteCustomer


class Customers:
    def __init__(self, client: Client) -> None:
        self._client = client

    def page(self, *, cursor: str = "") -> CustomerPage:
        """Oldest first. The cursor is "page|total so far"; after deletions the page before is read again."""
        number, before = (int(part) for part in cursor.split("|")) if cursor else (1, 0)
        rows, pagination = self._read(number)
        total = int(pagination.get("total") or 0)
        if total < before and number > 1:
            moved, _pagination = self._read(number - 1)
            known = {remote_id(row, "id") for row in rows}
            rows = [row for row in moved if remote_id(row, "id") not in known] + rows
        last = not rows or number >= int(pagination.get("total_pages") or 1)
        return CustomerPage(
            customers=tuple(remote_customer(row) for row in rows),
            next_cursor="" if last else f"{number + 1}|{total}",
            total=total or None,
        )

    def _read(self, number: int) -> tuple[list[Body], Body]:
        params = {"include": "addresses", "sort": "date_created:asc", "limit": V3_PAGE, "page": number}
        return self._client.v3_page("/v3/customers", params)


def remote_customer(row: Json) -> RemoteCustomer:
    """The store has an address book without defaults: the first entry serves for both."""
    number = remote_id(row, "id")
    if not number:
        raise unreadable("a customer without id")
    addresses = objects(row, "addresses")
    first = _address(addresses[0], text(row, "email")) if addresses else None
    return RemoteCustomer(
        id=number,
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        company=text(row, "company"),
        email=text(row, "email"),
        phone=text(row, "phone"),
        billing=first,
        shipping=first,
    )


def _address(row: Json, email: str) -> RemoteAddress:
    country = text(row, "country_code").upper()
    return RemoteAddress(
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        company=text(row, "company"),
        line_1=text(row, "address1"),
        line_2=text(row, "address2"),
        city=text(row, "city"),
        state=text(row, "state_or_province"),
        postcode=text(row, "postal_code"),
        country=country if len(country) == 2 else "",
        phone=text(row, "phone"),
        email=email,
    )
