"""Reads the words of an entry of the activity log: the day on which it was, and its title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rules.date_marks import plain_dates
from rules.hidden_characters import visible
from rules.progress.quantities import read_quantities
from rules.progress.stated_days import is_day_of_work

TITLE_LIMIT: Final = 200
"""The characters that a title may have."""
_TITLE_READ: Final = 60
_DAY: Final = timedelta(days=1)
# Without its year a day is perhaps ahead, and no entry yet; half a year ahead it is one of last year.
_AHEAD: Final = timedelta(days=180)
_WEEKDAYS: Final = {**{name: at for at, name in enumerate("一二三四五六日")}, "天": 6}
_YEARS_BACK: Final = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3}
_YEAR: Final = r"(?:20\d\d年|(?:今|本|去|上|大?前)年的?)"
# 今日头条 is a medium.
_TODAY: Final = r"今(?:[天早晚晨]|日(?!头条))|今(?=[上下中]午)"
_YESTERDAY: Final = r"昨[天日早晚晨夜]|昨(?=[上下中]午)"
_NAMED: Final = re.compile(
    rf"(?P<today>{_TODAY})"
    rf"|(?P<yesterday>{_YESTERDAY})"
    r"|(?<![以之年])(?P<before>大?前[天晚]|(?:^|(?<=[,。;:!?]))前日)"
    r"|(?P<week>上{1,4}|本|这)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?P<year>{_YEAR})?(?<!\d)(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})[日号]?(?![\d./个项次%场处条人])"
    r"|(?<![\d.])(?P<iso_year>20\d\d)(?P<sign>[./-])(?P<iso_month>\d{1,2})(?P=sign)(?P<iso_day>\d{1,2})[日号]?(?!\d)"
)
_RANGE: Final = re.compile(r"[至到~—–-]+(?:\d{1,2}[月./])?\d{1,2}[日号]?(?!\d)")
_TO: Final = r"\s*[至到—–~～-]+\s*"
# 12.28 and 29日 are days only where the words begin: elsewhere 12.28 is an amount, and 29号 a house.
_SHORT: Final = re.compile(
    rf"\s*[于在]?\s*(?:(?P<month>1[0-2]|0?[1-9])[./](?P<day>[12]\d|3[01]|0?[1-9])(?:[日号]|(?![\d./]))"
    rf"|(?P<bare>[12]\d|3[01]|0?[1-9])(?:[日号]|(?={_TO}\d{{1,2}}[日号]))"
    r"(?![\d楼院线路街巷门厅桥井库地点车机仓桩站馆栋幢区段口内之游文]))"
)
_NUMERAL: Final = r"[〇零一二三四五六七八九十廿卅\d]{1,4}"
_CLOCK: Final = r"\d{1,2}(?:[:：]\d{2}|[时点](?:半|\d{1,2}分)?)[许整]?"
_PART: Final = r"(?:[上下中]午|早上|晚上?|凌晨|傍晚)"
# What stands behind a day: its weekday, the time of day, a point.
_BEHIND: Final = (
    r"\s*(?:[(（](?:周|星期)[一二三四五六日天][)）])?"
    rf"\s*{_PART}?\s*(?:{_CLOCK}(?:{_TO}{_PART}?\s*{_CLOCK})?)?"
    r"\s*[,，、:：;；。]?\s*"
)
# The day at the beginning of the words, with the time of day; it is no part of the title.
_LEADING: Final = re.compile(
    r"^\s*[于在]?\s*(?:"
    rf"{_TODAY}|{_YESTERDAY}|大?前[天日晚]"
    r"|(?:上{1,4}|[本这])个?(?:周|星期|礼拜)[一二三四五六日天]"
    rf"|(?:[〇零一二三四五六七八九\d]{{4}}年|(?:今|本|去|上|大?前)年的?)?{_NUMERAL}月{_NUMERAL}[日号]?"
    rf"(?:{_TO}(?:{_NUMERAL}月)?{_NUMERAL}[日号]?)?"
    r"|20\d\d[./-]\d{1,2}[./-]\d{1,2}[日号]?"
    rf"){_BEHIND}"
)
_SHORT_RANGE: Final = re.compile(rf"(?:{_TO}(?:\d{{1,2}}[月./])?\d{{1,2}}[日号]?(?!\d))?{_BEHIND}")
# 按照市委要求，…: what is behind it was done.
_PREFACE: Final = re.compile(r"^(?:按照?|根据|依据|为了?|围绕|结合|在)[^,，。;；]{2,40}[,，]\s*")
_SENTENCE: Final = re.compile(r"[。；;！!\n\r]")
# The comma of 1,200 ends no clause.
_CLAUSE: Final = re.compile(r"，|(?<!\d),|,(?!\d{3}(?!\d))")


def named_day(text: str, today: date) -> date | None:
    """The first day of the work that the words name, perhaps one after ``today``; None: they name none.

    Of several days that go together (11月28日至30日) it is the first. A day without its year is one of this
    year, if it is over or at most half a year ahead, else of the last.
    """
    return next((day for _, day in _days(text, today) if day is not None), None)


def impossible_day(text: str, today: date) -> str | None:
    """The first day of the work as it is written, if there is no such day (11月31日); else None."""
    first = next(_days(text, today), None)
    return first[0] if first is not None and first[1] is None else None


def _days(text: str, today: date) -> Iterator[tuple[str, date | None]]:
    """The days of the work that the words name, as they are written; None: there is no such day."""
    plain = plain_dates(re.sub(r"[\r\n]+", ";", text.strip()))
    short = _short_day(plain)
    if short is not None and _is_of_work(plain, *short.span()):
        yield short[0], _short_day_of(short, today)
    for match in _NAMED.finditer(plain, 0 if short is None else short.end()):
        if _is_of_work(plain, *match.span()):
            yield match[0], _day_of(match, today)


def _is_of_work(plain: str, start: int, end: int) -> bool:
    return bool(_RANGE.match(plain, end)) or is_day_of_work(plain, start, end)


def _short_day(text: str) -> re.Match[str] | None:
    """12.28 or 29日 with which the words begin; None: they begin otherwise, or with an amount (3.5吨)."""
    match = _SHORT.match(text)
    if match is None or match["bare"]:
        return match
    counted = any(one.unit and one.span[0] < match.end() for one in read_quantities(text))
    return None if counted else match


def _short_day_of(match: re.Match[str], today: date) -> date | None:
    """That day; of 29日 the last one that is not after today."""
    if not match["bare"]:
        return _without_year(int(match["month"]), int(match["day"]), today)
    day = int(match["bare"])
    first = today.replace(day=1)
    while True:
        found = _date(first.year, first.month, day)
        if found is not None and found <= today:
            return found
        first = (first - _DAY).replace(day=1)


def _day_of(match: re.Match[str], today: date) -> date | None:
    if match["today"]:
        return today
    if match["yesterday"]:
        return today - _DAY
    if match["before"]:
        return today - (3 if match["before"].startswith("大") else 2) * _DAY
    if match["week"]:
        monday = today - (today.weekday() + 7 * match["week"].count("上")) * _DAY
        return monday + _WEEKDAYS[match["weekday"]] * _DAY
    month, day = int(match["month"] or match["iso_month"]), int(match["day"] or match["iso_day"])
    if year := match["year"] or match["iso_year"]:
        return _date(_year_of(year.rstrip("的"), today), month, day)
    return _without_year(month, day, today)


def _year_of(said: str, today: date) -> int:
    return today.year - _YEARS_BACK[said] if said in _YEARS_BACK else int(said.rstrip("年"))


def _without_year(month: int, day: int, today: date) -> date | None:
    found = _date(today.year, month, day)
    return _date(today.year - 1, month, day) if found is None or found - today > _AHEAD else found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def without_day(text: str) -> str:
    """The words without the day, and a word such as 按照…, with which they begin."""
    line = _without_leading(visible(text).strip())
    return _without_leading(_PREFACE.sub("", line)).strip()


def _without_leading(line: str) -> str:
    short = _short_day(line)
    if short is None:
        return _LEADING.sub("", line)
    behind = _SHORT_RANGE.match(line, short.end())
    return line[behind.end() :] if behind else line[short.end() :]


def title_of(text: str) -> str:
    """The first sentence without its day; clauses with numbers behind its first one are left out.

    It has at most 60 characters; "" if nothing is left.
    """
    sentence = " ".join(_SENTENCE.split(without_day(text), maxsplit=1)[0].split())
    first, *others = _CLAUSE.split(sentence)
    end = len(first)
    for clause in others:
        if end + 1 + len(clause) > _TITLE_READ or any(sign.isdigit() for sign in clause):
            break
        end += 1 + len(clause)
    title = sentence[:end].strip("，,、:： ")
    return title if len(title) <= _TITLE_READ else title[: _TITLE_READ - 1] + "…"
