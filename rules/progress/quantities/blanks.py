"""A report with its numbers left blank: how it is written to be filled in, and what people leave of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

BLANK: Final = "__"

_NUMERAL: Final = "0-9〇零一二两三四五六七八九十百千万亿半"
# What is left of a blank that was filled in (牌匾__12__处). An underscore in a name (IMG_2026) stays.
_FILLED: Final = re.compile(r"(?<![A-Za-z0-9_])_+(?![A-Za-z])|(?<![A-Za-z_])_+(?![A-Za-z0-9])")
# A blank that was left, with its unit: what stands before it is no part of the next item.
_LEFT: Final = re.compile(rf"(?<![{_NUMERAL}_])_+[^\W_{_NUMERAL}]{{1,6}}(?=[、,;。.!\n]|\s*\Z)")


def blank_report(items: Sequence[tuple[str, str]]) -> str:
    """今天清理违规广告牌匾__处、清运垃圾__吨, of pairs of an item and its unit of measure."""
    return "今天" + "、".join(f"{item}{BLANK}{unit}" for item, unit in items)


def without_blanks(text: str) -> str:
    """The half-width ``text`` as if it had been written without blanks, of the same length."""
    if "_" not in text:
        return text
    text = _LEFT.sub(lambda match: "。" * len(match[0]), text)
    return _FILLED.sub(lambda match: " " * len(match[0]), text)
