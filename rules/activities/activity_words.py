"""Reads the words of an entry of the activity log: the day on which it was, and its title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rules.date_marks import plain_dates
from rules.hidden_characters import visible
from rules.progress.stated_days import is_day_of_work

TITLE_LIMIT: Final = 200
"""The characters that a title may have."""
_TITLE_READ: Final = 60
_DAY: Final = timedelta(days=1)
# Without its year a day is perhaps ahead, and no entry yet; half a year ahead it is one of last year.
_AHEAD: Final = timedelta(days=180)
_WEEKDAYS: Final = {**{name: at for at, name in enumerate("一二三四五六日")}, "天": 6}
_NAMED: Final = re.compile(
    r"(?P<today>今[天日早晚晨])"
    r"|(?P<yesterday>昨[天日晚夜]|昨(?=[上下]午))"
    r"|(?<![以之年])(?P<before>前[天晚])"
    r"|(?P<week>上|本|这)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?:(?P<year>20\d\d)年)?(?<!\d)(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?(?![\d./个项次%场处条人])"
    r"|(?<![\d.])(?P<iso_year>20\d\d)(?P<sign>[./-])(?P<iso_month>\d{1,2})(?P=sign)(?P<iso_day>\d{1,2})[日号]?(?!\d)"
)
_RANGE: Final = re.compile(r"[至到~—–-]+(?:\d{1,2}月)?\d{1,2}[日号]?(?!\d)")
_NUMERAL: Final = r"[〇零一二三四五六七八九十廿卅\d]{1,4}"
# The day at the beginning of the words, with the time of day; it is no part of the title.
_LEADING: Final = re.compile(
    r"^\s*(?:[于在]?\s*(?:"
    r"(?:今|昨|前)[天日早晚晨夜]?(?=[天日早晚晨夜上下午中,，::、\s]|召|举|开|组|印|下|在|我|区|全)"
    r"|[上本这]个?(?:周|星期|礼拜)[一二三四五六日天]"
    rf"|(?:[〇零一二三四五六七八九\d]{{4}}年)?{_NUMERAL}月{_NUMERAL}[日号]?(?:\s*[至到—~～-]+\s*(?:{_NUMERAL}月)?{_NUMERAL}[日号]?)?"
    r"|20\d\d[./-]\d{1,2}[./-]\d{1,2}[日号]?"
    r")\s*(?:[(（](?:周|星期)[一二三四五六日天][)）])?"
    r"\s*(?:[上下中]午|早上|晚上?|凌晨|傍晚)?\s*(?:\d{1,2}(?:[:：]\d{2}|[时点]半?(?:\d{1,2}分)?))?"
    r"\s*[,，、:：;；]?\s*)"
)
# 按照市委要求，…: what is behind it was done.
_PREFACE: Final = re.compile(r"^(?:按照?|根据|依据|为了?|围绕|结合|在)[^,，。;；]{2,40}[,，]\s*")
_SENTENCE: Final = re.compile(r"[。；;！!\n\r]")
_CLAUSE: Final = re.compile(r"[，,]")


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
    plain = plain_dates(re.sub(r"[\r\n]+", ";", text))
    for match in _NAMED.finditer(plain):
        if _RANGE.match(plain, match.end()) or is_day_of_work(plain, *match.span()):
            yield match[0], _day_of(match, today)


def _day_of(match: re.Match[str], today: date) -> date | None:
    if match["today"]:
        return today
    if match["yesterday"] or match["before"]:
        return today - (_DAY if match["yesterday"] else 2 * _DAY)
    if match["week"]:
        monday = today - today.weekday() * _DAY - (7 * _DAY if match["week"] == "上" else 0 * _DAY)
        return monday + _WEEKDAYS[match["weekday"]] * _DAY
    year = match["year"] or match["iso_year"]
    month, day = int(match["month"] or match["iso_month"]), int(match["day"] or match["iso_day"])
    if year:
        return _date(int(year), month, day)
    found = _date(today.year, month, day)
    return _date(today.year - 1, month, day) if found is None or found - today > _AHEAD else found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def without_day(text: str) -> str:
    """The words without the day, and a word such as 按照…, with which they begin."""
    line = _LEADING.sub("", visible(text).strip())
    return _LEADING.sub("", _PREFACE.sub("", line)).strip()


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
