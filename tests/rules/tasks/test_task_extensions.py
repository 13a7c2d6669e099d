from __future__ import annotations

from datetime import date

import pytest

from rules.tasks.task_extensions import (
    ExtensionFacts,
    ExtensionRefusal,
    ExtensionStep,
    day_refusal,
    may_pause_until,
    refusal_of,
)
from rules.working_days import WorkingDays

CALENDAR = WorkingDays()
FRIDAY = date(2026, 12, 18)
ASK, GRANT, REFUSE, MOVE = ExtensionStep


def day(n: int) -> date:
    return date(2026, 12, n)


@pytest.mark.parametrize(
    ("step", "facts", "today", "expected"),
    [
        (ASK, ExtensionFacts(FRIDAY), day(14), "too_early"),
        (ASK, ExtensionFacts(FRIDAY), day(15), None),
        (ASK, ExtensionFacts(FRIDAY), day(18), None),
        (ASK, ExtensionFacts(FRIDAY), day(19), "overdue"),
        (ASK, ExtensionFacts(FRIDAY, 1), day(18), None),
        (ASK, ExtensionFacts(FRIDAY, 2), day(18), "twice"),
        (ASK, ExtensionFacts(FRIDAY, 0, day(25)), day(18), "waits"),
        (ASK, ExtensionFacts(None), day(18), "no_deadline"),
        (MOVE, ExtensionFacts(FRIDAY), day(1), None),
        (MOVE, ExtensionFacts(FRIDAY, 2), day(30), None),
        (MOVE, ExtensionFacts(FRIDAY, 0, day(25)), day(18), "waits"),
        (MOVE, ExtensionFacts(None), day(18), "no_deadline"),
        (GRANT, ExtensionFacts(FRIDAY, 0, day(25)), day(18), None),
        (GRANT, ExtensionFacts(FRIDAY, 0, day(25)), day(25), None),
        (GRANT, ExtensionFacts(FRIDAY, 0, day(25)), day(26), "past"),
        (GRANT, ExtensionFacts(FRIDAY), day(18), "not_waiting"),
        (GRANT, ExtensionFacts(day(28), 0, day(25)), day(18), "not_later"),
        (GRANT, ExtensionFacts(None, 0, day(25)), day(18), "no_deadline"),
        (REFUSE, ExtensionFacts(FRIDAY, 0, day(25)), day(30), None),
        (REFUSE, ExtensionFacts(None, 0, day(25)), day(18), None),
        (REFUSE, ExtensionFacts(FRIDAY), day(18), "not_waiting"),
    ],
)
def test_which_step_is_refused_and_why(
    step: ExtensionStep, facts: ExtensionFacts, today: date, expected: str | None
) -> None:
    """Due on Friday the 18th; three working days before it is Tuesday the 15th."""
    assert refusal_of(step, facts, today, CALENDAR) == (expected and ExtensionRefusal(expected))


@pytest.mark.parametrize(
    ("wanted", "today", "expected"),
    [
        (day(19), day(15), None),
        (day(18), day(15), "not_later"),
        (day(17), day(15), "not_later"),
        (day(14), day(15), "past"),
        (day(22), day(23), "past"),
        (day(23), day(23), None),
        (date(2027, 6, 16), day(15), None),
        (date(2027, 6, 17), day(15), "too_far"),
        (date(2027, 12, 10), day(15), "too_far"),
    ],
)
def test_which_day_is_refused_and_why(wanted: date, today: date, expected: str | None) -> None:
    found = day_refusal(wanted, ExtensionFacts(FRIDAY), today)
    assert found == (expected and ExtensionRefusal(expected))


def test_a_task_without_deadline_has_none_to_move() -> None:
    assert day_refusal(day(25), ExtensionFacts(None), day(15)) is ExtensionRefusal.NO_DEADLINE


@pytest.mark.parametrize(("last", "possible"), [(14, 0), (15, 0), (16, 1), (31, 1)])
def test_a_pause_ends_after_today(last: int, possible: int) -> None:
    assert may_pause_until(day(last), day(15)) is bool(possible)


@pytest.mark.parametrize(("days", "possible"), [(30, True), (31, False)])
def test_a_pause_lasts_thirty_days_at_most(days: int, possible: bool) -> None:
    assert may_pause_until(date.fromordinal(day(15).toordinal() + days), day(15)) is possible
