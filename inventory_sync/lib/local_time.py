"""Wall-clock times of a zone as instants (SPEC A6): a missing time is the first instant after the gap, a repeated one
its first occurrence. No cron library decides this.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a clock in `zone` first shows `at` on `day`."""
    local = datetime.combine(day, at, tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local, instant)


def next_local(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first such instant later than `after`, in UTC."""
    day = after.astimezone(zone).date()
    while (instant := instant_of(day, at, zone)) <= after:
        day += timedelta(days=1)
    return instant


def _end_of_gap(local: datetime, late: datetime) -> datetime:
    """First instant after the jump that swallowed `local`; `late` lies behind it."""
    early = local.replace(fold=1).astimezone(UTC)
    offset = early.astimezone(local.tzinfo).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        middle = middle.replace(microsecond=0)
        if middle in (early, late):
            break
        if middle.astimezone(local.tzinfo).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
