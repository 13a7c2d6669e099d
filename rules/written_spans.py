"""A stretch of days that somebody looks back on: 11月1日至11月20日, 2026-11-01 - 2026-11-20, 12.1-12.5."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from rules.hidden_characters import readable

_DAY: Final = re.compile(
    r"(?:(?P<year>20\d\d)(?:年|[-./](?=\d)))?(?<!\d)(?P<month>\d{1,2})(?:月|[-./](?=\d))(?P<day>\d{1,2})(?!\d)[日号]?"
)
_BETWEEN: Final = re.compile(r"\s*(?:至|到|起至|[-—–~〜]+|\s|to|and|,|，)\s*", re.IGNORECASE)


def read_past_days(words: str, today: date) -> tuple[date, date] | None:
    """The first and the last day that the words name, in their order; one day alone is both.

    None: no days can be read, or there is no such day. A day without its year is the last such day up to
    ``today``; the last day without its year follows the year of the first.
    """
    text = " ".join(readable(words).split())
    first = _DAY.match(text)
    if first is None:
        return None
    begins = _day(first, today, None)
    if first.end() == len(text):
        return None if begins is None else (begins, begins)
    between = _BETWEEN.match(text, first.end())
    last = None if between is None else _DAY.fullmatch(text, between.end())
    if begins is None or last is None:
        return None
    ends = _day(last, today, begins)
    return None if ends is None else (begins, ends)


def _day(found: re.Match[str], today: date, begins: date | None) -> date | None:
    month, day = int(found["month"]), int(found["day"])
    if found["year"]:
        return _date(int(found["year"]), month, day)
    if begins is not None and (same := _date(begins.year, month, day)) is not None:
        later = _date(begins.year + 1, month, day)
        # 12月20日至1月4日 ends in the next year.
        over = same < begins and later is not None and later <= today and month < begins.month
        return later if over else same
    this_year = _date(today.year, month, day)
    if this_year is not None and this_year <= today:
        return this_year
    return _date(today.year - 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
