"""Web pages that are called .xls: each table a grid."""

from __future__ import annotations

from typing import Any

import pytest

from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.grids import Cell, CellFault, Grid
from tests.services.importing.builders import visible_grids
from tests.services.importing.office_samples import FOLDER


def grids_of(page: str, encoding: str = "utf-8") -> list[Grid]:
    return visible_grids(page.encode(encoding), "任务.xls")


def values(grid: Grid) -> list[list[Any]]:
    return [[cell.value for cell in row.cells] for row in grid.rows]


def table(*rows: str) -> Grid:
    (grid,) = grids_of(f"<table>{''.join(rows)}</table>")
    return grid


def test_a_page_that_another_program_saved() -> None:
    """It leaves hidden rows out and writes numbers as they are shown."""
    first, second = visible_grids((FOLDER / "page.xls").read_bytes(), "任务.xls")
    assert [row.number for row in first.rows] == [1, 2, 3, 4, 5, 6, 8]
    assert values(first)[0] == ["2026年重点任务分解表"] * 6
    assert values(first)[2:4] == [
        ["市容环境整治", "建设示范点50个", "2026年12月", "城管局", "50", "第一行\n第二行"],
        ["市容环境整治", "清理野广告", "2026-12-20", "公安局", "11.6", "共50处"],
    ]
    assert values(second) == [["填表说明", "1"]]


def test_cells_that_span_rows_and_columns() -> None:
    grid = table(
        '<tr><th rowspan="2">行动<th colspan=2>任务</tr>',
        "<tr><td>甲<td>乙</tr>",
        '<tr><td>丙<td rowspan="0" colspan="2">丁</tr>',
        "<tr><td>戊</tr>",
    )
    assert values(grid) == [
        ["行动", "任务", "任务"],
        ["行动", "甲", "乙"],
        ["丙", "丁", "丁"],
        ["戊", "丁", "丁"],
    ]
    assert grid.rows[1].cells[0] == Cell("行动", merged_from=(1, 0))
    assert grid.rows[3].cells[2] == Cell("丁", merged_from=(3, 1))


def test_a_span_wider_than_the_table_reaches_its_edge() -> None:
    assert values(table("<tr><td colspan=1000000>标题</tr><tr><td>甲<td>乙</tr>")) == [
        ["标题", "标题"],
        ["甲", "乙"],
    ]


def test_lines_entities_and_blanks() -> None:
    grid = table(
        "<tr><td>  甲\n 乙<br>丙&amp;丁<br/> <p>戊</p></td>",
        "<td>&nbsp;<b>1</b>&#x3a;2 </td><td> &nbsp; </td></tr>",
    )
    assert values(grid) == [["甲 乙\n丙&丁\n\n戊", "1:2"]]


def test_hidden_rows_are_marked_and_hidden_cells_and_words_left_out() -> None:
    grid = table(
        "<tr><td>甲</td><td style='width:0; DISPLAY : none'>不见</td>",
        "<td>乙<span hidden>不见</span></td></tr>",
        '<tr style="display:none"><td>丙</td><td>丁</td></tr>',
        '<tbody style="display:none"><tr><td>戊</td></tr></tbody>',
    )
    assert values(grid) == [["甲", "乙"], ["丙", "丁"], ["戊", None]]
    assert [row.hidden for row in grid.rows] == [False, True, True]


def test_a_table_inside_a_cell_is_a_table_of_its_own() -> None:
    page = (
        "<p>2026年分解表</p><table><caption>单位：创城办</caption><tr><td><p>说明</p>"
        "<table><tr><td>任务</td></tr></table>外</td></tr></table><p>后</p><table><tr><td>末</td></tr></table>"
    )
    grids = grids_of(page)
    assert [(grid.name, values(grid), grid.lead_in) for grid in grids] == [
        ("1", [["说明\n\n外"]], ("单位：创城办", "2026年分解表")),
        ("2", [["任务"]], ("说明", "单位：创城办", "2026年分解表")),
        ("3", [["末"]], ("后",)),
    ]


def test_what_is_no_text_of_the_page() -> None:
    head = "<html><head><title>题</title><style>td{color:red}</style></head>"
    page = f"{head}<script>x</script><!-- <table><tr><td>注 -->"
    (grid,) = grids_of(f"{page}<table><tr><td>甲<script>y</script></td></tr></table>")
    assert (values(grid), grid.lead_in) == ([["甲"]], ())


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [
        ("utf-8", ""),
        ("gb18030", ""),
        ("utf-8-sig", '<meta charset="gb2312">'),
        ("gbk", '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'),
        ("big5", "<meta charset=big5>"),
        ("gbk", "<meta charset=utf-8>"),
        ("utf-16", ""),
    ],
)
def test_encodings(encoding: str, meta: str) -> None:
    (grid,) = grids_of(f"\r\n<html>{meta}<table><tr><td>任務</td></tr></table></html>", encoding)
    assert values(grid) == [["任務"]]


def test_a_text_that_is_also_valid_in_another_encoding_follows_what_the_page_states() -> None:
    page = "<html><meta charset=gbk><table><tr><td>联通</td></tr></table>"
    assert page.encode("gbk").decode("utf-8", "ignore") != page
    assert values(grids_of(page, "gbk")[0]) == [["联通"]]


def test_tags_that_are_never_closed() -> None:
    assert values(table("<tr><td>甲<td>乙<tr><td>丙")) == [["甲", "乙"], ["丙", None]]
    (grid,) = grids_of("<table><tr><td>甲<tr><td><b>乙")
    assert values(grid) == [["甲"], ["乙"]]
    rows = "<tr><td><font color=red>甲<td><B>乙<td><span>丙" * 300
    (grid,) = grids_of(f"<table>{rows}")
    assert values(grid) == [["甲", "乙", "丙"]] * 300


def test_cells_without_a_row_make_one() -> None:
    assert values(table("<td>甲</td><td>乙</td><tr><td>丙</td></tr>")) == [["甲", "乙"], ["丙", None]]


def test_a_cell_that_is_too_long_is_a_fault() -> None:
    assert table(f"<tr><td>{'甲' * 4_001}</td><td>乙</td></tr>").rows[0].cells[0].fault is CellFault.TOO_LONG


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><p>通知</p></html>", "no_table"),
        ("<table><tr><td> &nbsp;</td></tr></table>", "no_table"),
        (
            '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook><Table/></Workbook>',
            "saved_as_xml",
        ),
        (
            '<?xml version="1.0"?><ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
            "<ss:Table/></ss:Workbook>",
            "saved_as_xml",
        ),
        ("<?xml version='1.0'?><任务>甲</任务>", "saved_as_xml"),
        ("<Workbook><Table/></Workbook>", "saved_as_xml"),
        (
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n<html><table>",
            "saved_as_xml",
        ),
    ],
)
def test_what_is_refused(page: str, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        grids_of(page)


def test_the_page_of_excel_itself_is_no_xml_sheet() -> None:
    page = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><!--[if gte mso 9]><xml>'
        "<x:ExcelWorkbook></x:ExcelWorkbook></xml><![endif]--></head>"
        "<body><table><tr><td x:num>1</td></tr></table></body></html>"
    )
    assert values(grids_of(page)[0]) == [["1"]]
