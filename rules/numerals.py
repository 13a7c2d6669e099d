"""Numerals in a Chinese sentence: 576, 11.6万, 1,200, 两千三百五十, 300余万, 十来, 上百, 3-5.

The scanner works on text that is already half-width and simplified (see ``progress.quantities.normalise``).
It only says where a numeral stands and what it is worth. It does not decide whether the numeral counts
something.

Decisions:
百/千/万 without a digit is marked ``bare``. It counts only when it is approximate (百余, 近千, 上万):
百姓 and 千家 count nothing. 几十, 数百, 若干 have no value and are skipped whole. 十几 and 二十来 are worth
10 and 20. Two neighbouring digits (两三, 七八十) and ranges (3-5, 3至5) are approximate and worth their
lower end, so that no total is ever overstated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

_DIGITS: Final = {
    **dict(zip("〇零一二三四五六七八九", (0, *range(10)), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "两": 2,
}
_SMALL: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE: Final = {"万": 10**4, "亿": 10**8}
_MULTIPLIERS: Final = _SMALL | _LARGE
_CHINESE: Final = "".join(_DIGITS) + "".join(_MULTIPLIERS)

# 千米, 千克, 千瓦 are units.
_MAGNITUDE: Final = r"(?:[十百万亿]|千(?![米克瓦卡伏]))+"
_MORE: Final = r"(?:余(?![额杭姚])|多(?!功能|媒体|样|元化)|几|来(?![自到访信电源临])|\+(?!\s?[\dA-Za-z]))"
_NUMERAL: Final = re.compile(
    r"(?P<arabic>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!,?\d)|\d+(?:\.\d+)?)"
    rf"(?P<a_mid>\s{{0,2}}{_MORE}(?=\s?[万亿]))?(?P<a_mag>\s?{_MAGNITUDE})?"
    rf"|(?P<vague>[数几])?(?P<chinese>[{_CHINESE}]+)"
    r"|(?P<pair>[俩仨])|(?P<half>半)"
)
_SECOND_MAGNITUDE: Final = re.compile(rf"(?P<mid>\s?{_MORE})\s?(?P<mag>[万亿]+)")
_AFTER: Final = re.compile(rf"\s{{0,2}}{_MORE}")
# 附近, 预约, 赶超 end in a mark of approximation and are none.
_BEFORE: Final = re.compile(
    r"(?:大约|约莫|(?<![预节履签公相违邀条制])约|将近|接近|(?<![最附就邻靠远临亲])近|超过|(?<![赶高])超出?|逾|突破"
    r"|不少于|不低于|不下|不足|不到|至少|差不多|大概|(?<!以)(?P<up>上))\s?$"
)
_BEFORE_LENGTH: Final = 5
_RANGE: Final = re.compile(r"\s?(?:[-~—–]{1,2}|至|到)\s?")
_MAX_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral at ``text[start:end]``. The marks of approximation around it are inside the span.

    ``head`` is where the numeral itself begins. ``arabic``: it is written in digits. ``bare``: it is 百/千/万
    without a digit. ``half``: it is 半. ``implied_unit`` is 个 for 俩 and 仨, else empty. ``scale`` is the
    magnitude written behind the digits (10000 in 11.6万).
    """

    start: int
    head: int
    end: int
    value: Decimal
    approx: bool
    arabic: bool = False
    bare: bool = False
    half: bool = False
    implied_unit: str = ""
    scale: int = 1


def scan_numerals(text: str) -> Iterator[Numeral]:
    """Yield the numerals of a normalised text from left to right, a range as one. Linear time."""
    pending: Numeral | None = None
    for numeral in _single_numerals(text):
        if pending is not None and _RANGE.fullmatch(text, pending.end, numeral.head):
            pending = _lower_end(pending, numeral)
            continue
        if pending is not None:
            yield pending
        pending = numeral
    if pending is not None:
        yield pending


def _lower_end(low: Numeral, high: Numeral) -> Numeral:
    """The lower end of a range. In 3至5万 it borrows the magnitude that only the upper end carries: 30000."""
    scale = high.scale if low.scale == 1 and low.value < high.value / high.scale else 1
    return replace(low, end=high.end, value=min(low.value * scale, high.value), approx=True)


def parse_chinese(text: str) -> tuple[Decimal, bool] | None:
    """Value of 两千三百五十, 三万五, 二〇二六, and whether it is approximate (两三百); None: no numeral."""
    if not text or len(text) > 2 * _MAX_DIGITS or any(char not in _CHINESE for char in text):
        return None
    text, approx = _lower_of_neighbours(text)
    value = _structured(text) if any(char in _MULTIPLIERS for char in text) else _positional(text)
    return None if value is None else (Decimal(value), approx)


