"""Units and people of tasks against the roster."""

from __future__ import annotations

from typing import Any

import pytest

from rules.people.roles import Tier
from services.importing.rows.task_rows import RefusedRow, Roster, TaskRow, resolve_tasks, resolve_units
from tests.services.importing.builders import (
    ROSTER,
    full_width,
    parsed,
    resolved,
    said,
    sheet,
    task,
    workbook,
)


def one(**changes: Any) -> TaskRow:
    result = resolved(sheet(task(**changes)))
    assert [said(refused.reasons) for refused in result.refused] == []
    return result.rows[0]


def reasons(**changes: Any) -> list[str]:
    result = resolved(sheet(task(**changes)))
    assert result.rows == []
    return said(result.refused[0].reasons)


def test_a_good_line_has_nothing_to_say() -> None:
    row = one()
    assert (row.lead_unit, row.assisting_units, row.warnings) == ("城管局", ("公安局",), ())


def test_each_street_means_each_unit_of_that_tier() -> None:
    assert one(配合单位="各街道").assisting_units == ("东风街道", "和平街道")


@pytest.mark.parametrize(
    ("cell", "units"),
    [
        ("各街道办事处", ("东风街道", "和平街道")),
        ("各街道、各园区", ("东风街道", "和平街道", "高新园区")),
        ("各街道、园区", ("东风街道", "和平街道", "高新园区")),
        ("各街道园区", ("东风街道", "和平街道", "高新园区")),
        (full_width("各街道(园区)"), ("东风街道", "和平街道", "高新园区")),
        ("各街道和各园区", ("东风街道", "和平街道", "高新园区")),
        ("各园区", ("高新园区",)),
        ("各村居", ("东风社区",)),
        ("各社区", ("东风社区",)),
        ("各部门", ("公安局", "教育局")),
        ("公安局、各街道", ("公安局", "东风街道", "和平街道")),
        ("和平街道、各街道", ("和平街道", "东风街道")),
    ],
)
def test_groups(cell: str, units: tuple[str, ...]) -> None:
    assert one(配合单位=cell).assisting_units == units


def test_parks_are_not_streets_unless_named() -> None:
    assert "高新园区" not in one(配合单位="各街道").assisting_units


def test_a_group_never_holds_the_lead_and_each_unit_once() -> None:
    row = one(责任单位="东风街道、各街道", 配合单位="和平街道、各街道", 责任人="东风街道责任人")
    assert (row.lead_unit, row.assisting_units) == ("东风街道", ("和平街道",))


def test_a_group_alone_is_no_lead_whoever_assists() -> None:
    assert reasons(责任单位="各街道", 配合单位="城管局") == ["责任单位只写了各街道\uff0c请写明牵头单位"]
    joined = reasons(责任单位="各街道和区直各部门", 配合单位=None)
    assert joined == ["责任单位只写了各街道、区直各部门\uff0c请写明牵头单位"]


def test_a_group_without_members() -> None:
    roster = Roster({"城管局": Tier.DEPARTMENT}, {("城管局", "城管局责任人"), ("城管局", "城管局分管领导")})
    result = resolved(sheet(task(配合单位="各街道")), roster=roster)
    assert said(result.refused[0].reasons) == ["花名册中没有“各街道”所指的单位"]


def test_unknown_units_are_refused_by_name_and_a_close_one_suggested() -> None:
    assert reasons(责任单位="税务局", 配合单位="公安分局、气象台") == [
        "“税务局”不在花名册中",
        "“公安分局”不在花名册中\uff0c疑为“公安局”",
        "“气象台”不在花名册中",
    ]


def test_names_match_whatever_their_form() -> None:
    roster = Roster({"区委宣传部\uff08文明办\uff09": Tier.DEPARTMENT}, set())
    result = resolved(sheet(task(责任单位="区委 宣传部(文明办)", 配合单位=None)), roster=roster)
    assert result.rows[0].lead_unit == "区委宣传部\uff08文明办\uff09"


def test_the_roster_decides_how_names_are_split() -> None:
    row = one(责任单位="城管局和公安局", 配合单位="东风街道 和平街道\n教育局")
    assert row.lead_unit == "城管局"
    assert row.assisting_units == ("公安局", "东风街道", "和平街道", "教育局")
    assert one(配合单位="和平\n街道").assisting_units == ("和平街道",)


def test_a_person_who_is_not_in_the_roster_is_a_warning() -> None:
    assert said(one(责任人="王伟").warnings) == ["责任人“王伟”不在“城管局”的花名册中"]
    assert said(one(分管领导="王局").warnings) == ["分管领导“王局”不在花名册中"]


def test_people_of_assisting_units_are_known() -> None:
    assert one(责任人="公安局责任人").warnings == ()
    assert said(one(责任人="东风街道责任人").warnings) == ["责任人“东风街道责任人”不在“城管局”的花名册中"]


@pytest.mark.parametrize(
    "cell",
    [
        "城管局责任人 13800000000",
        "科长 城管局责任人",
        "城管局责任人、公安局责任人",
        "城管局责任人\n公安局责任人",
    ],
)
def test_titles_numbers_and_several_people(cell: str) -> None:
    assert one(责任人=cell).warnings == ()


def test_of_several_people_the_unknown_are_named() -> None:
    assert said(one(责任人="城管局责任人、王伟").warnings) == ["责任人“王伟”不在“城管局”的花名册中"]


def test_a_refused_line_gets_the_reasons_of_the_roster_too() -> None:
    assert reasons(工作标准=None, 责任单位="税务局") == ["没有填写工作标准", "“税务局”不在花名册中"]


def test_resolving_one_row() -> None:
    (row,) = parsed(sheet(task(配合单位="各街道"))).rows
    done = resolve_units(row, ROSTER)
    assert isinstance(done, TaskRow)
    assert done.assisting_units == ("东风街道", "和平街道")
    (row,) = parsed(sheet(task(责任单位="税务局"))).rows
    refused = resolve_units(row, ROSTER)
    assert isinstance(refused, RefusedRow)
    assert (refused.row, refused.objective) == (2, "建设示范点50个")


def test_of_two_lines_with_one_identity_the_later_is_refused() -> None:
    twin = task(序号=9, 目标任务=" 建设 示范点\uff15\uff10个", 工作标准="另一标准", 责任单位="城管局、公安局")
    result = resolved(sheet(task(), task(责任单位="公安局"), twin))
    assert [row.row for row in result.rows] == [2, 3]
    assert [(refused.row, said(refused.reasons)) for refused in result.refused] == [
        (4, ["与第 2 行重复\uff08行动、目标任务、责任单位相同\uff09"])
    ]


def test_a_refused_line_does_not_block_its_twin() -> None:
    result = resolved(sheet(task(工作标准=None), task()))
    assert [row.row for row in result.rows] == [3]


def test_refused_lines_stand_in_order_and_notices_stay() -> None:
    header = ("目标任务", "完成时限", "责任单位", "责任人")
    rows = [
        header,
        ["甲", "待定", "税务局", "王"],
        ["乙", "12月", "城管局", "王"],
        ["丙", "12月", "税务局", "王"],
    ]
    before = parsed(workbook(rows))
    after = resolve_tasks(before, ROSTER)
    assert [refused.row for refused in after.refused] == [2, 3, 4]
    assert after.notices == before.notices
