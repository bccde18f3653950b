"""Which customer of ours somebody is (SPEC A56): by e-mail, else by company and exact name. Many with two statements.

A merged customer leads to the one it was merged into, so an old e-mail finds the right one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from inventory.enums import RecordStatus
from inventory.models import Customer
from inventory_sync.lib.text import fold

_MOST = 2000
"""Namesakes read at once."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody as a store knows them."""

    name: str
    email: str = ""
    company: str = ""


def is_company(customer: Customer) -> bool:
    """Whether the customer itself is the company, not a person of one."""
    return bool(customer.company.strip()) and fold(customer.company) == customer.name_key


class Candidates:
    """Customers that people of a page may be; customers made meanwhile are added."""

    def __init__(self, rows: Iterable[Customer] = ()) -> None:
        self._seen: set[int] = set()
        self._by_email: dict[str, list[Customer]] = defaultdict(list)
        self._by_name: dict[str, list[Customer]] = defaultdict(list)
        for row in rows:
            self.add(row)

    def add(self, customer: Customer) -> None:
        if customer.pk in self._seen:
            return
        self._seen.add(customer.pk)
        if customer.email_key:
            self._by_email[customer.email_key].append(customer)
        self._by_name[customer.name_key].append(customer)

    def ids(self) -> set[int]:
        return self._seen | {
            row.merged_into_id for rows in self._by_email.values() for row in rows if row.merged_into_id
        }

    def matches(self, person: Person) -> list[Customer]:
        """All that A56 would take for this one, oldest first: more than one is a conflict to list.

        A company is not its contact: their common e-mail makes a person no company.
        """
        key = fold(person.email)
        found = _living([each for each in self._by_email[key] if _is_of(each, person)]) if key else []
        if found or not person.company.strip():
            return found
        company = fold(person.company)
        named = [each for each in self._by_name[fold(person.name)] if fold(each.company) == company]
        return _living([each for each in named if key in ("", each.email_key or key)])


def read_candidates(people: Sequence[Person]) -> Candidates:
    """Two statements; active customers and merged ones."""
    living = Q(status=RecordStatus.ACTIVE) | Q(merged_into__isnull=False)
    rows = Customer.objects.filter(living).select_related("merged_into").order_by("pk")
    emails = {fold(person.email) for person in people} - {""}
    names = {fold(person.name) for person in people if person.company.strip()}
    found = list(rows.filter(email_key__in=emails)) if emails else []
    if names:
        found += rows.filter(name_key__in=names)[:_MOST]
    return Candidates(sorted(found, key=lambda row: row.pk))


def _is_of(customer: Customer, person: Person) -> bool:
    return not is_company(customer) or fold(customer.company) == fold(person.company)


def _living(rows: Sequence[Customer]) -> list[Customer]:
    """Active ones; where there are none, those that merged ones became."""
    active = [row for row in rows if row.merged_into_id is None]
    if active:
        return active
    kept = {row.merged_into.pk: row.merged_into for row in rows if row.merged_into is not None}
    return [row for row in kept.values() if row.status == RecordStatus.ACTIVE]
