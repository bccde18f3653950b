"""Customers of a store with their addresses (CUS-1, CUS-2)."""

from channels.platforms.fields import Json, remote_id, text
from channels.platforms.http import unreadable
from channels.platforms.woocommerce.mapping.values import an_object
from channels.remote import RemoteAddress, RemoteCustomer

FILLED = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode")
"""Country and state alone are the store's defaults, not an address."""


def remote_customer(row: Json) -> RemoteCustomer:
    """Names of the account; where it has none, those of its billing address."""
    number = remote_id(row, "id")
    if not number:
        raise unreadable("a customer without id")
    billing, shipping = an_object(row, "billing"), an_object(row, "shipping")
    named = row if text(row, "first_name") or text(row, "last_name") else billing
    return RemoteCustomer(
        id=number,
        first_name=text(named, "first_name"),
        last_name=text(named, "last_name"),
        company=text(billing, "company") or text(shipping, "company"),
        email=text(row, "email") or text(billing, "email"),
        phone=text(billing, "phone") or text(shipping, "phone"),
        billing=_address(billing),
        shipping=_address(shipping),
    )


def _address(row: Json) -> RemoteAddress | None:
    """None for one that nobody filled in."""
    if not any(text(row, name) for name in FILLED):
        return None
    return remote_address(row)


def remote_address(row: Json) -> RemoteAddress:
    country = text(row, "country")
    return RemoteAddress(
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        company=text(row, "company"),
        line_1=text(row, "address_1"),
        line_2=text(row, "address_2"),
        city=text(row, "city"),
        state=text(row, "state"),
        postcode=text(row, "postcode"),
        country=country.upper() if len(country) == 2 else "",
        phone=text(row, "phone"),
        email=text(row, "email"),
    )
