"""How often a long-term task is reported, read from 时限 or 备注."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Frequency(StrEnum):
    """每日, 每周, 每月, 每季度."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


# 日报 is also the name of newspapers (烟台日报), so it counts only where no name stands before it.
_REPORT: Final = r"(?:(?<![一-鿿])|(?<=实行)|(?<=执行)|(?<=坚持)|(?<=落实)){unit}报(?!社|纸|刊)"
_ONCE: Final = r"(?<![\d十一])[一1]{unit}[一1两2](?=[次报查评调测督通会])|次/(?:每|[一1])?{unit}"


def _pattern(every: str, unit: str) -> re.Pattern[str]:
    return re.compile("|".join([every, _REPORT.format(unit=unit), _ONCE.format(unit=unit)]))


_PATTERNS: Final = {
    Frequency.DAILY: _pattern(r"[每逐按][日天]|每1[日天]|天天|每个?工作日", "[日天]"),
    Frequency.WEEKLY: _pattern(r"[每逐按]周(?!边|围|年|期)|每[个1]?(?:周(?!边|围|年|期)|星期|礼拜)", "周"),
    Frequency.MONTHLY: _pattern(r"[每逐按]月|每[个1]个?月|月度", "月"),
    Frequency.QUARTERLY: _pattern(r"[每逐按]季|每[个1]个?季", "季度?"),
}


def read_frequency(text: str) -> Frequency | None:
    """The frequency stated first in ``text`` (每日、每周、每月、每季度, 月报, 每月一次, 一月一报), else None.

    Rhythms that are none of the four (每半月, 每年) give None: guessing another one would nag at wrong times.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = [(m.start(), f) for f, pattern in _PATTERNS.items() if (m := pattern.search(plain))]
    return min(found, key=lambda hit: hit[0])[1] if found else None
