"""The 完成时限 of a task, read from what an office types into that cell.

A deadline is the last day on which the work is still on time (until 24:00 local). 前 includes the day or the
period that it names; 上旬, 中旬, 下旬 end on the 10th, the 20th and the last day of the month. Where a cell
names several dates, the end counts: the second of a range, else the latest.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

Cell = str | int | float | date | datetime | None


class DeadlineKind(StrEnum):
    """What a cell says: a date, work without an end (长期坚持, 每日…), or nothing that can be relied on."""

    DATED = "dated"
    LONG_TERM = "long_term"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Deadline:
    """``day`` is set exactly when ``kind`` is ``DATED``."""

    kind: DeadlineKind
    day: date | None = None


_LONG_TERM: Final = Deadline(DeadlineKind.LONG_TERM)
_UNREADABLE: Final = Deadline(DeadlineKind.UNREADABLE)


def _dated(day: date) -> Deadline:
    return Deadline(DeadlineKind.DATED, day)


def read_deadline(cell: Cell, *, title_year: int | None, today: date) -> Deadline:
    """Read a cell: a date, an Excel serial number, or text.

    A missing year is ``title_year``; without one it is the year of the next such date on or after ``today``.
    Never raises: what it cannot rely on (立即, 10日内, 春节前, 下月底, 11月31日) is ``UNREADABLE``.
    """
    if isinstance(cell, datetime):
        return _dated(cell.date())
    if isinstance(cell, date):
        return _dated(cell)
    if cell is None or isinstance(cell, bool):
        return _UNREADABLE
    if isinstance(cell, int | float):
        return _from_number(cell, title_year, today)
    return _from_text(cell, title_year, today)


_TITLE_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)年(?!\d{1,2}月)")
_DATED_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)[年./-]\d{1,2}")


def year_in_title(lines: Sequence[str]) -> int | None:
    """The year that a sheet's title lines are about (2026年…任务分解表), else that of a date there (2026年3月)."""
    for form in (_TITLE_YEAR, _DATED_YEAR):
        for line in lines:
            if found := form.search(_plain(line)):
                return int(found[1])
    return None


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
    # 12.10 typed into a number cell arrives as 12.1, which may also be 1 December: two digits or nothing.
    shown = repr(number)
    return _from_text(shown, title_year, today) if re.fullmatch(r"\d+\.\d\d", shown) else _UNREADABLE


# -- text --------------------------------------------------------------------------------------------

_CLOCK: Final = re.compile(r"(?<!\d)T?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|(?<=\d)T\d{1,2}:\d{2}(?::\d{2})?")
_CHINESE_DIGITS: Final = {
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    **dict.fromkeys("○零Oo", 0),
    **{c: int(c) for c in "0123456789"},
}
_CHINESE_YEAR: Final = re.compile(r"[〇○零Oo0-9一二三四五六七八九]{4}(?=年)")
_CHINESE_NUMBER: Final = re.compile(r"[〇零一二三四五六七八九十廿卅]{1,4}(?=月|日|号|季度)")
# Rhythms are no dates: 每月25日前, 一月一报 (but 每日巡查至12月20日 keeps its end).
_RHYTHM: Final = re.compile(
    r"每年[^,;。()至到]*|每(?:[季月周日天旬]|半[年月]|个?(?:季度|工作日|星期|月))[^,;。、()至到]*"
    r"|(?<![\d十一二三四五六七八九])[一1][日天周月季](?:度)?[一1两2][次报查评调测督通会]"
)


