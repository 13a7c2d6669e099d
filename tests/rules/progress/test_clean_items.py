"""An item says what was done to what: without who and when, without halves of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import metric_name, read_quantities

WHO = st.sampled_from(
    ("城管局", "东城街道", "区二小", "红旗社区", "环卫所", "我局", "交警大队", "第三网格", "我们村", "县医院")
)
WHEN = st.sampled_from(
    ("今日", "今天", "昨天下午", "12月2日", "12月2日上午", "今早", "12.4 ", "今儿个", "昨晚", "本周", "周三")
)
DEED = st.sampled_from(
    ("清理小广告", "出动志愿者", "走访商户", "劝离流动摊贩", "擦洗果皮箱", "查酒驾", "清垃圾", "办健康讲座")
)


def items(text: str) -> list[str]:
    return [quantity.item for quantity in read_quantities(text)]


@given(WHO, WHEN, DEED, st.integers(2, 9999), st.sampled_from(("处", "个", "起", "名")))
def test_who_and_when_are_no_part_of_the_item(who: str, when: str, deed: str, number: int, unit: str) -> None:
    assert items(f"{who}{when}{deed}{number}{unit}") == [deed]
    assert items(f"{when}{who}{deed}{number}{unit}")[0].endswith(deed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("东城街道今日出动志愿者20人", ["出动志愿者"]),
        ("城管局12月2日出动执法人员30人", ["出动执法人员"]),
        ("区二小今日清理楼道12处", ["清理楼道"]),
        ("社区今日走访商户35家", ["走访商户"]),
        ("二中 学生志愿者45人", ["学生志愿者"]),
        ("幸福社区志愿者20人", ["志愿者"]),
        ("以及社区志愿者60余人", ["社区志愿者"]),
        ("张主任 我们村今天垃圾清了四车", ["清垃圾"]),
        ("小广告今天清了30处", ["清小广告"]),
        ("小广告清了30处", ["清小广告"]),
        ("倡议书累计发了300份", ["发倡议书"]),
        ("飞线整治15处", ["整治飞线"]),
        ("处理投诉30起", ["处理投诉"]),
        ("12345转来的噪音投诉4件", ["噪音投诉"]),
        ("共享单车今天摆了三百多辆", ["摆共享单车"]),
        ("卫生监督所检查公共场所12户次", ["检查公共场所"]),
        ("办事处组织机关干部30人", ["组织机关干部"]),
        ("今天的垃圾比昨天少2车，共清运10车", ["垃圾", "清运垃圾"]),
        ("巡查发现乱堆乱放6处，已清理5处", ["巡查发现乱堆乱放", "清理乱堆乱放"]),
        ("12网格今天清小广告5处", ["清小广告"]),
        ("3队今天清垃圾5车", ["清垃圾"]),
        ("小广告30处 不对 28处", ["小广告", "小广告"]),
        ("小广告20处/垃圾3车", ["小广告", "垃圾"]),
        ("扫雪除冰出动180人次 机械12台次", ["扫雪除冰出动", "机械"]),
        ("农贸市场规范摊位56个", ["规范摊位"]),
        ("没收过期食品14袋", ["没收过期食品"]),
        ("对流动摊贩劝离12个", ["劝离流动摊贩"]),
        ("城管局今天对占道经营进行了整治，共18起", ["整治占道经营"]),
        ("请理绿化带垃圾5处", ["清理绿化带垃圾"]),
        ("志愿者23人今早在中心广场站岗", ["志愿者"]),
        ("清扫背街小巷26条 冲洗路面8000平方米", ["清扫背街小巷", "冲洗路面"]),
        ("疏通下水道3处更换井盖5个", ["疏通下水道", "更换井盖"]),
        ("店外经营整治22起 油烟投诉处理3起", ["整治店外经营", "处理油烟投诉"]),
        ("今天查了3家烟花点 没问题", ["查烟花点"]),
        ("今天健康讲座一场 义诊60人次", ["健康讲座", "义诊"]),
        ("昨天夜查网吧五家 KTV三家", ["夜查网吧", "KTV"]),
        # For whom and where.
        ("给困难户送米30袋", ["送米"]),
        ("送温暖 给环卫工人送手套200双", ["送手套"]),
        ("建设路126号院清理杂物3处", ["清理杂物"]),
        ("建设小区12处", ["建设小区"]),
        ("和平社区志愿服务活动3场", ["志愿服务活动"]),
        ("全校师生1256人参加签名", ["师生"]),
        ("早高峰7:20-8:40执勤警力24人次", ["执勤警力"]),
        # A word that begins as a conjunction or an adverb does, and one that ends in a short verb.
        ("经营户检查120家", ["经营户检查"]),
        ("有害垃圾清运3桶", ["清运有害垃圾"]),
        ("都市村庄清理3处", ["清理都市村庄"]),
        ("队长带队检查了4个小区", ["检查小区"]),
        ("学生问卷回收了980份", ["回收学生问卷"]),
        # As one speaks.
        ("嗯清了两车垃圾然后铲了150张小广告", ["清垃圾", "铲小广告"]),
        ("牌匾清了3处还有就是垃圾拉走2车", ["清牌匾", "拉走垃圾"]),
        ("都走完了 收集民意406条", ["收集民意"]),
        ("志愿者来了30人", ["志愿者"]),
        ("参加义务劳动 捡了塑料瓶80个", ["捡塑料瓶"]),
        ("上午报的垃圾3车", ["垃圾"]),
        ("违建已经拆了3处了", ["拆违建"]),
        ("发放《应知应会100问》320册", ["发放《应知应会100问》"]),
        ("《创建应知应会100问》发放320册", ["发放《创建应知应会100问》"]),
    ],
)
def test_items_of_chat_sentences(text: str, expected: list[str]) -> None:
    assert items(text) == expected


@given(st.text("“”《》清理拆除的对日新增违建牌匾3处个12,。(今天) ", max_size=30))
def test_brackets_are_balanced(text: str) -> None:
    for item in items(text):
        assert all(item.count(pair[0]) == item.count(pair[1]) for pair in ("“”", "《》", "()"))


@pytest.mark.parametrize(
    ("item", "unit", "expected"),
    [
        ("新增志愿者", "名", "志愿者"),
        ("清理牌匾", "处", "清理牌匾"),
        ("出动", "人", "出动人员"),
        ("出动", "台次", "出动车辆"),
        ("清理", "处", ""),
        ("清", "处", ""),
        ("立案", "起", "立案"),
        ("平方米", "平方米", ""),
        ("新增", "处", ""),
        ("", "处", ""),
    ],
)
def test_the_name_of_a_new_metric(item: str, unit: str, expected: str) -> None:
    assert metric_name(item, unit) == expected
