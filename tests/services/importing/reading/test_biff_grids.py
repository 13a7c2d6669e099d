"""Workbooks of Excel 97, Excel 95 and WPS (.xls, .et) read as .xlsx does."""

from __future__ import annotations

import struct
import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from services.importing.reading.grids import Cell, CellFault, Grid
from tests.services.importing.builders import visible_grids
from tests.services.importing.office_samples import FOLDER
from tests.services.importing.old_office import (
    SHEET_START,
    book_stream,
    compound,
    number_cell,
    record,
    sheet_stream,
    text_cell,
    workbook97,
)

SHEETS = {"表": sheet_stream(text_cell(0, 0, "任务"), number_cell(1, 0, 5.0))}


def sample(name: str) -> list[Grid]:
    return visible_grids((FOLDER / name).read_bytes(), name)


def values(grid: Grid) -> list[list[Any]]:
    return [[cell.value for cell in row.cells] for row in grid.rows]


def only(data: bytes) -> Grid:
    (grid,) = visible_grids(data, "表.xls")
    return grid


def test_what_another_program_saved_as_xls_reads_as_what_it_saved_as_xlsx() -> None:
    grids = sample("tasks.xls")
    assert grids == sample("tasks.xlsx")
    assert [grid.name for grid in grids] == ["任务分解表", "说明"]


def test_every_kind_of_cell() -> None:
    grid = sample("tasks.xls")[0]
    assert [row.number for row in grid.rows] == [1, 2, 3, 4, 5, 6, 7, 9]
    assert [row.hidden for row in grid.rows] == [False] * 6 + [True, False]
    assert values(grid)[2:] == [
        ["市容环境整治", "建设示范点50个", "2026年12月", "城管局", 50, "第一行\n第二行"],
        ["市容环境整治", "清理野广告", date(2026, 12, 20), "公安局", 11.6, "共50处"],
        ["市容环境整治", "整治集贸市场", date(2026, 6, 15), "市场监管局", 61.6, None],
        [None, "已作废的任务", "长期", "教育局", -3, True],
        ["交通秩序", "隐藏的任务", "08:30:00", "交警大队", 0.25, None],
        ["宣传", "张贴海报", "每周五前", "宣传部", 1_000_000, None],
    ]
    assert grid.rows[0].cells[5] == Cell("2026年重点任务分解表", merged_from=(1, 0))
    assert grid.rows[4].cells[0].merged_from == (3, 0)
    assert grid.rows[4].cells[5].fault is CellFault.ERROR
    assert grid.rows[7].cells[5].fault is CellFault.TOO_LONG


def test_a_workbook_that_counts_days_from_1904() -> None:
    # The date mode stands in the workbook's own part: in this file days count from 1904.
    assert record(0x0022, b"\1\0") in (FOLDER / "mac.xls").read_bytes()
    assert sample("mac.xls") == sample("short.xlsx")


def test_a_workbook_of_excel_95_in_a_chinese_code_page() -> None:
    """It cannot hold characters beyond GBK; the program that saved it wrote question marks."""
    (old, _), (new, _) = sample("tasks95.xls"), sample("short.xlsx")
    assert values(old)[:-1] == values(new)[:-1]
    assert values(old)[-1] == [*values(new)[-1][:-1], "?祥路"]
    assert [row.hidden for row in old.rows] == [row.hidden for row in new.rows]


@pytest.mark.parametrize("name", ["任务.et", "任务.xlsx", "任务.doc", "任务"])
def test_whatever_it_is_called(name: str) -> None:
    assert visible_grids((FOLDER / "tasks.xls").read_bytes(), name) == sample("tasks.xlsx")


def test_numbers_dates_and_faults() -> None:
    cells = [
        number_cell(0, 0, 1.5),
        number_cell(0, 1, float("nan")),
        number_cell(0, 2, 1e300),
        record(0x0205, struct.pack("<HHHBB", 0, 3, 0, 7, 1)),
        record(0x0205, struct.pack("<HHHBB", 0, 4, 0, 1, 0)),
    ]
    row = only(workbook97({"表": sheet_stream(*cells)})).rows[0]
    assert [cell.value for cell in row.cells] == [1.5, None, int(1e300), None, True]
    assert [cell.fault for cell in row.cells] == [None, CellFault.ERROR, None, CellFault.ERROR, None]


