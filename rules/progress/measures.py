"""Which units of measure add up: a closed table of equal ones, and exact conversions. All others never do.

So 人 and 人次, 户 and 户次, 辆 and 车次, 处 and 个 stay apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

_SAME: Final[Mapping[str, str]] = {"场次": "场", "条次": "条", "㎡": "平方米"}
# How many of the smaller unit make one of the larger.
_MAKE_ONE: Final[Mapping[tuple[str, str], Decimal]] = {
    ("公斤", "吨"): Decimal(1000),
    ("米", "公里"): Decimal(1000),
    ("元", "万元"): Decimal(10_000),
}
# As exact as the database keeps figures.
_DECIMALS: Final = 4


def are_same(unit: str, other: str) -> bool:
    """Whether two units are two names of one."""
    return _SAME.get(unit, unit) == _SAME.get(other, other)


def as_measured(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """``value`` in ``unit`` as a number of ``wanted``; None if they are unlike, or it would not be exact."""
    if are_same(unit, wanted):
        return value
    if (unit, wanted) in _MAKE_ONE:
        converted = value / _MAKE_ONE[unit, wanted]
    elif (wanted, unit) in _MAKE_ONE:
        converted = value * _MAKE_ONE[wanted, unit]
    else:
        return None
    exponent = converted.normalize().as_tuple().exponent
    return converted if isinstance(exponent, int) and exponent >= -_DECIMALS else None