def _lower_of_neighbours(text: str) -> tuple[str, bool]:
    """七八十 → 七十: the first pair of rising digits loses its second. 二〇二六 spells digits and stays."""
    if len(text) > 2 and not any(char in _MULTIPLIERS for char in text):
        return text, False
    for index, (first, second) in enumerate(pairwise(text)):
        if first in _DIGITS and second in _DIGITS and 0 < _DIGITS[first] < _DIGITS[second]:
            return text[: index + 1] + text[index + 2 :], True
    return text, False


def _positional(text: str) -> int:
    value = 0
    for char in text:
        value = value * 10 + _DIGITS[char]
    return value


def _structured(text: str) -> int | None:
    """The value of sections of four places, each closed by 万 or 亿; None if the digits are out of order."""
    total = section = last = 0
    digit: int | None = None
    after_zero = False
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit, after_zero = _DIGITS[char], digit == 0 or _DIGITS[char] == 0
        elif char in _SMALL:
            if section and (digit is None or _SMALL[char] >= last):
                return None
            section += (1 if digit is None else digit) * _SMALL[char]
            digit, last = None, _SMALL[char]
        else:
            section += digit or 0
            total = (
                ((total + section) or 1) * _LARGE[char] if char == "亿" else total + (section or 1) * 10**4
            )
            section, digit, last = 0, None, _LARGE[char]
    # 三万五 is 35000 and 一百二 is 120, but 三万零五 is 30005.
    scale = last // 10 if last > 10 and not after_zero else 1
    return total + section + (digit or 0) * scale


def _single_numerals(text: str) -> Iterator[Numeral]:
    match = _NUMERAL.search(text)
    while match:
        end = match.end()
        numeral = _arabic(text, match) if match["arabic"] else _chinese(match)
        if numeral is not None:
            numeral = _with_marks(text, numeral)
            end = numeral.end
            yield numeral
        match = _NUMERAL.search(text, end)


def _arabic(text: str, match: re.Match[str]) -> Numeral | None:
    digits = match["arabic"].replace(",", "")
    if len(digits) > _MAX_DIGITS:
        return None
    scale, approx, end = _magnitude(match["a_mag"] or ""), match["a_mid"] is not None, match.end()
    second = _SECOND_MAGNITUDE.match(text, end) if match["a_mag"] else None
    if second:  # 3千多万
        scale, approx, end = scale * _magnitude(second["mag"]), True, second.end()
    return Numeral(
        match.start(), match.start(), end, Decimal(digits) * scale, approx, arabic=True, scale=scale
    )


def _magnitude(chars: str) -> int:
    product = 1
    for char in chars.strip():
        product *= _MULTIPLIERS[char]
    return min(product, 10**_MAX_DIGITS)


def _chinese(match: re.Match[str]) -> Numeral | None:
    start, end = match.span()
    if match["pair"]:
        value = Decimal(2 if match["pair"] == "俩" else 3)
        return Numeral(start, start, end, value, approx=False, implied_unit="个")
    if match["half"]:
        return Numeral(start, start, end, Decimal("0.5"), approx=False, half=True)
    run = match["chinese"]
    parsed = parse_chinese(run)
    # 总数三百 is a number, 数百 is none.
    if parsed is None or (match["vague"] and run[0] in _MULTIPLIERS):
        return None
    start = match.start("chinese")
    return Numeral(start, start, end, parsed[0], approx=parsed[1], bare=run[0] in "百千万亿佰仟")


def _with_marks(text: str, numeral: Numeral) -> Numeral:
    """Widen a numeral by 约 … 余 and, for 三百余万, by the magnitude behind them."""
    start, end, value, approx = numeral.start, numeral.end, numeral.value, numeral.approx
    before = _BEFORE.search(text[max(0, numeral.head - _BEFORE_LENGTH) : numeral.head])
    if before and (numeral.bare or not before["up"]):
        start, approx = numeral.head - len(before[0]), True
    second = None if numeral.arabic else _SECOND_MAGNITUDE.match(text, end)
    after = second or _AFTER.match(text, end)
    if after and not numeral.half and not numeral.implied_unit:
        end, approx = after.end(), True
        value = value * _magnitude(second["mag"]) if second else value
    if approx == numeral.approx and end == numeral.end and start == numeral.start:
        return numeral
    return replace(numeral, start=start, end=end, value=value, approx=approx)
