"""A day that somebody writes: a date, or how many days from today."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from rules.hidden_characters import readable
from rules.tasks.deadlines import read_deadline

_IN_DAYS: Final = re.compile(r"(\d{1,3})天")


def read_day(words: str, today: date) -> date | None:
    """The day that the words mean (2026-12-20, 12月20日, 20天); None: no day can be read."""
    if counted := _IN_DAYS.fullmatch("".join(readable(words).split())):
        return today + timedelta(days=int(counted[1]))
    return read_deadline(words, title_year=None, today=today).day
