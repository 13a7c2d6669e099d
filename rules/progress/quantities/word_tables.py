"""Tables of words, as sets and as patterns."""

from __future__ import annotations

from typing import Final

_GROUP: Final = 48


def word_set(table: str) -> frozenset[str]:
    """The words of a table, which white space separates."""
    return frozenset(table.split())


def any_of(words: frozenset[str]) -> str:
    """A pattern for one of the words, the longest first; those with one first letter stand together.

    Many letters stand in groups, each behind a look ahead, which is faster than to try them one by one. The
    words are written out: a class of letters for each first letter would take three times as long to compile.
    """
    tails: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        tails.setdefault(word[0], []).append(word[1:])
    letters = sorted(tails)
    groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
    patterns = ["|".join(first + tail for first in group for tail in tails[first]) for group in groups]
    if len(groups) == 1:
        return patterns[0]
    return "|".join(
        f"(?=[{''.join(group)}])(?:{pattern})" for group, pattern in zip(groups, patterns, strict=True)
    )
