"""Which windows a 无新增 speaks of: those of one day and the open shift, or the longer ones that it names."""

from __future__ import annotations

import re
from typing import Final

from rules.duties.frequencies import Frequency
from rules.hidden_characters import readable

_NAMED: Final = (
    (Frequency.QUARTERLY, re.compile("季")),
    (Frequency.MONTHLY, re.compile(r"月(?!\d{1,2}[日号])")),
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
    for frequency, words in _NAMED:
        if words.search(flat):
            return frozenset({frequency})
    return frozenset({Frequency.DAILY} if past else {Frequency.DAILY, Frequency.SHIFT})
