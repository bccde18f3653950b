"""Files that staff bring in: read into a preview of every change, then applied exactly as shown (SPEC INV-6, NEW-2).

Upload → a planned activity and one that reads the file into it → confirm → the planned activity applies its rows.
Nothing is changed before. A row whose record moved since the preview is refused, the others go on.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.enums import RUN_OPEN, Outcome, RunState
from inventory.models import ImportFile, Run, RunItem, User
from inventory.registry import registry
from inventory.services import house_runs, runs
from inventory.services.house_runs import Portion, StepDone
from inventory.services.imports_reading import FileRefused, Row, check_file, has_decimal_comma, read_rows
from inventory.services.imports_rows import Act, FileRow, ImportKind, PlannedRow, applied, row_of
from inventory.services.imports_values import unshielded
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip, fold

READ = "inventory.read_file"
_IGNORED = {"line", "problem"}
"""Heads of our own file of failed rows that say nothing to us."""
_AT = "at"
KINDS: dict[str, ImportKind] = {}


class ImportNotReady(ProductError):
    """The preview cannot be confirmed now."""


def register(kind: ImportKind, *, page: str) -> None:
    """Make a kind of file known; `page` is the URL name of its preview."""
    KINDS[kind.kind] = kind
    registry.house_steps[kind.kind] = apply_step
    registry.run_retries[kind.kind] = lambda run, user: retry_import(run, user=user, now=timezone.now())
    registry.run_permissions[kind.kind] = kind.permission
    registry.run_pages[kind.kind] = page
    registry.house_steps[READ] = read_step
    registry.house_readers[READ] = unpack


def start_import(
    kind: str, *, name: str, content: bytes, user: User | None, options: Mapping[str, Any] | None = None, now: datetime
) -> Run:
    """Keep the file and begin to read it into a preview. Raises FileRefused. Older previews of the user go."""
    check_file(name, content)
    with transaction.atomic():
        for old in Run.objects.filter(kind=kind, state=RunState.PLANNED, started_by=user):
            _drop(old, user=user, now=now)
        plan = _plan(kind, name=name, content=content, user=user, options=dict(options or {}), now=now)
        _read(plan, cursor={}, user=user, now=now)
    return plan


def retry_import(run: Run, *, user: User | None, now: datetime) -> Run:
    """A new preview of the rows that failed. Raises RunClosed where none did."""
    failed = run.items.filter(outcome=Outcome.FAILED).order_by("pk")
    lines = [[item.after["line"], item.after["cells"], ""] for item in failed.iterator() if item.after]
    if not lines:
        raise runs.RunClosed(_("Nothing failed here."))
    options = {**run.options, "rows": len(lines)}
    with transaction.atomic():
        plan = _plan(run.kind, name=_("Failed rows"), content=_packed(iter(lines)), user=user, options=options, now=now)
        _read(plan, cursor={_AT: 0}, user=user, now=now)
    return plan


def reading_of(plan: Run) -> Run | None:
    """The activity that reads the file of this preview."""
    return Run.objects.filter(kind=READ, scope_key=_scope(plan)).order_by("-pk").first()


def confirm_import(plan: Run, *, user: User | None, now: datetime) -> Run:
    """Apply what the preview shows. Raises ImportNotReady, RunClosed."""
    reading = reading_of(plan)
    if plan.state == RunState.PLANNED and (reading is None or reading.state != RunState.DONE):
        raise ImportNotReady(_("The file has not been read to its end."))
    if not plan.items.filter(outcome=Outcome.PENDING).exists():
        raise ImportNotReady(_("There is nothing to apply."))
    with transaction.atomic():
        started = runs.start_planned(plan, user=user, now=now)
        house_runs.poke(started.pk)
    return started


def drop_import(plan: Run, *, user: User | None, now: datetime) -> None:
    """Forget a preview and its file. Raises RunClosed where it is applied already."""
    if plan.state != RunState.PLANNED:
        raise runs.RunClosed(_("This preview has been applied or dropped already."))
    with transaction.atomic():
        _drop(plan, user=user, now=now)


def unpack(run: Run) -> dict[str, Any] | None:
    """The uploaded file as one JSON text a row, before the first step: this is slow and changes nothing."""
    if _AT in run.cursor:
        return None
    file = ImportFile.objects.select_related("run").filter(run_id=run.options["plan"]).first()
    if file is None:
        return None
    content = bytes(file.content)
    rows = read_rows(content)
    kind = KINDS[file.run.kind]
    keys, unknown = _columns(kind, next(rows)[1])
    return {
        "content": _packed(_file_rows(kind, keys, rows)),
        "options": {"comma": has_decimal_comma(content), "unknown": unknown, "columns": [key for key in keys if key]},
    }


def read_step(run: Run, portion: Portion) -> StepDone:
    """The next rows of the file, as rows of the preview."""
    plan = Run.objects.filter(pk=run.options["plan"], state=RunState.PLANNED).first()
    file = ImportFile.objects.filter(run=plan).first() if plan else None
    if plan is None or file is None:
        ImportFile.objects.filter(run_id=run.options["plan"]).delete()
        return StepDone(cursor=run.cursor, finished=True, message=_("The preview was dropped."))
    if portion.prepared is not None:
        content = portion.prepared["content"]
        total = content.count(b"\n")
        ImportFile.objects.filter(pk=file.pk).update(content=content)
        Run.objects.filter(pk=plan.pk).update(options={**plan.options, **portion.prepared["options"], "rows": total})
        return StepDone(cursor={_AT: 0}, finished=False, total=total)
    return _read_portion(run, plan, file, portion)


def _read_portion(run: Run, plan: Run, file: ImportFile, portion: Portion) -> StepDone:
    rows, end, is_last = _unpacked(bytes(file.content), int(run.cursor[_AT]), portion.most)
    kind = KINDS[plan.kind]
    planned = (
        [PlannedRow(row=row, label=_line(row), problem=_("This row cannot be read.")) for row in rows]
        if portion.is_hopeless
        else _planned(kind, rows, options=plan.options)
    )
    outcomes = [each.outcome() for each in planned]
    telling = [each for each in outcomes if each.outcome != Outcome.NOTHING]
    runs.keep_plan(plan, outcomes=telling, total=int(plan.options["rows"]))
    Run.objects.filter(pk=plan.pk).update(passed=F("passed") + len(outcomes) - len(telling))
    if is_last:
        file.delete()
    return StepDone(cursor={_AT: end}, finished=is_last, passed=len(rows), total=int(plan.options["rows"]))


def apply_step(run: Run, portion: Portion) -> StepDone:
    """The next rows of a confirmed preview, each refused where its record is not as it was shown."""
    items = list(
        run.items.filter(outcome=Outcome.PENDING, pk__gt=run.cursor.get("after", 0)).order_by("pk")[: portion.most]
    )
    if not items:
        return StepDone(cursor=run.cursor, finished=True)
    act = Act(run=run, key=f"import:{run.pk}/{items[0].pk}", cursor=dict(run.cursor), now=portion.now)
    outcomes = (
        [applied(items[0], Outcome.FAILED, _("An unexpected error."))]
        if portion.is_hopeless
        else _apply(KINDS[run.kind], items, act)
    )
    act.cursor["after"] = items[len(outcomes) - 1].pk
    return StepDone(cursor=act.cursor, finished=False, outcomes=outcomes)


def _apply(kind: ImportKind, items: Sequence[RunItem], act: Act) -> list[ItemOutcome]:
    rows = [row_of(item) for item in items]
    kind.lock(rows, options=act.options)
    planned = {each.row.line: each for each in _planned(kind, rows, options=act.options)}
    holds = {
        row.line: planned[row.line]
        for row, item in zip(rows, items, strict=True)
        if not planned[row.line].problem and planned[row.line].fingerprint == item.fingerprint
    }
    refused = kind.apply(list(holds.values()), act) if holds else {}
    return [
        _outcome(item, planned[row.line], holds=row.line in holds, refusal=refused.get(row.line, ""))
        for row, item in zip(rows, items, strict=True)
    ]


def _outcome(item: RunItem, now: PlannedRow, *, holds: bool, refusal: str) -> ItemOutcome:
    if holds:
        return applied(item, Outcome.FAILED if refusal else Outcome.DONE, refusal)
    reason = now.problem or _("It has changed since the preview. Nothing was changed: retry it to see it again.")
    return applied(item, Outcome.FAILED, reason)


def _planned(kind: ImportKind, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
    """In the order of the rows; those that reading found wrong are not looked at."""
    good = kind.plan([row for row in rows if not row.problem], options=options)
    bad = [
        PlannedRow(row=row, label=row.cells.get("sku") or _line(row), problem=row.problem)
        for row in rows
        if row.problem
    ]
    return sorted([*good, *bad], key=lambda each: each.row.line)


def _line(row: FileRow) -> str:
    return _("Line %(line)s") % {"line": row.line}


def _plan(kind: str, *, name: str, content: bytes, user: User | None, options: dict[str, Any], now: datetime) -> Run:
    label = options.get("file") or clip(name, 200)
    plan = runs.plan_run(
        kind=kind, title=KINDS[kind].title(), scope_label=label, user=user, options={**options, "file": label}, now=now
    )
    ImportFile.objects.create(run=plan, name=label, content=content)
    return plan


def _read(plan: Run, *, cursor: dict[str, Any], user: User | None, now: datetime) -> None:
    reading = house_runs.start_house_run(
        kind=READ,
        title=_("Read a file"),
        scope_key=_scope(plan),
        scope_label=plan.scope_label,
        user=user,
        options={"plan": plan.pk},
        now=now,
    )
    if cursor:
        Run.objects.filter(pk=reading.pk).update(cursor=cursor)


def _scope(plan: Run) -> str:
    return f"import:{plan.pk}"


def _drop(plan: Run, *, user: User | None, now: datetime) -> None:
    runs.request_cancel(plan, user=user, now=now)
    ImportFile.objects.filter(run=plan).delete()
    reading = reading_of(plan)
    if reading is not None and reading.state in RUN_OPEN:
        runs.request_cancel(reading, user=user, now=now)


def _columns(kind: ImportKind, heads: Sequence[str]) -> tuple[list[str], list[str]]:
    """Column key of each head (empty where nobody knows it), and the heads that nobody knows."""
    known = {fold(column.head): column.key for column in kind.columns()}
    keys = [known.get(fold(unshielded(head)), "") for head in heads]
    twice = {key for key in keys if key and keys.count(key) > 1}
    if twice:
        names = ", ".join(column.head for column in kind.columns() if column.key in twice)
        raise FileRefused(_("These columns are there twice: %(names)s.") % {"names": names})
    missing = [column.head for column in kind.columns() if column.key in kind.required and column.key not in keys]
    if missing:
        raise FileRefused(
            _("Missing columns: %(missing)s. The first row has to name them; it names: %(heads)s.")
            % {"missing": ", ".join(missing), "heads": clip(", ".join(filter(None, heads)) or "–", 200)}
        )
    unknown = [head for head, key in zip(heads, keys, strict=True) if head and not key and fold(head) not in _IGNORED]
    return keys, unknown


def _file_rows(kind: ImportKind, keys: Sequence[str], rows: Iterator[Row]) -> Iterator[list[Any]]:
    """Line, cells by column, and what is wrong with it already: something that may be there only once."""
    seen: dict[tuple[str, ...], int] = {}
    heads = {column.key: column.head for column in kind.columns()}
    for line, texts in rows:
        cells = {key: unshielded(text) for key, text in zip(keys, texts, strict=False) if key and text}
        problem = ""
        for unique in kind.unique:
            found = tuple(fold(cells.get(key, "")) for key in unique)
            if not found[0]:
                continue
            first = seen.setdefault((*unique, *found), line)
            if first != line and not problem:
                problem = _("%(head)s “%(value)s” is in line %(line)s already.") % {
                    "head": heads[unique[0]], "value": clip(cells[unique[0]], 100), "line": first,
                }  # fmt: skip
        yield [line, cells, problem]


def _packed(rows: Iterator[list[Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _unpacked(content: bytes, start: int, most: int) -> tuple[list[FileRow], int, bool]:
    """Rows from this byte on, where the next ones start, and whether these are the last."""
    rows: list[FileRow] = []
    while start < len(content) and len(rows) < most:
        end = content.index(b"\n", start) + 1
        line, cells, problem = json.loads(content[start:end])
        rows.append(FileRow(line=line, cells=cells, problem=problem))
        start = end
    return rows, start, start >= len(content)
