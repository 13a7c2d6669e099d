"""The legal holidays of any year, for years whose calendar is not published yet.

Source: 全国年节及纪念日放假办法 as revised in 2024. 调休, the weekends that are worked for longer holidays,
is published each autumn for the next year only, so nothing here knows of it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_BY_SUN: Final = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
# 初一 to 初三, 端午, 中秋. 除夕 is the day before 初一, for the last month has 29 or 30 days.
_BY_MOON: Final = frozenset({(1, 1), (1, 2), (1, 3), (5, 5), (8, 15)})
_NEW_YEAR: Final = (1, 1)


@lru_cache(maxsize=4096)
def is_legal_holiday(day: date) -> bool:
    """Whether the day is a legal holiday by itself, whatever days around it are shifted."""
    return (
        (day.month, day.day) in _BY_SUN
        or _by_moon(day) in _BY_MOON
        or _by_moon(day + timedelta(days=1)) == _NEW_YEAR
        or _is_qingming(day)
    )


def _by_moon(day: date) -> tuple[int, int] | None:
    """(month, day) by the moon; None in a leap month, and where the tables end (1900 to 2100)."""
    # Imported at the first question: only years without a calendar need it.
    from borax.calendars.lunardate import LunarDate

    try:
        lunar = LunarDate.from_solar(day)
    except ValueError:
        return None
    return None if lunar.leap else (lunar.month, lunar.day)


def _is_qingming(day: date) -> bool:
    """清明 is a term of the sun: 4, 5 or 6 April."""
    from borax.calendars.lunardate import TermUtils

    try:
        return bool(day.month == 4 and TermUtils.day_start_from_term(day.year, "清明") == day)
    except ValueError:
        return False
