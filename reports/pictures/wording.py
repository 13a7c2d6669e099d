"""Sizes of texts, and how a text is broken into lines of a given width. Nothing here loads matplotlib.

All sizes are pixels of a picture that is ``WIDTH`` wide. A phone shows it at a third of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

WIDTH: Final = 1080
MARGIN: Final = 48
CONTENT: Final = WIDTH - 2 * MARGIN

SMALL: Final = 28
"""No text is smaller: it is about 9 px on a phone that is 360 px wide."""
NAME: Final = 30
HEADING: Final = 34
TITLE: Final = 44

LINE: Final = 38
"""The height of a line of ``SMALL`` or ``NAME``."""
HEADING_LINE: Final = 48
TITLE_LINE: Final = 58

MOST_LINES: Final = 2
MORE: Final = "…"

Measure = Callable[[str, float], float]
"""The width in px of a text at a size in px. ``lettering.width`` knows it, ``estimate`` is never less."""

_NARROW: Final = frozenset(
    " !\"#$'()*+,-./0123456789:;<=>?ABCEFIJKLPRSTVXYZ[\\]^_`abcdefghijklnopqrstuvxyz{|}~·"
)
_NARROW_EM: Final = 0.69
_NEVER_FIRST: Final = frozenset("，。、；：！？）》」』】〕％,.;:!?)]}%…")


def estimate(text: str, size: float) -> float:
    """A width in px that the text surely does not exceed, without a font."""
    return size * sum(_NARROW_EM if char in _NARROW else 1.0 for char in flat(text))


def flat(text: str) -> str:
    """The text in one line: each run of white space is one space."""
    return " ".join(text.split())


def widest(texts: Iterable[str], size: float, measure: Measure) -> float:
    """The width in px of the widest text; 0 without any."""
    return max((measure(text, size) for text in texts), default=0.0)


def clipped(text: str, size: float, width: float, measure: Measure) -> str:
    """The text, or as much of it as fits into ``width`` px with … at its end."""
    text = flat(text)
    if measure(text, size) <= width:
        return text
    return text[: _fitting(text, size, width - measure(MORE, size), measure)].rstrip() + MORE


def wrapped(
    text: str, size: float, width: float, measure: Measure, most: int = MOST_LINES
) -> tuple[str, ...]:
    """The text in at most ``most`` lines of at most ``width`` px; none if it is empty. The last ends with …
    where the text goes on."""
    rest = flat(text)
    lines: list[str] = []
    while rest and len(lines) < most - 1:
        end = _line_end(rest, size, width, measure)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        lines.append(clipped(rest, size, width, measure))
    return tuple(lines)


def _fitting(text: str, size: float, width: float, measure: Measure) -> int:
    """How many characters fit into ``width`` px, but at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle], size) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _line_end(text: str, size: float, width: float, measure: Measure) -> int:
    """Where a line of ``width`` px ends: not inside of a word or number, not before a closing mark."""
    end = _fitting(text, size, width, measure)
    if end >= len(text):
        return len(text)
    start = end
    while start > 0 and _in_word(text[start - 1]) and _in_word(text[start]):
        start -= 1
    end = start if start > 0 else end
    while end > 1 and text[end] in _NEVER_FIRST:
        end -= 1
    return end


def _in_word(char: str) -> bool:
    return char.isascii() and not char.isspace()
