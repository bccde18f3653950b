"""Downloading a store's customers (SPEC CUS-1, CUS-2, A56): an activity, one page a step.

Who did not change in the store is left alone, so that what staff edit here stays. Conflicts are listed, never merged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.enums import ConflictDecision
from catalog.models import CustomerConflict, CustomerLink
from catalog.queries.activities import CUSTOMERS
from catalog.services.customers import (
    address_draft,
    details_of,
    link,
    name_of,
    note_conflict,
    several_words,
    with_business,
)
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult
from channels.remote import RemoteCustomer
from channels.services.activities import start_channel_run
from inventory.enums import AddressType, Outcome
from inventory.models import Customer, Run, User
from inventory.services.customer_details import take_details
from inventory.services.customer_matching import Candidates, Person, read_candidates
from inventory.services.customers import AddressDraft, ContactDraft, fitting_email, save_customer
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import clip, fold


def start_customer_download(channel: Channel, *, user: User | None, now: datetime) -> Run:
    """Raises AlreadyRunning for a second one."""
    return start_channel_run(channel, kind=CUSTOMERS, title=_("Customer download"), user=user, now=now)


def step_customers(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """One page: read it, save it, say what became of each customer."""
    page = platform.customers.page(cursor=run.cursor.get("page", ""))
    outcomes = save_customers(channel, page.customers, user=run.started_by, now=timezone.now())
    told = [outcome for outcome in outcomes if outcome.outcome != Outcome.NOTHING]
    return StepResult(
        outcomes=told,
        passed=len(outcomes) - len(told),
        cursor={"page": page.next_cursor},
        finished=not page.next_cursor,
        total=page.total,
    )


@dataclass(kw_only=True)
class _Known:
    """What exists here that a page of customers may be."""

    links: Mapping[str, CustomerLink]
    conflicts: Mapping[str, CustomerConflict]
    candidates: Candidates
    linked: dict[int, str] = field(default_factory=dict)
    """Customer of ours → the store's customer it is linked to."""


def save_customers(
    channel: Channel, remotes: Sequence[RemoteCustomer], *, user: User | None, now: datetime
) -> list[ItemOutcome]:
    """One outcome a customer; each in a transaction of its own, matching in constant statements."""
    known = _read_known(channel, remotes)
    outcomes = []
    for remote in remotes:
        try:
            with transaction.atomic():
                outcomes.append(_save(channel, remote, known, user, now))
        except DatabaseError as error:
            reason = _("It could not be saved: %(error)s") % {"error": error}
            outcomes.append(_outcome(remote, Outcome.FAILED, reason))
    return outcomes


def _read_known(channel: Channel, remotes: Sequence[RemoteCustomer]) -> _Known:
    ids = [clip(remote.id, 100) for remote in remotes]
    links = CustomerLink.objects.filter(channel=channel)
    candidates = read_candidates([_person(remote) for remote in remotes])
    own = links.filter(remote_id__in=ids).select_related("customer__merged_into")
    others = links.filter(customer_id__in=candidates.ids()).exclude(remote_id__contains="/")
    conflicts = CustomerConflict.objects.filter(channel=channel, remote_id__in=ids)
    return _Known(
        links={row.remote_id: row for row in own},
        conflicts={row.remote_id: row for row in conflicts},
        candidates=candidates,
        linked=dict(others.values_list("customer_id", "remote_id")),
    )


def _person(remote: RemoteCustomer) -> Person:
    return Person(name=name_of(remote), email=remote.email, company=remote.company)


