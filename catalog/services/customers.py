"""People of a store ↔ our customers (A56): a link wins, then e-mail, then company and exact name."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from catalog.models import CustomerLink
from channels.models import Channel
from channels.remote import RemoteCustomer
from inventory.models import Customer, User
from inventory.services.customers import AddressDraft, find_or_create_customer
from inventory_sync.lib.text import clip


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
        linked = CustomerLink.objects.filter(channel=channel, remote_id=remote_id).select_related("customer").first()
        if remote_id and linked:
            return linked.customer
        customer, _created = find_or_create_customer(
            name=name or f"{remote.first_name} {remote.last_name}".strip() or remote.company or remote.email,
            email=remote.email,
            company=remote.company,
            phone=remote.phone,
            addresses=addresses,
            user=user,
            now=now,
        )
        if not remote_id:
            return customer
        CustomerLink.objects.bulk_create(
            [CustomerLink(channel=channel, remote_id=remote_id, customer=customer)], ignore_conflicts=True
        )
        return CustomerLink.objects.select_related("customer").get(channel=channel, remote_id=remote_id).customer
