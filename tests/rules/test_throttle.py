"""Ten messages at once, then five a minute."""

from __future__ import annotations

import pytest

from rules.throttle import FULL_AFTER, allowance_after


def within(moments: list[float]) -> list[bool]:
    """Of messages at these seconds, which are within the limit."""
    kept, allowance = [], None
    for moment in moments:
        after = allowance_after(allowance, moment)
        kept.append(after is not None)
        allowance = after or allowance
    return kept


@pytest.mark.parametrize(
    ("moments", "kept"),
    [
        ([7.0] * 12, 10),
        # One comes back every twelve seconds.
        ([0.0] * 10 + [11.9], 10),
        ([0.0] * 10 + [12.0, 12.0], 11),
        ([0.0] * 10 + [60.0] * 9, 15),
        # A rest gives no more than ten.
        ([0.0] * 10 + [FULL_AFTER] * 12, 20),
        ([0.0] * 10 + [9 * FULL_AFTER] * 12, 20),
        # Five a minute go on for ever.
        ([12.0 * number for number in range(200)], 200),
        ([10.0 * number for number in range(200)], 10 + 165),
    ],
)
def test_how_many_are_within_the_limit(moments: list[float], kept: int) -> None:
    assert within(moments).count(True) == kept


def test_what_is_beyond_the_limit_costs_nothing() -> None:
    assert within([0.0] * 10 + [6.0] * 50 + [12.0])[-1]
