"""The category that a caption names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.category_words import category_named

KNOWN = dict(
    enumerate(
        [
            ("街面秩序", "占道经营"),
            ("街面秩序", "非机动车乱停乱放"),
            ("集贸市场", "农贸市场占道"),
            ("集贸市场", "其他"),
            ("市容环境", "暴露垃圾"),
            ("市容环境", "其他"),
            ("交通秩序", "非机动车逆行、闯红灯"),
            ("社区工作", "乱贴、乱画（小广告）"),
            ("园林绿化", "树"),
        ]
    )
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("人民路有商户占道经营", "占道经营"),
        ("暴 露\n垃圾，好几天了", "暴露垃圾"),
        # A part of a name is enough.
        ("路口有人闯红灯", "非机动车逆行、闯红灯"),
        ("楼道里都是小广告", "乱贴、乱画（小广告）"),
        ("墙上乱贴乱画", "乱贴、乱画（小广告）"),
        # Where one name contains another, the longest counts.
        ("农贸市场占道经营", None),
        ("农贸市场占道", "农贸市场占道"),
        # Words that are in no name, or that are not a whole part of a name.
        *(("", None), ("垃圾很多", None), ("非机动车", None), ("请处理", None), ("树倒了", None)),
        # Two kinds at once: the person is asked.
        ("占道经营，还有小广告", None),
        # An area decides between equal names. It names its category when it has only one.
        ("其他问题", None),
        ("社区工作", "乱贴、乱画（小广告）"),
        ("园林绿化", "树"),
        ("集贸市场", None),
        ("街面秩序", None),
    ],
)
def test_what_a_caption_names(text: str, name: str | None) -> None:
    found = category_named(text, KNOWN)
    assert (None if found is None else KNOWN[found][1]) == name


def test_the_area_decides_between_equal_names() -> None:
    areas = {text: category_named(text, KNOWN) for text in ("集贸市场其他问题", "市容环境：其他")}
    assert {text: key and KNOWN[key] for text, key in areas.items()} == {
        "集贸市场其他问题": ("集贸市场", "其他"),
        "市容环境：其他": ("市容环境", "其他"),
    }


def test_without_categories_nothing_is_named() -> None:
    assert category_named("占道经营", {}) is None


def test_the_only_category_still_has_to_be_named() -> None:
    assert category_named("请处理", {1: ("街面秩序", "占道经营")}) is None


@given(st.sampled_from(sorted(KNOWN)), st.sampled_from(["", "发现", "昨天 ", "3处"]))
def test_area_and_name_together_always_name_it(key: int, before: str) -> None:
    area, name = KNOWN[key]
    assert category_named(f"{before}{area}{name}", KNOWN) == key


@given(st.text(max_size=20), st.dictionaries(st.integers(), st.tuples(st.text(), st.text())))
def test_any_text_names_one_of_them_or_none(text: str, known: dict[int, tuple[str, str]]) -> None:
    found = category_named(text, known)
    assert found is None or found in known


@given(st.permutations(sorted(KNOWN)), st.sampled_from([name for _, name in KNOWN.values()]))
def test_the_order_does_not_matter(order: list[int], text: str) -> None:
    assert category_named(text, {key: KNOWN[key] for key in order}) == category_named(text, KNOWN)
