"""Which windows a 无新增 speaks of: those of one day and the open shift, or the longer ones that it names."""

from __future__ import annotations

import re
from typing import Final

from rules.duties.frequencies import Frequency
from rules.hidden_characters import readable

_PERIOD: Final = re.compile("本期|这一?期|当期")
"""The period of each task, whatever that is."""
_NAMED: Final = (
    (Frequency.QUARTERLY, re.compile("季")),
    (Frequency.MONTHLY, re.compile(r"月(?!\d{1,2}[日号])")),
    (Frequency.FORTNIGHTLY, re.compile(r"双周|(?<![\d十第周期拜])[两二2]个?(?:周|星期|礼拜)")),
    (Frequency.WEEKLY, re.compile("周|星期|礼拜")),
    (Frequency.SHIFT, re.compile("班")),
)


def spans_of(text: str, *, past: bool = False) -> frozenset[Frequency]:
    """The frequencies whose windows the words cover. ``past``: they are about a past day, so about no shift.

    >>> sorted(spans_of("今日无新增"))
    [<Frequency.DAILY: 'daily'>, <Frequency.SHIFT: 'shift'>]
    >>> spans_of("本周无新增")
    frozenset({<Frequency.WEEKLY: 'weekly'>})
    """
    flat = readable(text)
    if says_period(text):
        return frozenset(Frequency) - ({Frequency.SHIFT} if past else set())
    for frequency, words in _NAMED:
        if words.search(flat):
            return frozenset({frequency})
    return frozenset({Frequency.DAILY} if past else {Frequency.DAILY, Frequency.SHIFT})


def says_period(text: str) -> bool:
    """Whether the words speak of the period of each task (本期无新增)."""
    return _PERIOD.search(readable(text)) is not None