def _plain(text: str) -> str:
    """NFKC without clock times and white space, Chinese numerals as digits."""
    text = unicodedata.normalize("NFKC", text)
    text = _CLOCK.sub("", text)
    text = re.sub(r"(?<=\d)\s*[\r\n]+\s*(?=\d)", ";", text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Zs", "Zl", "Zp"})
    text = _CHINESE_YEAR.sub(lambda m: "".join(str(_CHINESE_DIGITS[c]) for c in m[0]), text)
    text = _RHYTHM.sub("", text).replace("元月", "1月")
    return _CHINESE_NUMBER.sub(lambda m: _chinese_number(m[0]), text)


def _chinese_number(word: str) -> str:
    word = word.replace("廿", "二十").replace("卅", "三十")
    if "十" not in word and (len(word) == 1 or set(word) & set("〇零")):
        return "".join(str(_CHINESE_DIGITS[c]) for c in word)
    tens, ten, ones = word.partition("十")
    if not ten or len(tens) > 1 or len(ones) > 1 or ones == "十":
        return "99"  # 一二月, 十十日: no number, and so no date either
    return str((_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0))


_TO: Final = r"[-—–―‐~〜至到]+"
_YEAR: Final = r"(?:(?<!\d)(?P<year>20\d\d|2\d)年度?|(?P<shift>今年|本年|当年|明年|次年|来年|翌年)度?)"
_SHIFTS: Final = {"今年": 0, "本年": 0, "当年": 0, "明年": 1, "次年": 1, "来年": 1, "翌年": 1}
_PART: Final = r"(?P<part>中下旬|上中旬|上旬|中旬|下旬|底|末|初|中)"
_PART_ENDS: Final = {
    "上旬": 10,
    "初": 10,
    "上中旬": 20,
    "中旬": 20,
    "中": 20,
}  # the others end with the month
_DAY_END: Final = r"(?![\d./个项次%场处条天人])"
_LAST: Final = 0  # as a day: the last one of the month


@dataclass(frozen=True, slots=True)
class _Mark:
    """A date as written: perhaps without its year, perhaps only the start of something."""

    month: int
    day: int = _LAST
    year: int | None = None
    shift: int | None = None
    whole_month: bool = False
    starts: bool = False
    ends_range: bool = False


def _year_of(m: re.Match[str]) -> tuple[int | None, int | None]:
    year, shift = m["year"], m["shift"]
    return (2000 + int(year[-2:]) if year else None), (_SHIFTS[shift] if shift else None)


def _numeric_day(m: re.Match[str]) -> _Mark:
    return _Mark(int(m["m"]), _day(m["d"]), int(m["y"]))


def _numeric_month(m: re.Match[str]) -> _Mark:
    return _Mark(int(m["m"]), year=int(m["y"]), whole_month=True)


def _chinese(m: re.Match[str]) -> _Mark:
    year, shift = _year_of(m)
    day = _day(m["day"]) if m["day"] else _PART_ENDS.get(m["part"] or "", _LAST)
    return _Mark(int(m["month"]), day, year, shift, whole_month=not m["day"] and not m["part"])


def _first_month(m: re.Match[str]) -> _Mark:
    return _Mark(int(m["month"]), _LAST, *_year_of(m), whole_month=True)


def _season(m: re.Match[str]) -> _Mark:
    month = int(m["quarter"]) * 3 if m["quarter"] else {"上": 6, "下": 12}[m["half"]]
    return _Mark(month, _LAST, *_year_of(m))


def _year_end(m: re.Match[str]) -> _Mark:
    return _Mark(6 if m["middle"] else 12, _LAST, *_year_of(m))


def _day(digits: str) -> int:
    return int(digits) or 32  # a day 0 is as impossible as a day 32, and must not pass for the last one


_BEFORE_OR_END: Final = rf"(?=[之以]?前|完成|[,;。)]|{_TO}|$)"
_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Mark]], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(?<![\d.])(?P<y>20\d\d)([./-])(?P<m>\d{1,2})\2(?P<d>\d{1,2})[日号]?(?!\d|\.\d|月)", _numeric_day),
        (r"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)", _numeric_day),
        (r"(?<![\d.])(?P<y>20\d\d)[./-](?P<m>\d{1,2})月?(?!\d|[./]\d)", _numeric_month),
        (
            rf"{_YEAR}?(?<!\d)(?P<month>\d{{1,2}})月份?(?!第)(?:{_PART}|(?P<day>\d{{1,2}})[日号]?{_DAY_END})?",
            _chinese,
        ),
        (rf"{_YEAR}?(?<!\d)(?P<month>\d{{1,2}})(?={_TO}\d{{1,2}}月)", _first_month),
        (rf"{_YEAR}?(?<!\d)(?:第?(?P<quarter>[1-4])季度末?|(?P<half>[上下])半年)", _season),
        (rf"(?:{_YEAR}年?|(?<![\d两半几])年)(?:(?P<middle>中)|[底末终])", _year_end),
        (rf"(?:{_YEAR}|(?<![\d两半几一])年(?=内))(?P<middle>)内?{_BEFORE_OR_END}", _year_end),
    )
)
_TAIL: Final = re.compile(rf"{_TO}(?:(?P<m>\d{{1,2}})[./])?(?P<d>\d{{1,2}})(?:[日号]|(?![\d年月])){_DAY_END}")
_ONLY_STARTS: Final = re.compile(r"[日号]?(?:起|开始|启动|以来|[之以]?后|印发|下发|[-—–至到]+(?:长期|今))")
_GAP_IS_RANGE: Final = re.compile(rf"[日号]?起?{_TO}")


