"""Applying a preview row by row: which rows are next, what became of them, trying the failed ones again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.services.updates import ReadOnly
from channels.models import Channel
from channels.services.activities import resume_channel_run
from inventory.enums import RUN_OPEN, Outcome
from inventory.models import Run, RunItem, User
from inventory.services import runs
from inventory.services.runs import ItemOutcome, RunClosed

AGAIN = "again"
"""Option of an activity that tries failed rows again: with what is here and there now, not as it was previewed."""


def next_rows(run: Run, *, size: int, wills: Sequence[str] = ()) -> list[RunItem]:
    """Rows that nothing was done with yet, in order."""
    rows = RunItem.objects.filter(run=run, outcome=Outcome.PENDING, pk__gt=run.cursor.get("after", 0))
    if wills:
        rows = rows.filter(after__will__in=wills)
    return list(rows.order_by("pk")[:size])


def told(row: RunItem, outcome: Outcome, *, reason: str = "", fix: tuple[str, str] = ("", "")) -> ItemOutcome:
    """What became of a row, beside what it was to be."""
    return ItemOutcome(
        key=row.key,
        label=row.label,
        outcome=outcome,
        reason=reason or (row.reason if outcome == Outcome.DONE else ""),
        fix_label=fix[0],
        fix_url=fix[1],
        before=row.before,
        after=row.after,
        fingerprint=row.fingerprint,
    )


def moved(row: RunItem, reason: str = "") -> ItemOutcome:
    """NEW-2: a row that is not as it was previewed is refused."""
    words = reason or _("Not done: it has changed since the preview, here or in the store. Make a new preview.")
    return told(row, Outcome.SKIPPED, reason=words)


def before_of(row: RunItem, name: str, default: Any = "") -> Any:
    return row.before.get(name, default) if isinstance(row.before, dict) else default


def will_of(row: RunItem) -> str:
    return str(row.after.get("will", "")) if isinstance(row.after, dict) else ""


def note_sending(run: Run, keys: Collection[str]) -> None:
    """Before a call: should this process end within it, the next one knows which rows are in doubt.

    From here on the activity has begun: a cancel waits until what is being sent is recorded. Raises RunClosed where
    the activity was ended meanwhile.
    """
    run.cursor = {**run.cursor, "sending": sorted({*keys, *in_doubt(run)})}
    begun = Coalesce("started_at", timezone.now(), output_field=DateTimeField())
    if not Run.objects.filter(pk=run.pk, state__in=RUN_OPEN).update(cursor=run.cursor, started_at=begun):
        raise RunClosed(_("This activity has already ended."))


def in_doubt(run: Run) -> frozenset[str]:
    """Rows that an earlier attempt of this step may have sent."""
    return frozenset(run.cursor.get("sending", ()))


def retry_rows(run: Run, *, channel: Channel, user: User | None, now: datetime) -> Run:
    """An activity for the rows that failed, and no others. Raises ReadOnly, RunClosed, AlreadyRunning."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    with transaction.atomic():
        again = runs.retry_failed(run, user=user, now=now)
        Run.objects.filter(pk=again.pk).update(options={**again.options, AGAIN: True})
        rows = list(RunItem.objects.filter(run=run, outcome=Outcome.FAILED).order_by("pk"))
        for row in rows:
            row.pk, row.run, row.outcome = None, again, Outcome.PENDING
            row.reason = row.fix_label = row.fix_url = ""
        RunItem.objects.bulk_create(rows, batch_size=500)
        Run.objects.filter(pk=again.pk).update(total=len(rows))
        again.refresh_from_db()
        resume_channel_run(channel, run=again)
    return again
