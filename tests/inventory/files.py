"""Files as staff bring them, read and applied as a worker does."""

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from inventory.models import Run, User
from inventory.services import house_runs, imports
from tests.factories.inventory import NOW


def csv_of(*rows: Sequence[Any], delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows).encode()


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def advance(run: Run) -> Run:
    house_runs.advance_house_run(run.pk, now_fn=lambda: NOW)
    return Run.objects.get(pk=run.pk)


def preview(kind: str, content: bytes, *, user: User | None = None, **options: Any) -> Run:
    """The file as a preview; what reading refused is the message of `imports.reading_of`."""
    plan = imports.start_import(kind, name="file.csv", content=content, user=user, options=options, now=NOW)
    advance(imports.reading_of(plan))
    return Run.objects.get(pk=plan.pk)


def apply(plan: Run, *, user: User | None = None) -> Run:
    return advance(imports.confirm_import(plan, user=user, now=NOW))


def bring(kind: str, content: bytes, *, user: User | None = None, **options: Any) -> Run:
    return apply(preview(kind, content, user=user, **options), user=user)


def shown(plan: Run) -> dict[int, Any]:
    """Line → its problem, or its changes as label → (old, new)."""
    return {
        item.after["line"]: item.reason or {label: (old, new) for label, old, new in item.after["changes"]}
        for item in plan.items.all()
    }
