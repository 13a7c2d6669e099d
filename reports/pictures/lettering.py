"""The font of pictures: the width of a text in it, and which characters it lacks.

The font is Noto Sans SC, Regular only. Differences between texts come by size and grey.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags
from pylopdf_fonts_zh_cn import sans_path

from reports.pictures.wording import flat

DPI: Final = 72
"""At 72 dots per inch a point is a pixel."""
MISSING: Final = "〓"
_PATH: Final = str(sans_path())
_UNITS: Final = 64
"""A pixel in the units of FreeType."""
_INVISIBLE: Final = frozenset({"Cc", "Cf"})
_SELECTORS: Final = range(0xFE00, 0xFE10)


@lru_cache
def font(size: float) -> FontProperties:
    """The font at a size in px."""
    return FontProperties(fname=_PATH, size=size)


def missing_characters(text: str) -> str:
    """The characters that the font lacks, each once, in the text's order. Those that nobody sees are none."""
    return "".join(dict.fromkeys(char for char in flat(text) if not _unseen(char) and not _has(char)))


def drawable(text: str) -> str:
    """The text as it is drawn, in one line: 〓 stands for what the font lacks; what nobody sees goes."""
    shown = (char if _has(char) else MISSING for char in flat(text) if not _unseen(char))
    return "".join(shown)


@lru_cache(4096)
def width(text: str, size: float) -> float:
    """The width in px of the text as it is drawn at a size in px."""
    shown = drawable(text)
    if not shown.strip():
        return 0.0
    face = get_font(_PATH)
    face.set_size(size, DPI)
    face.set_text(shown, flags=LoadFlags.DEFAULT)
    return face.get_width_height()[0] / _UNITS


@lru_cache(8192)
def _has(char: str) -> bool:
    return get_font(_PATH).get_char_index(ord(char)) != 0


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE or ord(char) in _SELECTORS
