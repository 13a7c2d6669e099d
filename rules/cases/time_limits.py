"""Reads the time limit of a category from what an office types: 2紧急工作时, 1.5工作日, 七天, 两个半工作日.

天 and 日 are natural days. 小时 alone is not read: nobody can tell whether nights count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.numerals import parse_chinese
from rules.people.typed_names import normalise
from rules.working_time import TimeUnit


@dataclass(frozen=True, slots=True)
class TimeLimit:
    amount: Decimal
    unit: TimeUnit


class LimitFault(StrEnum):
    """Why a cell gives no limit to rely on. ``BARE_HOURS``: 小时 without 工作 or 紧急工作."""

    UNREADABLE = "unreadable"
    NO_UNIT = "no_unit"
    BARE_HOURS = "bare_hours"
    ZERO = "zero"
    TOO_LONG = "too_long"


U = TimeUnit
LONGEST: Final[Mapping[TimeUnit, int]] = {
    U.URGENT_HOUR: 720,
    U.WORKING_HOUR: 2000,
    U.WORKING_DAY: 250,
    U.NATURAL_DAY: 365,
}
"""More than this is a slip of the pen. It is about a year, and a month for urgent hours."""

_UNITS: Final[Mapping[str, tuple[TimeUnit, int]]] = {
    **dict.fromkeys(("紧急工作时", "紧急工作小时", "紧急工时"), (U.URGENT_HOUR, 1)),
    **dict.fromkeys(("工作时", "工作小时", "工时"), (U.WORKING_HOUR, 1)),
    **dict.fromkeys(("工作日", "工作天"), (U.WORKING_DAY, 1)),
    **dict.fromkeys(("自然日", "自然天", "日历日", "日历天", "天", "日"), (U.NATURAL_DAY, 1)),
    **dict.fromkeys(("周", "星期"), (U.NATURAL_DAY, 7)),
}
_BARE_HOURS: Final = frozenset({"小时", "时", "钟头", "h"})
# Half of one of these would end in the middle of the night, and 半天 does not mean that.
_WHOLE: Final = frozenset({"天", "日", "周", "星期"})
_AROUND: Final = re.compile(
    r"^(?:(?:派遣|派单|交办|接单)后)?(?:限时?|不超过|≤)?(?P<core>.*?)(?:之内|以内|内)?"
    r"(?:完成|办结|结案|处置完毕|处置|整改到位|整改完毕|整改)?$"
)
_LIMIT: Final = re.compile(
    r"(?P<amount>\d{1,9}(?:\.\d{1,9})?|[〇零一二两三四五六七八九十百千]{1,9}|半)个?(?P<half>半)?(?P<unit>[^\d.]*)"
)
_HALF: Final = Decimal("0.5")
_HUNDREDTH: Final = Decimal("0.01")


def read_limit(text: str, unit: str = "") -> TimeLimit | LimitFault:
    """The limit that a cell states. ``unit``: the unit that a column of its own, or the head, states."""
    said = _AROUND.sub(r"\g<core>", normalise(text))
    beside = normalise(unit).removeprefix("个")
    found = _read(said)
    if not beside:
        return found
    if found is LimitFault.NO_UNIT:
        return _read(said + beside)
    # A cell that names its unit itself may only repeat the column's unit.
    same = isinstance(found, TimeLimit) and beside in _UNITS and _UNITS[beside][0] is found.unit
    return found if same or isinstance(found, LimitFault) else LimitFault.UNREADABLE


def _read(text: str) -> TimeLimit | LimitFault:
    match = _LIMIT.fullmatch(text)
    amount = _amount(match["amount"], half=bool(match["half"])) if match else None
    if match is None or amount is None:
        return LimitFault.UNREADABLE
    word = match["unit"]
    if not word:
        return LimitFault.NO_UNIT
    if word.lower() in _BARE_HOURS:
        return LimitFault.BARE_HOURS
    if word not in _UNITS or (word in _WHOLE and amount != int(amount)):
        return LimitFault.UNREADABLE
    unit, times = _UNITS[word]
    return _judged(amount * times, unit)


def _amount(text: str, *, half: bool) -> Decimal | None:
    """The number; None if it is not certain, such as 三五, or has more than two decimals."""
    if text == "半":
        return None if half else _HALF
    parsed = (Decimal(text), False) if text[0].isdigit() and text.isascii() else parse_chinese(text)
    if parsed is None or parsed[1] or (half and parsed[0] != int(parsed[0])):
        return None
    amount = parsed[0] + (_HALF if half else 0)
    return amount if amount == amount.quantize(_HUNDREDTH) else None


def _judged(amount: Decimal, unit: TimeUnit) -> TimeLimit | LimitFault:
    if not amount:
        return LimitFault.ZERO
    return LimitFault.TOO_LONG if amount > LONGEST[unit] else TimeLimit(amount, unit)
