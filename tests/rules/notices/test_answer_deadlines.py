from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.notices.answer_deadlines import DeadlineProblem, day_end, ends_by_itself, problem, usual_deadline
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = WorkingTime(WorkingDays(), SHANGHAI)


def at(text: str) -> datetime:
    """Local time of 2026, such as ``12-15 09:00``."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "deadline"),
    [
        ("12-15 09:00", "12-16 18:00"),
        ("12-15 23:59", "12-16 18:00"),
        # Over a weekend.
        ("12-18 16:00", "12-21 18:00"),
        ("12-19 10:00", "12-21 18:00"),
    ],
)
def test_the_usual_deadline_is_the_end_of_the_next_working_day(now: str, deadline: str) -> None:
    assert usual_deadline(at(now).astimezone(UTC), CLOCK) == at(deadline)


def test_a_day_ends_with_its_office_hours() -> None:
    assert day_end(date(2026, 12, 17), CLOCK) == at("12-17 18:00")


@pytest.mark.parametrize(
    ("now", "deadline", "usual", "urgent"),
    [
        ("12-15 09:00", "12-15 09:00", DeadlineProblem.PAST, DeadlineProblem.PAST),
        ("12-15 09:00", "12-14 18:00", DeadlineProblem.PAST, DeadlineProblem.PAST),
        ("12-15 09:00", "12-15 09:01", DeadlineProblem.SOON, None),
        # Four office hours; the lunch break is none of them.
        ("12-15 08:00", "12-15 12:00", None, None),
        ("12-15 09:00", "12-15 14:00", DeadlineProblem.SOON, None),
        ("12-15 09:00", "12-15 16:00", None, None),
        # The night has no office hours.
        ("12-15 18:00", "12-16 09:00", DeadlineProblem.SOON, None),
        ("12-15 18:00", "12-16 12:00", None, None),
    ],
)
def test_a_deadline_leaves_four_office_hours_unless_it_is_urgent(
    now: str, deadline: str, usual: DeadlineProblem | None, urgent: DeadlineProblem | None
) -> None:
    assert problem(at(deadline), at(now), CLOCK, urgent=False) is usual
    assert problem(at(deadline), at(now), CLOCK, urgent=True) is urgent


def test_no_deadline_is_more_than_three_months_away() -> None:
    now = at("01-05 09:00")
    assert problem(now + timedelta(days=92), now, CLOCK, urgent=False) is None
    assert problem(now + timedelta(days=92, seconds=1), now, CLOCK, urgent=True) is DeadlineProblem.FAR


@pytest.mark.parametrize(
    ("deadline", "end"),
    [("12-16 18:00", "12-23 18:00"), ("12-16 09:30", "12-23 18:00"), ("12-18 18:00", "12-25 18:00")],
)
def test_a_notice_ends_five_working_days_after_its_deadline(deadline: str, end: str) -> None:
    assert ends_by_itself(at(deadline), CLOCK) == at(end)
