"""Reads what people write to take leave: 12月1日-12月5日 由李四代, 明天-周五, 12.1-12.5, 明天起3天.

A date without its year is the next such day. If the last such day was not long ago, the words mean that day,
and it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from rules.date_marks import plain_dates
from rules.hidden_characters import readable
from rules.people.typed_names import normalise
from rules.tasks.deadlines import read_deadline

MOST_DAYS: Final = 90
_MOST_CHARS: Final = 200
# A day without a year that is over for at most so long is not taken for next year's.
_JUST_OVER: Final = timedelta(days=60)
_DAY: Final = timedelta(days=1)


class LeaveFault(StrEnum):
    """Why the program cannot take the days as they were written."""

    NO_DATES = "no_dates"
    UNCLEAR = "unclear"
    NO_SUCH_DAY = "no_such_day"
    PAST = "past"
    ORDER = "order"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class LeaveWords:
    """What the words say. ``first`` and ``last`` are both set, or both None: then ``fault`` says why.

    ``person``: the name before the days, if there is one; the leave is for them. ``deputy``: the name of the
    person who stands in, as written.
    """

    person: str | None = None
    first: date | None = None
    last: date | None = None
    deputy: str | None = None
    fault: LeaveFault | None = None


# A name does not hold a date, so 代 may stand inside a name (代小明) as long as another 代 ends the words.
_DEPUTY: Final = re.compile(
    r"由\s*(?P<who>[^由\d,。;]+?)\s*(?:同志)?\s*(?:临时|暂时?)?(?:代(?:理|办|班|岗|管|替|为办理)?|顶岗|负责)"
    r"(?=$|[\s,。;!]|(?<=代)[\d明今后本下周])"
)
_DEPUTY_LAST: Final = re.compile(
    r"(?:\b(?:deputy|by)\b:?|由|代理人:?|代班人?:?)\s*(?P<who>[^\d,。;]+?)\s*$", re.IGNORECASE
)
_FILLERS: Final = re.compile(
    r"请(?:年|病|事|婚|产|公|探亲)?假|[年病事婚产公]假|休假|外出|出差|期间|自(?=[\d今明后本下周])|从"
    r"|on leave|leave",
    re.IGNORECASE,
)
_RELATIVE: Final = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_WEEKDAYS: Final = {**{name: at for at, name in enumerate("一二三四五六日")}, "天": 6}
_TOKEN: Final = re.compile(
    r"(?P<relative>大后天|[今明]天|[今明]日|后天)"
    r"|(?P<which>[本这下])?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?P<dated>(?:(?<!\d)(?:20\d\d|2\d)年|[今明]年)?(?<!\d)\d{1,2}月\d{1,2}[日号]?"
    r"|(?<!\d)20\d\d(?P<sign>[./-])\d{1,2}(?P=sign)\d{1,2}[日号]?|(?<![\d.])\d{1,2}[./]\d{1,2}(?![\d.])[日号]?)"
    r"|(?<!\d)(?P<bare>\d{1,2})(?:[日号]|(?=$|[\s,。;由]))"
)
_TO: Final = re.compile(r"\s*(?:[-—–―‐~〜]+|至|到|起至|起到)\s*")
_LONG: Final = re.compile(
    r"\s*(?:起|开始)?\s*[,]?\s*(?:共|连续)?\s*(?P<days>\d{1,3}|[一二两三四五六七八九十])天"
)
_IN_BRACKETS: Final = re.compile(r"\((?:(?:周|星期|礼拜)[一二三四五六日天]|(?:共|合计)?\d{1,3}天)\)")
# Half a date where a name should stand: 9999年, 1-, Dec 1-Dec.
_HALF: Final = re.compile(r"\d年$|\d[-—–―‐~〜至到/.]")
_ENGLISH: Final = r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b"
_IN_ENGLISH: Final = re.compile(
    rf"{_ENGLISH}[. ]*\d{{1,2}}(?![\d月./-])|\d{{1,2}}(?:st|nd|rd|th)?[. ]*{_ENGLISH}", re.IGNORECASE
)
_NUMBERS: Final = {**{name: at for at, name in enumerate("一二三四五六七八九十", 1)}, "两": 2}


def read_leave(words: str, today: date) -> LeaveWords:
    """Read the words behind ``/leave``. Never raises."""
    text = _IN_BRACKETS.sub("", " ".join(readable(words).split()))
    if len(text) > _MOST_CHARS or _IN_ENGLISH.search(text):
        return LeaveWords(fault=LeaveFault.UNCLEAR)
    deputy, text = _deputy_of(text)
    text = _FILLERS.sub(" ", text)
    found = _TOKEN.search(_dates_only(text))
    if found is None:
        return LeaveWords(person=_name(text), deputy=deputy, fault=LeaveFault.NO_DATES)
    plain = _dates_only(text)
    person, behind = _name(plain[: found.start()]), plain[found.end() :]
    days, behind = _period(found, behind, today)
    deputy = deputy or _name(re.sub(r"代(?:理|班)?$", "", _name(behind) or ""))
    if not isinstance(days, LeaveFault) and (re.search(r"\d", behind) or (person and _HALF.search(person))):
        return LeaveWords(fault=LeaveFault.UNCLEAR)  # half a period is not what was meant
    if isinstance(days, LeaveFault):
        return LeaveWords(person=person, deputy=deputy, fault=days)
    return LeaveWords(person, *days, deputy)


def fault_of(first: date, last: date, today: date) -> LeaveFault | None:
    """Why nobody can be on leave from ``first`` to ``last``; None: they can."""
    if last < first:
        return LeaveFault.ORDER
    if first < today:
        return LeaveFault.PAST
    return LeaveFault.TOO_LONG if (last - first).days >= MOST_DAYS else None


def read_person(words: str) -> tuple[str, str | None]:
    """The name in 李四 or 李四(城管局), and the unit if one stands in brackets behind it."""
    text = normalise(words).removesuffix("同志")
    with_unit = re.fullmatch(r"(?P<name>[^()]+)\((?P<unit>[^()]+)\)", text)
    return (with_unit["name"], with_unit["unit"]) if with_unit else (text, None)


def _deputy_of(text: str) -> tuple[str | None, str]:
    """The deputy's name, and the words without it."""
    found = _DEPUTY.search(text) or _DEPUTY_LAST.search(text)
    if found is None:
        return None, text
    return _name(found["who"]), f"{text[: found.start()]} {text[found.end() :]}"


