"""Finds numbers of an earlier day that stand beside those of the day of the report: 昨天30处今天40处."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rules.progress.quantities.kinds import CountingNumeral

_EARLIER: Final = re.compile("昨[天日晚儿夜]|前[天晚]|上(?:个?月|个?周|个?星期|次)|去年")
# In 比昨天多5处 no number is of yesterday.
_DAY: Final = re.compile(
    rf"(?<![比较同与从由以之年到至止])(?P<earlier>{_EARLIER.pattern})"
    r"|[今当][天日晚早儿晨夜]|[本这此]个?[周月次]|今年|现在|目前"
)


def earlier_numbers(text: str, counts: Sequence[CountingNumeral]) -> set[int]:
    """The numbers of an earlier day that have the unit of another number, which is of today.

    The message does not say whether they are compared with it or have to be counted, too.
    """
    if _EARLIER.search(text) is None:
        return set()
    days = list(_DAY.finditer(text))
    at = -1
    earlier: set[int] = set()
    units: set[str] = set()
    for index, count in enumerate(counts):
        while at + 1 < len(days) and days[at + 1].start() < count.start:
            at += 1
        if at >= 0 and days[at]["earlier"]:
            earlier.add(index)
        else:
            units.add(count.unit)
    return {index for index in earlier if counts[index].unit in units}
