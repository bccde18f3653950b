"""How an activity goes, in words: counts, rate and time left (UI: long work)."""

from datetime import datetime

from django.utils.translation import gettext as _

from inventory.enums import RUN_OPEN
from inventory.models import Run


def outcome_counts(run: Run) -> list[dict[str, object]]:
    """What became of its items, without zeros."""
    counts = [
        {"number": run.done, "word": _("done")},
        {"number": run.unchanged, "word": _("nothing to do")},
        {"number": run.skipped, "word": _("skipped")},
        {"number": run.failed, "word": _("failed")},
    ]
    return [count for count in counts if count["number"]]


def pace(run: Run, *, now: datetime) -> str:
    """Rate and time left of an open activity, once there is something to judge by."""
    if run.state not in RUN_OPEN:
        return ""
    if run.cancel_requested:
        return _("Stopping after this step")
    if run.started_at is None:
        return _("Waiting for its turn")
    seconds = int((now - run.started_at).total_seconds())
    if not run.handled or seconds < 2:
        return run.message
    rate = _("%(n)s a minute") % {"n": run.handled * 60 // seconds}
    if not run.total or run.total <= run.handled:
        return rate
    minutes = (run.total - run.handled) * seconds // run.handled // 60
    return f"{rate}, {_left(minutes)}"


def _left(minutes: int) -> str:
    if not minutes:
        return _("less than a minute left")
    if minutes < 120:
        return _("about %(n)s min left") % {"n": minutes}
    return _("about %(n)s h left") % {"n": minutes // 60}
