"""Tables of Word documents become grids."""

from __future__ import annotations

import io
from typing import Any

from docx import Document

from services.importing.reading.grids import Grid
from tests.services.importing.builders import document, visible_grids, with_part

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def grids_of(data: bytes) -> list[Grid]:
    return visible_grids(data, "表.docx")


def values(grid: Grid) -> list[list[Any]]:
    return [[cell.value for cell in row.cells] for row in grid.rows]


def raw_document(body: str) -> bytes:
    xml = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return with_part(document([["x"]]), "word/document.xml", [xml.encode()])


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def test_rows_count_from_one_within_the_table() -> None:
    (grid,) = grids_of(document([["任务", "标准"], ["", ""], ["甲", "乙"]]))
    assert [(row.number, [c.value for c in row.cells]) for row in grid.rows] == [
        (1, ["任务", "标准"]),
        (3, ["甲", "乙"]),
    ]


def test_merged_cells_inherit() -> None:
    rows = [["行动", "任务", "标准"], ["市容", "甲", "乙"], ["", "丙", "丁"], ["注", "", ""]]
    (grid,) = grids_of(document(rows, merges=[(1, 0, 2, 0), (3, 0, 3, 2)]))
    assert values(grid) == [
        ["行动", "任务", "标准"],
        ["市容", "甲", "乙"],
        ["市容", "丙", "丁"],
        ["注", "注", "注"],
    ]
    assert [c.own for c in grid.rows[2].cells] == [False, True, True]
    assert grid.rows[3].cells[2].merged_from == (4, 0)


def test_a_block_of_rows_and_columns_inherits() -> None:
    rows = [["甲", "", "1"], ["", "", "2"], ["", "", "3"]]
    (grid,) = grids_of(document(rows, merges=[(0, 0, 2, 1)]))
    assert values(grid) == [["甲", "甲", "1"], ["甲", "甲", "2"], ["甲", "甲", "3"]]


def test_two_merges_below_each_other_stay_apart() -> None:
    rows = [["甲", "1"], ["", "2"], ["乙", "3"], ["", "4"]]
    (grid,) = grids_of(document(rows, merges=[(0, 0, 1, 0), (2, 0, 3, 0)]))
    assert values(grid) == [["甲", "1"], ["甲", "2"], ["乙", "3"], ["乙", "4"]]


def test_paragraphs_of_a_cell_are_lines() -> None:
    (grid,) = grids_of(document([["完成\n时限", "x"]]))
    assert grid.rows[0].cells[0].value == "完成\n时限"


def test_paragraphs_before_the_table_lead_in_the_nearest_first() -> None:
    (grid,) = grids_of(document([["任务"]], before=["2026年任务分解表", "", "单位:创城办"]))
    assert grid.lead_in == ("单位:创城办", "2026年任务分解表")


def test_every_table_is_read_with_its_own_paragraphs() -> None:
    file = Document()
    file.add_paragraph("第一部分")
    file.add_table(rows=1, cols=1).cell(0, 0).text = "甲"
    file.add_paragraph("第二部分")
    file.add_table(rows=1, cols=1).cell(0, 0).text = "乙"
    stream = io.BytesIO()
    file.save(stream)
    grids = grids_of(stream.getvalue())
    assert [(g.name, g.lead_in, values(g)) for g in grids] == [
        ("1", ("第一部分",), [["甲"]]),
        ("2", ("第二部分",), [["乙"]]),
    ]


def test_a_table_inside_a_cell_is_a_table_of_its_own() -> None:
    """Its paragraphs are those of the cell before it, then those before the outer table."""
    file = Document()
    file.add_paragraph("2026年任务分解表")
    outer = file.add_table(rows=2, cols=2)
    outer.cell(0, 0).text = "外"
    outer.cell(0, 1).text = "内表"
    inner = outer.cell(0, 1).add_table(rows=1, cols=1)
    inner.cell(0, 0).text = "内"
    inner.cell(0, 0).add_table(rows=1, cols=1).cell(0, 0).text = "最内"
    outer.cell(1, 0).text = "下"
    file.add_paragraph("之后")
    file.add_table(rows=1, cols=1).cell(0, 0).text = "末"
    stream = io.BytesIO()
    file.save(stream)
    assert [(grid.name, values(grid), grid.lead_in) for grid in grids_of(stream.getvalue())] == [
        ("1", [["外", "内表"], ["下", None]], ("2026年任务分解表",)),
        ("2", [["内"]], ("内表", "2026年任务分解表")),
        ("3", [["最内"]], ("内", "内表", "2026年任务分解表")),
        ("4", [["末"]], ("之后",)),
    ]


