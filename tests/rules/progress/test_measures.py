"""Units that add up, exactly, and the many that never do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.measures import are_same, as_measured


@pytest.mark.parametrize(("one", "other"), [("场", "场次"), ("条", "条次"), ("㎡", "平方米")])
def test_equal_units(one: str, other: str) -> None:
    assert are_same(one, other)
    assert as_measured(Decimal(7), one, other) == as_measured(Decimal(7), other, one) == 7


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        ("500", "公斤", "吨", "0.5"),
        ("0.5", "吨", "公斤", "500"),
        ("1200", "米", "公里", "1.2"),
        ("600", "元", "万元", "0.06"),
        ("3", "万元", "元", "30000"),
    ],
)
def test_exact_conversions(value: str, unit: str, wanted: str, expected: str) -> None:
    assert as_measured(Decimal(value), unit, wanted) == Decimal(expected)


def test_what_would_not_be_exact_is_not_converted() -> None:
    assert as_measured(Decimal("0.05"), "公斤", "吨") is None
    assert as_measured(Decimal("0.1"), "公斤", "吨") == Decimal("0.0001")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("人", "人次"),
        ("户", "户次"),
        ("辆", "车次"),
        ("辆", "辆次"),
        ("处", "个"),
        ("吨", "车"),
        ("米", "平方米"),
    ],
)
def test_unlike_units(one: str, other: str) -> None:
    assert not are_same(one, other)
    assert as_measured(Decimal(1), one, other) is None
    assert as_measured(Decimal(1), other, one) is None


@given(
    st.decimals(min_value=0, max_value=10**9, places=4),
    st.sampled_from([("公斤", "吨"), ("米", "公里"), ("元", "万元")]),
)
def test_a_converted_number_can_be_converted_back(value: Decimal, units: tuple[str, str]) -> None:
    smaller, larger = units
    converted = as_measured(value, smaller, larger)
    assert converted is None or as_measured(converted, larger, smaller) == value
