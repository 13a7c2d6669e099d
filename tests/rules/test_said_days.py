"""The day that somebody writes when they are asked for one. Today is Tuesday, 2026-12-15."""

from __future__ import annotations

from datetime import date

import pytest

from rules.said_days import read_days, read_said_day

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
        ("5日前", date(2026, 12, 5)),
        ("14号", date(2026, 12, 14)),
        ("3日", date(2027, 1, 3)),
        ("12月20日前", date(2026, 12, 20)),
        ("2027-01-04", date(2027, 1, 4)),
    ],
)
def test_a_day_in_words(words: str, day: date) -> None:
    assert read_said_day(words, TODAY) == day


@pytest.mark.parametrize(
    "words",
    [
        "",
        "昨天",
        "尽快",
        "下个月",
        "明天到后天",
        "张三 明天",
        "明天由张三代",
        "-5",
        "11月31日",
        "12车",
        "10",
        "30",
    ],
)
def test_what_names_no_one_day(words: str) -> None:
    assert read_said_day(words, TODAY) is None


@pytest.mark.parametrize(
    ("words", "days"),
    [("10天", 10), ("延长 7天", 7), ("申请延期15天", 15), ("10", None), ("12月20日", None), ("天", None)],
)
def test_so_many_days_longer(words: str, days: int | None) -> None:
    assert read_days(words) == days
