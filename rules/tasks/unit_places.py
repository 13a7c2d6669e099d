"""The places of units by what they have done: 1, 1, 3."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Final, TypeVar

Key = TypeVar("Key", bound=Hashable)
_ALL_NAMED: Final = 3


def places(shares: Mapping[Key, Fraction]) -> dict[Key, int]:
    """The place of each, the greatest share first. Equal shares have one place."""
    first: dict[Fraction, int] = {}
    for number, share in enumerate(sorted(shares.values(), reverse=True), 1):
        first.setdefault(share, number)
    return {key: first[share] for key, share in shares.items()}


def named_first(count: int) -> int:
    """How many of so many units a ranking may name: the better half, but three where there are so many.

    A list that goes on to the end would say who is last.
    """
    return min(count, max(_ALL_NAMED, (count + 1) // 2))
