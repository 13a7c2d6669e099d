"""Tells numbers that say how often or for how much from numbers of what was done."""

from __future__ import annotations

import re
from typing import Final

from rules.numerals import Numeral
from rules.progress.quantities.word_tables import word_set

# 每天2次 and 每户300元 are rates.
_RATE_BEFORE: Final = re.compile(
    r"每(?:天|日|周|月|季|年|晚|半年|个?(?:工作日|星期|月|周))[^,。;!?\n]{0,20}$"
)
# 每天打扫4遍,夏天6遍
_NEXT_RATE: Final = re.compile(
    r"每(?:天|日|周|月|季|年|晚)[^,。;!?\n]{0,12}\d(?P<unit>[次遍轮场趟期])[,、][\u4e00-\u9fff]{0,6}$"
)
_RATED: Final = word_set("次 遍 轮 场 趟 期")
# 没有发现1起违规: there was none.
_NONE_BEFORE: Final = re.compile(r"(?:没有?|未|无)(?:发现|出现|发生|接到|收到|漏)[^,;。\d]{0,8}$")
_PRICE_BEFORE: Final = re.compile(r"每(?:吨|户|人|亩|个|平方米|公里|年|月|天|次|件)(?:补助|奖励|补贴)?$")


def is_rate_or_none(numeral: Numeral, unit: str, before: str) -> bool:
    """Whether it is a rate (每天2次, 每吨300元), or something that did not happen (没有发现1起违规)."""
    if numeral.value < 10 and unit in _RATED and _RATE_BEFORE.search(before):
        return True
    if (goes_on := _NEXT_RATE.search(before)) and goes_on["unit"] == unit:
        return True
    if unit == "元" and _PRICE_BEFORE.search(before):
        return True
    return numeral.value == 1 and _NONE_BEFORE.search(before) is not None
