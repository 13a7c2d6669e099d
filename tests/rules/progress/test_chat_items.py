"""What is counted in sentences as people write them on a phone: by the grammar, whichever the noun is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import read_quantities
from rules.progress.quantities.verbs import SLIPS

THING = st.sampled_from(("旧灯箱", "积存垃圾", "公益展板", "彩钢瓦棚", "晾衣绳", "绿篱"))
DONE = st.sampled_from(
    ("搬走", "装好", "清完", "换掉", "拉回来", "发出去", "撤下来", "修好了", "搬了", "捆好了")
)
HOW = st.sampled_from(("", "又", "已", "已经", "全部", "一共", "都"))
WHO = st.sampled_from(("红马甲们", "居委会", "王师傅", "物业", "绿化队", "保安"))


def items(text: str) -> list[str]:
    return [quantity.item for quantity in read_quantities(text)]


@given(THING, HOW, DONE, st.integers(2, 999))
def test_a_thing_before_its_deed_is_the_object(thing: str, how: str, done: str, number: int) -> None:
    assert items(f"{thing}{how}{done}{number}件") == [done.removesuffix("了") + thing]


@given(WHO, st.sampled_from(("在河边", "在广场上", "")), THING, st.integers(2, 999))
def test_who_and_where_stand_before_a_finished_deed(who: str, where: str, thing: str, number: int) -> None:
    assert items(f"{who}{where}搬了{number}件{thing}") == [f"搬{thing}"]
    assert items(f"{who}{where}搬了{thing}{number}件") == [f"搬{thing}"]


@pytest.mark.parametrize(("slip", "verb"), SLIPS.items())
def test_a_verb_that_sounds_alike_is_written_right(slip: str, verb: str) -> None:
    assert items(f"{slip}果皮箱12个") == [f"{verb}果皮箱"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The thing first.
        ("门牌号补钉了41块", ["补钉门牌号"]),
        ("消防栓测压了22个", ["测压消防栓"]),
        ("窨井盖缺失补装6个", ["补装窨井盖"]),
        ("铁路边彩钢瓦加固52处", ["加固彩钢瓦"]),
        ("人行道铺装修复65平方", ["铺装修复人行道"]),
        ("旅游厕所新增1座，改造3座", ["新增旅游厕所", "改造旅游厕所"]),
        ("小广告、牛皮癣共清理340处", ["清理小广告、牛皮癣"]),
        ("路沿石 修复 23", ["修复路沿石"]),
        ("休闲椅 刷 14", ["刷休闲椅"]),
        ("健步道画完300米", ["画完健步道"]),
        ("儿童画画了一面40平米", ["画儿童画"]),
        ("文艺晚会办了3场", ["办文艺晚会"]),
        ("通知书从月初到现在一共发出去两百份", ["发出去通知书"]),
        # Who did it.
        ("派出所调解纠纷7起", ["调解纠纷"]),
        ("工会慰问清洁工50名", ["慰问清洁工"]),
        ("居民自治会调解宠物纠纷1件", ["调解宠物纠纷"]),
        ("文化馆排练节目6个", ["排练节目"]),
        ("环卫三所机扫道路26条", ["机扫道路"]),
        ("街道义务植树58棵", ["义务植树"]),
        ("村民自愿拆旱厕7个", ["拆旱厕"]),
        ("民政局给养老机构送灭火器36套", ["送灭火器"]),
        ("学生给父母写信108封", ["写信"]),
        ("免费为老人剪发21次", ["剪发"]),
        ("组织人员清理了小区内的建筑垃圾3车", ["清理建筑垃圾"]),
        ("组织志愿者在广场擦护栏300米", ["擦护栏"]),
        ("老师们今天来了19位家长", ["来家长"]),
        # Where.
        ("村头宣传画画完20平米", ["画完村头宣传画"]),
        ("路口隔离墩擦了30个", ["擦隔离墩"]),
        ("清理西大街、东大街小广告65张", ["清理小广告"]),
        ("清理临街建筑物12处", ["清理临街建筑物"]),
        ("清扫背街小巷26条", ["清扫背街小巷"]),
        ("绿化带里的垃圾拣了6袋", ["拣垃圾"]),
        ("邻里矛盾化解3起", ["化解邻里矛盾"]),
        # 把, V-O-V, the thing in the clause before, a heading, a list of who or where.
        ("把门口乱停的单车归拢了70多辆", ["归拢乱停的单车"]),
        ("东关村的垃圾都捡干净了，装了6车", ["装垃圾"]),
        ("捡了那个塑料瓶大概捡了5袋", ["捡塑料瓶"]),
        ("今天清的沟渠3条", ["清沟渠"]),
        ("占道经营：劝离8起", ["劝离占道经营"]),
        ("乱停乱放：规范22辆", ["规范乱停乱放"]),
        ("今日情况：清理30处", ["清理"]),
        ("城管局：清理30处", ["清理"]),
        ("垃圾：张村3车、李村5车", ["垃圾", "垃圾"]),
        ("倡议书张贴：一栋18张 二栋12张", ["张贴倡议书", "张贴倡议书"]),
        # What stands behind the number.
        ("5个花箱摆到路口了", ["花箱"]),
        ("图书120本捐给山区", ["图书"]),
        ("2万3千本市民公约送到各小区了", ["市民公约"]),
        ("1.2w份明白卡发完了", ["明白卡"]),
        ("近百名少先队员上街捡烟头", ["少先队员"]),
        ("清了两块菜地 大概40平 老人也同意了", ["清菜地", "清菜地"]),
        ("婴儿车9辆旧纸箱一大堆", ["婴儿车"]),
        ("为38名老人免费体检", ["老人"]),
        ("送戏下乡2场 观众700人", ["送戏下乡", "观众"]),
        ("更换护栏11块拆除12块", ["更换护栏", "拆除护栏"]),
        ("办了3场理论宣讲", ["理论宣讲"]),
        # A deed inside a noun.
        ("劝导岗8个", ["劝导岗"]),
        ("安装宣传牌8块", ["安装宣传牌"]),
        # A correction names the thing.
        ("志愿者报多了，不是32人，是23人", ["志愿者", "志愿者"]),
        ("清楼顶杂物4车，说错了，是楼道杂物4车", ["清楼顶杂物", "楼道杂物"]),
    ],
)
def test_the_item_by_its_grammar(text: str, expected: list[str]) -> None:
    assert items(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Which building or team, not how many.
        ("标语张贴：一栋18张 二栋12张", ["18张", "12张"]),
        ("5栋6栋住户不开门", []),
        ("去十二栋清了3车杂物", ["3车"]),
        ("清垃圾，一组3车二组4车", ["3车", "4车"]),
        ("改造楼栋54栋", ["54栋"]),
        ("查了三所学校", ["3所"]),
        ("四网格 楼顶杂物清了5堆", ["5堆"]),
        ("网格员扫楼14栋", ["14栋"]),
        ("清三堆41处", ["41处"]),
        # Units and lists.
        ("旧报纸一大堆", []),
        ("服务时长4600小时", ["4600小时"]),
        ("忙了3个小时，清垃圾2车", ["2车"]),
        ("来了四十多位居民", ["40位"]),
        ("消防演练两场二百来人参加", ["2场", "200人"]),
        ("今天修了一处漏水的管子", ["1处"]),
        ("收被子14床，鞭炮12挂，装了五袋子", ["14床", "12挂", "5袋"]),
        ("护栏维修14处/38米", ["14处", "38米"]),
        ("人：20 车：3", ["20", "3"]),
        ("督导商超6家", ["6家"]),
        ("1、清理残垣2处\n2、清淤1.3公里\n3、来了三十多人", ["2处", "1.3公里", "30人"]),
    ],
)
def test_what_is_a_count(text: str, expected: list[str]) -> None:
    assert [f"{q.value}{q.unit}" for q in read_quantities(text)] == expected
