"""The name that a new metric gets from what was read: no 新增 in front, never a bare verb or unit word."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.units import match_unit
from rules.progress.quantities.verbs import NOUN_LIKE, is_verb
from rules.progress.quantities.word_tables import word_set

_NEW: Final = re.compile("^(?:本次|今日|今天)?(?:新增|又|再|另)(?=..)|(?<=..)新增$")
_PERSONS: Final = word_set("人 人次 名 位")
_VEHICLES: Final = word_set("台 台次 辆 辆次 车次")
# What is counted behind these verbs need not be said: 出动12人, 出动3辆.
_SENT: Final = word_set("出动 投入 组织 参加 参与 派出 抽调 发动 动员 调派 调集 安排")
# Verbs that name a deed by themselves, as nouns do.
_DEEDS: Final = NOUN_LIKE | word_set(
    "立案 罚款 走访 入户 巡查 慰问 洒水 约谈 曝光 结案 办结 劝导 劝离 劝阻 劝返 植树"
)


def names_nothing(item: str, unit: str) -> bool:
    """Whether the words say that something was done, and not what: 完成100, 80吨, 清运20吨.

    出动12 names who came, though the unit is missing.
    """
    return not name_of(item, unit) and item not in _SENT


def name_of(item: str, unit: str) -> str:
    name = _NEW.sub("", item)
    if is_verb(name):
        if name in _SENT and unit in _PERSONS:
            return name + "人员"
        if name in _SENT and unit in _VEHICLES:
            return name + "车辆"
        return name if name in _DEEDS else ""
    word = match_unit(name, 0)
    return "" if word is not None and word.end == len(name) else name
