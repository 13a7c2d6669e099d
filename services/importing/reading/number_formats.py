"""Number formats that show dates: serial numbers become dates, or 2026年12月 if no day is shown."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from services.importing.reading.cells import CellValue


class NumberMeaning(Enum):
    """What a format shows of a number."""

    NUMBER = "number"
    DAY = "day"
    MONTH = "month"
    CLOCK = "clock"


# Formats that Excel and WPS number in Chinese (and Japanese, Korean) without writing them into the file.
_CJK_MONTHS: Final = frozenset({27, 36, 50, 52, 57})
_CJK_DAYS: Final = frozenset({28, 29, 30, 31, 51, 53, 54, 58})
_CJK_CLOCKS: Final = frozenset({32, 33, 34, 35, 55, 56})
_LONGEST: Final = 1_000  # characters of a format, four times Excel's limit; a forged one would take minutes
_LITERALS: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


def what_shows(format_id: int, custom: dict[int, str]) -> NumberMeaning:
    """What format ``format_id`` shows; ``custom`` are the formats that the workbook defines."""
    code = custom.get(format_id)
    if code is None:
        if format_id in _CJK_DAYS:
            return NumberMeaning.DAY
        if format_id in _CJK_MONTHS:
            return NumberMeaning.MONTH
        if format_id in _CJK_CLOCKS:
            return NumberMeaning.CLOCK
        code = str(BUILTIN_FORMATS.get(format_id, "General"))
    if len(code) > _LONGEST or not is_date_format(code):
        return NumberMeaning.NUMBER
    parts = _LITERALS.sub("", code.split(";")[0]).lower()
    if "d" in parts:
        return NumberMeaning.DAY
    if "y" in parts or ("m" in parts and not set("hs") & set(parts)):
        return NumberMeaning.MONTH
    return NumberMeaning.CLOCK


def shown_value(number: float, shows: NumberMeaning, *, from_1904: bool) -> CellValue:
    """The cell's value as its author sees it.

    If somebody types 2026年12月, Excel stores 1 December and shows 2026年12月: the text is what they meant.
    """
    plain = int(number) if number.is_integer() else number
    if shows is NumberMeaning.NUMBER:
        return plain
    try:
        moment = from_excel(number, MAC_EPOCH if from_1904 else WINDOWS_EPOCH)
    except (ValueError, OverflowError):
        return plain
    if shows is NumberMeaning.CLOCK or not isinstance(moment, date):
        return str(moment)
    if shows is NumberMeaning.MONTH:
        return f"{moment.year}年{moment.month}月"
    return moment.date() if isinstance(moment, datetime) else moment
