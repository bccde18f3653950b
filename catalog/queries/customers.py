"""Customers of the store that staff must say something about (A56)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.enums import ConflictDecision
from catalog.models import CustomerConflict, CustomerLink
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Customer


@dataclass(frozen=True, kw_only=True)
class CustomerSides:
    """A customer of the store, and who they may be here."""

    conflict: CustomerConflict
    candidates: Sequence[Customer]


def customer_conflicts(channel: Channel, *, ignored: bool = False) -> QuerySet[CustomerConflict]:
    rows = CustomerConflict.objects.filter(channel=channel)
    return rows.filter(decision=ConflictDecision.IGNORE) if ignored else rows.filter(decision="")


def with_candidates(conflicts: Sequence[CustomerConflict]) -> list[CustomerSides]:
    """One statement; a candidate that was merged meanwhile stands for the one that was kept."""
    ids = {pk for row in conflicts for pk in row.candidates}
    found = Customer.objects.select_related("merged_into").in_bulk(ids)
    sides = []
    for row in conflicts:
        living = [each.merged_into or each for pk in row.candidates if (each := found.get(pk))]
        unique = {each.pk: each for each in living if each.status == RecordStatus.ACTIVE}
        sides.append(CustomerSides(conflict=row, candidates=list(unique.values())))
    return sides


def linked_customers(channel: Channel) -> int:
    return CustomerLink.objects.filter(channel=channel).count()
