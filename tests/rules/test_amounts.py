"""Quantities as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.amounts import grouped, in_wan


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("576", "576", "576"),
        ("116000", "11.6万", "116,000"),
        ("28794", "28794", "28,794"),
        ("3000000", "300万", "3,000,000"),
        ("10000", "1万", "10,000"),
        ("9999", "9999", "9,999"),
        ("3.50", "3.5", "3.5"),
        ("0", "0", "0"),
        ("-120000", "-12万", "-120,000"),
    ],
)
def test_forms(value: str, chinese: str, english: str) -> None:
    assert in_wan(Decimal(value)) == chinese
    assert grouped(Decimal(value)) == english


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_nothing_is_rounded_away(value: Decimal) -> None:
    shown = in_wan(value)
    read = Decimal(shown[:-1]) * 10_000 if shown.endswith("万") else Decimal(shown)
    assert read == value
    assert Decimal(grouped(value).replace(",", "")) == value
