"""Tells numbers that say which one it is from numbers that say how many.

They name a building, a network or a team: 16栋, 3组 and 环卫三所 have a unit behind them as 改造楼栋16栋 has.
Or they have no unit and are a year, a telephone number or a date.
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.verbs import LONG_VERB
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set

_UNITS: Final = word_set("栋 幢 座 组 队 网格")
_TEAMS: Final = word_set("组 队 网格")
_BODIES: Final = word_set("所 队 组 站")
_BEFORE: Final = re.compile(
    "(?:村民?|屯|庄|小区|花园|家园|新城|新苑|公寓|路|街|巷|(?<![扫洗刷])楼|院|号|至|到|-|[去往在从]"
    r"|[\d一二三四五六七八九十][栋幢组队][、和]?)$"
)
_AFTER: Final = re.compile(r"楼\d+(?:单元|号|层|室|-)|单元|号|[东西南北][面侧]|门前|旁边|[至到~\-—]\d")
# 把8栋的楼道堆物清完了
_LEADS_A_PLACE: Final = re.compile("[把将对给替帮为]$")
_LISTED: Final = re.compile(r"\s?\d")
_BEGINS: Final = re.compile(
    r"(?:(?:^|[,。;!?:\n\d]|(?<=[\d一二三四五六七八九十])[栋幢组]|[\d一二三四五六七八九十百][\u4e00-\u9fff]{1,2}\s)\s*|街道|社区|[区镇乡村队局是我])$"
)
_ACTS: Final = re.compile(rf"\s?(?:{WHEN}|[清拆查劝扫擦捡铲换修发贴摆]|[老小][\u4e00-\u9fff]|:)")
_MOST_BODIES: Final = 9
# The offices and works whose teams have numbers.
_NAMED_BODY: Final = re.compile(
    "(?:城管|环卫|交警|园林|市政|巡警|清运|保洁|巡查|执法|养护|机扫|作业|志愿|劝导)$"
)

_HOTLINES: Final = frozenset({110, 114, 119, 120, 122})
_TELEPHONE: Final = re.compile(r"(?:0\d{2,3}|400|800)\s?[-~—–]{1,2}\s?\d{3,8}")
_DATE: Final = re.compile(r"\d{1,2}\.\d{1,2}")
_CALLS: Final = re.compile("打|拨|电|热线|平台|报警|公安|急救|消防")
# A short name directly before a number, as in a list: 小广告30,垃圾2吨.
THING: Final = re.compile(r"(?:^|[,。;、:!?(\s\d])(?:[\u4e00-\u9fff]{2,8}|[人车])\s?[::]?\s?$")


def stands_behind_an_address(before: str) -> bool:
    """Whether the words before a number are of an address: 新村52, 去16, 7栋8."""
    return _BEFORE.search(before) is not None


def names_one(unit: str, before: str, after: str, chinese: int | None) -> bool:
    """Whether a number with ``unit`` names one building or team. ``chinese``: its value, if 二 and not 2.

    7栋8栋, 去16栋, 3队今天清垃圾, 环卫三所清扫道路, and in a list 一栋18张 二栋12张.
    """
    if unit in _BODIES and chinese is not None and chinese <= _MOST_BODIES and _acts(after):
        return True
    if unit not in _UNITS:
        return False
    if after.startswith("的") and _LEADS_A_PLACE.search(before.rstrip()):
        return True
    if _AFTER.match(after) or _BEFORE.search(before.rstrip()):
        return True
    if chinese is not None and chinese <= _MOST_BODIES and unit in _TEAMS and _NAMED_BODY.search(before):
        # 城管一队 流动摊贩14
        return after[:1] in {" ", ":"} or _acts(after)
    if _BEGINS.search(before) is None:
        return False
    # 三网格 楼顶菜园清了5块
    named = chinese is not None and unit in _TEAMS and after[:1] in {" ", ":"}
    return named or _LISTED.match(after) is not None or _acts(after)


def _acts(after: str) -> bool:
    """Whether a time or a deed stands behind the number: 3队今天清垃圾."""
    return _ACTS.match(after) is not None or LONG_VERB.match(after, after.startswith((" ", "\n"))) is not None


def is_code(written: str, before: str) -> bool:
    """Whether a number without a unit is a year, a telephone number or a date (12.4) rather than a number."""
    if _TELEPHONE.fullmatch(written):
        return True
    if not written.isdecimal():
        return _DATE.fullmatch(written) is not None and THING.search(before) is not None
    number = int(written)
    if (written.startswith("0") and number) or 1900 <= number <= 2100 or 12000 <= number < 13000:
        return True
    return number in _HOTLINES and (_CALLS.search(before) is not None or THING.search(before) is None)