def test_a_layout_table_around_the_table_changes_nothing_in_it() -> None:
    rows = (
        cell("行动", '<w:vMerge w:val="restart"/>') + cell("甲"),
        cell("", "<w:vMerge/>") + cell("乙"),
        cell("宽", '<w:gridSpan w:val="2"/>'),
    )
    inner = f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    (alone,) = grids_of(raw_document(inner))
    (framed,) = grids_of(raw_document(f"<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"))
    assert framed.rows == alone.rows
    assert framed.name == "2"


def test_a_row_that_is_hidden_or_deleted_takes_the_tables_inside_it_along() -> None:
    inner = f"<w:tc><w:tbl><w:tr>{cell('内')}</w:tr></w:tbl><w:p/></w:tc>"
    rows = f"<w:tr><w:trPr><w:hidden/></w:trPr>{inner}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{inner}</w:tr>"
    (grid,) = grids_of(raw_document(f"<w:tbl>{rows}<w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"))
    assert [row.hidden for row in grid.rows] == [True]


def test_tracked_changes_count_as_made() -> None:
    body = (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>建设</w:t></w:r><w:del><w:r><w:delText>四十</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>五十</w:t></w:r></w:ins><w:r><w:t>个</w:t></w:r></w:p></w:tc></w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('删去的行')}</w:tr><w:tr>{cell('留下的行')}</w:tr></w:tbl>"
    )
    (grid,) = grids_of(raw_document(body))
    assert [(row.number, row.cells[0].value) for row in grid.rows] == [(1, "建设五十个"), (2, "留下的行")]


def test_content_controls_and_text_boxes() -> None:
    box = (
        f"<w:r><w:pict><w:txbxContent><w:tbl><w:tr>{cell('框')}</w:tr></w:tbl></w:txbxContent></w:pict></w:r>"
    )
    body = (
        f"<w:p>{box}<w:r><w:t>标题</w:t></w:r></w:p>"
        f"<w:tbl><w:sdt><w:sdtContent><w:tr><w:sdt><w:sdtContent>{cell('甲')}</w:sdtContent></w:sdt>{cell('乙')}"
        "</w:tr></w:sdtContent></w:sdt></w:tbl>"
    )
    (grid,) = grids_of(raw_document(body))
    assert values(grid) == [["甲", "乙"]]
    assert grid.lead_in == ("标题",)


def test_rows_that_start_later_and_hidden_rows() -> None:
    body = (
        f"<w:tbl><w:tr>{cell('甲')}{cell('乙')}</w:tr>"
        f'<w:tr><w:trPr><w:gridBefore w:val="1"/><w:hidden/></w:trPr>{cell("丙")}</w:tr></w:tbl>'
    )
    (grid,) = grids_of(raw_document(body))
    assert values(grid) == [["甲", "乙"], [None, "丙"]]
    assert [row.hidden for row in grid.rows] == [False, True]


def test_a_merge_does_not_reach_over_a_row_without_it() -> None:
    merged, wide = cell("甲", '<w:vMerge w:val="restart"/>'), cell("宽", '<w:gridSpan w:val="2"/>')
    rows = [
        merged + cell("1"),
        '<w:trPr><w:gridBefore w:val="1"/></w:trPr>' + wide,
        cell("乙", "<w:vMerge/>"),
    ]
    (grid,) = grids_of(raw_document(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"))
    assert values(grid) == [["甲", "1"], [None, "宽"], ["乙", None]]


def test_a_merge_that_continues_nothing_is_an_ordinary_cell() -> None:
    (grid,) = grids_of(raw_document(f"<w:tbl><w:tr>{cell('甲', '<w:vMerge/>')}</w:tr></w:tbl>"))
    assert values(grid) == [["甲"]]
