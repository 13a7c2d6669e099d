"""The day that somebody writes when they are asked for one. Today is Tuesday, 2026-12-15."""

from __future__ import annotations

from datetime import date

import pytest

from rules.said_days import read_said_day

TODAY = date(2026, 12, 15)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("今天", date(2026, 12, 15)),
        ("明天", date(2026, 12, 16)),
        ("大后天", date(2026, 12, 18)),
        ("周五", date(2026, 12, 18)),
        ("周五前", date(2026, 12, 18)),
        ("下周五", date(2026, 12, 25)),
        ("后天以前", date(2026, 12, 17)),
        ("20日", date(2026, 12, 20)),
        ("12月20日前", date(2026, 12, 20)),
        ("2027-01-04", date(2027, 1, 4)),
    ],
)
def test_a_day_in_words(words: str, day: date) -> None:
    assert read_said_day(words, TODAY) == day


@pytest.mark.parametrize(
    "words",
    ["", "昨天", "尽快", "下个月", "明天到后天", "张三 明天", "明天由张三代", "-5", "11月31日", "12车"],
)
def test_what_names_no_one_day(words: str) -> None:
    assert read_said_day(words, TODAY) is None
