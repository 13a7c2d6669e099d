from __future__ import annotations

import pytest

from rules.chatter import is_chatter


@pytest.mark.parametrize(
    "text",
    [
        *(
            "收到",
            "收到！",
            "好的，谢谢",
            "收到，张主任",
            "@李主任 收到",
            "明白",
            "OK",
            "马上落实",
            "谢谢领导",
        ),
        *("辛苦了", "尽快安排", "👍", "👌👌", "。。。", "  ", "行", "Got it", "Thanks!"),
        *("什么时候截止？", "这项是我们的吗", "请问报给谁", "12处都要报吗？"),
    ],
)
def test_talk(text: str) -> None:
    assert is_chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        *("今天清理违规广告牌匾12处", "好的，今天清理了12处", "收到，已清理两处", "12", "无新增", "已完成"),
        *("已全部整改到位", "正在施工", "行政村已全部清理", "马上落实：已联系产权单位，明天上午进场拆除"),
        *("Cleared 12 signs", "已拆除，无需复查", "好几处已清理", "谢家湾已清理"),
    ],
)
def test_reports(text: str) -> None:
    assert not is_chatter(text)
