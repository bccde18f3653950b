"""People of a store ↔ our customers (A56): a link wins, then e-mail, then company and exact name.

Nothing of a customer is ever sent to a store (CUS-4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import CustomerConflict, CustomerLink
from channels.models import Channel
from channels.remote import RemoteAddress, RemoteCustomer
from inventory.enums import AddressType
from inventory.models import Customer, User
from inventory.services.customers import (
    AddressDraft,
    ContactDraft,
    find_or_create_company,
    find_or_create_customer,
    matches,
)
from inventory_sync.lib.text import clip, fold

_LINES = ("line_1", "line_2", "city", "state", "postcode", "country")


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

    `name` overrides first and last name, for orders that call the customer otherwise. Where several of ours match the
    oldest is taken, not linked, and staff are asked (A56).
    """
    remote_id = clip(remote.id, 100)
    with transaction.atomic():
        linked = linked_customer(channel, remote_id)
        if linked is not None:
            return linked
        called = name or name_of(remote)
        found = matches(name=called, email=remote.email, company=remote.company)
        if len(found) > 1:
            if remote_id:
                note_conflict(channel, remote, candidates=found, words=several_words(found), now=now)
            return found[0]
        customer, _created = find_or_create_customer(
            name=called,
            email=remote.email,
            company=remote.company,
            phone=remote.phone,
            addresses=addresses,
            user=user,
            now=now,
        )
        return link(channel, remote_id, customer)


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
        linked = linked_customer(channel, remote_id)
        if linked is not None:
            return linked
        customer, _created = find_or_create_company(
            company=remote.company,
            contact=ContactDraft(name=contact, email=remote.email, phone=remote.phone, is_default=True),
            addresses=addresses,
            user=user,
            now=now,
        )
        return link(channel, remote_id, customer)


def name_of(remote: RemoteCustomer) -> str:
    return f"{remote.first_name} {remote.last_name}".strip() or remote.company or remote.email


def with_business(addresses: Sequence[AddressDraft]) -> list[AddressDraft]:
    """CUS-2: the billing address is the business address too, where none is given."""
    given = list(addresses)
    billing = next((each for each in given if each.type == AddressType.BILLING), None)
    if billing is None or any(each.type == AddressType.BUSINESS for each in given):
        return given
    lines = {name: getattr(billing, name) for name in _LINES}
    return [*given, AddressDraft(type=AddressType.BUSINESS, **lines)]


def address_draft(address: RemoteAddress, type_: AddressType) -> AddressDraft:
    return AddressDraft(type=type_, **{name: getattr(address, name) for name in _LINES})


def linked_customer(channel: Channel, remote_id: str) -> Customer | None:
    """The linked one; of one that was merged away, the one that was kept."""
    if not remote_id:
        return None
    rows = CustomerLink.objects.filter(channel=channel, remote_id=remote_id)
    row = rows.select_related("customer__merged_into").first()
    return (row.customer.merged_into or row.customer) if row else None


def link(channel: Channel, remote_id: str, customer: Customer, *, fingerprint: str = "") -> Customer:
    """Whoever linked first wins."""
    if not remote_id:
        return customer
    CustomerLink.objects.bulk_create(
        [CustomerLink(channel=channel, remote_id=remote_id, customer=customer, fingerprint=fingerprint)],
        ignore_conflicts=True,
    )
    return CustomerLink.objects.select_related("customer").get(channel=channel, remote_id=remote_id).customer


# --- conflicts


def several_words(found: Sequence[Customer]) -> str:
    names = ", ".join(f"{each.name} (#{each.pk})" for each in found[:5])
    return _("Several customers here fit: %(names)s.") % {"names": names}


def note_conflict(
    channel: Channel, remote: RemoteCustomer, *, candidates: Sequence[Customer], words: str, now: datetime
) -> None:
    """Lists a customer of the store that staff must decide about; a decision that was made stays."""
    row = CustomerConflict(
        channel=channel,
        remote_id=clip(remote.id, 100),
        name=clip(name_of(remote), 256) or remote.id,
        email=clip(remote.email, 254),
        words=clip(words, 1000),
        candidates=[each.pk for each in candidates[:20]],
        details=details_of(remote),
        seen_at=now,
    )
    CustomerConflict.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["name", "email", "words", "candidates", "details", "seen_at"],
    )


def details_of(remote: RemoteCustomer) -> dict[str, object]:
    """As JSON, so that a decision needs no other look at the store."""
    return {name: value for name, value in asdict(remote).items() if value}


def remote_of(details: Mapping[str, object]) -> RemoteCustomer:
    texts = {name: str(value) for name, value in details.items() if isinstance(value, str)}
    places = {name: RemoteAddress(**value) for name, value in details.items() if isinstance(value, dict)}
    return RemoteCustomer(**texts, **places)  # type: ignore[arg-type]