# What is left when the dates are taken out must not look like a date: half a date read is a wrong date.
_REMNANT: Final = re.compile(
    r"\d[月号]|\d日(?!内)|(?<![\d.])\d{1,2}[./]\d{1,2}(?![\d.%万亿个])|20\d\d[./-]\d|(?<!\d)20\d{6}(?!\d)"
)
_BARE_DAY: Final = re.compile(
    rf"(?:\d{{1,2}}[./]\d{{1,2}}[日号]?{_TO})?(?P<m>\d{{1,2}})[./-](?P<d>\d{{1,2}})[日号]?(?:[之以]?前\D*|完成)?"
)
_SERIAL_TEXT: Final = re.compile(r"(?P<serial>\d{5})(?:\.0*)?")
_ENDLESS: Final = re.compile(
    r"长期|常态|持续|日常|经常|长效|全年|不间断|每[日天周月季]|每[个1](?:工作日|星期|礼拜|月|季)|每星期"
    r"|[逐按][日天周月季]|^[日周月季]度?报|[一1][日天周月]度?[一1两2][次报查评调测督通会]"
)


def _from_text(cell: str, title_year: int | None, today: date) -> Deadline:
    text = _plain(cell)
    serial = _SERIAL_TEXT.fullmatch(text)
    if serial and int(serial["serial"]) in _SERIALS:
        return _dated(_EXCEL_EPOCH + timedelta(days=int(serial["serial"])))
    bare = _BARE_DAY.fullmatch(text)
    marks, rest = ([_Mark(int(bare["m"]), _day(bare["d"]))], "") if bare else _scan(text)
    if not any(not mark.starts for mark in marks):
        endless = _ENDLESS.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell)))
        return _LONG_TERM if endless else _UNREADABLE
    try:
        return _UNREADABLE if _REMNANT.search(rest) else _dated(_end_of(marks, title_year, today))
    except (ValueError, OverflowError):
        return _UNREADABLE


def _scan(text: str) -> tuple[list[_Mark], str]:
    """The marks of a text in order, and the text without them."""
    marks: list[_Mark] = []
    rest: list[str] = []
    at = gap = 0
    while at < len(text):
        found = _mark_at(text, at, marks[-1] if marks and gap == at else None)
        if found is None:
            at += 1
            continue
        mark, end = found
        between = text[gap:at]
        if marks and not mark.ends_range and _GAP_IS_RANGE.fullmatch(between):
            mark = replace(mark, ends_range=True)
        if _ONLY_STARTS.match(text, end):
            mark = replace(mark, starts=True)
        marks.append(mark)
        rest.append(between)
        at = gap = end
    return marks, ";".join([*rest, text[gap:]])


def _mark_at(text: str, at: int, before: _Mark | None) -> tuple[_Mark, int] | None:
    if before is not None and (tail := _TAIL.match(text, at)):
        return _tail_mark(tail, before), tail.end()
    for form, read in _FORMS:
        if m := form.match(text, at):
            return read(m), m.end()
    return None


def _tail_mark(tail: re.Match[str], before: _Mark) -> _Mark:
    """The end of 12月10日至20日, 2026.11.1-12.20, 2026.11-12: it borrows what it leaves out."""
    if before.whole_month and not tail["m"] and not tail[0].endswith(("日", "号")):
        return replace(before, month=int(tail["d"]), year=None, shift=None, ends_range=True)
    month = int(tail["m"]) if tail["m"] else before.month
    return _Mark(month, _day(tail["d"]), ends_range=True)


def _end_of(marks: list[_Mark], title_year: int | None, today: date) -> date:
    """The day on which the marks end. Raises ValueError for days that do not exist."""
    # A start that opens no range (2024年1月1日印发, …) says nothing about the end, nor about its year.
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


def _last(marks: list[_Mark]) -> _Mark:
    if marks[-1].ends_range:
        return marks[-1]
    return max((m for m in marks if not m.starts), key=lambda m: (m.month, m.day or 31))


def _date(year: int, mark: _Mark) -> date:
    return date(year, mark.month, mark.day or calendar.monthrange(year, mark.month)[1])


def _next_on_or_after(mark: _Mark, today: date) -> date:
    if (mark.month, mark.day) == (2, 29):
        year = next(y for y in range(today.year, today.year + 9) if calendar.isleap(y))
        day = _date(year, mark)
        return day if day >= today else _next_on_or_after(mark, date(year + 1, 1, 1))
    day = _date(today.year, mark)
    return day if day >= today else _date(today.year + 1, mark)
