"""The item is the thing that was counted, without the office that writes, the place, and what was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import read_quantities

OFFICE = st.sampled_from(
    ("文旅", "卫健委", "交警", "市监局", "园林绿化处", "残联", "供电公司", "住建局物业科")
)
DEED = st.sampled_from(("检查", "清洗", "更换", "查", "拆", "擦"))
THING = st.sampled_from(("旧灯箱", "果皮箱", "晾衣架", "展示柜"))


def items(text: str) -> list[str]:
    return [quantity.item for quantity in read_quantities(text)]


@given(OFFICE, st.sampled_from(("", " ", "今天", "：")), DEED, THING, st.integers(2, 999))
def test_an_office_at_the_head_is_no_part_of_the_item(
    office: str, pause: str, deed: str, thing: str, number: int
) -> None:
    assert items(f"{office}{pause}{deed}{thing}{number}个") == [deed + thing]


@given(
    st.sampled_from(("除雪", "晨扫", "人居整治", "护学岗")),
    st.sampled_from(("出动", "投入", "派出")),
    st.sampled_from(("机关干部", "铲车", "雾炮车")),
    st.integers(2, 99),
)
def test_what_was_sent_is_counted_whatever_for(why: str, sent: str, whom: str, number: int) -> None:
    assert items(f"{why}{sent}{whom}{number}名") == [sent + whom]
    assert items(f"{why}{sent}{number}人") == [sent]


@given(
    st.sampled_from(("养护站", "绿化队", "小区", "公园")),
    st.sampled_from(("扣", "抽", "封", "添", "用")),
    st.integers(2, 99),
)
def test_a_verb_of_one_letter_opens_a_clause(who: str, verb: str, number: int) -> None:
    assert items(f"擦护栏3米，{verb}水泵{number}台") == ["擦护栏", f"{verb}水泵"]
    assert items(f"{who}{verb}水泵{number}台") == [f"{verb}水泵"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # An office or a group that writes.
        ("卫健委控烟检查候车室6间", ["检查候车室"]),
        ("婚姻登记处办颁证仪式2场", ["办颁证仪式"]),
        ("城管局门头牌匾改造宣传单发了300张", ["发门头牌匾改造宣传单"]),
        ("五网格 楼道旧沙发清了3个", ["清楼道旧沙发"]),
        ("消防员进社区讲消防课2节", ["讲消防课"]),
        ("医院义诊60人次", ["义诊"]),
        ("消防通道画线200米", ["画线消防通道"]),
        # Where.
        ("长宁路香樟修剪完了 一共52株", ["修剪香樟"]),
        ("车道上违停车拖离7台", ["拖离违停车"]),
        ("在文化广场义诊73人", ["义诊"]),
        ("把停在盲道上的单车挪走40辆", ["挪走单车"]),
        ("花园路口袋公园栽海棠12棵", ["栽海棠"]),
        ("路内泊车位补划60个", ["补划路内泊车位"]),
        # Who came, and the people behind an activity.
        ("小小宣讲员活动学生参加80人家长参加75人", ["学生", "家长"]),
        ("护学岗 教师6人 家长8人", ["教师", "家长"]),
        ("市直机关干部下沉社区44人", ["市直机关干部"]),
        ("文明引导员到岗18人", ["文明引导员"]),
        ("青年突击队40人扫雪", ["青年突击队"]),
        # What was held, and what happens to who did wrong.
        ("亲子阅读讲座开展4场次", ["开展亲子阅读讲座"]),
        ("健康知识答题 参与900人次", ["参与健康知识答题"]),
        ("不系安全带教育31人", ["教育不系安全带"]),
        ("逆向行驶处罚12人", ["处罚逆向行驶"]),
        ("安全教育31人", ["安全教育"]),
        ("宣讲队成立了5支", ["成立宣讲队"]),
        ("防诈骗宣传进校园3场", ["防诈骗宣传"]),
        ("整治乱停车专项行动 拖走6辆", ["拖走乱停车"]),
        ("管网改造完成1.2公里", ["改造管网"]),
        # Who did it stands before the deed, the thing behind the number.
        ("志愿者陪6位老人去医院", ["陪老人"]),
        ("劳动节修小家电23件", ["修小家电"]),
        ("超市出口摆放意见箱3个", ["摆放意见箱"]),
        ("今天就发了点传单，大概70张", ["发传单"]),
        ("然后对树上的旧灯带进行了清理大概清了20条", ["清理旧灯带"]),
        # To whom.
        ("给低保户送了棉被 一共15户", ["低保户"]),
        ("给70岁以上老人测血糖22人", ["测血糖"]),
        ("绿化队给行道树刷白186棵", ["刷白行道树"]),
        # The same deed, and the thing in the clause before.
        ("来了4名学生帮着刷墙，刷了60平", ["来学生", "刷墙"]),
        ("行道树我们修了35棵", ["修行道树"]),
        ("石墩子我们也摆了12个", ["摆石墩子"]),
        ("后面的菜地我们今天铲了3块", ["铲后面的菜地"]),
        ("发了500份倡议书就这些", ["发倡议书"]),
        ("违建棚子我们拆了2处", ["拆违建棚子"]),
        # What stands behind the number.
        ("劝了12个钓鱼的 又捡了3袋垃圾", ["劝钓鱼", "捡垃圾"]),
        ("查了18家粮油店 秤不准的2家", ["查粮油店", "秤不准"]),
        ("网吧14家 旅行社3家 景区2个 没发现问题", ["网吧", "旅行社", "景区"]),
        ("检查景区4家宾馆11家", ["检查景区", "宾馆"]),
        ("引导摊贩30户进夜市经营", ["引导摊贩"]),
        ("拔了两袋杂草 都堆墙边了", ["拔杂草"]),
        ("来了两百多居民", ["来居民"]),
        # Of these.
        ("全市48所学校里已有29所开课", ["学校", "学校"]),
    ],
)
def test_the_thing_is_named(text: str, expected: list[str]) -> None:
    assert items(text) == expected
