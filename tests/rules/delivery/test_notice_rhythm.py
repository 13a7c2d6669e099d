"""When notices come that are gathered for a member of the office."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.delivery.notice_rhythm import HOURS, NoticeRhythm, gathered_until, told_at
from rules.slots import local_slot
from rules.working_days import WorkingDays

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = WorkingDays()
ONCE, HOURLY, TWICE = NoticeRhythm


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local moment in December 2026; the 14th is a Monday."""
    return local_slot(date(2026, 12, day), time(hour, minute), ZONE)


@pytest.mark.parametrize(
    ("rhythm", "moment", "last", "first"),
    [
        (ONCE, at(13, 3, 7), at(13, 3, 7), at(13, 3, 7)),
        (HOURLY, at(14, 9, 30), at(14, 8), at(14, 10)),
        (HOURLY, at(14, 10), at(14, 10), at(14, 10)),
        (HOURLY, at(14, 7), at(11, 18), at(14, 8)),
        (HOURLY, at(11, 18, 1), at(11, 18), at(14, 8)),
        (TWICE, at(14, 9), at(14, 9), at(14, 9)),
        (TWICE, at(14, 9, 1), at(14, 9), at(14, 15)),
        (TWICE, at(12, 12), at(11, 15), at(14, 9)),
        (TWICE, at(14, 23), at(14, 15), at(15, 9)),
    ],
)
def test_the_hours(rhythm: NoticeRhythm, moment: datetime, last: datetime, first: datetime) -> None:
    assert gathered_until(rhythm, moment, ZONE, DAYS) == last
    assert told_at(rhythm, moment, ZONE, DAYS) == first


@given(st.sampled_from((HOURLY, TWICE)), st.integers(0, 60 * 24 * 40))
def test_what_is_noted_is_told_at_the_next_hour_and_not_before(rhythm: NoticeRhythm, minutes: int) -> None:
    noted = at(1, 0) + timedelta(minutes=minutes)
    told = told_at(rhythm, noted, ZONE, DAYS)
    assert told.astimezone(ZONE).hour in HOURS[rhythm]
    assert gathered_until(rhythm, told, ZONE, DAYS) >= noted
    before = told - timedelta(minutes=1)
    assert before < noted or gathered_until(rhythm, before, ZONE, DAYS) < noted
