"""Which task words are about, by the things that they name."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules.progress
from rules.progress.quantities import read_quantities
from rules.progress.task_fit import clearly_best, thing_of, thing_score, words_score

TASKS = {
    1: "清理违规广告牌匾，主次干道无违规广告牌匾",
    2: "清理野广告，背街小巷无野广告",
    3: "加强治安巡逻，24小时动态巡逻",
    4: "垃圾日产日清，主次干道无暴露垃圾",
    5: "规范非机动车停放，共享单车摆放整齐",
    6: "整治背街小巷环境，无乱堆乱放",
    7: "开展“小手拉大手”文明礼仪教育，各校有主题班会",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天清理违规广告牌匾12处", 1),
        ("背街小巷野广告清了300张", 2),
        ("夜间治安巡逻6次", 3),
        ("今天清运垃圾3车", 4),
        ("摆放共享单车30辆", 5),
        ("清理乱堆乱放12处", 6),
        ("今日清理小广告30处", 2),  # not 日清 of 垃圾日产日清, nor the 广告 of 广告牌匾
        ("拆除广告30处", None),
        ("背街小巷清扫5条", None),  # two tasks are about them
        ("组织活动3次", None),
    ],
)
def test_the_thing_of_an_item_finds_its_task(text: str, expected: int | None) -> None:
    (quantity,) = read_quantities(text)
    thing = thing_of(quantity.item)
    assert clearly_best({key: thing_score(thing, task) for key, task in TASKS.items()}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("野广告已全部清除", 2),
        ("夜间治安巡逻正常", 3),
        ("各中小学校均已召开文明礼仪主题班会，“小手拉大手”活动全面铺开。", 7),
        ("今日清理完毕", None),
        ("今天开了个会", None),
        ("", None),
    ],
)
def test_words_without_a_number(text: str, expected: int | None) -> None:
    assert clearly_best({key: words_score(text, task) for key, task in TASKS.items()}) == expected


def test_general_words_are_no_things() -> None:
    assert thing_score("志愿活动", "文明活动") == 0
    assert thing_score("志愿活动", "开展志愿活动") == 4


def test_a_piece_of_a_thing_has_to_end_the_thing_of_the_task() -> None:
    assert thing_score("小广告", "清理违规广告牌匾") == 0
    assert thing_score("小广告", "野广告整治") == 2
    assert thing_score("广告", "清理违规广告牌匾") == 2


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_fails(text: str, task: str) -> None:
    assert thing_score(thing_of(text), task) >= 0
    assert words_score(text, task) >= 0
    assert clearly_best({}) is None


def test_no_dictionary_is_kept_in_memory() -> None:
    """Items and tasks are compared by rules and short lists of words."""
    for found in pkgutil.walk_packages(rules.progress.__path__, "rules.progress."):
        for name, kept in vars(importlib.import_module(found.name)).items():
            if isinstance(kept, (dict, frozenset, list, set, tuple)):
                assert len(kept) < 1_000, (found.name, name)
