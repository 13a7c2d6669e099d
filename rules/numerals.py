"""Numerals in a Chinese sentence: 576, 11.6万, 1,200, 3万5千, 两千三百五十, 300余万, 十来, 上百, 3-5.

The scanner works on text that is already half-width and simplified (see ``progress.quantities.normalise``).
It only says where a numeral stands and what it is worth. It does not decide whether the numeral counts
something.

Decisions:
百/千/万 without a digit is marked ``bare``. It counts only when it is approximate (百余, 近千, 上万):
百姓 and 千家 count nothing. 几十, 数百, 若干 have no value and are skipped whole. 十几 and 二十来 are worth
10 and 20, and 十几 is asked about. Two neighbouring digits (两三, 七八十) and ranges (3-5, 3至5) are
approximate and worth their lower end, so that no total is ever overstated; the person is asked all the same.
Digits and magnitudes that stand together are one numeral (3万5千, 21万7,240, 1百二). If they may be meant
in two ways, the numeral is ``doubtful``: 3万50, 21万 7240, and 1.200, where the dot may stand for a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from rules.numeral_values import CHINESE_DIGITS, MULTIPLIERS, Worth, worth

_MAX_DIGITS: Final = 15
_CHINESE: Final = "".join(CHINESE_DIGITS) + "".join(MULTIPLIERS)

# 千米, 千克, 千瓦 are units.
_MAGNITUDE: Final = r"(?:[十百万亿]|千(?![米克瓦卡伏]))+"
_MORE: Final = r"(?:余(?![额杭姚])|多(?!功能|媒体|样|元化)|几|来(?![自到访信电源临])|\+(?!\s?[\dA-Za-z]))"
_ARABIC: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!,?\d)|\d+(?:\.\d+)?"
_NUMERAL: Final = re.compile(
    rf"(?P<arabic>{_ARABIC})"
    rf"(?P<a_mid>\s{{0,2}}{_MORE}(?=\s?[万亿]))?(?P<a_mag>\s?{_MAGNITUDE})?"
    rf"|(?P<vague>[数几])?(?P<chinese>[{_CHINESE}]+)"
    r"|(?P<pair>[俩仨])|(?P<half>半)"
)
# Behind 3万 or 三万 the numeral goes on with digits, perhaps behind one space: 3万5千, 21万 7,240, 三万5千.
# A space may stand before the last magnitude, too: 3万5 千.
_SHORTEST_ROW: Final = 3
_GOES_ON: Final = re.compile(rf"[^\S\n]?\d|[{''.join(CHINESE_DIGITS)}]")
_MIXED: Final = re.compile(
    r"(?:(?:(?<=[百千万亿])[^\S\n](?=\d)|(?<=\d)[^\S\n](?=[百千万]))?"
    rf"(?:{_ARABIC}|[{_CHINESE}])){{1,{2 * _MAX_DIGITS}}}"
)
_TOKEN: Final = re.compile(rf"[\d.,]+|[{_CHINESE}]")
# 3万5千米 is 35000米 or 3.5万千米.
_UNIT_OF_THOUSANDS: Final = re.compile("千[米克瓦卡伏]")
# A comma that became a dot: 1.200处. 0.350 is a fraction.
_DOTTED: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_SECOND_MAGNITUDE: Final = re.compile(rf"(?P<mid>\s?{_MORE})\s?(?P<mag>[万亿]+)")
_AFTER: Final = re.compile(rf"\s{{0,2}}{_MORE}")
# 附近, 预约, 赶超 end in a mark of approximation and are none.
_BEFORE: Final = re.compile(
    r"(?:大约|约[莫摸]|(?<![预节履签公相违邀条制])约|将近|接近|(?<![最附就邻靠远临亲])近|(?<![不得能可要])超过|(?<![赶高商])超出?|逾|突破"
    r"|不少于|不低于|不下|不足|不到|至少|差不多|大概|(?<!以)(?P<up>上))\s?$"
)
_BEFORE_LENGTH: Final = 5
# 百八十处 is about a hundred, or 180. So is 百十处.
_ABOUT: Final = re.compile("[百千万][二三五八]?[十百千]")
_RANGE: Final = re.compile(r"\s?(?:[-~—–]{1,2}|至|到)\s?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral at ``text[start:end]``. The marks of approximation around it are inside the span.

    ``head`` is where the numeral itself begins. ``arabic``: it is written in digits. ``bare``: it is 百/千/万
    without a digit. ``half``: it is 半. ``implied_unit`` is 个 for 俩 and 仨, else empty. ``scale`` is the
    magnitude written behind the digits (10000 in 11.6万). ``doubtful``: it may be meant in two ways.
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
    doubtful: bool = False


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
    return replace(low, end=high.end, value=min(low.value * scale, high.value), approx=True, doubtful=True)


def parse_chinese(text: str) -> tuple[Decimal, bool] | None:
    """Value of 两千三百五十, 三万五, 二〇二六, and whether it is approximate (两三百); None: no numeral."""
    if not text or len(text) > 2 * _MAX_DIGITS or any(char not in _CHINESE for char in text):
        return None
    text, approx = _lower_of_neighbours(text)
    if not any(char in MULTIPLIERS for char in text):
        return Decimal(_positional(text)), approx
    found = worth(text)
    return None if found is None else (found.value, approx)


def _lower_of_neighbours(text: str) -> tuple[str, bool]:
    """七八十 → 七十: the first pair of rising digits loses its second. 二〇二六 spells digits and stays."""
    if len(text) > 2 and not any(char in MULTIPLIERS for char in text):
        return text, False
    for index, (first, second) in enumerate(pairwise(text)):
        if (
            first in CHINESE_DIGITS
            and second in CHINESE_DIGITS
            and 0 < CHINESE_DIGITS[first] < CHINESE_DIGITS[second]
        ):
            return text[: index + 1] + text[index + 2 :], True
    return text, False


def _positional(text: str) -> int:
    value = 0
    for char in text:
        value = value * 10 + CHINESE_DIGITS[char]
    return value


def _single_numerals(text: str) -> Iterator[Numeral]:
    match = _NUMERAL.search(text)
    while match:
        end = match.end()
        numeral = _mixed(text, match) or (_arabic(text, match) if match["arabic"] else _chinese(match))
        if numeral is not None:
            numeral = _with_marks(text, numeral)
            end = numeral.end
            yield numeral
        match = _NUMERAL.search(text, end)


def _mixed(text: str, match: re.Match[str]) -> Numeral | None:
    """The numeral that joins Arabic and Chinese digits by magnitudes; None if this is another one."""
    start = match.start()
    tokens, end = _row(text, match)
    if len(tokens) < _SHORTEST_ROW:
        return None
    spoken = match["arabic"] and tokens[-1] in CHINESE_DIGITS and MULTIPLIERS.get(tokens[-2], 0) > 10
    if spoken and tokens[-1] == "一":
        # 5万一次性…: behind Arabic digits 一 begins the next word.
        tokens, end, spoken = tokens[:-1], end - 1, False
    found = worth(tokens) or _first_of(tokens)
    if found is None:
        return None
    odd = spoken or " " in text[start:end] or (tokens[-1] == "千" and _UNIT_OF_THOUSANDS.match(text, end - 1))
    second = _SECOND_MAGNITUDE.match(text, end)
    if second:  # 3千5百余万
        found, end = Worth(found.value * _magnitude(second["mag"]), found.doubtful), second.end()
    return Numeral(
        start,
        start,
        end,
        found.value,
        approx=second is not None,
        arabic=True,
        scale=max(MULTIPLIERS.get(token, 1) for token in tokens),
        doubtful=found.doubtful or bool(odd),
    )


def _row(text: str, match: re.Match[str]) -> tuple[list[str], int]:
    """The digits and magnitudes from the begin of ``match`` on, and their end; none if they are not mixed."""
    end = match.end()
    if match["vague"] or text[end - 1] not in MULTIPLIERS or not _GOES_ON.match(text, end):
        return [], end
    if match["chinese"] and not text[end : end + 2].lstrip()[0].isdecimal():
        return [], end
    run = _MIXED.match(text, match.start())
    if run is None or run.end() == end:
        return [], end
    tokens = _TOKEN.findall(run[0].replace(",", ""))
    return ([] if any(len(token) > _MAX_DIGITS for token in tokens) else tokens), run.end()


def _first_of(tokens: Sequence[str]) -> Worth | None:
    """What the longest sound beginning of an unsound row is worth; it is doubtful."""
    for length in range(len(tokens) - 1, 0, -1):
        if found := worth(tokens[:length]):
            return Worth(found.value, doubtful=True)
    return None


def _arabic(text: str, match: re.Match[str]) -> Numeral | None:
    digits = match["arabic"].replace(",", "")
    if len(digits) > _MAX_DIGITS:
        return None
    scale, approx, end = _magnitude(match["a_mag"] or ""), match["a_mid"] is not None, match.end()
    second = _SECOND_MAGNITUDE.match(text, end) if match["a_mag"] else None
    if second:  # 3千多万
        scale, approx, end = scale * _magnitude(second["mag"]), True, second.end()
    value, dotted = Decimal(digits), scale == 1 and _DOTTED.fullmatch(digits) is not None
    if dotted:
        value *= 1000
    return Numeral(
        match.start(),
        match.start(),
        end,
        value * scale,
        approx,
        arabic=True,
        scale=scale,
        doubtful=dotted,
    )


def _magnitude(chars: str) -> int:
    product = 1
    for char in chars.strip():
        product *= MULTIPLIERS[char]
    return min(product, 10**_MAX_DIGITS)


def _chinese(match: re.Match[str]) -> Numeral | None:
    start, end = match.span()
    if match["pair"]:
        value = Decimal(2 if match["pair"] == "俩" else 3)
        return Numeral(start, start, end, value, approx=False, implied_unit="个")
    if match["half"]:
        return Numeral(start, start, end, Decimal("0.5"), approx=False, half=True)
    run, start = match["chinese"], match.start("chinese")
    if _ABOUT.fullmatch(run):
        value = Decimal(MULTIPLIERS[run[0]])
        return Numeral(start, start, end, value, approx=True, bare=True, doubtful=True)
    parsed = parse_chinese(run)
    # 总数三百 is a number, 数百 is none.
    if parsed is None or (match["vague"] and run[0] in MULTIPLIERS):
        return None
    value, neighbours = parsed
    return Numeral(
        start, start, end, value, approx=neighbours, bare=run[0] in "百千万亿佰仟", doubtful=neighbours
    )


def _with_marks(text: str, numeral: Numeral) -> Numeral:
    """Widen a numeral by 约 … 余 and, for 三百余万, by the magnitude behind them."""
    start, end, value, approx = numeral.start, numeral.end, numeral.value, numeral.approx
    before = _BEFORE.search(text[max(0, numeral.head - _BEFORE_LENGTH) : numeral.head])
    if before and (numeral.bare or not before["up"]):
        start, approx = numeral.head - len(before[0]), True
    second = None if numeral.arabic else _SECOND_MAGNITUDE.match(text, end)
    after = second or _AFTER.match(text, end)
    doubtful = numeral.doubtful
    if after and not numeral.half and not numeral.implied_unit:
        end, approx = after.end(), True
        # 十几处 is anything from 11 to 19.
        doubtful = doubtful or "几" in after[0]
        value = value * _magnitude(second["mag"]) if second else value
    if approx == numeral.approx and end == numeral.end and start == numeral.start:
        return numeral
    return replace(numeral, start=start, end=end, value=value, approx=approx, doubtful=doubtful)
