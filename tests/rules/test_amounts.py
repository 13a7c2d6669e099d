"""Quantities as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.amounts import as_stated, grouped, in_wan


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


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("10100", "10100"),
        ("13600", "13600"),
        ("32050", "32050"),
        ("35000", "3.5万"),
        ("20000", "2万"),
        ("116200", "11.62万"),
        ("116210", "116210"),
        ("9999", "9999"),
    ],
)
def test_a_stated_amount_keeps_its_digits(value: str, shown: str) -> None:
    assert as_stated(Decimal(value)) == shown


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_nothing_is_rounded_away(value: Decimal) -> None:
    shown = in_wan(value)
    read = Decimal(shown[:-1]) * 10_000 if shown.endswith("万") else Decimal(shown)
    assert read == value
    assert Decimal(grouped(value).replace(",", "")) == value
