"""Tables below each other in one sheet: no line is lost, and each is read by the header above it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import load_workbook

from locales import plain
from services.importing.jobs.returned_rows import returned_sheets
from services.importing.rows.point_rows import parse_points
from services.importing.rows.roster_rows import parse_roster
from tests.services.importing.builders import (
    ROSTER,
    TASK_HEADER,
    document,
    parsed,
    said,
    saved,
    sheet,
    task,
    workbook,
)

SHORT = ("目标任务", "工作标准", "完成时限", "责任单位", "责任人")
NOTICE = "“Sheet”第 {} 行又有表头，栏目与上面的不同，其下各行按该表头读取"


def line(header: Sequence[str], **changes: Any) -> list[Any]:
    return [task(**changes).get(word) for word in header]


def table(header: Sequence[str], *names: str) -> list[list[Any]]:
    return [list(header), *(line(header, 目标任务=name) for name in names)]


def stacked_rows() -> list[list[Any]]:
    return [["2026年任务分解表"], *table(SHORT, "甲", "乙"), *table(TASK_HEADER, "丙", "丁")]


def test_a_lower_header_with_more_columns_loses_no_line() -> None:
    found = parsed(workbook(stacked_rows()))
    assert [(one.row, one.objective) for one in found.rows] == [(3, "甲"), (4, "乙"), (6, "丙"), (7, "丁")]
    assert {one.lead_unit for one in found.rows} == {"城管局"}
    assert [one.leader_in_charge for one in found.rows] == ["", "", *[task()["分管领导"]] * 2]
    assert NOTICE.format(5) in said(found.notices)
    assert found.refused == []


def test_a_lower_header_with_fewer_columns_in_another_order() -> None:
    lower = ("责任人", "责任单位", "目标任务", "完成时限", "工作标准")
    found = parsed(workbook([*table(TASK_HEADER, "甲"), *table(lower, "乙"), *table(TASK_HEADER, "丙")]))
    assert [(one.row, one.objective, one.responsible_person) for one in found.rows] == [
        (2, "甲", task()["责任人"]),
        (4, "乙", task()["责任人"]),
        (6, "丙", task()["责任人"]),
    ]
    assert {one.deadline for one in found.rows} == {parsed(sheet(task())).rows[0].deadline}
    assert NOTICE.format("3、5") in said(found.notices)


def test_a_repeated_header_is_none_of_its_own() -> None:
    found = parsed(workbook([*table(SHORT, "甲"), *table(SHORT, "乙")]))
    assert [one.row for one in found.rows] == [2, 4]
    assert not any("又有表头" in text for text in said(found.notices))
    assert "重复的表头不作为任务（1 处：第 3 行）" in [plain(one.shown) for one in found.meanings]


def test_a_header_of_two_rows_below() -> None:
    top = ["目标任务", "工作标准", "完成时限", "责任单位", None, "责任人"]
    below = [None, None, None, "牵头", "配合", None]
    rows = [*table(SHORT, "甲"), top, below, ["乙", "整洁", "2026年12月20日", "城管局", "公安局", "张三"]]
    merges = ["D3:E3", *(f"{column}3:{column}4" for column in "ABCF")]
    found = parsed(workbook(rows, merges))
    assert [(one.row, one.lead_unit, one.assisting_units) for one in found.rows] == [
        (2, "城管局", ()),
        (5, "城管局", ("公安局",)),
    ]
    assert NOTICE.format("3、4") in said(found.notices)


def test_a_heading_names_the_action_of_the_lines_below_the_lower_header() -> None:
    rows = [*table(SHORT, "甲"), ["二、交通秩序整治", *[None] * 4], *table((*SHORT, "备注"), "乙")]
    found = parsed(workbook(rows, ["A3:E3"]))
    assert [one.action for one in found.rows] == ["", "交通秩序整治"]


def test_merged_cells_below_a_lower_header_count_for_their_lines() -> None:
    lower = ("责任单位", *SHORT[:3], "责任人")
    rows = [*table(SHORT, "甲"), list(lower), line(lower, 目标任务="乙"), line(lower, 目标任务="丙")]
    rows[-1][0] = None
    found = parsed(workbook(rows, ["A4:A5"]))
    assert [(one.objective, one.lead_unit) for one in found.rows] == [(name, "城管局") for name in "甲乙丙"]
    assert "责任单位：合并单元格的内容用于其中各行（1 处：第 5 行）" in [
        plain(one.shown) for one in found.meanings
    ]


def test_unread_columns_of_both_are_named() -> None:
    upper, lower = (*SHORT, "经费"), ("任务", *SHORT, "评分", "经费")
    rows = [[*upper], [*line(SHORT), "1万"], [*lower], ["清理", *line(SHORT), 5, "2万"]]
    assert [one for one in said(parsed(workbook(rows)).notices) if "列" in one] == [
        "“经费”列有内容 2 格，不在可导入的栏目中，不导入",
        "“3·任务”列有内容 1 格，不在可导入的栏目中，不导入",
        "“评分”列有内容 1 格，不在可导入的栏目中，不导入",
    ]


def test_in_a_word_document_too() -> None:
    rows = stacked_rows()[1:]
    found = parsed(document([[*row, *[""] * (len(TASK_HEADER) - len(row))] for row in rows]))
    assert [one.objective for one in found.rows] == ["甲", "乙", "丙", "丁"]


def test_refused_lines_go_back_under_one_header_and_import_once_mended() -> None:
    rows = stacked_rows()
    rows[2][2], rows[-1][5] = "尽快", None
    found = parsed(workbook(rows))
    assert [one.row for one in found.refused] == [3, 7]
    reasons = {one.line: one.reasons for one in found.refused}
    book = load_workbook(io.BytesIO(returned_sheets(found.sources, reasons, "zh")))
    (page,) = book.worksheets
    header = [cell.value for cell in page[2]]
    page.cell(3, header.index("完成时限") + 1, "12月1日")
    again = parsed(saved(book))
    assert [(one.objective, one.deadline) for one in again.rows] == [("甲", date(2026, 12, 1))]
    assert [one.objective for one in again.refused] == ["丁"]


def test_rosters_and_registers() -> None:
    people = workbook(
        [
            ("单位", "层级", "姓名", "角色"),
            ("城管局", "部门", "张三", "责任人"),
            ("姓名", "单位", "层级", "角色", "电话"),
            ("李四", "公安局", "部门", "责任人", "13800000001"),
        ]
    )
    found = parse_roster(people, "花名册.xlsx")
    assert [(one.row, one.unit, one.name, one.phone) for one in found.contacts] == [
        (2, "城管局", "张三", ""),
        (4, "公安局", "李四", "13800000001"),
    ]
    assert said(found.notices) == [NOTICE.format(3)]
    places = workbook(
        [
            ("点位名称", "所属单位"),
            ("甲", "东风街道"),
            ("点位名称", "地址", "所属单位"),
            ("乙", "一号", "东风街道"),
        ]
    )
    points = parse_points(places, "点位.xlsx", roster=ROSTER)
    assert [(one.name, one.unit, one.address) for one in points.rows] == [
        ("甲", "东风街道", None),
        ("乙", "东风街道", "一号"),
    ]


def test_of_two_rows_of_labels_the_fuller_one_is_the_header() -> None:
    rows = [["目标任务", "工作标准", "完成时限", "分工"], *table(SHORT, "甲")]
    found = parsed(workbook(rows))
    assert [(one.row, one.lead_unit) for one in found.rows] == [(3, "城管局")]


def test_lines_above_the_first_complete_header_are_named() -> None:
    rows = [["任务", "要求", "时间"], ["甲", "整洁", "12月"], ["乙", "整洁", "12月"], [], *table(SHORT, "丙")]
    notices = said(parsed(workbook(rows)).notices)
    assert "表头上方第 1–3 行的内容没有读取" in notices
    titled: list[list[Any]] = [["2026年任务分解表"], ["填报单位：城管局", None, "日期"], *table(SHORT, "丙")]
    assert not any("表头上方" in text for text in said(parsed(workbook(titled)).notices))
