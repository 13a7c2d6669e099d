"""The earlier day that a report says it is about."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.stated_days import DAYS_BACK, made_up_day, stated_day

TUESDAY = date(2026, 12, 15)
SAID = {
    "补报昨天清理违规广告牌匾12处": 14,
    "昨日清理违规广告牌匾12处": 14,
    "昨晚清运垃圾3吨": 14,
    "昨下午出动20人": 14,
    "前天整改问题5个": 13,
    "补报前日清理12处": 13,
    "12月14日清理违规广告牌匾12处": 14,
    "１２月１４日清理12处": 14,
    "十二月十四日，清理12处": 14,
    "城管局12月11日清理违规广告牌匾12处": 11,
    "12月8号清理12处": 8,
    "2026年12月14日清理12处": 14,
    "2026-12-14清理12处": 14,
    "2026.12.14 清理12处": 14,
    "14日清理违规广告牌匾12处": 14,
    "补报14日清理12处": 14,
    "进展如下：\n13日清理12处": 13,
    "截至12月14日，累计清理576处": 14,
    "截至昨天累计清理576处": 14,
    "12月10日至14日清理12处": 14,
    "12月10日至12月14日共清理12处": 14,
    "上周五清理12处": 11,
    "上星期日清理12处": 13,
    "12月14日检查商户30家": 14,
    "12月14日召开推进会议2次": 14,
    "12月14日清理12处，12月20日前全部完成": 14,
    "昨天清理12处，昨日出动20人": 14,
    "昨天（12月14日）清理12处": 14,
}
NOT_SAID = (
    "今天清理违规广告牌匾12处",
    "清理违规广告牌匾12处",
    "12月15日清理12处",
    "12月16日清理12处",
    "12月7日清理12处",
    "2025年12月14日清理12处",
    "13月40日清理12处",
    "昨天清理12处，今天清理5处",
    "13日清理5处，14日清理7处",
    "12月14日前完成清理12处",
    "计划12月14日清理12处",
    "完成时限12月14日，已清理12处",
    "自12月10日起清理12处",
    "12月10日以来清理12处",
    "12月10日至今清理12处",
    "按照12月14日会议精神，清理12处",
    "针对12月14日督查反馈问题，整改3处",
    "整改12月14日交办的问题3个",
    "整改12月14日暗访发现问题3个",
    "12月14日的会议要求已落实，清理12处",
    "对14号楼清理垃圾3吨",
    "14号楼清理垃圾3吨",
    "连续14日清理12处",
    "14日内完成12处",
    "每周五清理12处",
    "以前天天清理12处",
    "上周一清理12处",
)


@pytest.mark.parametrize(("text", "day"), SAID.items())
def test_an_earlier_day(text: str, day: int) -> None:
    assert stated_day(text, TUESDAY) == date(2026, 12, day)


@pytest.mark.parametrize("text", NOT_SAID)
def test_no_earlier_day(text: str) -> None:
    assert stated_day(text, TUESDAY) is None


def test_over_the_turn_of_the_year() -> None:
    assert stated_day("12月31日清理12处", date(2027, 1, 3)) == date(2026, 12, 31)
    assert stated_day("31日清理12处", date(2027, 1, 3)) == date(2026, 12, 31)


@given(
    st.text(alphabet="昨前今天日上周五补报，。12月34号至清理处 \n", max_size=40),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
)
def test_never_today_nor_later_nor_long_ago(text: str, today: date) -> None:
    day = stated_day(text, today)
    assert day is None or 0 < (today - day).days <= DAYS_BACK


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("补报11月27日：清理12处", "2026-11-27"),
        ("补报：11月27日清理12处", "2026-11-27"),
        ("补报２０２５年１２月２０日 清理12处", "2025-12-20"),
        ("补报12月20日情况", "2025-12-20"),
        ("补报上周清理12处", "2026-12-13"),
        ("补报上个月无新增", "2026-11-30"),
        ("补报11月份工作", "2026-11-30"),
        ("补报上季度", "2026-09-30"),
        ("补报第三季度巡查情况", "2026-09-30"),
        ("补报2025年四季度", "2025-12-31"),
        ("11月27日清理12处", None),
        ("补报2026年12月份", None),
        ("补报11月31日", None),
        ("补报12处", None),
        ("补报昨天清理12处", None),
    ],
)
def test_made_up_for_long_ago(text: str, day: str | None) -> None:
    assert made_up_day(text, TUESDAY) == (None if day is None else date.fromisoformat(day))
