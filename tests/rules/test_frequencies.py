"""How often long-term work is reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.frequencies import Frequency, read_frequency


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("每日", "daily"),
        ("每天24小时动态巡逻", "daily"),
        ("每个工作日", "daily"),
        ("日报", "daily"),
        ("实行日报告制度", "daily"),
        ("一日一查", "daily"),
        ("每周", "weekly"),
        ("每周五下班前", "weekly"),
        ("每\n周一次", "weekly"),
        ("2次/周", "weekly"),
        ("周报", "weekly"),
        ("每月", "monthly"),
        ("每个月", "monthly"),
        ("每月25日前", "monthly"),
        ("一月一报", "monthly"),
        ("1次/月", "monthly"),
        ("按月调度", "monthly"),
        ("每季度", "quarterly"),
        ("每季度末月20日前", "quarterly"),
        ("季报", "quarterly"),
        ("长期坚持(每日巡查,每周汇总)", "daily"),
        ("长期坚持,每周巡查、每日保洁", "weekly"),
    ],
)
def test_stated(text: str, frequency: str) -> None:
    assert read_frequency(text) is Frequency(frequency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "长期坚持",
        "每半月",
        "每两周",
        "每年",
        "每半年",
        "烟台日报刊发",
        "周边整治",
        "每周边",
        "第三季度",
        "十一月一次",
    ],
)
def test_not_stated(text: str) -> None:
    assert read_frequency(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert read_frequency(text) in {None, *Frequency}
