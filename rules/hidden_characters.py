"""Characters that nobody sees: zero-width ones, and controls of the direction of writing.

They come along with pasted words, and they can make a number look like another one. What people wrote is
stored as they wrote it. Whoever reads it takes ``readable``, whoever shows it ``visible``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_JOINER: Final = "\u200d"
_FLAG: Final = "\U0001f3f4"
_TAGS: Final = "\U000e0020-\U000e007f"
_DIRECTION: Final = "\u202a-\u202e\u2066-\u2069"
_CLASS: Final = (
    rf"\u00ad\u061c\u180e\u200b-\u200f{_DIRECTION}\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001{_TAGS}"
)
_HIDDEN: Final = re.compile(rf"[{_CLASS}]")
_TURNED: Final = re.compile(rf"[{_DIRECTION}]")
_RUN: Final = re.compile(rf"[{_CLASS}]+")
_IN_FLAG: Final = re.compile(rf"[{_TAGS}]+")


def hidden_start(text: str) -> str:
    """The hidden characters with which a text begins."""
    found = _RUN.match(text)
    return found[0] if found else ""


def unhidden(text: str) -> str:
    """``text`` without any hidden character, and else as it is."""
    return _HIDDEN.sub("", text)


def readable(text: str) -> str:
    """``text`` to read: half-width (NFKC), without hidden characters."""
    return unicodedata.normalize("NFKC", unhidden(text))


def visible(text: str) -> str:
    """``text`` to show: without hidden characters, but with those that join emoji (👨‍👩‍👧) and make flags."""
    return text if text.isascii() else _RUN.sub(_kept, text)


def _kept(run: re.Match[str]) -> str:
    before, hidden, behind = run.string[: run.start()][-1:], run[0], run.string[run.end() :][:1]
    if hidden == _JOINER and _is_emoji(before) and _is_emoji(behind):
        return hidden
    return hidden if before == _FLAG and _IN_FLAG.fullmatch(hidden) else ""


def _is_emoji(char: str) -> bool:
    """Whether a character is a picture, or the variation or skin tone of one."""
    return char != "" and (char == "\ufe0f" or unicodedata.category(char) in {"So", "Sk"})


@dataclass(frozen=True, slots=True)
class HiddenPlaces:
    """Where a text has hidden characters, in order, and from where on they may turn what is written."""

    places: Sequence[int]
    turned_from: int

    def mislead(self, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` may show otherwise than it is read."""
        return self.turned_from < end or bisect_left(self.places, start) < bisect_left(self.places, end)


def hidden_places(text: str) -> HiddenPlaces:
    if text.isascii():
        return HiddenPlaces((), len(text))
    turn = _TURNED.search(text)
    return HiddenPlaces([one.start() for one in _HIDDEN.finditer(text)], turn.start() if turn else len(text))
