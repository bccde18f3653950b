"""Taking over what a store says of a customer: changed details only, nothing is ever blanked (SPEC CUS-1, CUS-2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.models import Address, Contact, Customer, User
from inventory.services import audit
from inventory.services.customers import AddressDraft, ContactDraft, fitting_email
from inventory_sync.lib.text import clip, fold

_LENGTHS = {"name": 256, "company": 256, "email": 254, "phone": 50}
Changes = dict[str, tuple[Any, Any]]


def take_details(
    customer: Customer,
    *,
    columns: Mapping[str, str],
    contacts: Sequence[ContactDraft] = (),
    addresses: Sequence[AddressDraft] = (),
    user: User | None,
    now: datetime,
) -> Changes:
    """Columns, contacts by name, and the default address of each type, where they differ; () and "" say nothing.

    Answers field → (old, new). Idempotent; writing the customer first makes two at once come one after the other.
    """
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(version=F("version"))
        saved = Customer.objects.get(pk=customer.pk)
        changes = _take_columns(saved, columns)
        for contact in contacts:
            changes |= _take_contact(saved, contact)
        for address in addresses:
            changes |= _take_address(saved, address)
        if changes:
            saved.version += 1
            saved.save()
            audit.record(user=user, action=_("Updated the customer from a store"), obj=saved, changes=changes, now=now)
    customer.refresh_from_db()
    return changes


def _take_columns(customer: Customer, columns: Mapping[str, str]) -> Changes:
    changes: Changes = {}
    for name, text in columns.items():
        value = fitting_email(text) if name == "email" else clip(text.strip(), _LENGTHS[name])
        old = getattr(customer, name)
        if value and value != old:
            changes[name] = (old, value)
            setattr(customer, name, value)
    return changes


def _take_contact(customer: Customer, draft: ContactDraft) -> Changes:
    """One contact for one name; its e-mail and phone follow."""
    name, email, phone = clip(draft.name.strip(), 256), fitting_email(draft.email), clip(draft.phone.strip(), 50)
    if not name:
        return {}
    rows = list(customer.contacts.order_by("pk"))
    found = next((row for row in rows if fold(row.name) == fold(name)), None)
    if found is None:
        Contact.objects.create(customer=customer, name=name, email=email, phone=phone, is_default=not _default(rows))
        return {"contacts": ("", _words(name, email, phone))}
    old = _words(found.name, found.email, found.phone)
    found.email, found.phone = email or found.email, phone or found.phone
    new = _words(found.name, found.email, found.phone)
    if old == new:
        return {}
    found.save(update_fields=["email", "phone"])
    return {"contacts": (old, new)}


def _take_address(customer: Customer, draft: AddressDraft) -> Changes:
    """An address that is there in other letters is not added again; else the default of its type changes."""
    columns = draft.columns()
    if not any(value for name, value in columns.items() if name != "country"):
        return {}
    rows = list(customer.addresses.filter(type=draft.type).order_by("pk"))
    if any(address_key(row) == address_key(columns) for row in rows):
        return {}
    default = next((row for row in rows if row.is_default), None)
    if default is None:
        row = Address.objects.create(customer=customer, type=draft.type, is_default=True, **columns)
        return {f"{draft.type} address": ("", str(row))}
    old = str(default)
    for name, value in columns.items():
        setattr(default, name, value)
    default.save(update_fields=list(columns))
    return {f"{draft.type} address": (old, str(default))}


def address_key(address: Address | Mapping[str, str]) -> tuple[str, ...]:
    """The same for the same place."""
    names = ("line_1", "line_2", "city", "state", "postcode", "country")
    return tuple(fold(address[name] if isinstance(address, Mapping) else getattr(address, name)) for name in names)


def _default(rows: Sequence[Contact]) -> bool:
    return any(row.is_default for row in rows)


def _words(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
