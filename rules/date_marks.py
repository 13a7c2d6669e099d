"""Finds the dates in a text as they are written: perhaps without a year, perhaps as a range."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rules.hidden_characters import readable

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
    r"每年[^,;。()至到]*|每(?:[两二2]个?(?:周|星期|礼拜)|双周)[^,;。、()至到]*|每(?:[季月周日天旬]|半[年月]|个?(?:季度|工作日|星期|月))[^,;。、()至到]*"
    r"|(?<![\d十一二三四五六七八九])[一1][日天周月季](?:度)?[一1两2][次报查评调测督通会]"
)


def plain_dates(text: str) -> str:
    """The text in NFKC, without clock times and white space, with Chinese numerals as digits."""
    text = readable(text)
    text = _CLOCK.sub("", text)
    text = re.sub(r"(?<=\d)\s*[\r\n]+\s*(?=\d)", ";", text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Zs", "Zl", "Zp"})
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
LAST_DAY: Final = 0  # as a day: the last one of the month


@dataclass(frozen=True, slots=True)
class DateMark:
    """A date as it is written: perhaps without its year, perhaps only the start of something."""

    month: int
    day: int = LAST_DAY
    year: int | None = None
    shift: int | None = None
    whole_month: bool = False
    starts: bool = False
    ends_range: bool = False


def _year_of(m: re.Match[str]) -> tuple[int | None, int | None]:
    year, shift = m["year"], m["shift"]
    return (2000 + int(year[-2:]) if year else None), (_SHIFTS[shift] if shift else None)


def _numeric_day(m: re.Match[str]) -> DateMark:
    return DateMark(int(m["m"]), _day(m["d"]), int(m["y"]))


def _numeric_month(m: re.Match[str]) -> DateMark:
    return DateMark(int(m["m"]), year=int(m["y"]), whole_month=True)


def _chinese(m: re.Match[str]) -> DateMark:
    year, shift = _year_of(m)
    day = _day(m["day"]) if m["day"] else _PART_ENDS.get(m["part"] or "", LAST_DAY)
    return DateMark(int(m["month"]), day, year, shift, whole_month=not m["day"] and not m["part"])


def _first_month(m: re.Match[str]) -> DateMark:
    return DateMark(int(m["month"]), LAST_DAY, *_year_of(m), whole_month=True)


def _season(m: re.Match[str]) -> DateMark:
    month = int(m["quarter"]) * 3 if m["quarter"] else {"上": 6, "下": 12}[m["half"]]
    return DateMark(month, LAST_DAY, *_year_of(m))


def _year_end(m: re.Match[str]) -> DateMark:
    return DateMark(6 if m["middle"] else 12, LAST_DAY, *_year_of(m))


def _day(digits: str) -> int:
    return int(digits) or 32  # a day 0 is as impossible as a day 32, and must not pass for the last one


_BEFORE_OR_END: Final = rf"(?=[之以]?前|完成|[,;。)]|{_TO}|$)"
_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], DateMark]], ...]] = tuple(
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
_BARE_DAY: Final = re.compile(
    rf"(?:\d{{1,2}}[./]\d{{1,2}}[日号]?{_TO})?(?P<m>\d{{1,2}})[./-](?P<d>\d{{1,2}})[日号]?(?:[之以]?前\D*|完成)?"
)


def scan_dates(text: str) -> tuple[list[DateMark], str]:
    """The marks of a text (as ``plain_dates`` gives it) in order, and the text without them."""
    if bare := _BARE_DAY.fullmatch(text):
        return [DateMark(int(bare["m"]), _day(bare["d"]))], ""
    marks: list[DateMark] = []
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


def _mark_at(text: str, at: int, before: DateMark | None) -> tuple[DateMark, int] | None:
    if before is not None and (tail := _TAIL.match(text, at)):
        return _tail_mark(tail, before), tail.end()
    for form, read in _FORMS:
        if m := form.match(text, at):
            return read(m), m.end()
    return None


def _tail_mark(tail: re.Match[str], before: DateMark) -> DateMark:
    """The end of 12月10日至20日, 2026.11.1-12.20, 2026.11-12; what it lacks comes from the start."""
    if before.whole_month and not tail["m"] and not tail[0].endswith(("日", "号")):
        return replace(before, month=int(tail["d"]), year=None, shift=None, ends_range=True)
    month = int(tail["m"]) if tail["m"] else before.month
    return DateMark(month, _day(tail["d"]), ends_range=True)
