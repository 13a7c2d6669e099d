"""How often long-term work is reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import Text, plain
from rules.duties.frequencies import Frequency, read_frequency


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("每日", "daily"),
        ("每个工作日", "daily"),
        ("日报", "daily"),
        ("实行日报告制度", "daily"),
        ("一日一查", "daily"),
        ("每周", "weekly"),
        ("每周五下班前", "weekly"),
        ("每\n周一次", "weekly"),
        ("2次/周", "weekly"),
        ("周报", "weekly"),
        *(
            (text, "fortnightly")
            for text in ("每两周", "每2周", "每２ 周", "每二周", "每两个星期", "每2个礼拜")
        ),
        *(
            (text, "fortnightly")
            for text in ("双周", "每双周", "双周报", "双周调度", "两周一次", "两周一报", "2周一次")
        ),
        *(
            (text, "fortnightly")
            for text in ("隔周", "隔周五", "每隔一周报一次", "1次/2周", "14天一次", "每14天")
        ),
        ("每两周五下班前", "fortnightly"),
        ("长期坚持(每两周汇总,每月通报)", "fortnightly"),
        ("每周巡查,每两周汇总", "weekly"),
        ("24小时巡逻,每两周一报", "fortnightly"),
        ("每周两次", "weekly"),
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
        ("24小时巡逻", "shift"),
        ("每天24小时动态巡逻", "shift"),
        ("实行２４小时 不间断巡查", "shift"),
        ("二十四小时值守", "shift"),
        ("24小时专人看守", "shift"),
        ("24h轮班巡查", "shift"),
        ("全天候巡防", "shift"),
        ("昼夜轮班巡查", "shift"),
        ("三班倒", "shift"),
        ("四班三运转", "shift"),
        ("按班次报告", "shift"),
        ("每班报送", "shift"),
        ("每班上报一次", "shift"),
        ("每个班报告", "shift"),
        ("24小时值守，每日上报", "daily"),
        ("24小时巡逻,每周一报", "weekly"),
        ("24小时巡逻,每日保洁", "shift"),
        ("每日报告24小时内整改情况", "daily"),
    ],
)
def test_stated(text: str, frequency: str) -> None:
    assert read_frequency(text) is Frequency(frequency)


@pytest.mark.parametrize("frequency", Frequency)
def test_what_a_card_shows_is_read(frequency: Frequency) -> None:
    shown = plain(Text(f"common.frequency.{frequency.value}"), "zh")
    assert read_frequency(shown) is frequency


@pytest.mark.parametrize(
    "text",
    [
        "",
        "长期坚持",
        "每半月",
        *(
            "每半个月",
            "两周内",
            "两周内完成",
            "第二周",
            "第二周一次",
            "周二周四",
            "前两周一次",
            "12周一次",
            "十二周一次",
        ),
        *("每隔两周一次", "间隔一周", "单双周轮换", "双周期", "114天一次", "一百一十四天一次"),
        "每年",
        "每半年",
        "烟台日报刊发",
        "周边整治",
        "每周边",
        "第三季度",
        "十一月一次",
        "24小时内完成整改",
        "接报后24小时内巡查到位",
        "24小时热线",
        "公布24小时值班电话",
        "每班一名监督员",
        "每班报名五人",
        "全天候开放",
    ],
)
def test_not_stated(text: str) -> None:
    assert read_frequency(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert read_frequency(text) in {None, *Frequency}
