"""Reads the one day that somebody writes as an answer: 12月20日, 明天, 大后天, 下周五, 周五前."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from rules.leave_words import read_leave
from rules.tasks.deadlines import read_deadline

_UNTIL: Final = re.compile(r"(?:之|以)?前\s*$")
_BARE: Final = re.compile(r"\D*\d{1,3}\D*")
_OF_MONTH: Final = re.compile(r"\s*(?P<day>\d{1,2})[日号]\s*")
_DAYS: Final = re.compile(
    r"\s*(?:再|需要?|申请)*(?:延(?:长|期)?|推迟|宽限)?\s*(?P<days>\d{1,3})\s*(?:天|个?自然日|日历天)\s*"
)
_JUST_OVER: Final = timedelta(days=10)


def read_said_day(words: str, today: date) -> date | None:
    """The day; a date without its year is the next such day. None: the words name no day, or several.

    Of a bare day of the month (14日) that was just over, that day is meant, and who asked refuses it. A bare
    number is no day.
    """
    day = read_deadline(words, title_year=None, today=today).day
    if day is not None:
        return day
    plain = _UNTIL.sub("", words)
    if (bare := _OF_MONTH.fullmatch(plain)) is not None and (over := _just_over(int(bare["day"]), today)):
        return over
    if bare is None and _BARE.fullmatch(plain):
        return None
    said = read_leave(plain, today)
    alone = said.first == said.last and said.person is None and said.deputy is None
    return said.first if alone else None


def _just_over(day: int, today: date) -> date | None:
    return next(
        (one for back in range(1, _JUST_OVER.days + 1) if (one := today - timedelta(days=back)).day == day),
        None,
    )


def read_days(words: str) -> int | None:
    """How many days longer: 10天, 延长10天. None: the words say no such number."""
    found = _DAYS.fullmatch(words)
    return int(found["days"]) if found else None