def _name(words: str) -> str | None:
    return words.strip(" ,。;:、!") or None


def _dates_only(text: str) -> str:
    """The text with Chinese numerals in dates as digits. Spaces between words stay: names end there."""
    return re.sub(r"\s*([-—–~至到])\s*", r"\1", " ".join(plain_dates(part) for part in text.split()))


def _period(found: re.Match[str], behind: str, today: date) -> tuple[tuple[date, date] | LeaveFault, str]:
    """The days from the first date on, and what stands behind them."""
    first = _day_of(found, today, None)
    if first is None:
        return LeaveFault.NO_SUCH_DAY, behind
    last: date | None = first
    if (to := _TO.match(behind)) and (end := _TOKEN.match(behind, to.end())):
        last, behind = _day_of(end, today, first), behind[end.end() :]
        behind = _LONG.sub("", behind, count=1)  # 12月1日-12月5日,共5天
    elif long := _LONG.match(behind):
        count = _NUMBERS.get(long["days"]) or int(long["days"])
        last, behind = first + (count - 1) * _DAY, behind[long.end() :]
    if last is None:
        return LeaveFault.NO_SUCH_DAY, behind
    return fault_of(first, last, today) or (first, last), behind


def _day_of(token: re.Match[str], today: date, first: date | None) -> date | None:
    """The day that the token means; None if there is no such day.

    ``first``: the first day of the leave, if this is its end.
    """
    if token["relative"]:
        return today + _RELATIVE[token["relative"]] * _DAY
    if token["weekday"]:
        return _weekday(token["which"], _WEEKDAYS[token["weekday"]], first or today, today)
    start = first or today
    if token["bare"]:
        return _of_month(start, int(token["bare"]), back=first is None)
    text = token["dated"]
    day = read_deadline(text, title_year=None, today=start).day
    if day is None or re.match(r"20\d\d|2\d年|[今明]年", text):
        return day
    # Nobody takes leave for a day in a year's time: the words mean the day that was lately.
    was = _year_before(day)
    return was if was is not None and start - was <= _JUST_OVER and day - start > _JUST_OVER else day


def _weekday(which: str | None, weekday: int, start: date, today: date) -> date:
    """The day of 周五 (the next one from ``start`` on), 本周五 and 下周五 (of this week and the next)."""
    if which is None:
        return start + (weekday - start.weekday()) % 7 * _DAY
    monday = today - today.weekday() * _DAY + (7 * _DAY if which == "下" else 0 * _DAY)
    return monday + weekday * _DAY


def _of_month(start: date, number: int, *, back: bool) -> date | None:
    """5日 of ``start``'s month; with ``back``, of the next month if that day is over."""
    year, month = start.year, start.month
    if back and number < start.day:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _year_before(day: date) -> date | None:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None
