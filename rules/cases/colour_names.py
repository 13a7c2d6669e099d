"""The names of the three colours: a city's own words, and the sign that goes with each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from rules.cases.case_facts import Colour

LONGEST: Final = 6


class Shade(StrEnum):
    """A colour for which there is a sign, and a word in every language."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


_SHADES: Final[Mapping[str, Shade]] = {
    "蓝": Shade.BLUE,
    "黄": Shade.YELLOW,
    "橙": Shade.ORANGE,
    "红": Shade.RED,
}
_RISING: Final = (Colour.BLUE, Colour.YELLOW, Colour.RED)
DEFAULT_NAMES: Final[Mapping[Colour, str]] = MappingProxyType(dict(zip(_RISING, "蓝黄红", strict=True)))


def read_names(text: str) -> Mapping[Colour, str]:
    """Read ``蓝,橙,红`` as the names of the colours, the mildest first.

    ``ValueError`` if they are not three different names, or one is empty or too long.
    """
    words = [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",")]
    if len(set(words)) != len(_RISING) or len(words) != len(_RISING):
        raise ValueError("must be three different names, such as 蓝,黄,红")
    if not all(0 < len(word) <= LONGEST for word in words):
        raise ValueError(f"each name must have 1 to {LONGEST} characters")
    return MappingProxyType(dict(zip(_RISING, words, strict=True)))


def shade_of(name: str, colour: Colour) -> Shade:
    """The sign for a name such as 橙 or 橙色督办. A name without a colour gets the sign of its level.

    ``Colour.NONE`` has no sign.
    """
    return next((_SHADES[sign] for sign in name if sign in _SHADES), Shade(colour.value))


def is_plain(name: str) -> bool:
    """Whether the name is just a colour; every language has a word for those."""
    return name in _SHADES
