"""Periods of figures, and the earlier ones with which they are compared."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.periods import (
    FigureDays,
    FigurePeriod,
    PeriodDays,
    before,
    days_of,
    months_on,
    same_place,
    year_before,
)

DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))
RUNNING = [FigurePeriod.DAY, FigurePeriod.WEEK, FigurePeriod.MONTH, FigurePeriod.QUARTER, FigurePeriod.YEAR]


@pytest.mark.parametrize(
    ("period", "today", "first", "end"),
    [
        (FigurePeriod.DAY, date(2026, 12, 16), date(2026, 12, 16), None),
        (FigurePeriod.WEEK, date(2026, 12, 16), date(2026, 12, 14), None),
        (FigurePeriod.WEEK, date(2027, 1, 3), date(2026, 12, 28), None),
        (FigurePeriod.LAST_WEEK, date(2026, 12, 14), date(2026, 12, 7), date(2026, 12, 14)),
        (FigurePeriod.MONTH, date(2026, 12, 1), date(2026, 12, 1), None),
        (FigurePeriod.LAST_MONTH, date(2027, 1, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (FigurePeriod.QUARTER, date(2026, 12, 16), date(2026, 10, 1), None),
        (FigurePeriod.QUARTER, date(2026, 3, 31), date(2026, 1, 1), None),
        (FigurePeriod.LAST_QUARTER, date(2027, 2, 1), date(2026, 10, 1), date(2027, 1, 1)),
        (FigurePeriod.YEAR, date(2026, 12, 16), date(2026, 1, 1), None),
        (FigurePeriod.CAMPAIGN, date(2026, 12, 16), None, None),
    ],
)
def test_the_days_of_a_period(
    period: FigurePeriod, today: date, first: date | None, end: date | None
) -> None:
    assert days_of(period, today) == PeriodDays(first, end)


@pytest.mark.parametrize(
    ("last", "end"),
    [(date(2026, 12, 15), date(2026, 12, 16)), (date(2026, 12, 16), None), (date(2026, 12, 31), None)],
)
def test_written_days_run_while_today_is_one_of_them(last: date, end: date | None) -> None:
    written = FigureDays(date(2026, 12, 10), last)
    assert days_of(FigurePeriod.DAYS, date(2026, 12, 16), written) == PeriodDays(written.first, end)


@pytest.mark.parametrize(
    ("period", "today", "first", "end"),
    [
        (FigurePeriod.DAY, date(2026, 12, 16), date(2026, 12, 15), date(2026, 12, 16)),
        (FigurePeriod.WEEK, date(2026, 12, 16), date(2026, 12, 7), date(2026, 12, 14)),
        (FigurePeriod.LAST_WEEK, date(2026, 12, 16), date(2026, 11, 30), date(2026, 12, 7)),
        (FigurePeriod.MONTH, date(2026, 3, 31), date(2026, 2, 1), date(2026, 3, 1)),
        (FigurePeriod.LAST_QUARTER, date(2027, 1, 5), date(2026, 7, 1), date(2026, 10, 1)),
    ],
)
def test_the_period_before(period: FigurePeriod, today: date, first: date, end: date) -> None:
    assert before(period, today) == PeriodDays(first, end)


def test_before_written_days_lie_as_many_days() -> None:
    written = FigureDays(date(2026, 12, 1), date(2026, 12, 10))
    assert before(FigurePeriod.DAYS, date(2026, 12, 16), written) == PeriodDays(
        date(2026, 11, 21), date(2026, 12, 1)
    )


@pytest.mark.parametrize("period", [FigurePeriod.CAMPAIGN, FigurePeriod.YEAR])
def test_nothing_alike_comes_before_the_campaign_and_a_year_has_the_year_before(period: FigurePeriod) -> None:
    assert before(period, date(2026, 12, 16)) is None
    earlier = year_before(period, date(2026, 12, 16))
    assert earlier == (
        None if period is FigurePeriod.CAMPAIGN else PeriodDays(date(2025, 1, 1), date(2026, 1, 1))
    )


@pytest.mark.parametrize(
    ("period", "today", "first", "end"),
    [
        (FigurePeriod.MONTH, date(2024, 2, 29), date(2023, 2, 1), date(2023, 3, 1)),
        (FigurePeriod.DAY, date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1)),
        (FigurePeriod.QUARTER, date(2026, 12, 16), date(2025, 10, 1), date(2026, 1, 1)),
        (FigurePeriod.LAST_MONTH, date(2026, 12, 16), date(2025, 11, 1), date(2025, 12, 1)),
    ],
)
def test_the_same_period_a_year_before(period: FigurePeriod, today: date, first: date, end: date) -> None:
    assert year_before(period, today) == PeriodDays(first, end)


@given(DAYS)
def test_a_week_a_year_before_begins_on_monday_too(today: date) -> None:
    earlier = year_before(FigurePeriod.WEEK, today)
    assert earlier is not None
    assert earlier.first is not None
    assert earlier.first.weekday() == 0
    assert earlier.end == earlier.first + timedelta(days=7)


@given(DAYS, st.sampled_from(RUNNING))
def test_a_running_period_holds_today_and_the_one_before_ends_where_it_begins(
    today: date, period: FigurePeriod
) -> None:
    mine, earlier = days_of(period, today), before(period, today)
    assert mine.first is not None
    assert mine.first <= today
    if earlier is not None:
        assert earlier.end == mine.first
        assert earlier.first is not None
        assert earlier.first < mine.first


@given(DAYS, st.sampled_from(RUNNING))
def test_the_same_place_of_an_earlier_period_lies_in_it_or_it_is_over(
    today: date, period: FigurePeriod
) -> None:
    mine = days_of(period, today)
    for earlier in (before(period, today), year_before(period, today)):
        if earlier is not None and earlier.first is not None and earlier.end is not None:
            place = same_place(mine, today, earlier)
            assert place is None or earlier.first <= place < earlier.end


def test_a_shorter_month_before_is_over_by_the_31st() -> None:
    today = date(2026, 3, 31)
    mine, earlier = days_of(FigurePeriod.MONTH, today), before(FigurePeriod.MONTH, today)
    assert earlier is not None
    assert same_place(mine, today, earlier) is None
    assert same_place(mine, date(2026, 3, 28), earlier) == date(2026, 2, 28)


@given(DAYS, st.integers(-600, 600))
def test_so_many_months_on_is_in_that_month(day: date, months: int) -> None:
    shifted = months_on(day, months)
    assert (shifted.year - day.year) * 12 + shifted.month - day.month == months
    assert shifted.day <= day.day
