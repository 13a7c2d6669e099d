"""Periods of figures, and the earlier ones with which they are compared."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.periods import (
    EarlierPeriod,
    FigureDays,
    FigurePeriod,
    PeriodDays,
    before,
    days_of,
    months_on,
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
    ("period", "today", "first", "end", "place"),
    [
        (FigurePeriod.DAY, date(2026, 12, 16), date(2026, 12, 15), date(2026, 12, 16), date(2026, 12, 15)),
        (FigurePeriod.WEEK, date(2026, 12, 16), date(2026, 12, 7), date(2026, 12, 14), date(2026, 12, 9)),
        (FigurePeriod.LAST_WEEK, date(2026, 12, 16), date(2026, 11, 30), date(2026, 12, 7), None),
        (FigurePeriod.MONTH, date(2026, 3, 28), date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 28)),
        (FigurePeriod.MONTH, date(2026, 3, 29), date(2026, 2, 1), date(2026, 3, 1), None),
        (FigurePeriod.MONTH, date(2026, 3, 31), date(2026, 2, 1), date(2026, 3, 1), None),
        (FigurePeriod.LAST_QUARTER, date(2027, 1, 5), date(2026, 7, 1), date(2026, 10, 1), None),
    ],
)
def test_the_period_before(
    period: FigurePeriod, today: date, first: date, end: date, place: date | None
) -> None:
    assert before(period, today) == EarlierPeriod(PeriodDays(first, end), place)


def test_before_written_days_lie_as_many_days() -> None:
    written = FigureDays(date(2026, 12, 1), date(2026, 12, 10))
    assert before(FigurePeriod.DAYS, date(2026, 12, 16), written) == EarlierPeriod(
        PeriodDays(date(2026, 11, 21), date(2026, 12, 1)), None
    )


@pytest.mark.parametrize("period", [FigurePeriod.CAMPAIGN, FigurePeriod.YEAR])
def test_nothing_alike_comes_before_the_campaign_and_a_year_has_the_year_before(
    period: FigurePeriod,
) -> None:
    today = date(2026, 12, 16)
    year = EarlierPeriod(PeriodDays(date(2025, 1, 1), date(2026, 1, 1)), date(2025, 12, 16))
    assert before(period, today) is None
    assert year_before(period, today) == (None if period is FigurePeriod.CAMPAIGN else year)


@pytest.mark.parametrize(
    ("period", "today", "first", "end", "place"),
    [
        (FigurePeriod.MONTH, date(2024, 2, 29), date(2023, 2, 1), date(2023, 3, 1), date(2023, 2, 28)),
        (FigurePeriod.DAY, date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1), date(2023, 2, 28)),
        (FigurePeriod.DAY, date(2028, 2, 28), date(2027, 2, 28), date(2027, 3, 1), date(2027, 2, 28)),
        (FigurePeriod.QUARTER, date(2026, 12, 16), date(2025, 10, 1), date(2026, 1, 1), date(2025, 12, 16)),
        (FigurePeriod.QUARTER, date(2028, 3, 15), date(2027, 1, 1), date(2027, 4, 1), date(2027, 3, 15)),
        (FigurePeriod.YEAR, date(2028, 12, 16), date(2027, 1, 1), date(2028, 1, 1), date(2027, 12, 16)),
        (FigurePeriod.YEAR, date(2029, 12, 16), date(2028, 1, 1), date(2029, 1, 1), date(2028, 12, 16)),
        (FigurePeriod.LAST_MONTH, date(2026, 12, 16), date(2025, 11, 1), date(2025, 12, 1), None),
        (FigurePeriod.LAST_MONTH, date(2029, 3, 16), date(2028, 2, 1), date(2028, 3, 1), None),
    ],
)
def test_the_same_period_a_year_before(
    period: FigurePeriod, today: date, first: date, end: date, place: date | None
) -> None:
    assert year_before(period, today) == EarlierPeriod(PeriodDays(first, end), place)


@pytest.mark.parametrize(
    ("first", "last", "earlier"),
    [
        (date(2028, 2, 10), date(2028, 2, 28), (date(2027, 2, 10), date(2027, 3, 1))),
        (date(2029, 2, 1), date(2029, 2, 28), (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2028, 1, 1), date(2028, 12, 31), (date(2027, 1, 1), date(2028, 1, 1))),
        (date(2027, 12, 31), date(2028, 12, 31), None),
    ],
)
def test_written_days_a_year_before_have_the_same_dates_and_do_not_overlap(
    first: date, last: date, earlier: tuple[date, date] | None
) -> None:
    found = year_before(FigurePeriod.DAYS, date(2029, 6, 1), FigureDays(first, last))
    assert found == (None if earlier is None else EarlierPeriod(PeriodDays(*earlier), None))


@given(DAYS)
def test_a_week_a_year_before_begins_on_monday_too(today: date) -> None:
    earlier = year_before(FigurePeriod.WEEK, today)
    assert earlier is not None
    assert earlier.days.first is not None
    assert earlier.days.first.weekday() == 0
    assert earlier.days.end == earlier.days.first + timedelta(days=7)


@given(DAYS, st.sampled_from(RUNNING))
def test_a_running_period_holds_today_and_its_place_lies_in_the_earlier_one(
    today: date, period: FigurePeriod
) -> None:
    mine = days_of(period, today)
    assert mine.first is not None
    assert mine.first <= today
    earlier, year = before(period, today), year_before(period, today)
    assert year is not None
    assert year.place is not None
    assert earlier is None or earlier.days.end == mine.first
    for found in (earlier, year):
        if found is not None and found.days.first is not None and found.days.end is not None:
            assert found.place is None or found.days.first <= found.place < found.days.end
            assert found.days.first < mine.first


@given(DAYS, st.integers(-600, 600))
def test_so_many_months_on_is_in_that_month(day: date, months: int) -> None:
    shifted = months_on(day, months)
    assert (shifted.year - day.year) * 12 + shifted.month - day.month == months
    assert shifted.day <= day.day
