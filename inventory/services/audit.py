"""The audit trail: who changed what, from which value to which (SPEC APP-5). Call it in the change's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from inventory.models import AuditEntry, User
from inventory_sync.lib.text import clip

Changes = Mapping[str, tuple[Any, Any]]
"""Field → (old, new)."""

_VALUE_LENGTH = 2000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change for `record_many`."""

    action: str
    obj: Model
    changes: Changes | None = None
    label: str = ""
    scope_key: str = field(default="")


def record(
    *,
    user: User | AnonymousUser | None,
    action: str,
    obj: Model,
    changes: Changes | None = None,
    scope_key: str = "",
    label: str = "",
    now: datetime,
) -> AuditEntry:
    """Write one row. `action` is a short verb phrase for staff; secrets must not be among the values."""
    entry = Entry(action=action, obj=obj, changes=changes, label=label, scope_key=scope_key)
    row = _row(entry, user=user, now=now)
    row.save(force_insert=True)
    return row


def record_many(entries: Iterable[Entry], *, user: User | AnonymousUser | None, now: datetime) -> None:
    """Write many rows in one statement."""
    AuditEntry.objects.bulk_create([_row(entry, user=user, now=now) for entry in entries])


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields of `new` whose value is not that of `old`."""
    return {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}


def object_key(obj: Model) -> str:
    """`product:17`: under which an object's entries are found."""
    return f"{obj._meta.model_name}:{obj.pk}"


def _row(entry: Entry, *, user: User | AnonymousUser | None, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        user=user if isinstance(user, User) else None,
        action=clip(entry.action, 60),
        object_key=object_key(entry.obj),
        object_label=clip(entry.label or str(entry.obj), 300),
        scope_key=entry.scope_key,
        changes={name: [_plain(old), _plain(new)] for name, (old, new) in (entry.changes or {}).items()},
    )


def _plain(value: Any) -> Any:
    """As JSON keeps it and staff read it."""
    if isinstance(value, str):
        return clip(str(value), _VALUE_LENGTH)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return clip(str(value), _VALUE_LENGTH)
