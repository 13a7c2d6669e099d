"""Finds the kind of problem that some words name, if they leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from rules.people.typed_names import normalise

_PARTS: Final = re.compile(r"[、，,;；/()（）\[\]【】]|以及|及")
# One letter stands in too many words.
_SHORTEST: Final = 2


def category_named(text: str, categories: Mapping[int, tuple[str, str]]) -> int | None:
    """The id of the one category that ``text`` names; None if it names none, or several.

    ``categories`` gives each id its area and its name. Where one name stands within another, the longer one
    counts. An area names its category if it has only one, and tells apart categories of the same name.
    """
    words = normalise(text)
    found = {key: match for key, (_, name) in categories.items() if (match := _longest(words, name))}
    meant = {key for key, match in found.items() if not _stands_in_another(match, found.values())}
    if len(meant) != 1:
        meant = {key for key in meant or categories if _longest(words, categories[key][0])}
    return meant.pop() if len(meant) == 1 else None


def _longest(words: str, name: str) -> str | None:
    """The longest part of a name such as 乱贴、乱画（小广告） that the words hold."""
    whole = normalise(name)
    parts = [whole, *(normalise(part) for part in _PARTS.split(name))]
    held = [part for part in parts if len(part) >= _SHORTEST and part in words]
    return max(held, key=len, default=None)


def _stands_in_another(match: str, matches: Collection[str]) -> bool:
    return any(match != other and match in other for other in matches)
