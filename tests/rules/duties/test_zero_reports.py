"""Which windows a 无新增 speaks of."""

from __future__ import annotations

import pytest

from rules.duties.frequencies import Frequency
from rules.duties.zero_reports import spans_of


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("无新增", {"daily", "shift"}),
        ("今日无新增", {"daily", "shift"}),
        ("周二无新增", {"weekly"}),
        ("第二周无新增", {"weekly"}),
        ("本周无新增", {"weekly"}),
        ("本双周无新增", {"fortnightly"}),
        ("这两周无新增", {"fortnightly"}),
        ("近２个星期无新增", {"fortnightly"}),
        ("本月无新增", {"monthly"}),
        ("本季度无新增", {"quarterly"}),
        ("本班无新增", {"shift"}),
        ("本期无新增", set(Frequency)),
    ],
)
def test_the_windows_that_are_meant(words: str, spans: set[str]) -> None:
    assert spans_of(words) == spans


def test_of_a_past_day_no_shift_is_meant() -> None:
    assert spans_of("无新增", past=True) == {Frequency.DAILY}
    assert spans_of("本期无新增", past=True) == set(Frequency) - {Frequency.SHIFT}
