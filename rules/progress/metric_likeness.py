"""Whether two wordings name one metric: the same, a shorter wording, or only alike."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities import metric_name
from rules.progress.quantities.word_tables import any_of, word_set

_PERSONS: Final = word_set("人 人次 名 位")
_VEHICLES: Final = word_set("台 台次 辆 辆次 车次")
# 组织志愿活动, 开展志愿活动 and 举办志愿活动 are one: the verb only says that there was one.
_HELD: Final = re.compile(
    "^(?:" + any_of(word_set("组织 开展 举办 召开 举行 实施 进行 承办 开办 筹办 组织开展")) + ")+了?(?=..)"
)
# So are 出动志愿者 and 组织志愿者, where people or cars are counted.
_SENT: Final = re.compile(
    "^(?:" + any_of(word_set("出动 投入 派出 组织 抽调 发动 动员 调派 调集 安排")) + ")了?(?=..)"
)
# Less than this share of common characters, and two names are not alike.
_ALIKE: Final = 0.5
# 花草 and 草花 are no two words.
_TURNED: Final = 4


def is_manpower(unit: str) -> bool:
    """Whether people or cars are counted, who serve what else a report tells of."""
    return unit in _PERSONS or unit in _VEHICLES


def present_name(name: str, unit: str) -> str:
    """The name that a metric would get today: 日出动志愿者 was one that is 出动志愿者 now."""
    from rules.progress.quantities.clauses import stripped, tidy

    return metric_name(tidy(stripped(name)), unit) or name


def likeness_key(name: str, unit: str) -> str:
    """The same for all wordings of one metric."""
    name = present_name(name, unit)
    if is_manpower(unit) and (sent := _SENT.match(name)):
        return "出动" + name[sent.end() :]
    return _HELD.sub("", name)


def is_shorter(item: str, name: str) -> bool:
    """Whether ``item`` is ``name`` with words left out: 清理牌匾 for 清理违规广告牌匾. "" may be anything."""
    letters = iter(name)
    return len(item) < len(name) and all(letter in letters for letter in item)


def is_turned_round(name: str, other: str) -> bool:
    """Whether two names are of the same words, the first moved to the end: 新增绿化面积 and 绿化面积新增."""
    return name != other and len(name) == len(other) >= _TURNED and other in name + name


def likeness(item: str, name: str) -> float:
    """How much of the longer name both share, from 0 to 1; 0 if they are not alike."""
    common = len(set(item) & set(name))
    longest = max(len(set(item)), len(set(name)))
    share = common / longest if longest else 0.0
    return share if share >= _ALIKE else 0.0
