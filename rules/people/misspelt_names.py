"""Whether a unit's name is probably another one's, with a slip of the hand (西城街到 for 西城街道).

Names of units differ by one character for good reasons, too (东一村, 东二村; 东风社区, 东方社区). So a
question is only worth an office's time where a real name is the less likely case.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rules.people.typed_names import normalise

_KIND: Final = re.compile(
    "(?:街道办事处|街道办|街道|社区居委会|社区|居委会|村委会|园区管委会|管委会|园区|分局|大队|支队|中队|中心"
    "|公司|集团|学校|小学|中学|医院|委员会|办公室)$"
)
_LEAST: Final = 3
_WORDY: Final = ("办事处", "居委会", "村委会", "管委会", "委会", "办")
"""Words that a full name has at its end and a short one leaves out: 东城街道, 东城街道办事处."""
# A pair that differs in one of these names two things on purpose.
_COUNTED: Final = frozenset("0123456789一二三四五六七八九十百东西南北中前后左右上下内外大小新老ABCDEFG")


def is_slip_of(name: str, other: str) -> bool:
    """Whether ``name`` is ``other`` with one character wrong, missing, doubled or moved by one place.

    Numbers and directions never count as a slip.
    """
    name, other = normalise(name), normalise(other)
    if name == other or min(len(name), len(other)) < _LEAST or abs(len(name) - len(other)) > 1:
        return False
    begin = 0
    while begin < min(len(name), len(other)) and name[begin] == other[begin]:
        begin += 1
    end = 0
    while end < min(len(name), len(other)) - begin and name[-1 - end] == other[-1 - end]:
        end += 1
    mine, theirs = name[begin : len(name) - end], other[begin : len(other) - end]
    moved = len(mine) == 2 and mine == theirs[::-1]
    return (moved or max(len(mine), len(theirs)) == 1) and not (mine in _COUNTED or theirs in _COUNTED)


def broken_kind_of(name: str, others: Iterable[str]) -> str | None:
    """The name of which ``name`` is a slip in the word for its kind (街到 for 街道); None: of none.

    Such a name is never a unit of its own, whatever else the file says.
    """
    known = normalise(name)
    for other in others:
        full = normalise(other)
        kind = _KIND.search(full)
        if kind is None or known.endswith(kind[0]) or not is_slip_of(known, full):
            continue
        if kind.start() and known.startswith(full[: kind.start()]):
            return other
    return None


def is_form_of(name: str, other: str) -> bool:
    """Whether one name is the short form of the other: 城管局 and 城市管理局, 东城街道 and 东城街道办事处.

    The short form has the characters of the long one in their order, at least half of them, with the first
    and the last. A number or a direction that only one of them has makes two units.
    """
    short, full = sorted((normalise(name), normalise(other)), key=len)
    if len(short) < _LEAST or len(short) == len(full) or 2 * len(short) < len(full):
        return False
    if full.startswith(short):
        return full[len(short) :] in _WORDY
    if (short[0], short[-1]) != (full[0], full[-1]):
        return False
    rest = iter(full)
    return all(char in rest for char in short) and not (Counter(full) - Counter(short)).keys() & _COUNTED


class AlikeNames:
    """Names among which those like a given one are found without a look at each of them.

    All results come in the order in which the names were added.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._short: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._ends: dict[tuple[str, str], list[int]] = {}
        for at, name in enumerate(self._names):
            text = normalise(name)
            for key in _shortened(text):
                self._short.setdefault(key, []).append(at)
            if (kind := _KIND.search(text)) is not None:
                self._stems.setdefault(text[: kind.start()], []).append(at)
            for ends in _ends_of(text):
                self._ends.setdefault(ends, []).append(at)

    def broken_kind_of(self, name: str) -> list[str]:
        """The names of which ``name`` is a slip in the word for its kind."""
        text = normalise(name)
        stems = (text[:end] for end in range(1, len(text) + 1))
        near = sorted(at for stem in stems for at in self._stems.get(stem, ()))
        return [other for at in near if (other := broken_kind_of(name, [self._names[at]])) is not None]

    def slips_of(self, name: str) -> Iterator[str]:
        """The names of which ``name`` may be a slip."""
        # Any slip leaves both names alike once one character of each, or of one, is gone.
        near = heapq.merge(*(self._short.get(key, ()) for key in _shortened(normalise(name))))
        return (self._names[at] for at in near if is_slip_of(name, self._names[at]))

    def forms_of(self, name: str) -> Iterator[str]:
        """The names of which ``name`` is a short or a long form."""
        near = sorted({at for ends in _ends_of(normalise(name)) for at in self._ends.get(ends, ())})
        return (self._names[at] for at in near if is_form_of(name, self._names[at]))


def _shortened(text: str) -> set[str]:
    """The text, and what is left of it without one of its characters."""
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def _ends_of(text: str) -> set[tuple[str, str]]:
    """The first and the last character, also without the words that a short form leaves out."""
    stems = (text, *(text.removesuffix(word) for word in _WORDY))
    return {(stem[0], stem[-1]) for stem in stems if stem}
