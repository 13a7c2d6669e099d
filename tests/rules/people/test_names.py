"""Names: one form for comparing, lists in a cell, groups, identities."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.people.roles import Tier
from rules.people.typed_names import identity_key, normalise, split_units, unit_group


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("城管局", "城管局"),
        (" 城 管\n局\t", "城管局"),
        ("城\u200b管\ufeff局\u3000", "城管局"),
        ("建设示范点\uff15\uff10个", "建设示范点50个"),
        ("区委宣传部\uff08区文明办\uff09", "区委宣传部(区文明办)"),
        ("a\x00b", "ab"),
        ("\u3164城\u2800管\uffa0局", "城管局"),
        ("", ""),
    ],
)
def test_normalise(typed: str, form: str) -> None:
    assert normalise(typed) == form


@given(st.text())
def test_normalise_is_stable(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert not any(c.isspace() for c in once)


@pytest.mark.parametrize(
    ("cell", "units"),
    [
        ("城管局", ["城管局"]),
        (
            "城管局、公安局,住建局\uff0c教育局;卫健局\uff1b民政局/交通局\n水利局",
            ["城管局", "公安局", "住建局", "教育局", "卫健局", "民政局", "交通局", "水利局"],
        ),
        ("城管局、城 管 局、公安局", ["城管局", "公安局"]),
        ("城管局\uff08牵头\uff09、公安局(配合)", ["城管局", "公安局"]),
        ("牵头单位:城管局\n配合单位:公安局、住建局", ["城管局", "公安局", "住建局"]),
        ("城管局、公安局等", ["城管局", "公安局"]),
        ("城管局、公安局等有关单位", ["城管局", "公安局"]),
        ("区委宣传部(文明办、新闻科)、公安局", ["区委宣传部(文明办、新闻科)", "公安局"]),
        ("和平街道", ["和平街道"]),
        ("城管局和公安局", ["城管局和公安局"]),
        (" 、,;", []),
        ("", []),
    ],
)
def test_split_units(cell: str, units: list[str]) -> None:
    assert split_units(cell) == units


KNOWN = {"城管局", "公安局", "和平街道", "及第社区", "经济和信息化局"}


@pytest.mark.parametrize(
    ("cell", "units"),
    [
        ("城管局和公安局", ["城管局", "公安局"]),
        ("城管局 公安局", ["城管局", "公安局"]),
        ("城管局及公安局", ["城管局", "公安局"]),
        ("和平街道", ["和平街道"]),
        ("经济和信息化局", ["经济和信息化局"]),
        ("经济和\n信息化局", ["经济和信息化局"]),
        ("城 管 局", ["城管局"]),
        ("城管局和税务局", ["城管局和税务局"]),
        ("公安局、城管局\n和平街道", ["公安局", "城管局", "和平街道"]),
    ],
)
def test_split_units_with_the_roster(cell: str, units: list[str]) -> None:
    assert split_units(cell, KNOWN.__contains__) == units


@given(st.lists(st.sampled_from(sorted(KNOWN)), max_size=6), st.sampled_from("、,\uff0c;\uff1b/\n"))
def test_split_units_finds_what_was_joined(names: list[str], separator: str) -> None:
    assert split_units(separator.join(names), KNOWN.__contains__) == list(dict.fromkeys(names))


@pytest.mark.parametrize(
    ("name", "tiers"),
    [
        ("各街道", {Tier.STREET}),
        ("各街道办事处", {Tier.STREET}),
        ("各镇街", {Tier.STREET}),
        ("各园区", {Tier.PARK}),
        ("各街道园区", {Tier.STREET, Tier.PARK}),
        ("各街道\uff08园区\uff09", {Tier.STREET, Tier.PARK}),
        ("各街道和各园区", {Tier.STREET, Tier.PARK}),
        ("各村居", {Tier.VILLAGE}),
        ("各村(居)", {Tier.VILLAGE}),
        ("各社区", {Tier.VILLAGE}),
        ("各部门", {Tier.DEPARTMENT}),
        ("区直各部门", {Tier.DEPARTMENT}),
        ("全区各街道", {Tier.STREET}),
        ("街道", set()),
        ("和平街道", set()),
        ("各单位", set()),
        ("各街道文化站", set()),
        ("", set()),
    ],
)
def test_unit_group(name: str, tiers: set[Tier]) -> None:
    assert unit_group(name) == tiers


def test_a_group_word_without_each_counts_only_after_a_group() -> None:
    assert unit_group("园区", after_group=True) == {Tier.PARK}
    assert unit_group("城管局", after_group=True) == frozenset()


def test_identity_ignores_form_but_not_meaning() -> None:
    key = identity_key("市容环境行动", "建设示范点50个", "城管局")
    assert key == identity_key(" 市容环境\n行动", "建设示范点\uff15\uff10个", "城 管 局")
    assert key == hashlib.sha256("市容环境行动\x1f建设示范点50个\x1f城管局".encode()).hexdigest()
    assert key != identity_key("市容环境行动", "建设示范点50个", "公安局")


def test_identity_keeps_its_parts_apart() -> None:
    assert identity_key("甲", "乙丙", "丁") != identity_key("甲乙", "丙", "丁")
