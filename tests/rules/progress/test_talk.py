"""What is said, ordered or merely there is asked about; what the writer did is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import read_quantities


@pytest.mark.parametrize(
    "text",
    [
        # No known deed before a number whose noun stands behind it.
        "北门边上放着3个破沙发",
        "上级发了12项任务清单",
        "我们这条街180家商户呢",
        "能借我10把扫帚不",
        "记得带20个袋子",
        "楼下住着3户租客",
        "东边新开了2家饭店",
        "对面工地来了10辆渣土车",
        "我们队来了2个新人",
        "新来了3个保洁员",
        "物业在3个单元门口装了监控6个",
        # Meetings, orders, complaints.
        "开会布置了3项任务",
        "上午会议通报了我们2个问题",
        "科长安排老周带3个人去东门盯着",
        "安排3个人在路口等",
        "今天安排6组人分片",
        "小李你们组去查4家网吧",
        "居民反映楼下堆了8袋建筑垃圾",
        "居民投诉楼上噪音3次了",
        "书记问我们为啥少了3个点",
        "收到3份整改通知，正在落实",
        "今天来了2个督导组",
        "本次测评随机抽5个小区",
        "市里暗访组昨天在我们这拍了6张",
        # What there is.
        "现在路口堵着20多辆车",
        "两辆垃圾车都在修",
        "保洁员一个月补助800元",
        "一天过3000辆车",
        "共享单车投放总量4200辆",
        "咱们科一共9个人",
        "群里现在一共98人",
        "小区有电梯36部",
        "老年活动室1间",
        "社区卫生服务站床位6张",
        "背街小巷整治进度：共16条",
        "3号院的2个井盖松动，物业在联系",
        "那4辆车是谁的",
        "公示承诺书300份的张贴情况检查了一遍",
        "今天三家小店整改完了两家",
        "倒了4棵树",
        "领了20个马甲还没发",
        "收到3张罚单",
        "测评一共100道题",
        "有3家媒体来采访",
        "公司派了2个人来对接",
        "这个月工资扣了200块",
        "等明天再统计，今天20处",
    ],
)
def test_talk_is_asked_about(text: str) -> None:
    assert read_quantities(text)[0].doubt is not None


@pytest.mark.parametrize(
    "text",
    [
        "小广告30处，垃圾2吨",
        "30处小广告，2吨垃圾",
        "我们拆了3处违建",
        "网格员捡了12袋垃圾",
        "今天罚了8个闯红灯的",
        "上午跑了人民路中山路两条街",
        "把东街的9个垃圾桶换了",
        "给12户困难家庭送米",
        "今天市场里234个摊位都看了一遍",
        "安排30人上路值守",
        "社区有志愿者20人参加",
        "处理居民投诉噪音3起",
        "群众投诉9件",
        "派单126件 办结119件",
        "书记带队检查了4个小区",
        "手抄报45份",
        "摆放在8个小区",
        "联系家长41位",
        "全天10车垃圾",
        "用铲车清了4堆渣土",
        "20名学生来捡垃圾",
        "红马甲在河堤上捡了3袋烟头",
        "给困难户送米30袋油30桶",
    ],
)
def test_a_plain_report_is_not_asked_about(text: str) -> None:
    assert [quantity.doubt for quantity in read_quantities(text)] == [None] * len(read_quantities(text))
    assert read_quantities(text)


@given(
    st.sampled_from(("清理", "拆除", "发放", "更换", "我们清了", "网格员清了", "")),
    st.integers(2, 999),
    st.sampled_from(("处小广告", "个垃圾桶", "份传单", "袋垃圾")),
)
def test_a_known_deed_or_none_before_a_noun_behind_its_number_counts(
    deed: str, number: int, thing: str
) -> None:
    [quantity] = read_quantities(f"{deed}{number}{thing}")
    assert quantity.doubt is None
