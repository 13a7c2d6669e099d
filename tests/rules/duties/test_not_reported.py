"""Days of silence (未报告) in working days: over days off, before the first morning and after the tally."""

from __future__ import annotations

from datetime import datetime

import pytest

from rules.duties.not_reported import LOOK_BACK_DAYS, Silence, silence
from rules.slots import SlotTimes
from rules.working_days import WorkingDays

SLOTS = SlotTimes()


def at(text: str) -> datetime:
    """The moment in Shanghai: ``12-15 10:00`` of 2026, or with a year in front."""
    form = "%Y-%m-%d %H:%M"
    text = text if text[4] == "-" else f"2026-{text}"
    return datetime.strptime(text, form).replace(tzinfo=SLOTS.zone)


@pytest.mark.parametrize(
    ("reported", "entrusted", "now", "days", "today"),
    [
        # The 15th is a Tuesday; nags come at 9, the tally at 18.
        (None, "12-15 08:00", "12-15 08:59", 0, False),
        (None, "12-15 08:00", "12-15 09:00", 0, True),
        # A day counts once it is over: the tally closes it.
        (None, "12-15 08:00", "12-15 17:59", 0, True),
        (None, "12-15 08:00", "12-15 18:00", 1, False),
        (None, "12-15 08:00", "12-16 08:59", 1, False),
        (None, "12-15 08:00", "12-16 09:00", 1, True),
        (None, "12-15 09:00", "12-15 23:00", 0, False),
        (None, "12-15 10:00", "12-16 09:00", 0, True),
        (None, "12-10 08:00", "12-15 10:00", 3, True),
        ("12-15 08:30", "12-10 08:00", "12-15 23:00", 0, False),
        ("12-14 17:59", "12-10 08:00", "12-15 08:59", 0, False),
        ("12-14 18:00", "12-10 08:00", "12-15 09:00", 0, True),
        # A report after the hour of the tally counts for the next day.
        ("12-14 18:01", "12-10 08:00", "12-15 23:59", 0, False),
        ("12-14 18:01", "12-10 08:00", "12-16 09:00", 0, True),
        # Friday to Monday: a report on Sunday counts for Monday.
        ("12-11 10:00", "12-01 08:00", "12-13 12:00", 0, False),
        ("12-11 10:00", "12-01 08:00", "12-14 10:00", 0, True),
        ("12-13 10:00", "12-01 08:00", "12-14 23:00", 0, False),
        # 9 May 2026 is a Saturday that is worked; 1 to 5 May are holidays.
        ("05-08 10:00", "04-01 08:00", "05-09 09:00", 0, True),
        ("05-08 10:00", "04-01 08:00", "05-09 18:00", 1, False),
        ("04-30 10:00", "04-01 08:00", "05-05 23:00", 0, False),
        ("04-30 10:00", "04-01 08:00", "05-06 09:00", 0, True),
        # Handed over after the last report: the new person does not owe what was owed before.
        ("12-01 10:00", "12-14 12:00", "12-15 19:00", 1, False),
        # A wrong clock dated the report in the future: that is not silence.
        ("12-20 10:00", "12-01 08:00", "12-15 10:00", 0, False),
    ],
)
def test_days(reported: str | None, entrusted: str, now: str, days: int, today: bool) -> None:
    last = None if reported is None else at(reported)
    assert silence(last, at(entrusted), at(now), SLOTS, WorkingDays()) == Silence(days, today)


def test_it_ends_with_very_old_tasks() -> None:
    found = silence(None, at("2001-01-01 00:00"), at("12-15 10:00"), SLOTS, WorkingDays())
    assert 200 < found.days < LOOK_BACK_DAYS
