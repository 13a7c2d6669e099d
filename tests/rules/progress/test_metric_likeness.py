"""Wordings of one metric, shorter wordings, and names that are only alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.metric_likeness import is_shorter, is_turned_round, likeness, likeness_key, present_name


@pytest.mark.parametrize(
    ("one", "other", "unit"),
    [
        ("组织志愿活动", "志愿活动", "次"),
        ("开展志愿活动", "举办志愿活动", "场"),
        ("组织开展志愿活动", "开展了志愿活动", "次"),
        ("召开部署会", "部署会", "次"),
        ("组织志愿者", "出动志愿者", "人"),
        ("投入执法车", "出动执法车", "台次"),
        ("日出动志愿者", "出动志愿者", "人次"),
        ("开展文明劝导", "文明劝导", "人次"),
    ],
)
def test_a_verb_of_holding_makes_no_other_metric(one: str, other: str, unit: str) -> None:
    assert likeness_key(one, unit) == likeness_key(other, unit)


@pytest.mark.parametrize(
    ("one", "other", "unit"),
    [
        ("清理牌匾", "拆除牌匾", "块"),
        ("发放宣传单", "印制宣传单", "份"),
        ("检查问题", "整改问题", "个"),
        ("新增志愿者", "出动志愿者", "人"),
        ("清运垃圾", "清运建筑垃圾", "吨"),
    ],
)
def test_another_deed_or_thing_is_another_metric(one: str, other: str, unit: str) -> None:
    assert likeness_key(one, unit) != likeness_key(other, unit)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("日出动志愿者", "出动志愿者"),
        ("东城街道今日出动志愿者", "出动志愿者"),
        ("新增停车泊位", "停车泊位"),
        ("的小广告", "小广告"),
        ("出动志愿者", "出动志愿者"),
        ("清理", "清理"),
    ],
)
def test_the_name_that_a_metric_would_get_today(old: str, new: str) -> None:
    assert present_name(old, "人") == new


@pytest.mark.parametrize(
    ("item", "name", "expected"),
    [
        ("清理牌匾", "清理违规广告牌匾", True),
        ("", "清理野广告", True),
        ("清运建筑垃圾", "清运垃圾", False),
        ("清理野广告", "清理牌匾", False),
        ("清理牌匾", "清理牌匾", False),
    ],
)
def test_only_a_shorter_wording_may_stand_for_a_longer_name(item: str, name: str, expected: bool) -> None:
    assert is_shorter(item, name) is expected


def test_how_alike_two_names_are() -> None:
    assert likeness("清运建筑垃圾", "清运垃圾") > likeness("清运建筑垃圾", "建筑工地") == 0
    assert likeness("", "") == 0


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_has_no_direction_and_a_name_always_has_a_key(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert isinstance(likeness_key(one, "处"), str)
    assert not (is_shorter(one, other) and is_shorter(other, one))


@pytest.mark.parametrize(
    ("name", "other", "turned"),
    [
        ("新增绿化面积", "绿化面积新增", True),
        ("清理垃圾", "垃圾清理", True),
        ("清理垃圾", "清理垃圾", False),
        ("清理垃圾", "清运垃圾", False),
        ("花草", "草花", False),
    ],
)
def test_names_that_are_turned_round(name: str, other: str, turned: bool) -> None:
    assert is_turned_round(name, other) is is_turned_round(other, name) is turned
