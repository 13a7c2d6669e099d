"""A number ten times the usual is asked about; without a known usual, none is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.unusual_figures import LAST, TIMES, times_the_usual, usual


@pytest.mark.parametrize(
    ("added", "last", "times"),
    [
        ("120", [12, 12, 12], None),
        ("121", [12, 12, 12], 10),
        ("576", [10, 12, 14], 48),
        ("576", [12, 12], None),
        ("576", [], None),
        # the median counts, so that one slip is not the usual
        ("576", [5760, 12, 12, 12], 48),
        ("120", [12, 14, 10, 12, 3000], None),
        ("125", [12, 13, 12, 13], None),
        ("126", [12, 13, 12, 13], 10),
        # only the last five count
        ("576", [12, 12, 12, 12, 12, 1000, 1000, 1000, 1000, 1000, 1000], 48),
        # reports of zero give no usual
        ("576", [0, 0, 0, 12], None),
        ("0.6", ["0.05", "0.05", "0.05"], 12),
    ],
)
def test_times_the_usual(added: str, last: list[int | str], times: int | None) -> None:
    assert times_the_usual(Decimal(added), [Decimal(value) for value in last]) == times


@given(st.decimals(0, 10**9, places=1), st.lists(st.decimals(0, 10**6, places=1), max_size=8))
def test_never_below_the_limit(added: Decimal, last: list[Decimal]) -> None:
    times, middle = times_the_usual(added, last), usual(last)
    if times is not None:
        assert middle in [(a + b) / 2 for a in last[:LAST] for b in last[:LAST]]
        assert times >= TIMES
