"""Reads from 时限 or 备注 how often a long-term task is reported."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rules.hidden_characters import readable


class Frequency(StrEnum):
    """How often a report is owed: 每日, 每周, 每两周, 每月, 每季度, or each shift of a duty of 24 hours."""

    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SHIFT = "shift"


# 日报 is also the name of newspapers (烟台日报), so it counts only where no name stands before it.
_REPORT: Final = r"(?:(?<![一-鿿])|(?<=实行)|(?<=执行)|(?<=坚持)|(?<=落实)){unit}报(?!社|纸|刊)"
_ONCE: Final = r"(?<![\d十一])[一1]{unit}[一1两2](?=[次报查评调测督通会])|次/(?:每|[一1])?{unit}"


def _pattern(every: str, unit: str) -> re.Pattern[str]:
    return re.compile("|".join([every, _REPORT.format(unit=unit), _ONCE.format(unit=unit)]))


# A duty day and night. 24小时内 is a limit and 24小时热线 a hotline, and 每天24小时巡逻 is no daily report.
_DAY_AND_NIGHT: Final = r"(?:每[日天])?(?:(?:24|二十四)(?:个?小时|[hH])|全天候|昼夜|日夜)"
_MANNER: Final = (
    r"(?:不间断|不断|无间断|动态|滚动|轮流|全天候?|全时段|全覆盖|分班|专人|有人|在岗|安排|人员|的){0,3}"
)
_ON_DUTY: Final = r"(?:巡[逻查防护视]|值[守班勤]|看[守护]|轮[班值岗守]|倒班|驻守|执勤|守护|[三两二]班)"
_SHIFT: Final = re.compile(
    rf"{_DAY_AND_NIGHT}{_MANNER}{_ON_DUTY}(?!电话|热线)"
    r"|[二两三四]班(?:[一二两三四]?倒|[一二两三四]运转|轮[班换值])|每个?班(?:次|上报|报[告送])|[按逐]班次?(?:[巡报轮]|上报|报[告送])"
)
# 两周内 is a limit, 第二周 a week; 每隔两周 may be two weeks or three, and 单双周 is no rhythm of reports.
_TWO_WEEKS: Final = r"(?:[两二2]个?(?:周|星期|礼拜)|双周)(?![边围年期末刊])"
_DONE_ONCE: Final = r"[一1](?=[次报查评调测督通会])"
_FORTNIGHTLY: Final = re.compile(
    rf"[每按]{_TWO_WEEKS}|(?<![单逢])双周(?![边围年期末刊])"
    r"|(?<![间相])隔[一1]?个?(?:周|星期|礼拜)(?![边围年期末])"
    rf"|(?<![\d十百第隔前后近上下周期拜])[两二2]个?(?:周|星期|礼拜){_DONE_ONCE}|次/(?:每|[一1])?{_TWO_WEEKS}"
    rf"|每(?:14|十四)[天日]|(?<![\d一二三四五六七八九十百第])(?:14|十四)[天日]{_DONE_ONCE}"
)
_PATTERNS: Final = {
    Frequency.SHIFT: _SHIFT,
    Frequency.DAILY: _pattern(r"[每逐按][日天]|每1[日天]|天天|每个?工作日", "[日天]"),
    Frequency.WEEKLY: _pattern(r"[每逐按]周(?!边|围|年|期)|每[个1]?(?:周(?!边|围|年|期)|星期|礼拜)", "周"),
    Frequency.FORTNIGHTLY: _FORTNIGHTLY,
    Frequency.MONTHLY: _pattern(r"[每逐按]月|每[个1]个?月|月度", "月"),
    Frequency.QUARTERLY: _pattern(r"[每逐按]季|每[个1]个?季", "季度?"),
}


# 24小时值守，每日上报: a duty by shifts that states when it reports, reports then.
_SAYS_WHEN: Final = re.compile(r"[一1两2]?[次度]?(?:上?报|书面|汇[报总]|通报)")


# Hundreds of lines of a sheet say the same few words.
@lru_cache(maxsize=512)
def read_frequency(text: str) -> Frequency | None:
    """The frequency stated first in ``text`` (每日、每周、每两周、每月, 月报, 一月一报, 24小时巡逻), or None.

    If the words of a duty by shifts also state when it reports, that frequency goes first.

    Rhythms that are none of these (每半月, 每年) give None: a guess would nag at wrong times.
    """
    plain = re.sub(r"\s+", "", readable(text))
    found = {frequency: m for frequency, pattern in _PATTERNS.items() if (m := pattern.search(plain))}
    if Frequency.SHIFT in found:
        stated = {f: m for f, m in found.items() if _SAYS_WHEN.match(plain, m.end())}
        found = stated or {Frequency.SHIFT: found[Frequency.SHIFT]}
    return min(found, key=lambda frequency: found[frequency].start(), default=None)
