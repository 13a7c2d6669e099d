from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.sheets import CELL_LIMIT, sheet


def read(content: bytes) -> Any:
    return load_workbook(BytesIO(content)).active


def test_heads_and_rows() -> None:
    table = read(
        sheet("销号清单", [("序号", 6), ("目标任务", 40)], [[1, "清理广告牌匾"], [2, "整治背街小巷"]])
    )
    assert table.title == "销号清单"
    assert list(table.values) == [("序号", "目标任务"), (1, "清理广告牌匾"), (2, "整治背街小巷")]
    assert table["A1"].font.bold
    assert table.column_dimensions["B"].width == 40
    assert table.freeze_panes == "A2"


def test_a_printed_page_lies_across_and_repeats_the_heads() -> None:
    table = read(sheet("x", [("a", 10)], [["b"]]))
    assert (table.page_setup.orientation, int(table.page_setup.paperSize)) == ("landscape", 9)
    assert (int(table.page_setup.fitToWidth), int(table.page_setup.fitToHeight)) == (1, 0)
    assert table.sheet_properties.pageSetUpPr.fitToPage
    assert table.print_title_rows == "$1:$1"


@pytest.mark.parametrize("words", ["=1+1", "+86 571", "-5处", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_what_looks_like_a_formula_is_text(words: str) -> None:
    cell = read(sheet("x", [("a", 10)], [[words]]))["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (words, "s", True)


def test_a_formula_behind_what_no_cell_takes() -> None:
    cell = read(sheet("x", [("a", 10)], [["\x01=1+1"]]))["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_cell_shows_nothing_hidden() -> None:
    cell = read(sheet("x", [("a", 10)], [["\u202e=1\u200b+1\u202c"]]))["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_harmless_words_are_left_alone() -> None:
    cell = read(sheet("x", [("a", 10)], [["清理12处=全部"]]))["A2"]
    assert (cell.value, cell.quotePrefix) == ("清理12处=全部", False)


def test_what_a_cell_cannot_hold() -> None:
    """A cell drops control characters, because no program would open a file with them."""
    cells = read(sheet("x", [("a", 10)], [["钟\x07楼\x00"], ["字" * (CELL_LIMIT + 5)], [""]]))
    assert cells["A2"].value == "钟楼"
    assert len(cells["A3"].value) == CELL_LIMIT
    assert cells["A4"].value in {None, ""}


@pytest.mark.parametrize("title", ["a/b:c*d?e[f]g\\h", "长" * 60, ""])
def test_a_title_that_a_sheet_may_not_have(title: str) -> None:
    assert len(read(sheet(title, [("a", 10)], [])).title) in range(1, 32)
