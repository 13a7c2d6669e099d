"""Reads the 完成时限 of a task from what an office types into that cell.

A deadline is the last day on which the work is still on time (until 24:00 local). 前 includes the day or the
period that it names. 上旬, 中旬, 下旬 end on the 10th, the 20th and the last day of the month. If a cell
names several dates, the end counts: the second of a range, else the latest. 本月 is the month of the title,
else that in which the cell is read.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rules.date_marks import DateMark, plain_dates, scan_dates
from rules.duties.frequencies import Frequency, read_frequency
from rules.hidden_characters import readable

Cell = str | int | float | date | datetime | None


class DeadlineKind(StrEnum):
    """What a cell says.

    A date, work that is done at once (立行立改) or has no end (长期坚持, 每日…), or nothing to rely on.
    """

    DATED = "dated"
    AT_ONCE = "at_once"
    LONG_TERM = "long_term"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a cell says of the deadline. ``day`` is set exactly when ``kind`` is ``DATED``."""

    kind: DeadlineKind
    day: date | None = None


_AT_ONCE: Final = Deadline(DeadlineKind.AT_ONCE)
_LONG_TERM: Final = Deadline(DeadlineKind.LONG_TERM)
_UNREADABLE: Final = Deadline(DeadlineKind.UNREADABLE)


# The years of a date that is written out. 1926 is a slip of the hand, and 9999 means that there is none.
_YEARS: Final = range(2000, 2100)


def _dated(day: date) -> Deadline:
    return Deadline(DeadlineKind.DATED, day)


def read_deadline(
    cell: Cell, *, title_year: int | None, today: date, title_month: date | None = None
) -> Deadline:
    """Read a cell: a date, an Excel serial number, or text.

    A missing year is ``title_year``; without one it is the year of the next such date on or after ``today``.
    ``title_month``: the first day of the month that 本月 means; None: that of ``today``.
    Never raises: words without a sure date (尽快, 10日内, 春节前, 下月底, 11月31日) are ``UNREADABLE``.
    """
    if isinstance(cell, date):
        day = cell.date() if isinstance(cell, datetime) else cell
        return _dated(day) if day.year in _YEARS else _UNREADABLE
    if cell is None or isinstance(cell, bool):
        return _UNREADABLE
    if isinstance(cell, int | float):
        return _from_number(cell, title_year, today)
    dated = _with_whole_year(_without_this_month(cell, title_month or today), title_year, today)
    return _from_text(dated, title_year, today)


_TITLE_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)年(?!\d{1,2}月)")
_DATED_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)[年./-]\d{1,2}")


def year_in_title(lines: Sequence[str]) -> int | None:
    """The year that title lines are about (2026年…任务分解表), else that of a date in them (2026年3月)."""
    for form in (_TITLE_YEAR, _DATED_YEAR):
        for line in lines:
            if found := form.search(plain_dates(line)):
                return int(found[1])
    return None


_MONTHS: Final = re.compile(
    r"(?<![\d.])(?P<y>20\d\d)[./-](?P<n>\d{1,2})(?!\d)|(?:(?<!\d)(?P<year>20\d\d)年)?(?<!\d)(?P<month>\d{1,2})月"
)
_SEVERAL_MONTHS: Final = re.compile(r"(?<!\d)\d{1,2}[-—–―~〜至到、,和及与]\d{1,2}月")


def month_in_title(
    lines: Sequence[str], *, title_year: int | None = None, today: date | None = None
) -> date | None:
    """The first day of the month that title lines name (2026年12月…任务分解表).

    A missing year is ``title_year``; without one it is that of the month of ``today``, or of the next such
    month. None: they name no month, several, or a range of them; or its year is not sure.
    """
    plain = [plain_dates(line) for line in lines]
    found = [match for line in plain for match in _MONTHS.finditer(line)]
    months = {int(match["n"] or match["month"]) for match in found}
    years = {int(year) for match in found if (year := match["y"] or match["year"])}
    if (year := year_in_title(lines)) is not None:
        years.add(year)
    if len(months) != 1 or len(years) > 1 or any(map(_SEVERAL_MONTHS.search, plain)):
        return None
    month = months.pop()
    year = next(iter(years), title_year)
    if year is None and today is not None:
        year = today.year + (month < today.month)
    return date(year, month, 1) if year is not None and 1 <= month <= 12 else None


# -- numbers -----------------------------------------------------------------------------------------

_EXCEL_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(40_000, 60_000)  # 2009 to 2064: a plausible deadline, and no plausible other number


def _from_number(number: float, title_year: int | None, today: date) -> Deadline:
    if number != number or abs(number) > 1e9:
        return _UNREADABLE
    whole = int(number)
    if whole in _SERIALS:
        return _dated(_EXCEL_EPOCH + timedelta(days=whole))
    if number == whole:
        return _from_text(str(whole), title_year, today)
    # 12.10 typed into a number cell arrives as 12.1, which may also be 1 December. So two digits are needed.
    shown = repr(number)
    return _from_text(shown, title_year, today) if re.fullmatch(r"\d+\.\d\d", shown) else _UNREADABLE


# -- text --------------------------------------------------------------------------------------------