def formula_cell(column: int, result: bytes, flags: int) -> bytes:
    return record(0x0006, struct.pack("<HHH8sHI", 0, column, 0, result, flags, 0) + struct.pack("<H", 0))


def test_a_formula_that_was_never_calculated_is_a_fault() -> None:
    """A library writes 0 for it, and that it is to be calculated; a program writes what it has calculated."""
    cells = [
        formula_cell(0, bytes(8), 2),
        formula_cell(1, bytes(8), 0),
        formula_cell(2, struct.pack("<d", 12.0), 3),
        formula_cell(3, bytes((2, 0, 7, 0, 0, 0, 255, 255)), 2),
    ]
    row = only(workbook97({"表": sheet_stream(*cells)})).rows[0]
    assert [cell.value for cell in row.cells] == [None, 0, 12, None]
    assert [cell.fault for cell in row.cells] == [CellFault.FORMULA, None, None, CellFault.ERROR]


def test_what_xlrd_finds_odd_is_printed_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    start = record(0x0809, struct.pack("<4H", 0, 0x0010, 0, 0))
    low_row = record(0x0208, struct.pack("<HHHHHHI", 20_000, 0, 1, 0, 0, 0, 0))
    grid = only(start + low_row + number_cell(0, 0) + record(0x000A))
    assert values(grid) == [[1]]
    assert capfd.readouterr() == ("", "")


def test_hidden_sheets_are_not_read_even_if_they_are_broken() -> None:
    sheets = {**SHEETS, "藏": record(0x0809, SHEET_START) + record(0x0203, b"x") + record(0x0A)}
    assert [grid.name for grid in visible_grids(workbook97(sheets, states={"藏": 1}), "x")] == ["表"]
    assert [
        grid.name for grid in visible_grids(workbook97(SHEETS | {"藏": SHEETS["表"]}, states={"藏": 2}), "x")
    ] == ["表"]


def test_names_and_texts_lose_what_cannot_be_kept() -> None:
    data = workbook97({"长" * 40 + "\1": sheet_stream(text_cell(0, 0, "甲\0乙\x0b"))})
    grid = only(data)
    assert grid.name == "长" * 31
    assert values(grid) == [["甲乙"]]


def test_the_newer_stream_counts_where_a_file_holds_two() -> None:
    older = book_stream({"旧": sheet_stream(text_cell(0, 0, "旧"))})
    newer = book_stream({"新": sheet_stream(text_cell(0, 0, "新"))})
    assert only(compound({"Book": older, "Workbook": newer})).name == "新"
    assert only(compound({"Book": older})).name == "旧"


def test_a_bare_stream_of_a_web_script_without_a_code_page() -> None:
    """Many a script writes the records alone, texts in GBK, and names no styles."""
    stream = struct.pack("<6H", 0x0809, 8, 0, 0x10, 0, 0)
    for column, text in enumerate(("序号", "任务")):
        written = text.encode("gbk")
        stream += record(0x0204, struct.pack("<4H", 0, column, 0, len(written)) + written)
    grid = only(stream + number_cell(1, 0, 7.0) + record(0x0A))
    assert values(grid) == [["序号", "任务"], [7, None]]


def test_a_sheet_that_claims_all_rows_and_columns_costs_nothing() -> None:
    size = record(0x0200, struct.pack("<IIHHH", 0, 65_536, 0, 256, 0))
    grid = only(workbook97({"表": sheet_stream(size, number_cell(65_535, 0))}))
    assert [(row.number, len(row.cells)) for row in grid.rows] == [(65_536, 1)]


def test_cells_that_are_only_formatted_are_none() -> None:
    blanks = [
        record(0x00BE, struct.pack("<HH", row, 0) + bytes(512) + struct.pack("<H", 255))
        for row in range(6_000)
    ]
    assert len(only(workbook97({"表": sheet_stream(number_cell(0, 0), *blanks)})).rows) == 1


def test_the_program_that_runs_loads_no_xlrd() -> None:
    program = "import sys, bot.app, bot.jobs, bot.commands.job_worker; print('xlrd' in sys.modules)"
    done = subprocess.run(  # noqa: S603  # our own arguments
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
