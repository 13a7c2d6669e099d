"""Reads what a report says besides its numbers: 零报告, which task it fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from rules.hidden_characters import readable

_ZERO: Final = re.compile(
    r"^(?:补[报交])?(?:今日|今天|本日|[本这]个?(?:周|星期|月|季度?|班次?)|当班|[本这近]个?双周|[本这近][两二2]个?(?:周|星期|礼拜)|本期|这一?期|当期|目前|暂|暂时|昨[天日晚夜]|前[天日晚]|上个?双?周|上个?月|上个?季度?"
    r"|(?:20\d\d年)?(?:\d{1,2}月(?:份|\d{1,2}[日号])?|第?[一二三四1-4]季度?))?"
    r"的?(?:[白夜早晚]班)?(?:我们?单位)?(?:暂时?|仍然?|还是|均|都)?"
    r"(?:[无零](?:新增|新?情况|进展|异常|变化)|无|零报告?|没有(?:新增|新?情况|进展|异常|变化)|一切正常)(?:情况)?"
    r"(?:谢谢|收到)?$"
)
_CORRECTS: Final = re.compile(
    r"(?:刚才|刚刚|上面|上一条|前面|之前|[今昨]天)?(?:的|那条|报的|发的)?(?:数字?|数据)?"
    r"(?:改成|改为|更正|更改为|修改为|应该?[为是]|应当是|写错|报错|填错|发错|打错)"
)
_FITS: Final = 0.12
_CLEARLY: Final = 1.5


RECEIPT_NUMBER: Final = re.compile(r"\d{8}-\d{4,}")


def corrects(text: str) -> bool:
    """Whether the words seem to correct what was reported before: 改成40吨, 应为12处, 刚才报错了."""
    return _CORRECTS.match(re.sub(r"\s", "", readable(text))) is not None


def is_zero_report(text: str) -> bool:
    """True if the whole message is a contact's own "无情况"."""
    flat = readable(text)
    return bool(_ZERO.match(re.sub(r"[\s,.。,!！:]", "", flat)))


def says_the_same(item: str, other: str) -> bool:
    """Whether one wording is the other with words left out: 清理牌匾 and 清理违规广告牌匾.

    An empty item may be anything.
    """
    short, long = sorted((item, other), key=len)
    letters = iter(long)
    return all(letter in letters for letter in short)


def best_fit(text: str, candidates: Mapping[int, str]) -> int | None:
    """The key of the one candidate that ``text`` is clearly about; None if in doubt.

    Candidates are compared by the share of their character pairs that the text has too.
    """
    wanted = _pairs(text)
    scores = sorted(
        (
            (len(wanted & pairs) / len(pairs), key)
            for key, value in candidates.items()
            if (pairs := _pairs(value))
        ),
        reverse=True,
    )
    if not scores or scores[0][0] < _FITS:
        return None
    if len(scores) > 1 and scores[0][0] < scores[1][0] * _CLEARLY:
        return None
    return scores[0][1]


def _pairs(text: str) -> frozenset[str]:
    letters = [c for c in readable(text) if c.isalpha()]
    return frozenset(a + b for a, b in pairwise(letters))
