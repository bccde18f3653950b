"""What rows of uploaded files are planned to do, and what a kind of import has to say about them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from inventory.enums import Outcome
from inventory.models import Run, RunItem, User
from inventory.services.products_as_cells import Cells, Column
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import clip

_SHOWN = 1000


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A line of the file: column key → text of its cells that say something. `problem`: what reading found wrong."""

    line: int
    cells: Cells
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field of one row, old → new, as staff read it."""

    label: str
    old: str
    new: str


@dataclass(kw_only=True)
class PlannedRow:
    """What a row will do. `facts` are the kind's own, for applying; `makes` names what is made besides."""

    row: FileRow
    label: str
    changes: list[Change] = field(default_factory=list)
    problem: str = ""
    fix_label: str = ""
    fix_url: str = ""
    is_new: bool = False
    makes: list[str] = field(default_factory=list)
    identity: str = ""
    facts: Any = None

    @property
    def fingerprint(self) -> str:
        """Of what it does to what: the same only while the record is as the preview showed it."""
        parts = [self.identity, self.is_new, sorted([each.label, each.old, each.new] for each in self.changes)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def outcome(self) -> ItemOutcome:
        """As a row of the preview."""
        outcome = Outcome.FAILED if self.problem else Outcome.PENDING if self.changes else Outcome.NOTHING
        changes = [[each.label, clip(each.old, _SHOWN), clip(each.new, _SHOWN)] for each in self.changes]
        return ItemOutcome(
            key=str(self.row.line),
            label=self.label,
            outcome=outcome,
            reason=self.problem,
            fix_label=self.fix_label,
            fix_url=self.fix_url,
            after={
                "line": self.row.line,
                "cells": self.row.cells,
                "changes": [] if self.problem else changes,
                "new": self.is_new,
                "makes": self.makes,
            },
            fingerprint=self.fingerprint,
        )


def row_of(item: RunItem) -> FileRow:
    """The line of the file that a row of the preview came from."""
    after = item.after or {}
    return FileRow(line=int(after.get("line", 0)), cells=dict(after.get("cells", {})))


def applied(item: RunItem, outcome: Outcome, reason: str = "") -> ItemOutcome:
    """What became of a row of the preview; what it showed stays."""
    return ItemOutcome(
        key=item.key,
        label=item.label,
        outcome=outcome,
        reason=reason,
        after=item.after,
        fingerprint=item.fingerprint,
    )


@dataclass(kw_only=True)
class Act:
    """One piece of an import that is applied. `key` is unique to it; `cursor` is kept for the next piece."""

    run: Run
    key: str
    cursor: dict[str, Any]
    now: datetime

    @property
    def user(self) -> User | None:
        return self.run.started_by

    @property
    def options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self.run.options
        return options


class ImportKind(Protocol):
    """A kind of file. `plan` changes nothing; `apply` gets rows whose plan still holds, in one transaction."""

    kind: str
    permission: str
    required: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    """Cells that together may be in a file only once; the first tuple is what a row is found by."""

    def title(self) -> str: ...

    def columns(self) -> list[Column]: ...

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]: ...

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        """Hold what the rows will change, where the database can."""

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        """Lines that were refused after all, with why; all others are done."""
