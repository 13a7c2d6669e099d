"""Workbooks become grids of what their author sees."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from services.importing.reading.grids import Cell, CellFault, Grid
from tests.services.importing.builders import (
    excel_workbook,
    saved,
    sheet_of,
    visible_grids,
    with_part,
    workbook,
)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def grid_of(data: bytes) -> Grid:
    (grid,) = visible_grids(data, "表.xlsx")
    return grid


def values(data: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row.cells] for row in grid_of(data).rows]


def raw_sheet(inner: str) -> bytes:
    """A workbook whose sheet is the given XML."""
    xml = f'<worksheet xmlns="{MAIN}">{inner}</worksheet>'
    return with_part(workbook([["x"]]), "xl/worksheets/sheet1.xml", [xml.encode()])


def test_values_keep_their_kind() -> None:
    row = ["清理", 576, 11.6, True, date(2026, 12, 20), "a\nb"]
    assert values(workbook([row])) == [row]


def test_row_numbers_are_those_of_the_sheet() -> None:
    rows = grid_of(workbook([[], ["一"], [], [None, "二"], [" "]])).rows
    assert [row.number for row in rows] == [2, 4]
    assert rows[1].cells == (Cell(), Cell("二"))


def test_merged_cells_inherit_over_the_whole_range() -> None:
    grid = grid_of(workbook([["行动", "x", "y"], ["", "1", "2"], ["", "3", "4"]], merges=["A1:A3", "B2:C3"]))
    assert [[cell.value for cell in row.cells] for row in grid.rows] == [
        ["行动", "x", "y"],
        ["行动", "1", "1"],
    ]
    assert grid.rows[1].cells[0] == Cell("行动", merged_from=(1, 0))
    assert grid.rows[1].cells[1].own
    assert not grid.rows[1].cells[2].own


def test_leftovers_under_a_merge_are_not_seen() -> None:
    xml = (
        '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    )
    assert values(raw_sheet(xml)) == [[1, 1]]


def test_formulas_give_their_saved_result_or_a_fault() -> None:
    xml = (
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+1</f></c>'
        '<c r="C1" t="str"><f>T("甲")</f><v>甲</v></c><c r="D1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="E1" t="str"><f>""</f><v></v></c></row></sheetData>'
    )
    cells = grid_of(raw_sheet(xml)).rows[0].cells
    assert [cell.value for cell in cells] == [2, None, "甲", None]
    assert [cell.fault for cell in cells] == [None, CellFault.FORMULA, None, CellFault.ERROR]


def test_a_formula_that_was_never_calculated_is_a_fault() -> None:
    assert grid_of(workbook([["甲", "=A1"]])).rows[0].cells[1].fault is CellFault.FORMULA


def test_hidden_sheets_are_left_out_and_hidden_rows_marked() -> None:
    book = Workbook()
    sheet = sheet_of(book)
    sheet.append(["一"])
    sheet.append(["二"])
    sheet.row_dimensions[2].hidden = True
    for state in ("hidden", "veryHidden"):
        other = book.create_sheet(state)
        other.append(["暗"])
        other.sheet_state = state
    assert [row.hidden for row in grid_of(saved(book)).rows] == [False, True]


def test_a_sheet_that_claims_to_be_huge_is_read_by_its_cells() -> None:
    xml = (
        '<dimension ref="A1:XFD1048576"/><cols><col min="1" max="16384" width="9"/></cols><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>'
        '<row r="1048576"><c r="B1048576"><v>2</v></c></row></sheetData>'
    )
    grid = grid_of(raw_sheet(xml))
    assert [(row.number, [c.value for c in row.cells]) for row in grid.rows] == [
        (1, [1, None]),
        (1048576, [None, 2]),
    ]


def test_cells_without_references_stand_in_order() -> None:
    xml = "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>"
    assert values(raw_sheet(xml)) == [[1, 2], [3, None]]


def test_prefixed_and_strict_names_are_read() -> None:
    xml = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="3">'
        '<x:c r="A3" t="inlineStr"><x:is><x:t>甲</x:t></x:is></x:c><x:c r="B3" t="d">'
        "<x:v>2026-12-20</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    data = with_part(workbook([["x"]]), "xl/worksheets/sheet1.xml", [xml.encode()])
    assert values(data) == [["甲", "2026-12-20"]]


def test_rich_text_is_whole_and_phonetic_guides_are_not_text() -> None:
    book = Workbook()
    sheet_of(book)["A1"] = CellRichText("清理", TextBlock(InlineFont(b=True), "576"), "处")
    assert values(saved(book)) == [["清理576处"]]
    guided = '<c r="A1" t="inlineStr"><is><t>烟台</t><rPh sb="0" eb="2"><t>yantai</t></rPh></is></c>'
    assert values(raw_sheet(f'<sheetData><row r="1">{guided}</row></sheetData>')) == [["烟台"]]


def test_texts_that_excel_shares_between_cells() -> None:
    strings = (
        "<si><t>任务</t></si><si/>"
        "<si><r><t>清理</t></r><r><rPr><b/></rPr><t xml:space='preserve'>576 </t></r></si>"
        f"<si><t>烟台</t><rPh sb='0' eb='2'><t>yantai</t></rPh></si><si><t>{'甲' * 4001}</t></si>"
    )
    cells = "".join(f'<c t="s"><v>{index}</v></c>' for index in (0, 1, 2, 3, 4, 0))
    row = grid_of(excel_workbook(strings, f"<row>{cells}</row>")).rows[0]
    assert [cell.value for cell in row.cells] == ["任务", None, "清理576 ", "烟台", None, "任务"]
    assert row.cells[4].fault is CellFault.TOO_LONG


def test_escaped_control_characters_are_unescaped() -> None:
    cell = '<c r="A1" t="inlineStr"><is><t>一_x000D_二</t></is></c>'
    assert values(raw_sheet(f'<sheetData><row r="1">{cell}</row></sheetData>')) == [["一\r二"]]


@pytest.mark.parametrize("escape", ["_x0000_", "_x0001_", "_xD800_", "_xDFFF_", "_xFFFE_", "_xFFFF_"])
def test_what_no_xml_can_hold_is_left_out(escape: str) -> None:
    """No database takes such a character, nor does the sheet in which the row may go back."""
    cell = f'<c r="A1" t="inlineStr"><is><t>一{escape}二</t></is></c>'
    assert values(raw_sheet(f'<sheetData><row r="1">{cell}</row></sheetData>')) == [["一二"]]


def test_the_name_of_a_sheet_is_not_longer_than_excel_has_it() -> None:
    """The chat quotes the name."""
    data = workbook([["x"]])
    contents = zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml")
    long = contents.replace(b'name="Sheet"', b'name="' + b"S" * 20_000 + b'"')
    (grid,) = visible_grids(with_part(data, "xl/workbook.xml", [long]), "x")
    assert grid.name == "S" * 31


@pytest.mark.parametrize(
    ("number_format", "value"),
    [
        ("yyyy-mm-dd", date(2026, 12, 1)),
        ('yyyy"年"m"月"d"日"', date(2026, 12, 1)),
        ("[$-804]yyyy年m月d日;@", date(2026, 12, 1)),
        ('m"月"d"日"', date(2026, 12, 1)),
        ('yyyy"年"m"月"', "2026年12月"),
        ("yyyy-mm", "2026年12月"),
        ("mmm-yy", "2026年12月"),
        ("General", 46357),
        ("0.00", 46357),
        ("@", 46357),
    ],
)
def test_a_number_is_what_its_format_shows(number_format: str, value: object) -> None:
    """Excel turns a typed 2026年12月 into 1 December; the month is what its author sees and means."""
    book = Workbook()
    cell = sheet_of(book)["A1"]
    cell.value = 46357
    cell.number_format = number_format
    assert values(saved(book)) == [[value]]


@pytest.mark.parametrize(
    ("format_id", "value"),
    [
        (14, date(2026, 12, 20)),
        (31, date(2026, 12, 20)),
        (58, date(2026, 12, 20)),
        (57, "2026年12月"),
        (0, 46376),
    ],
)
def test_formats_that_chinese_excel_only_numbers(format_id: int, value: object) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        f'<xf numFmtId="{format_id}"/></cellXfs></styleSheet>'
    )
    data = raw_sheet('<sheetData><row r="1"><c r="A1" s="1"><v>46376</v></c></row></sheetData>')
    assert values(with_part(data, "xl/styles.xml", [styles.encode()])) == [[value]]


def test_times_and_dates_since_1904() -> None:
    book = Workbook()
    sheet_of(book).append([time(18, 0), datetime(2026, 12, 20, 9, 30)])  # noqa: DTZ001 - sheets have no zone
    assert values(saved(book)) == [["18:00:00", date(2026, 12, 20)]]
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - sheets have no zone
    assert values(saved(book)) == [["18:00:00", date(2026, 12, 20)]]


def test_a_text_beyond_any_cell_is_a_fault() -> None:
    cells = grid_of(workbook([["甲" * 4000, "乙" * 4001]])).rows[0].cells
    assert [cell.fault for cell in cells] == [None, CellFault.TOO_LONG]


CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
    st.integers(-(10**6), 10**6),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_reads_what_openpyxl_reads(rows: list[list[Any]]) -> None:
    book = Workbook()
    sheet = sheet_of(book)
    for y, row in enumerate(rows, start=1):
        for x, value in enumerate(row, start=1):
            cell = sheet.cell(y, x, value)
            if isinstance(value, str):
                cell.data_type = "s"  # "=1" is text here
    data = saved(book)
    expected = dict(_filled(data))
    found = {
        (row.number, x): cell.value
        for grid in (visible_grids(data, "表.xlsx") if expected else [])
        for row in grid.rows
        for x, cell in enumerate(row.cells, start=1)
        if cell.filled
    }
    assert found == expected


def _filled(data: bytes) -> Iterator[tuple[tuple[int, int], Any]]:
    sheet = sheet_of(load_workbook(io.BytesIO(data)))
    for row in sheet.iter_rows():
        for cell in row:
            value = cell.value.date() if isinstance(cell.value, datetime) else cell.value
            if value is not None and str(value).strip():
                yield (int(cell.row or 0), int(cell.column or 0)), value
