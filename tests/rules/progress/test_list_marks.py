"""Circled and Roman numerals number lists; where one may count, and where nobody sees all, it is asked."""

from __future__ import annotations

import pytest

from rules.progress.quantities import Doubt, read_quantities

Read = list[tuple[str, int, str, Doubt | None]]
ASKED, HIDDEN = Doubt.NUMBER, Doubt.HIDDEN


def read(text: str) -> Read:
    return [(one.item, int(one.value), one.unit, one.doubt) for one in read_quantities(text)]


@pytest.mark.parametrize(
    "text",
    [
        "①清理牌匾12处②清运垃圾3吨",
        "①清理牌匾12处；②清运垃圾3吨。",
        "⑴清理牌匾12处\n⑵清运垃圾3吨",
        "Ⅰ、清理牌匾12处\nⅡ、清运垃圾3吨",
        "㈠清理牌匾12处㈡清运垃圾3吨",
        "⒈清理牌匾12处⒉清运垃圾3吨",
        "今日工作①清理牌匾12处②清运垃圾3吨",
    ],
)
def test_list_marks_stay_list_marks(text: str) -> None:
    assert read(text) == [("清理牌匾", 12, "处", None), ("清运垃圾", 3, "吨", None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("清理牌匾⑫处", [("清理牌匾", 12, "处", ASKED)]),
        ("清理牌匾Ⅻ处", [("清理牌匾", 12, "处", ASKED)]),
        ("清理牌匾①处", [("清理牌匾", 1, "处", ASKED)]),
        ("清理牌匾①处，清运垃圾②吨", [("清理牌匾", 1, "处", ASKED), ("清运垃圾", 2, "吨", ASKED)]),
        ("清理牌匾⑤处清运垃圾3吨", [("清理牌匾", 5, "处", ASKED), ("清运垃圾", 3, "吨", None)]),
        ("①清理牌匾⑫处", [("清理牌匾", 12, "处", ASKED)]),
        # A mark before a word that only begins like a unit.
        ("工作①处理垃圾12吨②家具清运3件", [("处理垃圾", 12, "吨", None), ("清运家具", 3, "件", None)]),
        ("水质达到Ⅲ类，清理河道3公里", [("清理河道", 3, "公里", None)]),
    ],
)
def test_a_mark_that_may_count_is_asked_about(text: str, found: Read) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("清理牌匾1\u200b2处", HIDDEN),
        ("清理牌匾12\u00ad处", HIDDEN),
        ("清理牌匾十\u2060二处", HIDDEN),
        ("\u202e清理牌匾12处", HIDDEN),
        ("清理牌匾⑫\u200b处", HIDDEN),
        ("清理牌匾12处\u202e\u2066", None),
        ("\ufeff清理\u200b牌匾12处", None),
        ("清理牌匾12处👨\u200d👩\u200d👧", None),
    ],
)
def test_a_number_that_may_look_otherwise_is_asked_about(text: str, doubt: Doubt | None) -> None:
    assert read(text) == [("清理牌匾", 12, "处", doubt)]
