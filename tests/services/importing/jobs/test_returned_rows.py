"""Refused rows go back as the same sheet with the reasons beside them; mended, they import as meant."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from locales import Text
from rules.people.roles import Tier
from services.importing.jobs.returned_rows import returned_name, returned_sheets
from services.importing.rows.line_refs import LineRef
from services.importing.rows.roster_rows import ParsedRoster, parse_roster
from services.importing.rows.task_rows import ParsedTasks, TaskRow, resolve_tasks
from tests.services.importing.builders import ROSTER, TASK_HEADER, document, parsed, sheet, task, workbook

COLUMN = "退回原因"


def returned(found: ParsedTasks | ParsedRoster, locale: str = "zh") -> bytes:
    reasons: Mapping[LineRef, Sequence[Text]] = {one.line: one.reasons for one in found.refused}
    assert reasons
    return returned_sheets(found.sources, reasons, locale)


def of_tasks(data: bytes) -> tuple[ParsedTasks, bytes]:
    found = resolve_tasks(parsed(data), ROSTER)
    return found, returned(found)


def page(data: bytes) -> Worksheet:
    found = load_workbook(io.BytesIO(data)).active
    assert isinstance(found, Worksheet)
    return found


def values(data: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in page(data).iter_rows()]


def mended(data: bytes, old: Any, new: Any) -> list[TaskRow]:
    """The tasks of a returned sheet after ``new`` is put wherever ``old`` stood."""
    book = load_workbook(io.BytesIO(data))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.value == old:
                cell.value = new
    stream = io.BytesIO()
    book.save(stream)
    found = resolve_tasks(parsed(stream.getvalue()), ROSTER)
    assert found.refused == []
    return found.rows


def test_the_refused_rows_alone_with_their_reasons() -> None:
    good, bad = task(), task(目标任务="清理野广告", 完成时限="尽快", 责任人=None)
    _, back = of_tasks(sheet(good, bad, title="2026年任务分解表"))
    title, header, row = values(back)
    assert title[0] == "2026年任务分解表"
    assert header == [*TASK_HEADER, COLUMN]
    assert row[:-1] == [bad[word] for word in TASK_HEADER]
    assert row[-1].startswith("原第 4 行：")
    assert "没有填写责任人" in row[-1]
    assert "“尽快”" in row[-1]


def test_mended_it_imports() -> None:
    _, back = of_tasks(sheet(task(), task(目标任务="清理野广告", 责任单位="城市管理局")))
    (row,) = mended(back, "城市管理局", "城管局")
    assert (row.objective, row.lead_unit, row.deadline) == ("清理野广告", "城管局", date(2026, 12, 20))


def test_a_row_keeps_what_it_took_from_others() -> None:
    """From groups left blank or merged, from 同上, and the year from the title."""
    rows: list[list[Any]] = [
        ["2027年任务分解表", *[None] * 11],
        [*TASK_HEADER],
        [task()[word] for word in TASK_HEADER],
        [
            task(行动=None, 重点=None, 目标任务="清理野广告", 责任人="同上", 完成时限="3月1日前")[w]
            for w in TASK_HEADER
        ],
        [task(行动="园林行动", 重点="绿化", 目标任务="补植")[word] for word in TASK_HEADER],
        [
            task(行动=None, 重点=None, 目标任务="修剪", 责任单位="园林局", 完成时限="4月1日前")[w]
            for w in TASK_HEADER
        ],
    ]
    rows[3][TASK_HEADER.index("责任单位")] = "园林局"
    _, back = of_tasks(workbook(rows, ["A1:L1", "B5:B6", "C5:C6"]))
    first, second = mended(back, "园林局", "城管局")
    assert (first.action, first.focus, first.responsible_person) == (
        "市容环境整治行动",
        "背街小巷",
        "城管局责任人",
    )
    assert (second.action, second.focus) == ("园林行动", "绿化")
    assert [first.deadline, second.deadline] == [date(2027, 3, 1), date(2027, 4, 1)]


def test_a_heading_that_names_the_action_goes_along() -> None:
    header = [word for word in TASK_HEADER if word not in {"行动", "重点"}]
    bad = task(责任单位="园林局")

    def line(**changes: Any) -> list[Any]:
        return [{**bad, **changes}[word] for word in header]

    rows: list[list[Any]] = [
        header,
        ["一、市容行动", *[None] * 9],
        line(),
        line(目标任务="清理野广告"),
        ["二、绿化行动", *[None] * 9],
        line(目标任务="补植"),
    ]
    _, back = of_tasks(workbook(rows, ["A2:J2", "A5:J5"]))
    assert [row[0] for row in values(back)][1::1] == ["市容行动", 1, 1, "绿化行动", 1]
    assert [row.action for row in mended(back, "园林局", "城管局")] == ["市容行动", "市容行动", "绿化行动"]


def test_a_header_of_two_rows_stays_one() -> None:
    top = ("序号", "行动", "目标任务", "工作标准", "完成时限", "责任单位", None, "责任人")
    under = (None, None, None, None, None, "牵头", "配合", None)
    row = (1, "市容行动", "清理", "干净", "2026年12月20日前", "园林局", "公安局", "城管局责任人")
    merges = ["F1:G1", *(f"{letter}1:{letter}2" for letter in "ABCDEH")]
    _, back = of_tasks(workbook([top, under, row], merges))
    assert {str(one) for one in page(back).merged_cells.ranges} == {*merges, "I1:I2"}
    (only,) = mended(back, "园林局", "城管局")
    assert (only.lead_unit, only.assisting_units) == ("城管局", ("公安局",))


def test_returned_again_it_has_one_column_of_reasons() -> None:
    _, back = of_tasks(sheet(task(责任单位="园林局", 完成时限="尽快")))
    _, again = of_tasks(back)
    header, row = values(again)
    assert header == [*TASK_HEADER, COLUMN]
    assert "园林局" in row[-1]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)"])
def test_nothing_is_a_formula(text: str) -> None:
    """Text in a Word table is text, and stays text in the sheet that comes back."""
    bad = [task(备注=text, 完成时限="尽快")[word] for word in TASK_HEADER]
    _, back = of_tasks(document([[*TASK_HEADER, text], [*bad, text]]))
    cells = [cell for row in page(back).iter_rows() for cell in row if cell.value == text]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)] * 3
    (row,) = mended(back, "尽快", "2026年12月20日前")
    assert row.remark == text


def test_values_keep_their_kinds() -> None:
    day = date(2026, 12, 18)
    _, back = of_tasks(sheet(task(完成时限=day, 责任单位="园林局", 备注=3.5)))
    (row,) = mended(back, "园林局", "城管局")
    assert (row.deadline, row.remark) == (day, "3.5")


def test_a_word_table_comes_back_as_a_sheet() -> None:
    bad = [task(责任单位="园林局", 完成时限="3月1日前")[word] for word in TASK_HEADER]
    data = document([TASK_HEADER, bad], before=["关于印发", "2027年创城任务分解表"])
    found = resolve_tasks(parsed(data), ROSTER)
    (row,) = mended(returned(found), "园林局", "城管局")
    assert row.deadline == date(2027, 3, 1)


def test_a_roster() -> None:
    header = ("单位", "层级", "姓名", "角色", "电话")
    rows = [
        header,
        ("城管局", "部门", "甲", "责任人", "13800000000"),
        (None, None, "乙", "大领导", None),
        ("园林局", None, "丙", "联络员", None),
    ]
    known = {"城管局": Tier.DEPARTMENT}
    found = parse_roster(workbook(rows, ["A2:A3"]), "花名册.xlsx", known_units=known)
    back = returned(found, "en")
    assert values(back) == [
        [*header, "Why it was returned"],
        ["城管局", None, "乙", "大领导", None, values(back)[1][-1]],
        ["园林局", None, "丙", "联络员", None, values(back)[2][-1]],
    ]
    again = parse_roster(back, "花名册.xlsx", known_units={**known, "园林局": Tier.DEPARTMENT})
    assert [one.name for one in again.contacts] == ["丙"]
    assert [one.name for one in again.refused] == ["乙"]


@pytest.mark.parametrize(
    ("name", "locale", "expected"),
    [
        ("任务分解表.xlsx", "zh", "任务分解表-退回3行.xlsx"),
        ("任务分解表.docx", "zh", "任务分解表-退回3行.xlsx"),
        ("任务分解表-退回12行.xlsx", "zh", "任务分解表-退回3行.xlsx"),
        ("Tasks-1 rows returned.xlsx", "en", "Tasks-3 rows returned.xlsx"),
        ("2026.1版", "zh", "2026.1版-退回3行.xlsx"),
        ("长" * 300 + ".xlsx", "zh", "长" * 100 + "-退回3行.xlsx"),
    ],
)
def test_the_name(name: str, locale: str, expected: str) -> None:
    assert returned_name(name, 3, locale) == expected
