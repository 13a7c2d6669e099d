"""Places of units: equal shares have one place, and the last ones are not named."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.tasks.unit_places import named_first, places


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], []),
        (["0"], [1]),
        (["1/2", "1/2", "1/3"], [1, 1, 3]),
        (["0", "1", "1/2"], [3, 1, 2]),
        (["2/4", "0", "1/2", "0", "1"], [2, 4, 2, 4, 1]),
        (["0", "0", "0"], [1, 1, 1]),
    ],
)
def test_equal_shares_have_one_place(shares: list[str], expected: list[int]) -> None:
    assert list(places({n: Fraction(share) for n, share in enumerate(shares)}).values()) == expected


@given(st.lists(st.fractions(0, 1, max_denominator=9), max_size=30))
def test_a_place_is_one_more_than_how_many_are_better(shares: list[Fraction]) -> None:
    found = places(dict(enumerate(shares)))
    for number, share in enumerate(shares):
        assert found[number] == 1 + sum(other > share for other in shares)


@pytest.mark.parametrize(
    ("count", "named"), [(0, 0), (1, 1), (3, 3), (4, 3), (6, 3), (7, 4), (8, 4), (9, 5), (200, 100)]
)
def test_a_ranking_of_more_than_three_units_does_not_say_who_is_last(count: int, named: int) -> None:
    assert named_first(count) == named
