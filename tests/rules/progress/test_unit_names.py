"""The name of the reporter's unit at the head of a clause says who, and is no part of what was done."""

from __future__ import annotations

import pytest

from rules.progress.quantities import may_begin_with_unit, read_quantities

NAMES = ("东村", "西村", "北社区", "东城街道", "第3村", "老東村", "宣传部")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("东村拉了3车", ["拉"]),
        ("北社区拉了9车", ["拉"]),
        ("第3村拉了3车", ["拉"]),
        ("老东村拉了3车", ["拉"]),
        ("宣传部拉了3车", ["拉"]),
        ("今天东村拉了3车", ["拉"]),
        ("东村今天又拉了3车", ["拉"]),
        ("我们东村拉了3车", ["拉"]),
        ("东村这边拉了3车", ["拉"]),
        ("东城街道东村拉了3车", ["拉"]),
        ("东村和西村一共拉了7车", ["拉"]),
        ("东村：拉了3车", ["拉"]),
        ("今天下雨，东村拉了3车", ["拉"]),
        ("东村垃圾拉了3车", ["拉垃圾"]),
        ("东村的垃圾拉了3车", ["拉垃圾"]),
        ("东村小广告清了3处", ["清小广告"]),
        ("东村3车，西村4车", ["", ""]),
    ],
)
def test_a_unit_at_the_head_is_who(text: str, expected: list[str]) -> None:
    found = read_quantities(text, NAMES)
    assert [one.item for one in found] == expected
    assert [text[slice(*one.span)][0] for one in found] == [f"{one.value:f}" for one in found]
    assert may_begin_with_unit(text)


@pytest.mark.parametrize("text", ["东村路清扫3条", "东村小学清理3处", "东村广场修了3处", "清理东村垃圾3车"])
def test_a_place_that_has_its_name_is_read_as_before(text: str) -> None:
    assert read_quantities(text, NAMES) == read_quantities(text)


@pytest.mark.parametrize("text", ["今天清理违规广告牌匾12处", "30", "清运垃圾3车，整治小巷2条", "今天"])
def test_what_begins_with_a_deed_or_a_number_names_no_unit(text: str) -> None:
    assert not may_begin_with_unit(text)
