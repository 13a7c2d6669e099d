"""Whether a unit's name is probably another one's, with a slip of the hand (西城街到 for 西城街道).

Names of units differ by one character for good reasons, too (东一村, 东二村; 东风社区, 东方社区). So a
question is only worth an office's time where a real name is the less likely case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rules.people.typed_names import normalise

_KIND: Final = re.compile(
    "(?:街道办事处|街道办|街道|社区居委会|社区|居委会|村委会|园区管委会|管委会|园区|分局|大队|支队|中队|中心"
    "|公司|集团|学校|小学|中学|医院|委员会|办公室)$"
)
_LEAST: Final = 3
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
