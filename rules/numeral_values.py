"""What a numeral is worth, digit by digit: 两千三百五十, 三万五, 3万5千, 21万7240, 1亿2千万.

A numeral is a row of digits and magnitudes. A digit is one Chinese digit or a whole Arabic number, so one
grammar serves 三万五千, 3万5千 and 3万五千. Each section of smaller magnitudes is closed by 万 or 亿.

A number behind the last magnitude is read so: one digit is the next lower magnitude, as people speak (3万5 is
35000, 一百二 is 120), unless 零 stands before it (三万零五). As many digits as the magnitude has places are
the rest (21万7240). Anything between (3万50) may be meant in two ways and is ``doubtful``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

CHINESE_DIGITS: Final = {
    **dict(zip("〇零一二三四五六七八九", (0, *range(10)), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "两": 2,
    "幺": 1,
}
_SMALL: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE: Final = {"万": 10**4, "亿": 10**8}
MULTIPLIERS: Final = _SMALL | _LARGE
_SECTION: Final = 10**4


@dataclass(frozen=True, slots=True)
class Worth:
    """The value of a row of digits and magnitudes. ``doubtful``: it may be meant in two ways."""

    value: Decimal
    doubtful: bool = False


def worth(tokens: Sequence[str]) -> Worth | None:
    """The worth of digits (三, 7240, 11.6) and magnitudes in their order; None if they are out of order."""
    row = _Row()
    for token in tokens:
        if token in _SMALL:
            fits = row.close_small(_SMALL[token])
        elif token in _LARGE:
            fits = row.close_large(_LARGE[token])
        else:
            fits = row.add_digits(token)
        if not fits:
            return None
    return row.worth()


@dataclass(slots=True)
class _Row:
    """What was read so far: closed sections, the open section, and the digits that wait for a magnitude."""

    _total: Decimal = field(default=Decimal(0))
    _section: Decimal = field(default=Decimal(0))
    _closed: int = 0
    _last: int = 0
    _digits: str = ""
    _after_zero: bool = False
    _broken: bool = False

    def add_digits(self, digits: str) -> bool:
        """Take a number; no number follows a fraction, and only 零 stands before another one."""
        if self._broken or self._waiting:
            return False
        self._after_zero = _is_zero(self._digits) or _is_zero(digits)
        self._digits, self._broken = digits, "." in digits
        return True

    def close_small(self, magnitude: int) -> bool:
        """Take 十, 百 or 千; magnitudes fall within a section."""
        amount = (self._waiting or Decimal(1)) * magnitude
        if self._section and (not self._digits or amount >= self._last):
            return False
        if self._closed and amount >= self._closed:
            return False
        self._section += amount
        self._digits, self._last = "", magnitude
        return True

    def close_large(self, magnitude: int) -> bool:
        """Take 万 or 亿, which closes the section. 两万亿 is 两万 times 亿."""
        section = self._section + self._waiting
        opened = bool(self._digits or self._section)
        if magnitude == _SECTION:
            if self._closed == _SECTION or (self._closed and section >= _SECTION):
                return False
            self._total += (section if opened else Decimal(1)) * magnitude
        elif self._total >= magnitude:
            return False
        else:
            self._total = (self._total + section if opened or self._total else Decimal(1)) * magnitude
        self._section, self._digits, self._last, self._closed = Decimal(0), "", magnitude, magnitude
        return True

    def worth(self) -> Worth | None:
        """The sum, with the number behind the last magnitude."""
        rest, sum_before = self._waiting, self._total + self._section
        if not rest or not self._last:
            return Worth(sum_before + rest)
        if rest >= self._last or self._broken:
            return None
        places = len(str(self._last)) - 1
        written = len(self._digits)
        if written == 1 and not self._after_zero:
            return Worth(sum_before + rest * (self._last // 10))
        sure = written == places or (self._after_zero and not self._digits.startswith("0"))
        return Worth(sum_before + rest, doubtful=not sure)

    @property
    def _waiting(self) -> Decimal:
        return _number(self._digits) if self._digits else Decimal(0)


def _is_zero(digits: str) -> bool:
    return digits in {"零", "〇", "0"}


def _number(digits: str) -> Decimal:
    """The number of one Chinese digit or of Arabic ones."""
    return Decimal(CHINESE_DIGITS.get(digits, digits))
