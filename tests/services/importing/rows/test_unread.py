"""What a file holds beside what is imported is named: columns, tables, lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from locales import LOCALES, Text, plain
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.unread import letters
from tests.services.importing.builders import ROSTER, TASK_HEADER, parsed, said, saved, task, workbook
from tests.services.importing.rows.test_category_rows import GOOD as CATEGORY
from tests.services.importing.rows.test_category_rows import HEADER as CATEGORY_HEADER


def notices(header: Sequence[Any], *rows: Sequence[Any], merges: Sequence[str] = ()) -> list[str]:
    return said(parsed(workbook([header, *rows], merges)).notices)


def line(*more: Any, **changes: Any) -> list[Any]:
    return [*(task(**changes).get(word) for word in TASK_HEADER), *more]


def test_a_filled_column_that_is_not_known() -> None:
    found = notices((*TASK_HEADER, "经费来源"), line("区财政"), line(None), line("自筹"))
    assert found == ["“经费来源”列有内容 2 格，不在可导入的栏目中，不导入"]


def test_a_filled_column_without_a_header() -> None:
    found = notices(TASK_HEADER, line("待定"))
    assert found == ["没有表头的M列有内容 1 格，不在可导入的栏目中，不导入"]


def test_an_empty_column_holds_nothing() -> None:
    assert notices((*TASK_HEADER, "经费来源"), line(None)) == []


def test_of_two_columns_with_one_meaning_the_other_is_named() -> None:
    header = ("任务", *TASK_HEADER)
    found = notices(header, ["清理", *line()])
    assert found == ["“任务”列（1 格）与“目标任务”含义相同，只导入“目标任务”"]


def test_a_column_under_two_header_rows_has_both_labels() -> None:
    top = ["目标任务", "工作标准", "完成时限", "责任单位", None, "责任人", "督导", None]
    below = [None, None, None, "牵头", "配合", None, "单位", "人员"]
    row = ["清理", "整洁", "12月20日前", "城管局", "公安局", "城管局责任人", "纪委", "甲"]
    merges = ["D1:E1", "G1:H1", *(f"{c}1:{c}2" for c in "ABCF")]
    found = parsed(workbook([top, below, row], merges))
    assert [(one.lead_unit, one.assisting_units, one.row) for one in found.rows] == [
        ("城管局", ("公安局",), 3)
    ]
    assert said(found.notices) == [
        "表头中没有“分管领导”一栏",
        "表头中没有“承办科室”一栏",
        "“督导·单位”列有内容 1 格，不在可导入的栏目中，不导入",
        "“督导·人员”列有内容 1 格，不在可导入的栏目中，不导入",
    ]


def test_notes_and_repeated_headers_are_no_content() -> None:
    note = [None] * len(TASK_HEADER)
    header = (*TASK_HEADER, "经费来源")
    rows = [line(None), [*header], ["注:略", *note], ["填表人:", *note[:-1], "审核人:甲"]]
    assert notices(header, *rows) == []


def test_a_serial_number_is_no_content() -> None:
    assert said(parse_categories(_numbered(), "类别.xlsx", roster=ROSTER).notices) == []


@pytest.mark.parametrize("serial", [1, 12.0, "3", "(4)", "一、", "1-2", "1.1", None])
def test_a_serial_number_of_any_form_is_no_content(serial: object) -> None:
    header, row = ("编号", *CATEGORY_HEADER), (serial, *CATEGORY)
    assert said(parse_categories(workbook([header, row]), "类别.xlsx", roster=ROSTER).notices) == []
    assert notices(TASK_HEADER, line(序号=serial)) == []


@pytest.mark.parametrize("number", ["区政办〔2026〕12号", "A-1", 20261231])
def test_a_number_that_does_not_count_the_lines_is_content(number: object) -> None:
    header, row = ("编号", *CATEGORY_HEADER), (number, *CATEGORY)
    found = parse_categories(workbook([header, row]), "类别.xlsx", roster=ROSTER)
    assert said(found.notices) == ["“编号”列有内容 1 格，不在可导入的栏目中，不导入"]
    assert notices(TASK_HEADER, line(序号=number), line(序号=2)) == [
        "“序号”列有内容 2 格，不在可导入的栏目中，不导入"
    ]


def test_a_heading_is_no_serial_number() -> None:
    assert notices(TASK_HEADER, ["一、市容环境整治"], line(序号=1)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_reasons_of_an_earlier_return_are_no_content(locale: str) -> None:
    label = plain(Text("importing.returned.column"), locale)
    assert notices((*TASK_HEADER, label), line("原第 2 行：没有填写责任人")) == []


def test_a_table_of_another_kind_is_named_with_its_kind() -> None:
    book = Workbook()
    sheets: dict[str, list[Sequence[Any]]] = {
        "任务": [TASK_HEADER, line()],
        "人员": [("单位", "姓名", "角色", "电话"), ("城管局", "甲", "责任人", "13800138000")],
        "说明": [("请按时报送",)],
    }
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    assert said(parsed(saved(book)).notices) == [
        "以下表格是花名册，本次没有读取，请随后再发一次：人员",
        "以下表格没有可识别的表头，没有读取：说明",
    ]


def _numbered() -> bytes:
    return workbook([("序号", *CATEGORY_HEADER), (1, *CATEGORY)])


def test_other_kinds_of_sheets_name_their_columns_too() -> None:
    data = workbook([(*CATEGORY_HEADER, "扣分"), (*CATEGORY, "0.5")])
    expected = ["“扣分”列有内容 1 格，不在可导入的栏目中，不导入"]
    assert said(parse_categories(data, "类别.xlsx", roster=ROSTER).notices) == expected
    people = workbook([("单位", "层级", "姓名", "角色", "微信号"), ("城管局", "部门", "甲", "责任人", "wx1")])
    assert said(parse_roster(people, "花名册.xlsx").notices) == [
        "“微信号”列有内容 1 格，不在可导入的栏目中，不导入"
    ]


@pytest.mark.parametrize(
    ("at", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")]
)
def test_letters(at: int, name: str) -> None:
    assert letters(at) == name
