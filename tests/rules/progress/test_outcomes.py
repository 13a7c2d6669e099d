"""What came of some of the things that were counted before is a part of them, and never counts silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import Aside, read_quantities


def counted(text: str) -> list[str]:
    """The values that count, and in parentheses those that are left out as parts."""
    return [
        str(q.value) if q.aside is None else f"({q.value})"
        for q in read_quantities(text)
        if q.aside in {None, Aside.PART}
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A judgement.
        ("抽检桶装水18桶，合格17桶", "18 (17)"),
        ("监督所 抽查口罩30个 不合格的2个", "30 (2)"),
        ("测路灯漏电260盏，异常4盏", "260 (4)"),
        ("社区书画展收作品88幅，评出二等奖6幅", "88 (6)"),
        ("检查电动自行车70辆超速5辆", "70 (5)"),
        ("抓拍乱停车46起 劝离28起", "46 (28)"),
        ("检查围挡4.2公里，破损的230米已更换", "4.2 (230)"),
        # What of it fails stands before the judgement.
        ("校车查了32台，轮胎不合格3台，当场整改2台，停运1台", "32 (3) (2) (1)"),
        ("抽检水产品18批次，重金属超标2批次", "18 (2)"),
        ("检查餐饮28家，从业人员健康证过期4家", "28 (4)"),
        ("检查饭店30家，理发店不规范2家", "30 2"),
        ("检查快递点9家，安全通道不畅通2家", "9 (2)"),
        ("检查诊所9家，走访不放心药店2家", "9 2"),
        # What is lacking, after a check.
        ("巡查商铺52家，没亮证的7家", "52 (7)"),
        ("走访低保户33户，不在家4户", "33 (4)"),
        ("检查餐馆26家有3家没戴口罩", "26 (3)"),
        ("去了11个工地，2个没洗车，罚了", "11 (2)"),
        ("检查了12家店，5家整改到位", "12 (5)"),
        ("公厕巡查21座，2座停水", "21 (2)"),
        # A bare deed, after a check.
        ("排查出裸露土堆14处，已盖11处", "14 (11)"),
        ("查货车21台 扣了3台", "21 (3)"),
        ("受理诉求36件，办结30件", "36 (30)"),
        ("检查网吧9家，立案1家，责令整改2家", "9 (1) (2)"),
        ("检查药店40家\\n警告2家", "40 (2)"),
        ("走访门店44家，签承诺书41家", "44 (41)"),
        ("检查宾馆15家，发现问题3家", "15 (3)"),
        # What is said of them to others is work of its own, of bodies.
        ("检查小区物业19家，通报3家", "19 3"),
        ("检查餐饮店19家，约谈3家", "19 3"),
        ("检查餐饮店19家，被通报3家", "19 (3)"),
        ("抓拍不文明行为10起 曝光3起", "10 (3)"),
        # Work of its own: another thing, another unit, more than before, 又, another day.
        ("检查药店12家，诊所7家", "12 7"),
        ("检查工地11个，发现问题3个", "11 3"),
        ("检查饭店12家，又检查宾馆5家", "12 5"),
        ("检查商户12家，整改15家", "12 15"),
        ("检查饭店8家，罚款2000元", "8 2000"),
        ("查处逆行41起、未戴头盔33起", "41 33"),
        ("劝导闯红灯30人，不戴头盔12人", "30 12"),
        ("上午检查30家，下午20家", "30 20"),
        ("发现问题8处，今天整改8处", "8 8"),
        # Two deeds with like things.
        ("拆除牌匾5块，更换3块", "5 3"),
        ("擦洗垃圾桶30个，更换5个", "30 5"),
        ("发放问卷500份，收回478份", "500 478"),
    ],
)
def test_what_came_of_some_of_them_is_a_part(text: str, expected: str) -> None:
    assert " ".join(counted(text.replace("\\n", "\n"))) == expected


@given(
    check=st.sampled_from(["检查", "抽查", "巡查", "走访"]),
    place=st.sampled_from(["餐馆", "门店", "网吧", "小超市"]),
    said=st.sampled_from(["不合格", "不达标的", "整改", "有", "已处罚", "责令改正", "未公示"]),
    number=st.integers(2, 900),
    some=st.integers(2, 900),
)
def test_a_part_never_exceeds_what_was_checked(
    check: str, place: str, said: str, number: int, some: int
) -> None:
    expected = [str(number), f"({some})" if some <= number else str(some)]
    assert counted(f"{check}{place}{number}家，{said}{some}家") == expected
