"""What is of each of several is proposed as the product, and asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import Doubt, read_quantities


def read(text: str) -> list[str]:
    """Item, number, unit; ``?`` behind what is asked about, parentheses around what does not count."""
    shown = []
    for quantity in read_quantities(text):
        words = f"{quantity.item}|{quantity.value}|{quantity.unit}"
        shown.append(f"({words})" if quantity.aside else words + ("?" if quantity.doubt else ""))
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Those who act before 各 and 分别 are no figure.
        ("5个执法小队各查商户12家", ["(执法小队|5|个)", "查商户|60|家?"]),
        ("4个网格各走访20户", ["(网格|4|个)", "走访|80|户?"]),
        ("今天4个社区各组织志愿者15名清理卫生死角", ["(社区|4|个)", "组织志愿者|60|名?"]),
        ("3个支部分别开展活动2场", ["(支部|3|个)", "开展活动|6|场?"]),
        # A deed makes a figure of them.
        ("检查商户12家各发承诺书1份", ["检查商户|12|家", "发承诺书|12|份?"]),
        ("组织5个社区各出动志愿者20人", ["组织社区|5|个", "出动志愿者|100|人?"]),
        # Times, names and sides.
        ("上午下午各清了10车", ["清|20|车?"]),
        ("上午下午各出动志愿者10人", ["出动志愿者|20|人?"]),
        ("今天东区、西区各清理3车", ["清理|6|车?"]),
        ("东区、西区各3车", ["|6|车?"]),
        ("道路两侧各栽树20棵", ["栽树|40|棵?"]),
        # Things are listed before 各, too.
        ("发放手套、口罩各50个", ["发放手套、口罩|50|个?"]),
        # So many for each, and how many there are.
        ("今天每个路口安排志愿者4名，共12个路口", ["安排志愿者|48|名?", "(路口|12|个)"]),
        ("12个路口每个路口安排4名志愿者", ["(路口|12|个)", "安排志愿者|48|名?"]),
        ("每个网格走访20户，共走访8个网格", ["走访|160|户?", "走访网格|8|个"]),
        ("每组5人，共4组", ["每组|20|人?", "(每组|4|组)"]),
        # 各 may be a part of another word, and 分别 lead a list.
        ("3名队员分别清理12处、8处", ["队员|3|名", "清理|12|处", "清理|8|处"]),
        ("42个检查组共检查各地区256个企业", ["检查组|42|个", "检查各地区企业|256|个?"]),
        ("各社区共清理垃圾12车", ["清理垃圾|12|车"]),
        ("每个社区清理10处，共50处", ["(清理|10|处)", "清理|50|处"]),
        ("每户补助300元，共20户", ["|20|户"]),
    ],
)
def test_what_is_of_each_is_asked_about_as_the_product(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@given(
    bodies=st.sampled_from(("小队", "社区", "网格", "支部", "单位")),
    each=st.sampled_from(("各", "各自")),
    number=st.integers(2, 40),
    of_each=st.integers(1, 900),
)
def test_the_product_never_counts_unasked(bodies: str, each: str, number: int, of_each: int) -> None:
    counted = [q for q in read_quantities(f"{number}个{bodies}{each}清理{of_each}处") if q.aside is None]
    assert [(int(q.value), q.doubt) for q in counted] == [(number * of_each, Doubt.NUMBER)]
