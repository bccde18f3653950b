"""People of a store ↔ our customers (A56): a link wins, then e-mail, then company and exact name."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from catalog.models import CustomerLink
from channels.models import Channel
from channels.remote import RemoteCustomer
from inventory.models import Customer, User
from inventory.services.customers import (
    AddressDraft,
    ContactDraft,
    find_or_create_company,
    find_or_create_customer,
)
from inventory_sync.lib.text import clip, fold


def link_customer(
    channel: Channel,
    remote: RemoteCustomer,
    *,
    name: str = "",
    addresses: Sequence[AddressDraft] = (),
    user: User | None = None,
    now: datetime,
) -> Customer:
    """Our customer of a store's; found or made, and linked when the store knows them by an id. Idempotent.

    `name` overrides first and last name, for orders that call the customer otherwise.
    """
    remote_id = clip(remote.id, 100)
    with transaction.atomic():
        linked = _linked(channel, remote_id)
        if linked is not None:
            return linked
        customer, _created = find_or_create_customer(
            name=name or f"{remote.first_name} {remote.last_name}".strip() or remote.company or remote.email,
            email=remote.email,
            company=remote.company,
            phone=remote.phone,
            addresses=addresses,
            user=user,
            now=now,
        )
        return _link(channel, remote_id, customer)


def link_company(
    channel: Channel,
    remote: RemoteCustomer,
    *,
    contact: str,
    addresses: Sequence[AddressDraft] = (),
    user: User | None = None,
    now: datetime,
) -> Customer:
    """Our customer for a company that a person of the store buys for (SPEC MPW-1), `contact` its person. Idempotent.

    The link names person and company: the same account may buy for several, and for itself.
    """
    remote_id = clip(f"{remote.id}/{fold(remote.company)}", 100) if remote.id else ""
    with transaction.atomic():
        linked = _linked(channel, remote_id)
        if linked is not None:
            return linked
        customer, _created = find_or_create_company(
            company=remote.company,
            contact=ContactDraft(name=contact, email=remote.email, phone=remote.phone, is_default=True),
            addresses=addresses,
            user=user,
            now=now,
        )
        return _link(channel, remote_id, customer)


def _linked(channel: Channel, remote_id: str) -> Customer | None:
    if not remote_id:
        return None
    row = CustomerLink.objects.filter(channel=channel, remote_id=remote_id).select_related("customer").first()
    return row.customer if row else None


def _link(channel: Channel, remote_id: str, customer: Customer) -> Customer:
    """Whoever linked first wins."""
    if not remote_id:
        return customer
    CustomerLink.objects.bulk_create(
        [CustomerLink(channel=channel, remote_id=remote_id, customer=customer)], ignore_conflicts=True
    )
    return CustomerLink.objects.select_related("customer").get(channel=channel, remote_id=remote_id).customer
