from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.tasks.lamps import Lamp, lamp
from rules.working_days import WorkingDays

CALENDAR = WorkingDays()
FRIDAY = date(2026, 12, 18)
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("today", "colour"),
    [
        (date(2026, 12, 1), Lamp.GREEN),
        (date(2026, 12, 14), Lamp.GREEN),
        (date(2026, 12, 15), Lamp.YELLOW),
        (FRIDAY, Lamp.YELLOW),
        (date(2026, 12, 19), Lamp.RED),
    ],
)
def test_an_open_task(today: date, colour: Lamp) -> None:
    assert lamp(FRIDAY, today, False, CALENDAR) is colour


def test_three_working_days_reach_over_a_holiday() -> None:
    deadline = date(2026, 10, 9)
    assert lamp(deadline, date(2026, 9, 28), False, CALENDAR) is Lamp.GREEN
    assert lamp(deadline, date(2026, 9, 29), False, CALENDAR) is Lamp.YELLOW
    assert lamp(deadline, date(2026, 10, 3), False, CALENDAR) is Lamp.YELLOW


def test_over_the_year_end_without_calendar_data() -> None:
    assert lamp(date(2026, 12, 31), date(2027, 1, 1), False, CALENDAR) is Lamp.RED


@given(st.none() | DATES, DATES)
def test_done_is_green(deadline: date | None, today: date) -> None:
    assert lamp(deadline, today, True, CALENDAR) is Lamp.GREEN


@given(DATES)
def test_without_a_deadline_there_is_no_lamp(today: date) -> None:
    assert lamp(None, today, False, CALENDAR) is Lamp.NONE


@given(DATES, st.integers(-60, 60))
def test_lamps_only_get_worse(deadline: date, days: int) -> None:
    order = [Lamp.GREEN, Lamp.YELLOW, Lamp.RED]
    today = deadline + timedelta(days=days)
    ranks = [order.index(lamp(deadline, d, False, CALENDAR)) for d in (today, today + timedelta(days=1))]
    assert ranks == sorted(ranks)
