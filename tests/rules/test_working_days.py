from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.legal_holidays import is_legal_holiday
from rules.working_days import WorkingDays

CALENDAR = WorkingDays()
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 10, 10), True),  # a Saturday worked to make up for the National Day week
        (date(2026, 10, 11), False),
        (date(2026, 10, 1), False),  # a Thursday, but National Day
        (date(2026, 10, 9), True),
        (date(2026, 12, 18), True),
    ],
)
def test_published_days(day: date, working: bool) -> None:
    assert CALENDAR.is_working_day(day) is working
    assert not CALENDAR.is_fallback(day)


def test_covered_until_is_the_last_day_that_the_package_answers_for() -> None:
    last = CALENDAR.covered_until
    chinese_calendar.is_workday(last)
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(last + timedelta(days=1))


@given(st.integers(1, 3000))
def test_past_the_data_mondays_to_fridays_are_working_days_and_said_to_be_a_guess(days: int) -> None:
    """The legal holidays are not, and the weekends around them are as any."""
    day = CALENDAR.covered_until + timedelta(days=days)
    assert CALENDAR.is_fallback(day)
    assert CALENDAR.is_working_day(day) is (day.isoweekday() < 6 and not is_legal_holiday(day))


def test_before_the_data_the_fallback_holds_too() -> None:
    assert CALENDAR.is_fallback(date(1999, 12, 31))
    assert CALENDAR.is_working_day(date(1999, 12, 31))
    assert not CALENDAR.is_working_day(date(2000, 1, 1))


def test_overrides_win_everywhere_and_are_no_guess() -> None:
    beyond = CALENDAR.covered_until + timedelta(days=1)
    calendar = WorkingDays({beyond: False, date(2026, 12, 18): False, date(2026, 12, 19): True})
    assert not calendar.is_working_day(beyond)
    assert not calendar.is_fallback(beyond)
    assert (CALENDAR.known_until, calendar.known_until) == (CALENDAR.covered_until, date(2027, 12, 31))
    assert not calendar.is_working_day(date(2026, 12, 18))
    assert calendar.is_working_day(date(2026, 12, 19))


def test_the_calendar_does_not_change_with_the_mapping_it_was_made_from() -> None:
    overrides = {date(2026, 12, 18): False}
    calendar = WorkingDays(overrides)
    overrides[date(2026, 12, 18)] = True
    assert not calendar.is_working_day(date(2026, 12, 18))
    assert hash(calendar) == hash(WorkingDays())


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 12, 18), 1, date(2026, 12, 21)),
        (date(2026, 12, 18), 0, date(2026, 12, 18)),
        (date(2026, 12, 19), 0, date(2026, 12, 19)),
        (date(2026, 12, 18), -3, date(2026, 12, 15)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 12), -1, date(2026, 10, 10)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # the calendar of 2027 is not published
    ],
)
def test_add(day: date, n: int, expected: date) -> None:
    assert CALENDAR.add(day, n) == expected


@given(DAYS, st.integers(-30, 30).filter(bool))
def test_add_passes_exactly_n_working_days(day: date, n: int) -> None:
    end = CALENDAR.add(day, n)
    low, high = (day + timedelta(days=1), end) if n > 0 else (end, day - timedelta(days=1))
    between = [low + timedelta(days=i) for i in range((high - low).days + 1)]
    assert sum(map(CALENDAR.is_working_day, between)) == abs(n)
    assert CALENDAR.is_working_day(end)


def test_before_counts_strictly_before() -> None:
    assert CALENDAR.before(date(2026, 12, 20), 3) == date(2026, 12, 16)  # a Sunday
    assert CALENDAR.before(date(2026, 12, 21), 1) == date(2026, 12, 18)
    with pytest.raises(ValueError, match="1 or more"):
        CALENDAR.before(date(2026, 12, 21), 0)


def test_a_datetime_is_refused() -> None:
    moment = datetime(2026, 12, 18, 20, tzinfo=UTC)
    for ask in (CALENDAR.is_working_day, CALENDAR.is_fallback, lambda d: CALENDAR.add(d, 1)):
        with pytest.raises(TypeError, match="local date"):
            ask(moment)
