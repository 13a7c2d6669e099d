from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.case_figures import CaseCount, CaseSums, Rate, percent, ratio


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 8, "12.50"),
        (1, 800, "0.13"),  # 0.125: half goes up, also where the banker's rule goes down
        (3, 800, "0.38"),
        (5, 5, "100.00"),
        (0, 7, "0.00"),
        (1999, 20000, "10.00"),
    ],
)
def test_two_decimals_half_up(part: int, whole: int, shown: str) -> None:
    assert str(percent(part, whole)) == shown


def test_nothing_to_divide_by() -> None:
    assert percent(0, 0) is None
    empty = CaseSums({})
    assert [empty.percent(rate) for rate in Rate] == [None] * len(Rate)
    assert empty.hours is None


@given(part=st.integers(0, 10**9), whole=st.integers(1, 10**9))
def test_never_further_from_the_truth_than_half_a_cent(part: int, whole: int) -> None:
    value = ratio(part, whole)
    assert value is not None
    assert -whole < 2 * (int(value * 100) * whole - part * 100) <= whole


def test_suspended_cases_are_taken_from_what_is_due() -> None:
    sums = CaseSums(
        {CaseCount.DUE: 10, CaseCount.SUSPENDED: 1, CaseCount.DUE_CLOSED: 8, CaseCount.IN_TIME: 6}
    )
    assert (sums.whole(Rate.CLOSING_RATE), sums.percent(Rate.CLOSING_RATE)) == (9, Decimal("88.89"))
    assert sums.percent(Rate.IN_TIME_RATE) == Decimal("66.67")
    assert sums.whole(Rate.EXTENSION_RATE) == 10


def test_all_due_are_suspended() -> None:
    sums = CaseSums({CaseCount.DUE: 2, CaseCount.SUSPENDED: 2})
    assert sums.percent(Rate.CLOSING_RATE) is None
    assert sums.percent(Rate.EXTENSION_RATE) == Decimal(0)


def test_hours_are_those_of_an_average_case() -> None:
    assert CaseSums({CaseCount.MENDED: 3}, worked=1000).hours == Decimal("5.56")


def test_sums_add_up() -> None:
    both = CaseSums({CaseCount.DUE: 2, CaseCount.MENDED: 1}, 60) + CaseSums({CaseCount.DUE: 3}, 30)
    assert (both.count(CaseCount.DUE), both.count(CaseCount.MENDED), both.worked) == (5, 1, 90)