# The rest without the dates must not look like a date: half a date, once read, is a wrong date.
_REMNANT: Final = re.compile(
    r"\d[月号]|\d日(?!内)|(?<![\d.])\d{1,2}[./]\d{1,2}(?![\d.%万亿个])|20\d\d[./-]\d|(?<!\d)20\d{6}(?!\d)"
)
_SERIAL_TEXT: Final = re.compile(r"(?P<serial>\d{5})(?:\.0*)?")
_OTHER_RHYTHMS: Final = frozenset({Frequency.SHIFT, Frequency.FORTNIGHTLY})
"""Their words are many, and the reader of frequencies knows them."""
_ENDLESS: Final = re.compile(
    r"长期|常态|持续|日常|经常|长效|全年|不间断|每[日天周月季]|每[个1](?:工作日|星期|礼拜|月|季)|每星期"
    r"|[逐按][日天周月季]|^[日周月季]度?报|[一1][日天周月]度?[一1两2][次报查评调测督通会]"
)


_THIS_MONTH: Final = re.compile(
    r"(?:(?:本月|当月|这个?月)(?P<part>[底末内初中]|[之以]内|[上中下]旬|\d{1,2}[日号])?|月(?P<end>[底末]))"
    r"(?P<rest>[之以]?前)?(?:全部)?(?:完成|办结|整改(?:完成|到位)|完成整改)?[。.]?"
)


_SHORT_YEAR: Final = re.compile(r"(?P<year>\d\d)(?P<rest>[年./-]\d{1,2}[月./-]\d{1,2}[日号]?(?:[之以]?前)?)")
_NEW_YEAR: Final = re.compile(r"元旦节?[之以]?前(?:全部)?(?:完成|办结)?")


def _with_whole_year(cell: str, title_year: int | None, today: date) -> str:
    """The cell with the year of 26.12.30 in full, if it is the one that is meant anyway; 元旦前 as a date."""
    text = plain_dates(cell)
    years = {year % 100: year for year in (title_year or today.year, today.year, today.year + 1)}
    if (short := _SHORT_YEAR.fullmatch(text)) and int(short["year"]) in years:
        return f"{years[int(short['year'])]}{short['rest']}"
    if _NEW_YEAR.fullmatch(text):
        return f"{title_year or today.year}年12月31日"
    return cell


def _without_this_month(cell: str, month: date) -> str:
    """The cell with the month of 本月底, 当月20日前, 月底前 by its number, if it says nothing else."""
    found = _THIS_MONTH.fullmatch(plain_dates(cell))
    if found is None:
        return cell
    part = found["part"] or found["end"] or ""
    return f"{month.year}年{month.month}月{part.removesuffix('内')}{found['rest'] or ''}"


_AT_ONCE_WORDS: Final = r"(?:立行立改|立即整改|立即|马上|即知即改|立查立改|边查边改)"
_SAYS_AT_ONCE: Final = re.compile(rf"{_AT_ONCE_WORDS}(?:[、,;/]?{_AT_ONCE_WORDS})*[。.]?")


# Hundreds of lines of a sheet have the same few deadlines.
@lru_cache(maxsize=512)
def _from_text(cell: str, title_year: int | None, today: date) -> Deadline:
    text = plain_dates(cell)
    serial = _SERIAL_TEXT.fullmatch(text)
    if serial and int(serial["serial"]) in _SERIALS:
        return _dated(_EXCEL_EPOCH + timedelta(days=int(serial["serial"])))
    marks, rest = scan_dates(text)
    if not any(not mark.starts for mark in marks):
        said = re.sub(r"\s+", "", readable(cell))
        endless = _ENDLESS.search(said) or read_frequency(cell) in _OTHER_RHYTHMS
        at_once = _AT_ONCE if _SAYS_AT_ONCE.fullmatch(said) else _UNREADABLE
        return _LONG_TERM if endless else at_once
    try:
        return _UNREADABLE if _REMNANT.search(rest) else _dated(_end_of(marks, title_year, today))
    except (ValueError, OverflowError):
        return _UNREADABLE


def _end_of(marks: list[DateMark], title_year: int | None, today: date) -> date:
    """The day on which the marks end. Raises ``ValueError`` for days that do not exist."""
    # A start that opens no range (2024年1月1日印发, …) says nothing about the end or its year.
    followers = [*marks[1:], None]
    marks = [
        m for m, after in zip(marks, followers, strict=True) if not m.starts or (after and after.ends_range)
    ]
    base = title_year or next((mark.year for mark in marks if mark.year), None)
    if base is None and all(mark.shift is None for mark in marks):
        return _next_on_or_after(_last(marks), today)
    days: list[date] = []
    carried: int | None = None
    for mark in marks:
        year = mark.year
        if mark.shift is not None:
            year = (carried or base or today.year) + mark.shift
        day = _date(year or carried or base or today.year, mark)
        if year is None and mark.ends_range and days and day < days[-1]:
            day = _date(day.year + 1, mark)  # 11月至2月 ends in the next year
        carried = day.year if (year or mark.ends_range) else carried
        days.append(day)
    if marks[-1].ends_range:
        return days[-1]
    return max(day for day, mark in zip(days, marks, strict=True) if not mark.starts)


def _last(marks: list[DateMark]) -> DateMark:
    if marks[-1].ends_range:
        return marks[-1]
    return max((m for m in marks if not m.starts), key=lambda m: (m.month, m.day or 31))


def _date(year: int, mark: DateMark) -> date:
    return date(year, mark.month, mark.day or calendar.monthrange(year, mark.month)[1])


def _next_on_or_after(mark: DateMark, today: date) -> date:
    if (mark.month, mark.day) == (2, 29):
        year = next(y for y in range(today.year, today.year + 9) if calendar.isleap(y))
        day = _date(year, mark)
        return day if day >= today else _next_on_or_after(mark, date(year + 1, 1, 1))
    day = _date(today.year, mark)
    return day if day >= today else _date(today.year + 1, mark)
