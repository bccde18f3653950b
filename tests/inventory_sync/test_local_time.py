"""Local times across gaps, folds and every zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_sync.lib.local_time import instant_of, next_local

BERLIN, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))


@pytest.mark.req("JOB-1")
@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        (BERLIN, date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # gap: 03:00 local
        (BERLIN, date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # first of two
        (NEW_YORK, date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (NEW_YORK, date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # half an hour
        (BERLIN, date(2026, 6, 1), time(3, 0), datetime(2026, 6, 1, 1, 0, tzinfo=UTC)),
    ],
)
def test_instant_of_a_wall_clock_time(zone, day, at, instant):
    assert instant_of(day, at, zone) == instant


@given(
    after=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]),
    at=st.times(max_value=time(23, 59)).map(lambda moment: moment.replace(second=0, microsecond=0)),
)
def test_next_is_later_and_comes_every_day(after, zone, at):
    first = next_local(after, at, zone)
    second = next_local(first, at, zone)
    assert first > after
    assert second.astimezone(zone).date() - first.astimezone(zone).date() == timedelta(days=1)
    assert timedelta(hours=22) <= second - first <= timedelta(hours=26)
