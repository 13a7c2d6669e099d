"""One form for all ways of writing: half-width, simplified, no markup; every character keeps its origin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from rules.progress.quantities.blanks import without_blanks
from rules.progress.quantities.list_marks import counting_marks

if TYPE_CHECKING:
    from collections.abc import Callable

# These characters of GB 2312 are traditional all the same. All other traditional ones are outside of it.
_TRADITIONAL_IN_GB2312: Final = "後於"
_IDEOGRAPHS: Final = ("\u3400", "\u9fff")
_TAG: Final = re.compile(r"<[/!]?[A-Za-z][^<>]{0,200}>|&(?:nbsp|ensp|emsp);")
_MENTION: Final = re.compile(
    r"(?<![A-Za-z0-9])@(?![\d\s])[^\s@,，。:：;；!！?？]{1,20}(?=[\s,，。:：;；!！?？])"
)
# A number on a line of its own, as in text copied from web pages and PDF files, belongs to its neighbours.
_LONE_NUMBER: Final = re.compile(r"(?:^|\n)([\d.,]{1,12})\n")
# 3.5w份, 1w多, 5k份: as people type 万 and 千. 20W灯 and 5wifi are other things.
_WAN: Final = re.compile(r"(?<=\d)[wW](?![A-Za-z0-9的灯瓦])")
_THOUSAND: Final = re.compile(r"(?<=\d)[kK](?=\s?[多余份张个处人条块件户本册])")
# 1o8户 is typed for 108, 一百单八 is said for it.
_SLIP: Final = re.compile(
    r"(?<=\d)(?<![A-Za-z]\d)[oO](?=[\d\u4e00-\u9fff])|(?<=[百千万])单(?=[一二三四五六七八九])"
)
# 1点5吨, 三点五公里; 下午3点5车 is a time.
_POINT: Final = re.compile(
    r"(?<![\d点:午上晚早晨一二三四五六七八九十])(?:\d{1,3}|[一二三四五六七八九])点(?:\d{1,2}|[一二三四五六七八九])"
    "(?=[多余]?(?:吨|公里|千米|米|亩|立?方|平|公斤|斤|万|公顷))"
)
# 己整改51条 is typed for 已整改. 自己整改 is not.
_ALREADY: Final = re.compile("(?<![自知异利])己(?=整改|完成|清理|处理|办结|拆除|上报|处置)")
# 四三轮车 are four tricycles, not forty-three carts. 两三轮车 may be two or three carts.
_TRICYCLE: Final = re.compile("(?<=[一四五六七八九十])三轮车")
_DIGITS: Final = str.maketrans("一二三四五六七八九点", "123456789.")
# Half of a character, which the converter refuses.
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TENS: Final = {"廿": "二十", "卅": "三十"}
_SQUARE: Final = str.maketrans({"²": "2", "³": "3"})
# NFKC would widen these to several characters that read as digits (① → 1).
_KEPT: Final = re.compile(r"[\u2460-\u24ff\u2776-\u2793\u3220-\u32ff]")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """The text to read, and for each of its characters the index it comes from in the original.

    ``marks``: the places, in the original, of circled and Roman numerals that are read as numbers.
    """

    text: str
    origins: list[int]
    marks: Collection[int] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Span in the original text of ``text[start:end]``, which must not be empty."""
        return self.origins[start], self.origins[end - 1] + 1


def normalise(original: str) -> NormalisedText:
    """The text in half-width (NFKC), simplified, with tags and control characters as spaces. Linear time."""
    simplified = _simplified(_without_markup(original))
    marks = counting_marks(simplified)
    chars = [marks.get(index) or _plain(char) for index, char in enumerate(simplified)]
    origins = [index for index, plain in enumerate(chars) for _ in plain]
    text = _without_mentions(without_blanks("".join(chars)))
    text = _THOUSAND.sub("千", _WAN.sub("万", text))
    text = _SLIP.sub(lambda match: "零" if match[0] == "单" else "0", text)
    text = _TRICYCLE.sub("农用车", _ALREADY.sub("已", text))
    text = _POINT.sub(lambda match: match[0].translate(_DIGITS), text)
    text = _LONE_NUMBER.sub(lambda match: match[0].replace("\n", " "), text)
    return NormalisedText(text, origins, marks)


def _without_mentions(text: str) -> str:
    """The text with each @name that it is addressed to as signs of the same length."""
    return _MENTION.sub(lambda match: "。" * len(match[0]), text) if "@" in text else text


def _without_markup(text: str) -> str:
    return _TAG.sub(lambda match: " " * len(match[0]), text) if "<" in text or "&" in text else text


@cache
def _plain(char: str) -> str:
    if char == "\n" or (char.isascii() and char.isprintable()):
        return char
    if char in "【】" or _KEPT.fullmatch(char):
        return "。"
    if char in _TENS:
        return _TENS[char]
    category = unicodedata.category(char)
    if char == "\r" or category == "Zl":
        return "\n"
    if category == "Cf" or category == "Mn":
        # Zero-width characters and emoji selectors carry nothing.
        return ""
    if category[0] in "CZ":
        return " "
    if category == "So" and not char.isalnum() and char not in "㎡㎥㎞㎏℃℉":
        return "。"
    return unicodedata.normalize("NFKC", char.translate(_SQUARE))


def _simplified(text: str) -> str:
    """The text in simplified characters, converted one by one if phrases would change its length."""
    if not _is_traditional(text):
        return text
    text = _LONE_SURROGATE.sub(" ", text)
    convert = _converter()
    whole = convert(text)
    if len(whole) == len(text):
        return whole
    return "".join(simple if len(simple := convert(char)) == 1 else char for char in text)


def _is_traditional(text: str) -> bool:
    if any(char in text for char in _TRADITIONAL_IN_GB2312):
        return True
    first, last = _IDEOGRAPHS
    return _outside_gb2312(text) and any(
        first <= char <= last and _outside_gb2312(char) for char in set(text)
    )


def _outside_gb2312(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


@cache
def _converter() -> Callable[[str], str]:
    # Imported late: most texts are simplified and start-up is short.
    from opencc import OpenCC

    converter = OpenCC("t2s")
    return lambda text: str(converter.convert(text))
