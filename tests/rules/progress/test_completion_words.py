"""全部完成 in a report: its receipt offers 申请办结."""

from __future__ import annotations

import pytest

from rules.progress.completion_words import says_all_done


@pytest.mark.parametrize(
    "text",
    [
        "今天更换广告牌30个，全部完成",
        "拆除围挡120米，已完成。",
        "点位已全部整改到位",
        "任务已完成，请审核",
        "8处问题均已整改完毕",
        "该项工作提前完成！",
        "摸排完成率100%",
    ],
)
def test_it_is_all_done(text: str) -> None:
    assert says_all_done(text)


@pytest.mark.parametrize(
    "text",
    [
        "今天清理小广告30处",
        "预计月底前全部完成",
        "尚未全部完成，还剩5处",
        "争取本周全部完成",
        "明天全部完成",
        "已完成30处，剩余20处",
        "没有完成",
        "完成率80%",
        "今日无新增",
        "部分已完成。",
        "第一阶段工作已完成",
        "除东街外全部完成",
        "清理任务已完成一半",
        "是否已全部完成？",
        "不能保证全部完成",
        "全部完成还需三天",
        "今日12处全部完成，明日清理东街",
        "今天的清扫已完成。",
    ],
)
def test_it_is_not(text: str) -> None:
    assert not says_all_done(text)
