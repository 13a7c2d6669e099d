"""Words beside the numbers of a report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.report_words import best_fit, is_zero_report, says_the_same


@pytest.mark.parametrize(
    "text",
    [
        *("无情况", "今日无新增", "零报告", "今天无情况。", " 无 新 增 ", "一切正常！", "无", "暂无"),
        *(
            "今日暂无新增",
            "今天没有进展",
            "今日无异常",
            "本周暂无新增情况",
            "今日无新增，谢谢",
            "今日我单位无新增",
        ),
        *("今日零新增", "本月零报", "昨日无变化"),
        *(
            "本双周无新增",
            "这两周无新增",
            "近2个星期无异常",
            "补报上双周：无新增",
            "本期无新增",
            "这一期没有进展",
        ),
    ],
)
def test_the_contact_s_own_no_news(text: str) -> None:
    assert is_zero_report(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "今日无新增牌匾，清理广告3张",
        "无证摊贩清理3处",
        "没有完成",
        "无法进入现场",
        "没有",
        "零",
        "单位无",
    ],
)
def test_what_is_more_than_no_news(text: str) -> None:
    assert not is_zero_report(text)


@pytest.mark.parametrize(
    ("item", "other", "expected"),
    [
        ("清理牌匾", "清理违规广告牌匾", True),
        ("清理违规广告牌匾", "牌匾", True),
        ("", "清理野广告", True),
        ("清理野广告", "清理牌匾", False),
        ("清理牌匾", "匾牌清理", False),
    ],
)
def test_a_shorter_wording_means_the_same(item: str, other: str, expected: bool) -> None:
    assert says_the_same(item, other) is expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_saying_the_same_has_no_direction(item: str, other: str) -> None:
    assert says_the_same(item, other) == says_the_same(other, item) or len(item) == len(other)


TASKS = {
    1: "清理违规广告牌匾 主次干道无违规广告牌匾",
    2: "清理野广告 背街小巷无野广告",
    3: "加强治安巡逻 24小时动态巡逻",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天清理违规广告牌匾12处", 1),
        ("背街小巷野广告清了300张", 2),
        ("夜间治安巡逻6次", 3),
        ("今天开了个会", None),
        ("", None),
    ],
)
def test_the_task_a_sentence_clearly_speaks_of(text: str, expected: int | None) -> None:
    assert best_fit(text, TASKS) == expected


@given(st.text(max_size=200))
def test_fitting_never_fails(text: str) -> None:
    assert best_fit(text, TASKS) in {None, 1, 2, 3}
    assert best_fit(text, {}) is None
