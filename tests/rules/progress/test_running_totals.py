"""本次新增 and 累计 in turn."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.running_totals import FallingTotalError, Statement, additions, joined

NEW, TOTAL = False, True


def said(*statements: tuple[int, bool]) -> list[Statement]:
    return [Statement(Decimal(value), cumulative) for value, cumulative in statements]


@pytest.mark.parametrize(
    ("statements", "added"),
    [
        (said(), []),
        (said((12, NEW), (30, NEW)), [12, 30]),
        (said((100, NEW), (576, TOTAL), (4, NEW)), [100, 476, 4]),
        (said((576, TOTAL), (576, TOTAL)), [576, 0]),
    ],
)
def test_what_each_adds(statements: list[Statement], added: list[int]) -> None:
    assert additions(statements) == added


def test_a_total_that_falls_is_named() -> None:
    with pytest.raises(FallingTotalError) as fell:
        additions(said((12, NEW), (20, TOTAL), (19, TOTAL)))
    assert (fell.value.index, fell.value.total) == (2, Decimal(20))


statements = st.builds(Statement, st.integers(0, 50).map(Decimal), st.booleans())


@given(st.lists(statements, max_size=12))
def test_after_a_total_stands_what_it_states(found: list[Statement]) -> None:
    try:
        added = additions(found)
    except FallingTotalError:
        return
    for index, statement in enumerate(found):
        if statement.cumulative:
            assert sum(added[: index + 1]) == statement.value


@given(st.lists(statements, max_size=4), statements, statements)
def test_two_of_one_report_count_as_one(before: list[Statement], first: Statement, then: Statement) -> None:
    try:
        apart = additions([*before, first, then])
    except FallingTotalError:
        return
    assert sum(additions([*before, joined(first, then)])) == sum(apart)
