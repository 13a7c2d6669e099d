"""Tells years, telephone numbers and dates from numbers without a unit."""

from __future__ import annotations

import re
from typing import Final

_HOTLINES: Final = frozenset({110, 114, 119, 120, 122})
_TELEPHONE: Final = re.compile(r"(?:0\d{2,3}|400|800)\s?[-~—–]{1,2}\s?\d{3,8}")
_DATE: Final = re.compile(r"\d{1,2}\.\d{1,2}")
_CALLS: Final = re.compile("打|拨|电|热线|平台|报警|公安|急救|消防")
# A short name directly before a number, as in a list: 小广告30,垃圾2吨.
THING: Final = re.compile(r"(?:^|[,。;、:!?(\s\d])(?:[\u4e00-\u9fff]{2,8}|[人车])\s?[::]?\s?$")


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
