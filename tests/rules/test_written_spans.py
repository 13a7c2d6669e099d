"""Stretches of days that somebody looks back on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.written_spans import read_past_days

TODAY = date(2027, 1, 10)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2026-11-01 2026-11-20", date(2026, 11, 1), date(2026, 11, 20)),
        ("2026-11-01 - 2026-11-20", date(2026, 11, 1), date(2026, 11, 20)),
        ("2026-11-01至2026-11-20", date(2026, 11, 1), date(2026, 11, 20)),
        ("11月1日至11月20日", date(2026, 11, 1), date(2026, 11, 20)),
        ("11月1日-20", None, None),
        ("１１月１日到１１月２０号", date(2026, 11, 1), date(2026, 11, 20)),
        ("11.1-11.20", date(2026, 11, 1), date(2026, 11, 20)),
        ("11/1 to 11/20", date(2026, 11, 1), date(2026, 11, 20)),
        ("12月20日至1月4日", date(2026, 12, 20), date(2027, 1, 4)),
        ("1月4日", date(2027, 1, 4), date(2027, 1, 4)),
        ("1月11日", date(2026, 1, 11), date(2026, 1, 11)),
        ("2026年12月5日—12月8日", date(2026, 12, 5), date(2026, 12, 8)),
        ("11月20日至11月1日", date(2026, 11, 20), date(2026, 11, 1)),
        ("2月30日至3月1日", None, None),
        ("13月1日", None, None),
        ("上上周", None, None),
        ("11月1日到后来", None, None),
        ("", None, None),
        ("2026-11-01 2026-11-20 2026-12-01", None, None),
    ],
)
def test_the_days(words: str, first: date | None, last: date | None) -> None:
    expected = None if first is None or last is None else (first, last)
    assert read_past_days(words, TODAY) == expected


@given(st.dates(date(2020, 1, 1), TODAY), st.integers(0, 400))
def test_written_out_it_is_read_back(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    for sign in (" ", "至", " - "):
        assert read_past_days(f"{first}{sign}{last}", TODAY) == (first, last)


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    found = read_past_days(text, TODAY)
    assert found is None or all(isinstance(day, date) for day in found)
