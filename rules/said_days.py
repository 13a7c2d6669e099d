"""Reads the one day that somebody writes as an answer: 12月20日, 明天, 大后天, 下周五, 周五前."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from rules.leave_words import read_leave
from rules.tasks.deadlines import read_deadline

_UNTIL: Final = re.compile(r"(?:之|以)?前\s*$")


def read_said_day(words: str, today: date) -> date | None:
    """The day; a date without its year is the next such day. None: the words name no day, or several."""
    day = read_deadline(words, title_year=None, today=today).day
    if day is not None:
        return day
    said = read_leave(_UNTIL.sub("", words), today)
    alone = said.first == said.last and said.person is None and said.deputy is None
    return said.first if alone else None
