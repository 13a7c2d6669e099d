"""新增 or 累计, by the words of the whole message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import read_quantities
from rules.progress.stated_modes import says_sum, stated_modes

MODES = {True: "累", False: "新", None: "问"}


def read(text: str) -> str:
    """A sign for each number that the reader finds, in order."""
    spans = [quantity.span for quantity in read_quantities(text)]
    return "".join(MODES[mode] for mode in stated_modes(text, spans))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天清理牌匾12处", "新"),
        ("又清理了牌匾12处", "新"),
        ("累计清理牌匾576处", "累"),
        ("累計清理牌匾576處", "累"),
        ("清理牌匾576处", "问"),
        ("周一清运5车周二7车", "新新"),
        ("上周三清理牌匾12处", "新"),
        ("本日共清理牌匾12处", "新"),
        ("今拆违建3处180㎡", "新新"),
        ("早高峰劝导30人次", "新"),
        ("全天机扫126公里，洒水18车次", "新新"),
        ("机扫全天126公里", "新"),
        ("24小时全天候巡查，清理牌匾12处", "问"),
        ("每个全天清理牌匾12处", "问"),
        ("自今年3月起，共查处14起，罚没款4.2万元", "累累"),
        ("从今天起清理3处", "新"),
        ("周一至周五清理牌匾120处", "问"),
        ("每周五清理牌匾120处", "问"),
        # A share and a note about writing are no day.
        ("签约率98.5%，共签2046户", "问"),
        ("抓拍违停3278起，同比下降12.3%", "问"),
        ("刚才写错了，垃圾5车", "问"),
        ("刚才清理垃圾5车", "新"),
        ("今年到现在拆了违建43处", "累"),
        ("到目前为止拆了违建43处", "累"),
        ("从3月到现在共救助走失老人14人次", "累"),
        ("施工到今天铺了盲道砖900平", "累"),
        ("到10月底，健身器材累计安装120件", "累"),
        ("从早上7点到现在清了9车", "新"),
        ("今天到现在清理12处", "新"),
        ("今日清理12处，累计576处", "新累"),
        ("Today removed 12处", "新"),
    ],
)
def test_the_nearest_word_before_the_number_decides(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "累计到今天清理牌匾576处",
        "累计截至今天，清理牌匾576处",
        "截至今天下午，累计清理牌匾576处",
        "截至今日18时累计清理牌匾576处",
        "截至12月3日下午5点半，累计清理牌匾576处",
        "截至今日清理牌匾576处",
        "截至12月3日，共清理牌匾576处",
        "截至目前共清理牌匾576处",
        "截至11月底清理牌匾576处",
        "截止上周末清理牌匾576处",
        "截至年底清理牌匾576处",
        "自11月起共清理牌匾576处",
        "从12月1日开始清理牌匾576处",
        "自活动开展以来清理牌匾576处",
        "今年以来清理牌匾576处",
        "累计新增停车泊位576个",
        "清理牌匾576处（累计）",
        "清理牌匾累计576处",
        "清理牌匾576处，清运垃圾80车，均为累计",
    ],
)
def test_a_running_total(text: str) -> None:
    assert read(text)[-1] == "累"


@pytest.mark.parametrize(
    "text",
    [
        "今日共计清理牌匾12处",
        "今天合计清理牌匾12处",
        "今天一共清了牌匾12处",
        "昨晚清理牌匾12处",
        "12月3日清理牌匾12处",
        "城管局12.4 清理牌匾12处",
        "志愿者23人今早在中心广场站岗",
        "从今天起清理牌匾12处",
        "放学时劝离流动摊贩12个",
        "上班高峰劝导乱停车12辆",
        "柳树村12.4\n1、清理牌匾12处",
        "清理牌匾12处（今日）",
    ],
)
def test_the_figures_of_a_day(text: str) -> None:
    assert read(text)[-1] == "新"


@pytest.mark.parametrize(
    "text",
    [
        "共计清理牌匾576处",
        "合计清理牌匾576处",
        "本周清理牌匾42处",
        "12月份清理牌匾42处",
        "本月累计清理牌匾42处",
        "本月以来清理牌匾42处",
        "按12月2日会议要求，清理牌匾42处",
        "比昨天多，清理牌匾42处",
        "清理牌匾42处，12.4吨垃圾",
    ],
)
def test_what_is_left_open(text: str) -> None:
    assert set(read(text)) == {"问"}


@pytest.mark.parametrize("text", ["今日累计清理牌匾30处", "今天累计30处", "12月3日全区累计清理牌匾30处"])
def test_a_day_and_a_total_at_once_are_asked_about(text: str) -> None:
    assert read(text) == "问"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天的：\n垃圾 5车\n小广告 70条\n占道 11处", "新新新"),
        ("今日情况\n1.拆除牌匾7块\n2.规范单车260辆\n3.劝导占道14起", "新新新"),
        ("今天清理牌匾12处。清运垃圾2车！出动志愿者20人", "新新新"),
        ("清理牌匾12处，清运垃圾2车，都是今天的", "新新"),
        ("今天清理牌匾12处；\n累计清理牌匾576处。\n出动志愿者20人", "新累新"),
        ("截至12月3日，拆除牌匾7块；规范单车260辆；劝导占道14起", "累累累"),
        ("累计情况：\n牌匾7块\n单车260辆", "累累"),
        ("累计清理牌匾576处。清运垃圾2车", "累问"),
        ("今天清理牌匾12处；累计清理牌匾576处；出动志愿者20人", "新累问"),
    ],
)
def test_a_day_holds_for_the_whole_message_and_a_total_for_its_list(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今日清理牌匾12处，累计576处，清运垃圾2车，累计80车，出动志愿者20人", "新累新累新"),
        ("今日清理牌匾12处（累计576处），清运垃圾2车（累计80车）", "新累新累"),
        ("清理牌匾12处（累计576处），清运垃圾2车（累计80车）", "问累问累"),
        ("累计清理牌匾576处，清运垃圾80车", "累累"),
    ],
)
def test_a_total_behind_a_number_is_of_that_one_alone(text: str, expected: str) -> None:
    assert read(text) == expected


@given(st.text(alphabet="今天昨日累计截至12月3日起自从以来共合新增又（）()，。；\n：牌匾处车", max_size=80))
def test_any_text_gets_a_mode_for_each_number(text: str) -> None:
    spans = [quantity.span for quantity in read_quantities(text)]
    assert len(stated_modes(text, spans)) == len(spans)


@given(st.lists(st.sampled_from(["牌匾12处", "垃圾2车", "志愿者20人", "泊位7个"]), min_size=1, max_size=5))
def test_a_day_in_front_makes_all_new(things: list[str]) -> None:
    for sign in ("，", "；", "\n", "。"):
        assert set(read("今天：" + sign.join(things))) == {"新"}


def test_a_sum_is_another_wording() -> None:
    assert says_sum("共清理牌匾12处", 5)
    assert not says_sum("共清理垃圾2车，牌匾12处", 10)
