"""What a preview of a file shows (SPEC INV-6, NEW-2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from inventory.enums import Outcome, RunState
from inventory.models import Run, RunItem

SHOWN = ("new", "change", "problem", "done", "waiting")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Rows of the file by what they do, and by what became of them."""

    new: int
    change: int
    problem: int
    done: int
    waiting: int
    unchanged: int


def counts_of(plan: Run) -> Counts:
    """One statement."""
    is_new = Q(after__new=True)
    pending = Q(outcome=Outcome.PENDING)
    found = plan.items.aggregate(
        new=Count("pk", filter=pending & is_new),
        waiting=Count("pk", filter=pending),
        problem=Count("pk", filter=Q(outcome=Outcome.FAILED)),
        done=Count("pk", filter=Q(outcome=Outcome.DONE)),
    )
    return Counts(**found, change=found["waiting"] - found["new"], unchanged=plan.passed)


def import_rows(plan: Run, show: str) -> QuerySet[RunItem]:
    """Rows that say something, problems first unless one kind is asked for."""
    conditions: dict[str, Q] = {
        "new": Q(outcome=Outcome.PENDING, after__new=True),
        "change": Q(outcome=Outcome.PENDING) & ~Q(after__new=True),
        "waiting": Q(outcome=Outcome.PENDING),
        "problem": Q(outcome=Outcome.FAILED),
        "done": Q(outcome=Outcome.DONE),
    }
    return plan.items.filter(conditions.get(show, Q())).order_by("pk")


def made_names(plan: Run, *, most: int) -> list[str]:
    """What the file makes besides its rows: categories, brands, tags, families; looked for in the first rows only."""
    found: dict[str, None] = {}
    rows = plan.items.filter(outcome=Outcome.PENDING).order_by("pk").values_list("after__makes", flat=True)
    for names in rows[: most * 50]:
        found.update(dict.fromkeys(names or []))
    return list(found)[: most + 1]


def open_plans(kinds: list[str], user_id: int | None) -> QuerySet[Run]:
    """Previews that somebody has not decided about yet."""
    return Run.objects.filter(kind__in=kinds, state=RunState.PLANNED, started_by_id=user_id).order_by("-pk")


def preview_lines(plan: Run) -> Iterator[list[Any]]:
    """Line, item, what changes, old, new, what became of it, why; one row for each changed field."""
    yield ["Line", "Item", "Field", "Old", "New", "Outcome", "Reason"]
    for item in plan.items.order_by("pk").iterator(chunk_size=500):
        after = item.after or {}
        for label, old, new in after.get("changes") or [["", "", ""]]:
            yield [after.get("line", ""), item.label, label, old, new, item.get_outcome_display(), item.reason]


def failed_lines(plan: Run, heads: dict[str, str]) -> Iterator[list[Any]]:
    """The rows that failed as the file had them, with the line and the problem behind: correct and bring again."""
    used = [key for key in heads if key in set(plan.options.get("columns", []))]
    yield [*(heads[key] for key in used), "Line", "Problem"]
    for item in plan.items.filter(outcome=Outcome.FAILED).order_by("pk").iterator(chunk_size=500):
        after = item.after or {}
        yield [*(after.get("cells", {}).get(key, "") for key in used), after.get("line", ""), item.reason]
