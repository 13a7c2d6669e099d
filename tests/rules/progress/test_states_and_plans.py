"""How much there is, what was meant to be done and with what a number is compared never count silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import Aside, read_quantities


def judged(text: str) -> list[str]:
    """Each quantity as ``item value:why``, with + for one that counts and ? before a question."""
    return [
        f"{q.item} {q.value}:{q.aside.value if q.aside else f'?{q.doubt.value}' if q.doubt else '+'}"
        for q in read_quantities(text)
    ]


def why(text: str) -> str:
    return " ".join(figure.rpartition(" ")[2] for figure in judged(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A place and its people.
        ("镇域面积46平方公里，户籍人口1万2千人，有文艺队伍9支", "46:state 12000:state 9:state"),
        ("辖区总面积约3.5平方公里，今天清运垃圾6车", "3.5:state 6:+"),
        ("我们村一共286户，1104口人，就仨护林员", "286:state 1104:state 3:state"),
        ("我们社区一共18栋楼，今天刷了3栋", "18:state 3:+"),
        ("保洁班是12个人两班倒", "12:state"),
        ("保洁员12人，三班倒，今天清垃圾4车", "12:state 4:+"),
        ("今天出动12人两班倒巡查", "12:+"),
        ("我们村一共26户报了名", "26:+"),
        ("我们村一共20人参加清扫", "20:+"),
        ("拆违建2处，面积180平方米", "2:+ 180:+"),
        ("辖区常住人口2.4万人，清理楼道9处", "24000:state 9:+"),
        ("街道面积7.8平方公里，今天消杀2.3平方公里", "7.8:state 2.3:+"),
        ("我们镇下辖9个村，有义务巡逻队11支，今天劝导行人46人次", "9:state 11:state 46:+"),
        ("我们镇下辖9个村，有志愿者11名参加清扫", "9:state 11:+"),
        ("我们社区住了1900户", "1900:state"),
        ("风大，绑住了12棵树", "12:+"),
        ("我们小区一共96户，就俩保安", "96:state 2:state"),
        # How many figures follow.
        ("昨天漏报了一项，修长椅4把", "1:state 4:+"),
        ("上午漏报了2条：劝导8人，扶车30辆", "2:state 8:+ 30:+"),
        ("昨天漏报了2处", "2:?number"),
        # Who did it together, or in groups.
        ("消防、住建、供电三家联手，查了出租屋26户", "3:state 26:+"),
        ("公安铁路林业三方联合清了彩钢瓦9处", "3:state 9:+"),
        ("书记主任站长三人联合，走访困难户8户", "3:state 8:+"),
        ("今天两个小队捡垃圾：A队9袋，B队7袋，合计16袋", "2:state 9:part 7:part 16:+"),
        ("昨晚四个班扫雪：甲班5处，乙班8处，合计13处", "4:state 5:part 8:part 13:+"),
        ("5个小组上街清扫道路12条", "5:+ 12:+"),
        # With what a number is compared.
        ("纠纷今天调了6起，比上周的11起少5起", "6:+ 11:comparison 5:comparison"),
        ("今天收旧衣服33件，较昨天的25件增加8件", "33:+ 25:comparison 8:comparison"),
        ("清垃圾33车多，比昨天多", "33:+"),
        # What was meant to be done, and what was.
        ("原定走访20户低保户，下大雨只走了12户", "20:plan 12:+"),
        ("原计划擦护栏60米，水管坏了才擦了35米", "60:plan 35:+"),
        ("本来要修9盏路灯，零件不够只修了4盏", "9:plan 4:+"),
        # What a correction says; a deed that is told for somebody; complaints that were dealt with.
        ("上次报的雨伞40把改成14把，看错了", "40:withdrawn 14:+"),
        ("工会：给夜班工人送军大衣二十五床，量血压31人次", "25:+ 31:+"),
        ("居民投诉今天处理了19件", "19:+"),
        ("居民投诉噪音19件", "19:?number"),
        # A list in which one number is the sum of the next ones by chance.
        ("今天我去了5家网吧3家旅馆2家药店 都贴了海报", "5:+ 3:+ 2:+"),
        ("排查店铺5家，饭店3家药店2家", "5:+ 3:?number 2:?number"),
        ("他们社区只清了30处", "30:?number"),
        ("原来想贴海报30张，后来贴了22张", "30:plan 22:+"),
        ("本想修路灯8盏，没零件只修了5盏", "8:plan 5:+"),
        ("本来8个人，来了6个", "8:state 6:+"),
        ("原定方案改了2处", "2:plan"),
    ],
)
def test_what_counts(text: str, expected: str) -> None:
    assert why(text) == expected


@given(
    st.sampled_from(("原定", "原计划", "本来要", "原本想")),
    st.sampled_from(("下大雨", "车坏了", "人手不够", "天黑得早")),
    st.integers(20, 90),
    st.integers(2, 19),
)
def test_only_what_was_done_counts_and_of_the_same_thing(
    plan: str, cause: str, meant: int, done: int
) -> None:
    read = read_quantities(f"{plan}检查{meant}家药店，{cause}只跑了{done}家")
    assert [(int(q.value), q.aside, q.doubt) for q in read] == [(meant, Aside.PLAN, None), (done, None, None)]
    assert read[1].item == "跑药店"


def test_who_only_came_is_named() -> None:
    assert judged("志愿者只来了3人") == ["来志愿者 3:+"]
