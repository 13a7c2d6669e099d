from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.delivery.retry import OUTBOX_CAP, next_attempt, outbox_attempts_within, outbox_delay


def seconds(attempts: int, *, passing: bool = True) -> float | None:
    delay = next_attempt(attempts, passing=passing)
    return None if delay is None else delay.total_seconds()


def test_an_inbox_row_waits_30_seconds_in_all_and_is_dead_then() -> None:
    delays = [seconds(n) for n in range(7)]
    assert delays == [1, 2, 4, 8, 15, None, None]
    assert sum(d for d in delays if d is not None) == 30


def test_an_error_that_does_not_pass_holds_its_chat_up_for_three_seconds() -> None:
    assert [seconds(n, passing=False) for n in range(4)] == [1, 2, None, None]


def test_the_outbox_doubles_up_to_the_cap() -> None:
    delays = [outbox_delay(n).total_seconds() for n in range(12)]
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_jitter_only_shortens_and_never_by_more_than_a_quarter(attempts: int, jitter: float) -> None:
    plain = outbox_delay(attempts)
    assert plain * 0.75 <= outbox_delay(attempts, jitter) <= plain <= OUTBOX_CAP
    assert outbox_delay(attempts, jitter) == outbox_delay(attempts, jitter)


@pytest.mark.parametrize(
    ("seconds", "attempts"), [(0, 0), (0.5, 0), (1, 1), (2.9, 1), (3, 2), (1023, 10), (1923, 11)]
)
def test_attempts_within(seconds: float, attempts: int) -> None:
    assert outbox_attempts_within(timedelta(seconds=seconds)) == attempts


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="attempts"):
        next_attempt(-1, passing=True)
    with pytest.raises(ValueError, match="attempts"):
        outbox_delay(-1)
    for jitter in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="jitter"):
            outbox_delay(0, jitter)
