"""A period in months, days and open ends holds each of its moments once, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.progress.counted_periods import (
    ALL_TIME,
    BEIJING,
    Days,
    PeriodParts,
    Span,
    after,
    day_of,
    first_day,
    moments_of,
    month_after,
    period,
)

STEP = timedelta(microseconds=1)
MIDNIGHT = datetime(2026, 12, 15, tzinfo=BEIJING)
YEARS = timedelta(days=5 * 365)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
MOMENTS = st.one_of(
    st.builds(lambda second: datetime(2024, 1, 1, tzinfo=UTC) + second, st.timedeltas(timedelta(0), YEARS)),
    # The edges of days and months.
    st.builds(
        lambda day, steps: datetime(day.year, day.month, day.day, tzinfo=BEIJING) + steps * STEP,
        DAYS,
        st.integers(-1, 1),
    ),
    st.builds(lambda day: datetime(day.year, day.month, 1, tzinfo=BEIJING), DAYS),
)


def times_in(parts: PeriodParts, moment: datetime) -> int:
    """In how many of the parts the moment is."""
    day = day_of(moment)
    month = day.replace(day=1)
    return sum(
        (
            sum(end.after < moment <= end.until for end in parts.ends),
            sum(_holds(days, day) for days in parts.days),
            sum(_holds(months, month) for months in parts.months),
        )
    )


def _holds(days: Days, day: date) -> bool:
    return days.first <= day and (days.end is None or day < days.end)


@given(MOMENTS, MOMENTS, MOMENTS)
@example(MIDNIGHT, MIDNIGHT, MIDNIGHT)
@example(MIDNIGHT, MIDNIGHT + timedelta(days=1), MIDNIGHT + STEP)
@example(MIDNIGHT - STEP, MIDNIGHT + timedelta(days=1) - STEP, MIDNIGHT)
def test_a_period_holds_its_moments_once(since: datetime, until: datetime, moment: datetime) -> None:
    assert times_in(period(since, until), moment) == (since < moment <= until)


@given(MOMENTS, MOMENTS)
@example(MIDNIGHT, MIDNIGHT)
@example(MIDNIGHT - STEP, MIDNIGHT)
def test_what_is_later_is_held_once(moment: datetime, other: datetime) -> None:
    assert times_in(after(moment), other) == (other > moment)


@given(MOMENTS, MOMENTS)
def test_open_ends_are_no_longer_than_a_day(since: datetime, until: datetime) -> None:
    for end in (*period(since, until).ends, *after(since).ends):
        assert timedelta(0) < end.until - end.after <= timedelta(days=1)
    whole = [(days.end or days.first) - days.first for days in period(since, until).days]
    assert sum(whole, timedelta(0)) <= timedelta(days=2 * 31), "what is longer is taken by the month"


@given(DAYS)
def test_the_moments_of_a_day(day: date) -> None:
    moments = moments_of(day)
    assert (day_of(moments.after), day_of(moments.until)) == (day - timedelta(days=1), day)
    assert (day_of(moments.after + STEP), day_of(moments.until + STEP)) == (day, day + timedelta(days=1))


@pytest.mark.parametrize(
    ("span", "kept_under"),
    [(Span.DAY, date(2026, 12, 15)), (Span.MONTH, date(2026, 12, 1)), (Span.ALL, ALL_TIME)],
)
def test_the_day_under_which_a_sum_is_kept(span: Span, kept_under: date) -> None:
    assert first_day(span, date(2026, 12, 15)) == kept_under


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_the_next_month(day: date, expected: date) -> None:
    assert month_after(day) == expected
