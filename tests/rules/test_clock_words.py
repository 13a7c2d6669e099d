from __future__ import annotations

from datetime import time

import pytest

from rules.clock_words import read_span, read_time


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("22:00", time(22)),
        ("７：３０", time(7, 30)),
        ("07:30:00", time(7, 30)),
        ("22点", time(22)),
        ("7点半", time(7, 30)),
        ("七点半", time(7, 30)),
        ("早7时", time(7)),
        ("晚10点", time(22)),
        ("晚上 10点30分", time(22, 30)),
        ("晚上十点一刻", time(22, 15)),
        ("下午3点", time(15)),
        ("下午15点", time(15)),
        ("中午12点", time(12)),
        ("下午12点半", time(12, 30)),
        ("凌晨0点", time(0)),
        ("晚12点", time(0)),
        ("24:00", time(0)),
        ("二十三点", time(23)),
        ("25:00", None),
        ("24:01", None),
        ("7:60", None),
        ("七八点", None),
        ("10", None),
        ("晚点", None),
        ("", None),
    ],
)
def test_times(text: str, read: time | None) -> None:
    assert read_time(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("22:00-07:30", (time(22), time(7, 30))),
        ("22:00 — 7:30", (time(22), time(7, 30))),
        ("22点到7点半", (time(22), time(7, 30))),
        ("晚10点至次日7点", (time(22), time(7))),
        ("22:00", None),
        ("22:00-7:00-8:00", None),
        ("22:00-早上", None),
    ],
)
def test_spans(text: str, read: tuple[time, time] | None) -> None:
    assert read_span(text) == read