def _save(channel: Channel, remote: RemoteCustomer, known: _Known, user: User | None, now: datetime) -> ItemOutcome:
    remote_id, mark = clip(remote.id, 100), fingerprint(remote)
    row, conflict = known.links.get(remote_id), known.conflicts.get(remote_id)
    if row is not None:
        if row.fingerprint == mark:
            return _outcome(remote, Outcome.NOTHING, "")
        changes = update_customer(row.customer.merged_into or row.customer, remote, user=user, now=now)
        CustomerLink.objects.filter(pk=row.pk).update(fingerprint=mark)
        return _outcome(remote, Outcome.DONE, _updated(changes)) if changes else _outcome(remote, Outcome.NOTHING, "")
    if conflict is not None and conflict.decision == ConflictDecision.IGNORE:
        return _conflict_outcome(channel, remote, _("Ignored, as decided."))
    found = known.candidates.matches(_person(remote))
    words = _contradiction(remote, found, known)
    if words:
        note_conflict(channel, remote, candidates=found, words=words, now=now)
        return _conflict_outcome(channel, remote, words)
    if conflict is not None:
        conflict.delete()
    if not found:
        customer = create_customer(remote, user=user, now=now)
        reason = _("Added.")
    else:
        customer = found[0]
        reason = _updated(update_customer(customer, remote, user=user, now=now)) or _("Linked.")
    known.candidates.add(customer)
    known.linked[customer.pk] = remote_id
    link(channel, remote_id, customer, fingerprint=mark)
    return _outcome(remote, Outcome.DONE, reason)


def _contradiction(remote: RemoteCustomer, found: Sequence[Customer], known: _Known) -> str:
    """Why nobody but staff can say who this is; "" where it is clear."""
    if len(found) > 1:
        return several_words(found)
    if not found:
        return ""
    only = found[0]
    if only.pk in known.linked and known.linked[only.pk] != clip(remote.id, 100):
        words = _("%(name)s (#%(number)s) fits, but is linked to another customer of this store.")
        return words % {"name": only.name, "number": only.pk}
    ours, theirs = _words(only.name, only.company), _words(name_of(remote), remote.company)
    if ours and theirs and not ours & theirs:
        words = _("The email is that of %(name)s (#%(number)s), but name and company are others.")
        return words % {"name": only.name, "number": only.pk}
    return ""


def _words(*texts: str) -> set[str]:
    return {word for text in texts if "@" not in text for word in fold(text).split()}


def fingerprint(remote: RemoteCustomer) -> str:
    return hashlib.blake2b(repr(sorted(details_of(remote).items())).encode(), digest_size=32).hexdigest()


def _addresses(remote: RemoteCustomer) -> list[AddressDraft]:
    drafts = []
    if remote.billing is not None:
        drafts.append(address_draft(remote.billing, AddressType.BILLING))
    if remote.shipping is not None:
        drafts.append(address_draft(remote.shipping, AddressType.SHIPPING))
    return with_business(drafts)


def _contact(remote: RemoteCustomer) -> ContactDraft:
    return ContactDraft(name=name_of(remote), email=remote.email, phone=remote.phone, is_default=True)


def create_customer(remote: RemoteCustomer, *, user: User | None, now: datetime) -> Customer:
    """A new customer with contact and addresses (CUS-2)."""
    return save_customer(
        None,
        columns={
            "name": clip(name_of(remote).strip(), 256) or _("Guest"),
            "email": fitting_email(remote.email),
            "company": clip(remote.company.strip(), 256),
            "phone": clip(remote.phone.strip(), 50),
        },
        contacts=[_contact(remote)],
        addresses=_addresses(remote),
        user=user,
        now=now,
    )


def update_customer(
    customer: Customer, remote: RemoteCustomer, *, user: User | None, now: datetime
) -> dict[str, tuple[object, object]]:
    """Details that changed in the store; nothing is blanked."""
    has_name = bool(f"{remote.first_name}{remote.last_name}".strip())
    columns = {
        "name": name_of(remote) if has_name else "",
        "company": remote.company,
        "email": remote.email,
        "phone": remote.phone,
    }
    return take_details(
        customer, columns=columns, contacts=[_contact(remote)], addresses=_addresses(remote), user=user, now=now
    )


def _updated(changes: Mapping[str, object]) -> str:
    return _("Updated: %(names)s.") % {"names": ", ".join(changes)} if changes else ""


def _outcome(remote: RemoteCustomer, outcome: Outcome, reason: str) -> ItemOutcome:
    return ItemOutcome(key=remote.id, label=name_of(remote) or remote.id, outcome=outcome, reason=reason)


def _conflict_outcome(channel: Channel, remote: RemoteCustomer, reason: str) -> ItemOutcome:
    return ItemOutcome(
        key=remote.id,
        label=name_of(remote) or remote.id,
        outcome=Outcome.SKIPPED,
        reason=reason,
        fix_label=_("Say who it is"),
        fix_url=reverse("catalog:customers", args=[channel.pk]),
    )
