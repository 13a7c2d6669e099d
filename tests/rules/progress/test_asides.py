"""What was not done now is read, but does not count; what may be meant otherwise is asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import Aside, Doubt, read_quantities


def judged(text: str) -> list[str]:
    """Each quantity as ``value:why``, with + for one that counts and ? before a question."""
    return [
        f"{q.value}:{q.aside.value if q.aside else f'?{q.doubt.value}' if q.doubt else '+'}"
        for q in read_quantities(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Plans and what is left to do.
        ("明天计划清理小广告50处，出动30人", "50:plan 30:plan"),
        ("拟于12月8日组织志愿者100人开展大扫除", "100:plan"),
        ("力争月底前拆除违规牌匾80块", "80:plan"),
        ("修路灯6盏 明天计划再修10盏", "6:+ 10:plan"),
        ("今天计划清理小广告50处，实际清理45处", "50:plan 45:+"),
        ("计划30处已清理28处", "30:plan 28:+"),
        ("明天计划：\n1.清理小广告50处\n2.拆违建2处", "50:plan 2:plan"),
        ("今天清理小广告30处。明天清理50处。今天发传单20份", "30:+ 50:plan 20:+"),
        ("本月目标清理500处，今天清理50处", "500:plan 50:+"),
        ("按计划清理小广告30处", "30:+"),
        ("已完成计划任务，清理小广告30处", "30:+"),
        ("拟订方案3份", "3:+"),
        ("今天清运垃圾30吨，确保了环境整洁，发放传单200份", "30:+ 200:+"),
        ("应整改20处，实整改18处", "20:rest 18:+"),
        ("应整改20处，已整改18处，剩下2处下周弄完", "20:rest 18:+ 2:rest"),
        ("应整改20处，还没开始", "20:rest"),
        ("应到30人，实到28人", "30:rest 28:+"),
        ("需整改问题12处，已整改10处", "12:rest 10:+"),
        ("缺井盖3个，已补2个", "3:rest 2:+"),
        ("昨日未完成的3处今天已整改", "3:+"),
        ("待拆除违建3处", "3:rest"),
        ("小广告20处未清理", "20:rest"),
        ("整改12处，还有5处没整改", "12:+ 5:rest"),
        ("整改12处，还有5处", "12:+ 5:?number"),
        ("应急演练2次，供应早餐300份，应检尽检200人", "2:+ 300:+ 200:+"),
        ("发现问题20处未整改", "20:+"),
        ("责令整改问题12处", "12:+"),
        ("今天还有志愿者20人参加", "20:+"),
        ("申请增配垃圾桶20个", "20:plan"),
        ("下午再清10处", "10:?number"),
        ("还要5个红袖章", "5:plan"),
        ("月底前完成30处", "30:plan"),
        ("节前已清理小广告50处", "50:+"),
        ("老旧小区改造完成3栋，正在施工2栋", "3:+ 2:rest"),
        # Comparisons and changes.
        ("比昨天多5处", "5:comparison"),
        ("今天查食品摊34个，比昨天多5个", "34:+ 5:comparison"),
        ("较上周减少投诉5件", "5:comparison"),
        ("从20处增加到35处", "15:?change"),
        ("充电桩由原来的20处增加到35处", "15:?change"),
        ("充电桩从20增加到35处", "15:?change"),
        ("投诉从20件降到15件", "5:?change"),
        ("充电桩增加到35处", "35:?change"),
        # States and sizes.
        ("我们队由10人组成，今天劝导45人次", "10:state 45:+"),
        ("巡查队由3名队员和2名网格员组成", "3:state 2:state"),
        ("我街道共有小区35个，今日巡查小区12个", "35:state 12:+"),
        ("全区共有394个小区", "394:state"),
        ("社区现有志愿者50人", "50:state"),
        ("我们队有队员10人", "10:state"),
        ("今天社区有志愿者20人参加", "20:+"),
        ("小区共12栋，今天刷了3栋", "12:state 3:+"),
        ("辖区常住人口2.1万人，今天发放传单300份", "21000:state 300:+"),
        ("分成3组上门，走访商户40户", "3:state 40:+"),
        ("今天共有35人参加清扫", "35:+"),
        ("共有87个项目获评优秀", "87:+"),
        ("拆除广告牌9块，最大的一块长12米", "9:+ 12:size"),
        ("把建设路3米宽的人行道都清出来了", "3:size"),
        ("在学校周边200米范围内清理摊贩12个", "200:size 12:+"),
        ("离人民路口50米处清理垃圾2车", "50:size 2:+"),
        ("铺设管道长200米", "200:+"),
        ("12米长横幅1条", "12:size 1:+"),
        ("拆违建1处，面积300平方米", "1:+ 300:+"),
        ("面积300平方米的违建被拆除", "300:?number"),
        ("每个社区清理10处，共50处", "10:rate 50:+"),
        ("平均每天清理20处", "20:rate"),
        ("社区各清理10处", "10:?number"),
        ("走访各类商户10家", "10:+"),
        # Parts beside their total.
        ("清理小广告30处，其中主干道20处，背街小巷10处", "30:+ 20:part 10:part"),
        ("飞线整治15处（东区8处西区7处）", "15:+ 8:part 7:part"),
        ("出动车辆5台（洒水车3台、清扫车2台）", "5:+ 3:part 2:part"),
        ("出动志愿者50人，其中党员20名，走访群众25人", "50:+ 20:part 25:+"),
        ("查违停58起 贴条58张 其中共享单车12起", "58:+ 58:+ 12:part"),
        ("清理小广告12处（累计576处）", "12:+ 576:+"),
        ("共清理小广告30处，主干道20处，背街小巷10处", "30:+ 20:part 10:part"),
        ("清理小广告30处，主干道20处，背街小巷10处", "30:+ 20:?number 10:?number"),
        ("出动志愿者12人（党员8 群众4）", "12:+ 8:part 4:part"),
        ("劝离3人，教育2人，共5人", "3:+ 2:+ 5:part"),
        ("上午清理20处，下午清理30处，共计50处", "20:part 30:part 50:+"),
        ("上午清了20处 下午30处 今天小广告共计40处", "20:part 30:part 40:?number"),
        ("清理小广告20处、乱堆放30处，共计50处", "20:+ 30:+ 50:part"),
        ("清理小广告20处、牌匾30块，合计50处", "20:+ 30:+ 50:part"),
        ("检查20家，其中餐饮8家，约谈商户25家", "20:+ 8:part 25:+"),
        ("查处30起，其中违停20起、逆行15起", "30:+ 20:part 15:?number"),
        ("上午清理20处，下午清理30处", "20:+ 30:+"),
        # What the message itself takes back, and questions.
        ("打错了 不是15个是5个井盖", "15:withdrawn 5:+"),
        ("小广告30处改为28处", "30:withdrawn 28:+"),
        ("更正：垃圾3吨应为2吨", "3:withdrawn 2:+"),
        ("需要30个人吗", "30:question"),
        ("门口那条路有3米宽 够不够划停车位", "3:size"),
        ("小广告30处 不对 28处", "30:withdrawn 28:+"),
        ("今天30处还是35处", "30:question 35:question"),
        ("今天清理小广告30处？", "30:?number"),
        ("东大街沿街商户128家都走了一遍", "128:+"),
    ],
)
def test_what_counts(text: str, expected: str) -> None:
    assert judged(text) == expected.split()


@given(
    st.lists(
        st.sampled_from(
            (
                *(
                    "明天计划",
                    "应整改",
                    "共有",
                    "其中",
                    "从",
                    "增加到",
                    "比昨天多",
                    "不是",
                    "是",
                    "改为",
                    "（",
                    "）",
                    "由",
                    "组成",
                ),
                *(
                    "清理",
                    "小广告",
                    "20处",
                    "35处",
                    "12人",
                    "，",
                    "。",
                    "\n",
                    " ",
                    "今天",
                    "已",
                    "合计",
                    "还有",
                ),
            )
        ),
        max_size=20,
    )
)
def test_any_mixture_is_judged(words: list[str]) -> None:
    for quantity in read_quantities("".join(words)):
        assert quantity.aside is None or quantity.doubt is None
        assert quantity.value >= 0


def test_the_next_number_keeps_its_item() -> None:
    read = read_quantities("今天小广告不是30处是28处")
    assert [(q.item, int(q.value), q.aside) for q in read] == [
        ("小广告", 30, Aside.WITHDRAWN),
        ("小广告", 28, None),
    ]


def test_a_change_names_its_thing_and_shows_both_numbers() -> None:
    text = "充电桩从20处增加到35处"
    [quantity] = read_quantities(text)
    assert (quantity.item, quantity.doubt) == ("充电桩", Doubt.CHANGE)
    assert text[slice(*quantity.span)] == "从20处增加到35处"
