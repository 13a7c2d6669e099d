"""On which days a week and a month that are over are told of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.period_days import TOLD_OF, day_of_key, told_days, told_of, told_on
from rules.periods import FigureDays, FigurePeriod
from rules.working_days import WorkingDays

WEEK, MONTH = FigurePeriod.LAST_WEEK, FigurePeriod.LAST_MONTH
CALENDAR = WorkingDays()


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 12, 1), [MONTH, WEEK]),  # a Tuesday
        (date(2026, 12, 7), [MONTH, WEEK]),
        (date(2026, 12, 9), [WEEK]),
        (date(2026, 12, 13), [WEEK]),
        (date(2026, 11, 2), [MONTH, WEEK]),  # a Monday, behind a first of the month that is a Sunday
        (date(2026, 11, 1), [WEEK]),
        (date(2026, 10, 5), []),  # the week of the national holiday begins with days off
        (date(2026, 10, 8), [MONTH, WEEK]),
    ],
)
def test_from_the_first_working_day_on_it_is_told_of(day: date, told: list[FigurePeriod]) -> None:
    assert told_of(day, CALENDAR) == told


def test_a_week_of_days_off_tells_of_nothing() -> None:
    off = WorkingDays({date(2026, 12, 7) + timedelta(days=n): False for n in range(7)})
    assert told_on(WEEK, date(2026, 12, 9), off) is None
    before = FigureDays(date(2026, 11, 30), date(2026, 12, 13))
    assert told_days(WEEK, date(2026, 12, 14), off) == before
    assert told_days(WEEK, date(2026, 12, 22), off) == FigureDays(date(2026, 12, 14), date(2026, 12, 20))
    assert told_days(MONTH, date(2026, 12, 9), off) == FigureDays(date(2026, 11, 1), date(2026, 11, 30))
    assert told_of(date(2026, 12, 14), off) == [WEEK]


def test_a_saturday_that_is_worked_is_not_the_first_day_but_of_a_week_without_others() -> None:
    off = {date(2026, 12, 7) + timedelta(days=n): n == 5 for n in range(7)}
    assert told_on(WEEK, date(2026, 12, 7), WorkingDays(off)) == date(2026, 12, 12)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_each_week_and_month_with_a_working_day_tells_once(day: date) -> None:
    for period in TOLD_OF:
        told = told_on(period, day, CALENDAR)
        if told is not None:
            assert CALENDAR.is_working_day(told)
            assert told.isocalendar()[:2] == day.isocalendar()[:2] or period is MONTH
            assert told.replace(day=1) == day.replace(day=1) or period is WEEK
            assert told_on(period, told, CALENDAR) == told


def test_no_other_period_is_told_of_by_itself() -> None:
    with pytest.raises(ValueError, match="by itself"):
        told_on(FigurePeriod.YEAR, date(2026, 12, 1), CALENDAR)


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("2026-12-14/last_week", date(2026, 12, 21)),
        ("2026-12-14/last_week:3", date(2026, 12, 21)),
        ("2026-12-01/last_month/picture:3", date(2027, 1, 1)),
        ("2026-12-14/tally:3", date(2026, 12, 14)),
        ("job:7:made", None),
    ],
)
def test_the_day_from_which_a_key_is_true(key: str, day: date | None) -> None:
    assert day_of_key(key) == day
