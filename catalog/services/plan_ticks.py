"""Leaving single rows out of a preview, and taking them in again, before it is applied (NEW-2)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from catalog.queries.plans import CHANGES
from inventory.enums import Outcome, RunState
from inventory.models import Run, RunItem


def tick_rows(plan: Run, *, shown: Collection[str], ticked: Collection[str]) -> None:
    """Of the rows that were shown exactly the ticked ones stay. Idempotent; an applied preview does not change."""
    rows = RunItem.objects.filter(run=plan, run__state=RunState.PLANNED, after__will__in=CHANGES)
    left = set(shown) - set(ticked)
    rows.filter(key__in=left, outcome=Outcome.PENDING).update(outcome=Outcome.SKIPPED, reason=_("Left out by hand."))
    taken = set(shown) & set(ticked)
    rows.filter(key__in=taken, outcome=Outcome.SKIPPED).update(outcome=Outcome.PENDING, reason="")
