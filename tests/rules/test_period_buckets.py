"""The days of a period in buckets: days, weeks or months, and how far an axis goes on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.period_buckets import FURTHEST, BucketLength, DayBucket, buckets_of, end_of, length_of
from rules.periods import FigureDays, FigurePeriod, days_of

DAY = timedelta(days=1)
DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("first", "end", "length", "count"),
    [
        (date(2026, 12, 16), date(2026, 12, 17), BucketLength.DAY, 1),
        (date(2026, 12, 14), date(2026, 12, 21), BucketLength.DAY, 7),
        (date(2026, 12, 1), date(2027, 1, 1), BucketLength.DAY, 31),
        (date(2026, 12, 1), date(2027, 1, 2), BucketLength.WEEK, 5),
        (date(2026, 10, 1), date(2027, 1, 1), BucketLength.WEEK, 14),
        (date(2026, 7, 1), date(2027, 1, 1), BucketLength.WEEK, 27),
        (date(2026, 7, 1), date(2027, 1, 2), BucketLength.MONTH, 7),
        (date(2026, 1, 1), date(2027, 1, 1), BucketLength.MONTH, 12),
        (date(2025, 11, 12), date(2026, 12, 17), BucketLength.MONTH, 14),
    ],
)
def test_short_periods_have_days_longer_ones_weeks_and_others_months(
    first: date, end: date, length: BucketLength, count: int
) -> None:
    assert length_of(first, end) is length
    assert len(buckets_of(first, end)) == count


def test_weeks_begin_on_monday_and_the_first_and_the_last_may_be_parts() -> None:
    found = buckets_of(date(2026, 11, 19), date(2026, 12, 23))
    borders = [(11, 19), (11, 23), (11, 30), (12, 7), (12, 14), (12, 21), (12, 23)]
    days = [date(2026, month, day) for month, day in borders]
    assert found == [DayBucket(one, other) for one, other in pairwise(days)]


def test_months_begin_on_the_first() -> None:
    found = buckets_of(date(2026, 1, 31), date(2026, 8, 15))
    firsts = [bucket.first for bucket in found]
    assert firsts == [date(2026, 1, 31), *(date(2026, month, 1) for month in range(2, 9))]
    assert found[-1].last == date(2026, 8, 14)


@given(first=DAYS, days=st.integers(1, 1_500))
def test_each_day_is_in_one_bucket(first: date, days: int) -> None:
    end = first + days * DAY
    found = buckets_of(first, end)
    assert (found[0].first, found[-1].end) == (first, end)
    assert all(one.end == other.first for one, other in pairwise(found))
    assert all(bucket.first <= bucket.last for bucket in found)
    length = length_of(first, end)
    if length is BucketLength.WEEK:
        assert all(bucket.first.isocalendar()[:2] == bucket.last.isocalendar()[:2] for bucket in found)
    if length is BucketLength.MONTH:
        assert all(bucket.first.month == bucket.last.month for bucket in found)


REACHED = date(2026, 12, 16)


@pytest.mark.parametrize(
    ("period", "days", "deadline", "end"),
    [
        (FigurePeriod.DAY, None, None, date(2026, 12, 17)),
        (FigurePeriod.WEEK, None, date(2027, 5, 1), date(2026, 12, 21)),
        (FigurePeriod.LAST_WEEK, None, None, date(2026, 12, 17)),
        (FigurePeriod.MONTH, None, None, date(2027, 1, 1)),
        (FigurePeriod.LAST_MONTH, None, date(2027, 5, 1), date(2026, 12, 17)),
        (FigurePeriod.QUARTER, None, None, date(2027, 1, 1)),
        (FigurePeriod.LAST_QUARTER, None, None, date(2026, 12, 17)),
        (FigurePeriod.YEAR, None, None, date(2027, 1, 1)),
        (FigurePeriod.CAMPAIGN, None, None, date(2026, 12, 17)),
        (FigurePeriod.CAMPAIGN, None, date(2026, 12, 1), date(2026, 12, 17)),
        (FigurePeriod.CAMPAIGN, None, date(2027, 3, 31), date(2027, 4, 1)),
        (FigurePeriod.CAMPAIGN, None, date(2035, 12, 31), date(2027, 12, 18)),
        (FigurePeriod.DAYS, (date(2026, 11, 1), date(2026, 12, 16)), None, date(2026, 12, 17)),
        (FigurePeriod.DAYS, (date(2026, 12, 1), date(2026, 12, 31)), None, date(2027, 1, 1)),
        (FigurePeriod.DAYS, (date(2026, 12, 1), date(2099, 12, 31)), None, date(2027, 12, 18)),
        (FigurePeriod.DAYS, None, None, date(2026, 12, 17)),
    ],
)
def test_a_period_that_runs_goes_on_to_its_own_end_and_others_are_over(
    period: FigurePeriod, days: tuple[date, date] | None, deadline: date | None, end: date
) -> None:
    assert end_of(period, REACHED, days and FigureDays(*days), deadline) == end


@given(
    period=st.sampled_from(FigurePeriod), today=DAYS, length=st.integers(0, 500), ahead=st.integers(0, 900)
)
def test_an_axis_holds_its_period_and_ends_within_a_year(
    period: FigurePeriod, today: date, length: int, ahead: int
) -> None:
    days = FigureDays(today - length * DAY, today - length * DAY + ahead * DAY)
    within = days_of(period, today, days)
    reached = today if within.end is None else within.end - DAY
    end = end_of(period, reached, days, today + ahead * DAY)
    assert end == within.end or (within.end is None and today < end <= today + FURTHEST + DAY)
