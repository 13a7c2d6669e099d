"""迎检 (an inspection): the days on which it lasts, how far off it is, and its effect on time limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

from rules.hidden_characters import readable
from rules.nags.ladder import Period
from rules.numerals import parse_chinese

COUNTED_DAYS: Final = 7
"""Days before the first day of 迎检 from which the groups count down."""
LONGEST: Final = 60
NAME_LIMIT: Final = 60
_DAY: Final = timedelta(days=1)


def in_force(period: Period, made: date, ended: date | None) -> Period | None:
    """The days on which 迎检 counts if it was announced on ``made`` and called off on ``ended``; None: none.

    It counts neither before ``made`` nor from ``ended`` on. So work that was handed over before either day
    keeps the time that people were told.
    """
    first, last = max(period[0], made), period[1]
    if ended is not None:
        last = min(last, ended - _DAY)
    return (first, last) if first <= last else None


def lasts_on(day: date, periods: Sequence[Period]) -> bool:
    return any(first <= day <= last for first, last in periods)


def halved(amount: Decimal) -> Decimal:
    """Half of a limit, in whole halves of its unit, rounded up. Half a unit stays half a unit."""
    return amount.to_integral_value(ROUND_CEILING) / 2


@dataclass(frozen=True, slots=True)
class Countdown:
    """How far off 迎检 is. ``left``: days until it begins; 0: it lasts, on day ``day`` of ``days``."""

    left: int
    day: int
    days: int


def countdown(today: date, period: Period) -> Countdown | None:
    """The countdown on ``today``; None if 迎检 is too far off, or over."""
    first, last = period
    if not first - COUNTED_DAYS * _DAY <= today <= last:
        return None
    days = (last - first).days + 1
    return Countdown(max((first - today).days, 0), max((today - first).days + 1, 0), days)


@dataclass(frozen=True, slots=True)
class InspectionWords:
    """What the office typed: 12月10日-12月15日 国家测评迎检."""

    first: date
    last: date
    name: str


def read_announced(words: str, today: date) -> InspectionWords | None:
    """Read the office's words; None if they do not begin with a day or a whole span of days.

    A missing year is that of the next such days. A span may have begun already.
    """
    text = readable(words).strip()
    found = _DATED.match(text)
    if found is None:
        return None
    try:
        first, last = _period(found, today)
    except ValueError:
        return None
    rest = text[found.end() :].lstrip()
    if re.match(r"[-—–~―至到]+\s*\d", rest):
        return None  # an end that is no day, such as 9999年1月1日: nobody means half a period
    return InspectionWords(first, last, " ".join(rest.strip(" :、,;。-—–~―").split()))


_N: Final = r"(?:\d{1,2}|[〇零一二三四五六七八九十]{1,3})"
_DATED: Final = re.compile(
    rf"(?:(?P<year>20\d\d)\s*[年./-]\s*)?(?P<month>{_N})\s*[月./-]\s*(?P<day>{_N})(?!\d)\s*[日号]?"
    r"(?:\s*[-—–~―至到]+\s*"
    rf"(?:(?P<year_2>20\d\d)\s*[年./-]\s*)?(?:(?P<month_2>{_N})\s*[月./-]\s*)?(?P<day_2>{_N})(?!\d)\s*[日号]?)?"
)


def _period(found: re.Match[str], today: date) -> Period:
    month, day = _number(found["month"]), _number(found["day"])
    end_month = _number(found["month_2"]) if found["month_2"] else month
    end_day = _number(found["day_2"]) if found["day_2"] else day
    stated = found["year"] or found["year_2"]
    for year in [int(stated)] if stated else [today.year - 1, today.year, today.year + 1]:
        first = date(year, month, day)
        over = not found["year_2"] and (end_month, end_day) < (month, day)
        last = date(int(found["year_2"] or year + over), end_month, end_day)
        if stated or last >= today:
            return first, last
    raise ValueError("no such days ahead")


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    parsed = parse_chinese(text)
    return 0 if parsed is None or parsed[1] else int(parsed[0])
