"""Circled and Roman numerals (①, ⑵, ㈢, Ⅳ): they number a list, and now and then they count (清理牌匾⑫处)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from rules.hidden_characters import unhidden
from rules.progress.quantities.units import match_unit

MARKS: Final = r"\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3220-\u3229\u3248-\u325f\u3280-\u3289\u32b1-\u32bf"
_MARK: Final = re.compile(rf"[{MARKS}\u2160-\u2188]")
_BEHIND_A_WORD: Final = re.compile(r"[\u4e00-\u9fff]$")
_CLAUSE_END: Final = re.compile(r"\s*(?:[,，、。.;；!！?？)）\n]|$)")
# Ⅲ类, Ⅱ级 and 一期 are names.
_OF_NAMES: Final = frozenset("类级期段号型层区组批版轮部")
_ROOM: Final = 16


def counting_marks(text: str) -> dict[int, str]:
    """The marks of a simplified text that may count, each by its place with its digits.

    Such a mark stands between a word and a unit. In a list (①…②…) the unit has to end the clause, too.
    """
    marks = list(_MARK.finditer(text))
    if not marks:
        return {}
    values = [int(unicodedata.numeric(mark[0])) for mark in marks]
    listed = len(values) > 1 and values[0] == 1 and all(b in {a + 1, 1} for a, b in pairwise(values))
    return {
        mark.start(): str(value)
        for mark, value in zip(marks, values, strict=True)
        if any(not listed or ends_clause for ends_clause in _unit_behind(text, mark))
    }


def _unit_behind(text: str, mark: re.Match[str]) -> Iterator[bool]:
    """Whether the unit between which and a word the mark stands ends its clause; nothing without a unit."""
    if not _BEHIND_A_WORD.search(unhidden(text[max(0, mark.start() - _ROOM) : mark.start()])):
        return
    behind = unhidden(text[mark.end() : mark.end() + _ROOM])
    unit = match_unit(behind, 0)
    if unit is not None and unit.name not in _OF_NAMES:
        yield _CLAUSE_END.match(behind, unit.end) is not None
