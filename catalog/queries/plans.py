"""Previews of listing, removing, hiding and showing (NEW-2), as pages show them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, TextChoices, When
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from inventory.enums import RUN_OPEN, Outcome, RunState
from inventory.models import Run, RunItem, User
from inventory.registry import Viewer
from inventory_sync.lib.text import clip

LIST, REMOVE, HIDE, SHOW = "catalog.list", "catalog.remove", "catalog.hide", "catalog.show"
READ = "catalog.read_for_plan"
KINDS = (LIST, REMOVE, HIDE, SHOW)
ALONE = "alone"
"""Option of a preview of one product, which its dialog shows."""
_MAY = {LIST: "catalog.list_product", HIDE: "catalog.list_product", SHOW: "catalog.list_product"}


class Will(TextChoices):
    """What a row of a preview says will happen."""

    CREATE = "create", _("List")
    UPDATE = "update", _("Update")
    LINK = "link", _("Link")
    REMOVE = "remove", _("Remove from the store")
    HIDE = "hide", _("Hide")
    SHOW = "show", _("Show")
    NOTHING = "nothing", _("Nothing to change")
    SKIP = "skip", _("Left out")


CHANGES = (Will.CREATE, Will.UPDATE, Will.LINK, Will.REMOVE, Will.HIDE, Will.SHOW)
"""Words of rows that something happens to."""
_LONGEST = 1000
"""Characters of a value as a preview shows it."""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field that will be another one at the store. `sku`: of the variation it belongs to; "" for the product."""

    field: str
    label: str
    old: str
    new: str
    sku: str = ""
    note: str = ""

    def as_json(self) -> dict[str, str]:
        """Without NUL, which JSON columns refuse, and no longer than anybody reads."""
        return {name: clip(value, _LONGEST) for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> "FieldChange":
        names = ("field", "label", "old", "new", "sku", "note")
        return cls(**{name: str(values.get(name, "")) for name in names})


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """One product or family of a preview."""

    item: RunItem
    will: Will
    changes: list[FieldChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What else there is to know about it."""
    key: str
    product_id: int | None = None
    family_id: int | None = None
    reason: str = ""
    can_relist: bool = False
    """A30: it can be removed and listed again instead."""
    url: str = ""
    """Of the store's product, where it has one."""


@dataclass(frozen=True, kw_only=True)
class PlanCounts:
    """What a preview would do."""

    create: int = 0
    update: int = 0
    link: int = 0
    remove: int = 0
    hide: int = 0
    show: int = 0
    nothing: int = 0
    skip: int = 0

    @property
    def change(self) -> int:
        """Rows that something happens to."""
        return self.create + self.update + self.link + self.remove + self.hide + self.show

    @property
    def total(self) -> int:
        return self.change + self.nothing + self.skip


def plans(channel: Channel) -> QuerySet[Run]:
    """Previews and what became of them, newest first."""
    return Run.objects.filter(scope_key=channel.scope_key, kind__in=KINDS).order_by("-pk")


def plan_of(channel: Channel, pk: int) -> Run:
    """Raises Run.DoesNotExist for another channel's, or what is no such preview."""
    return plans(channel).get(pk=pk)


def open_plan(channel: Channel, user: User) -> Run | None:
    """The newest preview of many products that this person has neither confirmed nor dropped."""
    waiting = plans(channel).filter(~Q(options__has_key=ALONE), state=RunState.PLANNED, started_by=user)
    return waiting.first()


def permissions_of(kind: str, *, relist: bool = False) -> tuple[str, ...]:
    """What applying a preview of this kind needs; listing again removes first (A30)."""
    own = _MAY.get(kind, "catalog.remove_listing")
    return (own, "catalog.remove_listing") if relist else (own,)


def may_apply(user: Viewer, plan: Run) -> bool:
    return user.has_perms(permissions_of(plan.kind, relist=bool(plan.options.get("relist"))))


def reader_of(plan: Run) -> Run | None:
    """The activity that reads the store into a preview."""
    readers = Run.objects.filter(scope_key=plan.scope_key, kind=READ, options__plan=plan.pk)
    return readers.order_by("-pk").first()


def is_reading(plan: Run) -> Run | None:
    """The activity that is still reading the store into this preview."""
    reader = reader_of(plan)
    return reader if reader is not None and reader.state in RUN_OPEN else None


def is_ready(plan: Run) -> bool:
    """Read to the end and neither confirmed nor dropped."""
    reader = reader_of(plan)
    return plan.state == RunState.PLANNED and reader is not None and reader.state == RunState.DONE


def plan_counts(plan: Run) -> PlanCounts:
    """One statement."""
    counts = RunItem.objects.filter(run=plan).aggregate(
        **{f"n_{will.value}": Count("pk", filter=Q(after__will=will.value)) for will in Will}
    )
    return PlanCounts(**{will.value: counts[f"n_{will.value}"] for will in Will})


def plan_rows(plan: Run, *, will: str = "") -> QuerySet[RunItem]:
    """Rows that change first, then what is left out, then the rest; `will` narrows it to one word of `Will`."""
    rows = RunItem.objects.filter(run=plan)
    if will in Will.values:
        rows = rows.filter(after__will=will)
    return rows.order_by(_FIRST, "pk") if plan.state == RunState.PLANNED else rows.order_by("pk")


_FIRST = Case(When(after__will__in=CHANGES, then=0), When(after__will=Will.SKIP, then=1), default=2)


def as_row(item: RunItem) -> PlanRow:
    after: Mapping[str, Any] = item.after if isinstance(item.after, Mapping) else {}
    before: Mapping[str, Any] = item.before if isinstance(item.before, Mapping) else {}
    number = int(item.key[1:]) if item.key[1:].isdecimal() else None
    will = after.get("will", "")
    return PlanRow(
        item=item,
        will=Will(will) if will in Will.values else Will.NOTHING,
        changes=[FieldChange.from_json(each) for each in after.get("changes", [])],
        notes=[str(note) for note in after.get("notes", [])],
        key=item.key,
        product_id=number if item.key.startswith("p") else None,
        family_id=number if item.key.startswith("f") else None,
        reason=item.reason,
        can_relist=bool(after.get("can_relist")),
        url=str(before.get("url", "")),
    )


def has_rest(plan: Run) -> bool:
    """Whether it ended, cancelled or given up, with rows that nothing was done with."""
    ended = plan.state in (RunState.CANCELLED, RunState.FAILED) and plan.started_at is not None
    return ended and RunItem.objects.filter(run=plan, outcome=Outcome.PENDING).exists()
