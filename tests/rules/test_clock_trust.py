"""The trust in the machine's clock: told above ten minutes, not followed above an hour, back below ten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.clock_trust import ClockTrust, has_jumped, trust

RIGHT, OFF, WRONG = ClockTrust.RIGHT, ClockTrust.OFF, ClockTrust.WRONG


@pytest.mark.parametrize("side", [1, -1], ids=["ahead", "behind"])
@pytest.mark.parametrize(
    ("minutes", "before", "after"),
    [
        (0, RIGHT, RIGHT),
        (10, RIGHT, RIGHT),
        (11, RIGHT, OFF),
        (60, RIGHT, OFF),
        (61, RIGHT, WRONG),
        (61, OFF, WRONG),
        (9, OFF, RIGHT),
        (60, WRONG, WRONG),
        (10, WRONG, WRONG),
        (9, WRONG, RIGHT),
    ],
)
def test_the_trust_by_the_difference(side: int, minutes: int, before: ClockTrust, after: ClockTrust) -> None:
    assert trust(side * timedelta(minutes=minutes), before) is after


@pytest.mark.parametrize(("ahead", "before", "moved"), [(0, 59, False), (60, 0, True), (-90, 0, True)])
def test_a_clock_that_is_moved(ahead: float, before: float, moved: bool) -> None:
    assert has_jumped(ahead, before) is moved
