"""Families in bulk, as a store's catalog brings them (SPEC CAT-4 to CAT-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inventory.models import Family, User
from inventory.services import audit
from inventory.services.upserts import added_entry, retried
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.text import clip, fold


@dataclass(frozen=True, kw_only=True)
class FamilyDraft:
    """A family as the store has it; `key` is the caller's, `family_id` names one that is linked already."""

    key: str
    name: str
    option_names: tuple[str, ...] = ()
    description: str | None = None
    family_id: int | None = None
    keeps_description: bool = True
    """Whether an existing family's stays."""


def upsert_families(drafts: Sequence[FamilyDraft], *, user: User | None, now: datetime) -> dict[str, Family]:
    """Families by draft key: the linked one, else the one of that name, else a new one.

    Existing families keep their name; options they lack are filled in.
    """
    return retried(lambda: _upsert_families(drafts, user, now))


def _upsert_families(drafts: Sequence[FamilyDraft], user: User | None, now: datetime) -> dict[str, Family]:
    by_id = Family.objects.in_bulk([draft.family_id for draft in drafts if draft.family_id])
    names = {fold(clip(draft.name, 256)) for draft in drafts}
    by_name = {family.name_key: family for family in Family.objects.filter(name_key__in=names)}
    result: dict[str, Family] = {}
    new: list[Family] = []
    changed: list[Family] = []
    entries: list[audit.Entry] = []
    for draft in drafts:
        name = clip(draft.name.strip(), 256).strip()
        family = by_id.get(draft.family_id or 0) or by_name.get(fold(name))
        if family is None:
            family = Family(name=name, name_key=fold(name), description=sanitize(draft.description or ""))
            by_name[family.name_key] = family
            new.append(family)
        elif family not in new:
            described = _describe(family, draft)
            if described:
                entries.append(audit.Entry(action=_("Changed the family"), obj=family, changes=described))
            if described or _lacks_options(family, draft):
                changed.append(family)
        _fill_options(family, draft.option_names)
        result[draft.key] = family
    Family.objects.bulk_create(new)
    if changed:
        Family.objects.bulk_update(changed, ["option1_name", "option2_name", "option3_name", "description"])
    if new:
        entries.append(added_entry(new, _("Added the family"), _("Added families")))
    audit.record_many(entries, user=user, now=now)
    return result


def _describe(family: Family, draft: FamilyDraft) -> dict[str, tuple[Any, Any]]:
    """The draft's description, where the family does not keep its own."""
    if draft.keeps_description or not draft.description:
        return {}
    old, new = family.description, sanitize(draft.description)
    if old == new:
        return {}
    family.description = new
    return {"description": (old, new)}


def _lacks_options(family: Family, draft: FamilyDraft) -> bool:
    return len(family.option_names()) < min(3, len(draft.option_names))


def _fill_options(family: Family, names: Sequence[str]) -> None:
    for place, name in enumerate(names[:3], 1):
        if not getattr(family, f"option{place}_name"):
            setattr(family, f"option{place}_name", clip(name, 100) or _("Option %(n)s") % {"n": place})
