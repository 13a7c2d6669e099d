"""Names as people type them: one form to compare, lists of units in a cell, groups such as 各街道."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from rules.people.roles import Tier

IsUnit = Callable[[str], bool]

# Control and format characters (zero-width spaces, byte order marks, NUL) are no part of a name.
_SILENT: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# Unicode calls these letters and symbols, but nobody sees them: people send "empty" messages with them.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


_SHORT: Final = 40


def normalise(text: str) -> str:
    """``text`` in NFKC form without any white space, line break, zero-width or control character.

    Two cells that a person would call equal have the same form. A second call changes nothing.
    """
    return _known_form(text) if len(text) <= _SHORT else _form_of(text)


# A sheet of 5,000 lines names the same few hundred units, people and words again and again.
@lru_cache(maxsize=4096)
def _known_form(text: str) -> str:
    return _form_of(text)


def _form_of(text: str) -> str:
    while True:
        form = unicodedata.normalize("NFKC", text)
        form = "".join(c for c in form if c not in _BLANK and unicodedata.category(c) not in _SILENT)
        if form == text:
            return form
        text = form


def tidy(text: str) -> str:
    """What a person typed, on one line and without characters that nobody sees.

    Chinese words that were spaced out to look even are joined again.
    """
    line = " ".join(text.split())
    line = "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cf"}).strip()
    return line if line.isascii() else line.replace(" ", "")


def identity_key(action: str, objective: str, lead_unit: str) -> str:
    """The stable identity of a task, 64 hex digits: never the 序号, which moves when a line is inserted."""
    parts = "\x1f".join(normalise(part) for part in (action, objective, lead_unit))
    return hashlib.sha256(parts.encode()).hexdigest()


_LABEL: Final = re.compile(r"^(?:牵头|责任|主办|承办|配合|协办|协同|参与)(?:责任)?(?:单位|部门)?:")
_REMARK: Final = re.compile(r"\((?:牵头|责任|主办|承办|配合|协办|协同|参与)(?:单位|部门)?\)")
_ROLE: Final = re.compile(r"(?:牵头|主办|负责|承办|配合|协办|协助)$")
_AND_OTHERS: Final = re.compile(r"(?<=.)等(?:有关|相关)?(?:单位|部门)?$")
# Words that join two units but also stand inside names (和平街道, 及第社区). They split only on proof.
_JOINERS: Final = (re.compile(r"\s+"), re.compile(r"以及|和|及|与|跟"))
_OPENING: Final = "([{【〔《"
_CLOSING: Final = ")]}】〕》"
_SEPARATORS: Final = "、,;/|､﹑&"


def split_units(cell: str, is_unit: IsUnit | None = None) -> list[str]:
    """The units named in a cell, normalised, in order, each once.

    ``、,,;;/`` and line breaks separate units, except within brackets. ``is_unit`` gets normalised names.
    With it, a line break inside a known name is mended, and spaces, 和, 及, 与 separate units if every part
    is known. Labels (牵头单位:), remarks (牵头) and a closing 等 are left out.
    """
    found: dict[str, None] = {}
    for chunk in _outside_brackets(unicodedata.normalize("NFKC", cell)):
        for name in _lines(chunk, is_unit):
            if name:
                found.setdefault(name)
    return list(found)


def _outside_brackets(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth = max(0, depth - 1)
        elif depth == 0 and char in _SEPARATORS:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _lines(chunk: str, is_unit: IsUnit | None) -> Iterator[str]:
    whole = _bare(chunk)
    if is_unit is not None and is_unit(whole):
        yield whole
        return
    for line in chunk.splitlines():
        yield from _joined(line, is_unit)


def _joined(line: str, is_unit: IsUnit | None) -> list[str]:
    whole = _bare(line)
    if is_unit is None or is_unit(whole):
        return [whole]
    bare = _ROLE.sub("", whole)
    if bare != whole and is_unit(bare):  # 住建局牵头
        return [bare]
    for joiner in _JOINERS:
        parts = [_bare(part) for part in joiner.split(line) if part.strip()]
        if len(parts) > 1 and all(map(is_unit, parts)):
            return parts
    return [whole]


def _bare(part: str) -> str:
    name = _REMARK.sub("", _LABEL.sub("", normalise(part)))
    return _AND_OTHERS.sub("", name)


def says_others(cell: str) -> bool:
    """Whether a list of units in a cell ends with 等, so that it may mean more than it names."""
    chunks = _outside_brackets(unicodedata.normalize("NFKC", cell))
    return any(_AND_OTHERS.search(normalise(line)) for chunk in chunks for line in chunk.splitlines())


_GROUP_WORDS: Final = {
    "街道办事处": Tier.STREET,
    "街道办": Tier.STREET,
    "街道": Tier.STREET,
    "镇街": Tier.STREET,
    "街镇": Tier.STREET,
    "乡镇": Tier.STREET,
    "镇": Tier.STREET,
    "园区管委会": Tier.PARK,
    "园区": Tier.PARK,
    "村居委会": Tier.VILLAGE,
    "村居": Tier.VILLAGE,
    "村(居)": Tier.VILLAGE,
    "社区居委会": Tier.VILLAGE,
    "社区": Tier.VILLAGE,
    "居委会": Tier.VILLAGE,
    "村委会": Tier.VILLAGE,
    "村": Tier.VILLAGE,
    "居": Tier.VILLAGE,
    "区直部门": Tier.DEPARTMENT,
    "部门": Tier.DEPARTMENT,
}
_WORD: Final = "|".join(map(re.escape, sorted(_GROUP_WORDS, key=len, reverse=True)))
_WORDS: Final = re.compile(_WORD)
_GROUP: Final = re.compile(rf"(?:{_WORD})(?:[、,和及与/()·]*各?(?:{_WORD}))*\)?")
_EACH: Final = re.compile(r"^(?:(?:全区|区内|区直|区属|辖区内?)?(?:各|所有|全部|全体)|全区)")


def unit_group(name: str, *, after_group: bool = False) -> frozenset[Tier]:
    """The tiers that a group word means, e.g. 各街道、各街道办事处、各街道园区; empty for a unit's own name.

    ``after_group``: the word follows another group in its list, so 各 may be left out (各街道、园区).
    """
    text = normalise(name)
    rest = _EACH.sub("", text)
    if (rest == text and not after_group) or _GROUP.fullmatch(rest) is None:
        return frozenset()
    return frozenset(_GROUP_WORDS[word] for word in _WORDS.findall(rest))


_OF_PLACE: Final = re.compile(r"^(?:属地|所在地?|辖区)(?:的|内)?(?:责任)?")
_BARE_PLACE: Final = frozenset({"", "单位", "政府", "管理单位"})
PLACES: Final = frozenset({Tier.STREET, Tier.PARK, Tier.VILLAGE})
"""The tiers whose units have places of their own."""


def units_of_place(name: str) -> frozenset[Tier]:
    """The tiers of 属地街道, 属地村居, 各街道, which mean the unit of that tier at each place.

    属地单位 means the street. The result is empty for a unit's own name, and more than one for
    属地街道(园区).
    """
    text = normalise(name)
    rest = _OF_PLACE.sub("", text)
    if rest != text and rest in _BARE_PLACE:
        return frozenset({Tier.STREET})
    rest = _EACH.sub("", rest)
    tiers = frozenset(_GROUP_WORDS[word] for word in _WORDS.findall(rest) if _GROUP.fullmatch(rest))
    return tiers if tiers <= PLACES else frozenset()
