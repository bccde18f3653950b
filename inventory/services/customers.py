"""Customers with contacts and addresses (SPEC INV-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import AddressType, RecordStatus
from inventory.models import Address, Contact, Customer, User
from inventory.services import audit
from inventory.services.customer_matching import Person, read_candidates
from inventory.services.stale import EditedMeanwhile
from inventory_sync.lib.text import clip, fold

_LINES = ("line_1", "line_2", "city", "state", "postcode", "country")
_LENGTHS = {"postcode": 20, "country": 2}


@dataclass(frozen=True, kw_only=True)
class AddressDraft:
    """An address as typed or as a store has it; text that is too long is cut."""

    type: AddressType
    line_1: str = ""
    line_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    is_default: bool = True

    def columns(self) -> dict[str, str]:
        return {name: clip(getattr(self, name), _LENGTHS.get(name, 256)) for name in _LINES}


@dataclass(frozen=True, kw_only=True)
class ContactDraft:
    name: str
    email: str = ""
    phone: str = ""
    is_default: bool = False


def save_customer(
    customer: Customer | None,
    *,
    columns: Mapping[str, Any],
    contacts: Sequence[ContactDraft] | None = None,
    addresses: Sequence[AddressDraft] | None = None,
    version: int | None = None,
    user: User | None,
    now: datetime,
) -> Customer:
    """Create or change a customer; None leaves contacts or addresses as they are. Raises EditedMeanwhile."""
    with transaction.atomic():
        saved = Customer.objects.select_for_update().get(pk=customer.pk) if customer else Customer()
        if customer and version is not None and saved.version != version:
            raise EditedMeanwhile.of(saved)
        old = {name: getattr(saved, name) for name in columns} if customer else {}
        for name, value in columns.items():
            setattr(saved, name, value)
        saved.version += 1
        saved.save()
        changes = audit.difference(old, columns)
        if contacts is not None:
            changes |= _write_contacts(saved, contacts)
        if addresses is not None:
            changes |= _write_addresses(saved, addresses)
        if changes:
            action = _("Changed the customer") if customer else _("Added the customer")
            audit.record(user=user, action=action, obj=saved, changes=changes, now=now)
    return saved


def find_or_create_customer(
    *,
    name: str,
    email: str = "",
    company: str = "",
    phone: str = "",
    columns: Mapping[str, Any] | None = None,
    addresses: Sequence[AddressDraft] = (),
    user: User | None = None,
    now: datetime,
) -> tuple[Customer, bool]:
    """The customer a store means (SPEC A56): by e-mail, else by company and exact name, else a new one.

    Of several that match the oldest active one is taken; nothing is merged and a match is not changed.
    Links of a channel come before all of this and are the caller's. Answers customer and whether it is new.
    """
    found = _match(name=name, email=email, company=company)
    if found is not None:
        return found, False
    created = save_customer(
        None,
        columns={
            "name": clip(name.strip(), 256) or clip(company or email, 256) or _("Guest"),
            "email": fitting_email(email),
            "company": clip(company.strip(), 256),
            "phone": clip(phone.strip(), 50),
            **(columns or {}),
        },
        addresses=addresses,
        user=user,
        now=now,
    )
    return created, True


def find_or_create_company(
    *,
    company: str,
    contact: ContactDraft,
    addresses: Sequence[AddressDraft] = (),
    user: User | None = None,
    now: datetime,
) -> tuple[Customer, bool]:
    """The company a store means (SPEC MPW-1), with the person as one of its contacts; by its name, else a new one.

    Never a person of the same e-mail. Of several of that name the one with the e-mail is taken, else the oldest.
    """
    key, mail = fold(company), fold(contact.email)
    rows = Customer.objects.filter(status=RecordStatus.ACTIVE, name_key=key).order_by("pk")[:50]
    named = [row for row in rows if fold(row.company) in ("", key)]
    found = next((row for row in named if mail and row.email_key == mail), next(iter(named), None))
    if found is not None:
        _ensure_contact(found, contact, user=user, now=now)
        return found, False
    name = clip(company.strip(), 256)
    created = save_customer(
        None,
        columns={
            "name": name,
            "company": name,
            "email": fitting_email(contact.email),
            "phone": clip(contact.phone.strip(), 50),
        },
        contacts=[contact],
        addresses=addresses,
        user=user,
        now=now,
    )
    return created, True


def _ensure_contact(customer: Customer, draft: ContactDraft, *, user: User | None, now: datetime) -> None:
    """One contact for one name and e-mail; writing the customer first makes two at once come one after the other."""
    name, email = clip(draft.name.strip(), 256), fitting_email(draft.email)
    same = Contact.objects.filter(customer=customer, name=name, email=email)
    if not name or same.exists():
        return
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(version=F("version") + 1)
        if same.exists():
            return
        is_first = not Contact.objects.filter(customer=customer, is_default=True).exists()
        phone = clip(draft.phone, 50)
        Contact.objects.create(customer=customer, name=name, email=email, phone=phone, is_default=is_first)
        words = _contact_words(name, email, phone)
        audit.record(user=user, action=_("Added a contact"), obj=customer, changes={"contacts": ("", words)}, now=now)


def matches(*, name: str, email: str = "", company: str = "") -> list[Customer]:
    """All customers that A56 would take for this one, oldest first: more than one is a conflict to list."""
    person = Person(name=name, email=email, company=company)
    return read_candidates([person]).matches(person)


def _match(*, name: str, email: str, company: str) -> Customer | None:
    return next(iter(matches(name=name, email=email, company=company)), None)


def fitting_email(email: str) -> str:
    """As its column takes it; "" for one that does not fit."""
    return email.strip() if len(email) <= 254 and "\x00" not in email else ""


def _write_contacts(customer: Customer, drafts: Sequence[ContactDraft]) -> dict[str, tuple[Any, Any]]:
    old = [_contact_words(row.name, row.email, row.phone) for row in customer.contacts.all()]
    wanted = [draft for draft in drafts if draft.name.strip()]
    new = [_contact_words(draft.name, draft.email, draft.phone) for draft in wanted]
    default = next((place for place, draft in enumerate(wanted) if draft.is_default), 0)
    customer.contacts.all().delete()
    Contact.objects.bulk_create(
        Contact(
            customer=customer,
            name=clip(draft.name, 256),
            email=fitting_email(draft.email),
            phone=clip(draft.phone, 50),
            is_default=place == default,
        )
        for place, draft in enumerate(wanted)
    )
    return {"contacts": (old, new)} if old != new else {}


def _write_addresses(customer: Customer, drafts: Sequence[AddressDraft]) -> dict[str, tuple[Any, Any]]:
    """The first address of a type that says so, else the first, is the default of its type."""
    old = [f"{row.get_type_display()}: {row}" for row in customer.addresses.all()]
    wanted = [draft for draft in drafts if any(draft.columns().values())]
    defaults: dict[str, int] = {}
    for place, draft in enumerate(wanted):
        if draft.type not in defaults or (draft.is_default and not wanted[defaults[draft.type]].is_default):
            defaults[draft.type] = place
    rows = [
        Address(customer=customer, type=draft.type, is_default=defaults[draft.type] == place, **draft.columns())
        for place, draft in enumerate(wanted)
    ]
    customer.addresses.all().delete()
    Address.objects.bulk_create(rows)
    new = [f"{row.get_type_display()}: {row}" for row in rows]
    return {"addresses": (old, new)} if old != new else {}


def _contact_words(name: str, email: str, phone: str) -> str:
    return " · ".join(part for part in (name, email, phone) if part)
