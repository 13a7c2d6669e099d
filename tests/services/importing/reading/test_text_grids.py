"""Tables in texts: .csv and what Excel calls Unicode text."""

from __future__ import annotations

from typing import Any

import pytest

from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.grids import CellFault, Grid
from tests.services.importing.builders import visible_grids

TABLE = "序号,目标任务\r\n1,清理野广告\r\n"


def grid_of(data: bytes, name: str = "任务.csv") -> Grid:
    (grid,) = visible_grids(data, name)
    return grid


def rows_of(text: str) -> list[tuple[int, list[Any]]]:
    return [(row.number, [cell.value for cell in row.cells]) for row in grid_of(text.encode()).rows]


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("gbk"),
        TABLE.replace(",", "\t").encode("utf-16"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace("\r\n", "\n").encode("gb18030"),
    ],
)
@pytest.mark.parametrize("name", ["任务.csv", "任务.xls", "任务.txt"])
def test_encodings_and_separators(data: bytes, name: str) -> None:
    grid = grid_of(data, name)
    assert grid.name == "任务"
    assert [[cell.value for cell in row.cells] for row in grid.rows] == [
        ["序号", "目标任务"],
        ["1", "清理野广告"],
    ]


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    text = '任务,标准\n"第一行\n第二行","他说""好"""\n\n , \n甲,\n'
    assert rows_of(text) == [(1, ["任务", "标准"]), (2, ["第一行\n第二行", '他说"好"']), (5, ["甲", None])]


def test_separators_inside_cells_do_not_mislead() -> None:
    assert rows_of("任务;标准\n甲,乙,丙;1\n丁,戊;2\n")[1] == (2, ["甲,乙,丙", "1"])
    assert rows_of("任务\t标准\n甲,乙\t1;2\n")[1] == (2, ["甲,乙", "1;2"])
    assert rows_of('任务,标准\n"甲;乙;丙",1\n')[1] == (2, ["甲;乙;丙", "1"])


def test_a_table_may_begin_with_a_bracket() -> None:
    assert rows_of("<任务>,标准\n甲,1\n")[0] == (1, ["<任务>", "标准"])


def test_title_rows_need_not_be_as_wide() -> None:
    assert rows_of("2026年任务分解表\n任务,标准\n甲,1\n")[0] == (1, ["2026年任务分解表", None])


def test_a_first_line_that_names_the_separator_is_no_row() -> None:
    assert rows_of("sep=|\n任务|标准\n甲,乙|1\n") == [(1, ["任务", "标准"]), (2, ["甲,乙", "1"])]


def test_the_name_of_the_file_is_cut_to_that_of_a_sheet() -> None:
    assert grid_of(TABLE.encode(), f"/下载/{'长' * 40}.csv").name == "长" * 31


def test_a_cell_that_is_too_long_is_a_fault() -> None:
    row = grid_of(f"任务,标准\n{'甲' * 200_000},1\n".encode()).rows[1]
    assert [cell.fault for cell in row.cells] == [CellFault.TOO_LONG, None]


def test_a_quote_that_never_ends_takes_the_rest_into_its_cell() -> None:
    assert rows_of('任务,标准\n甲,"1\n乙,2\n')[1] == (2, ["甲", "1\n乙,2"])


def test_characters_that_cannot_be_kept_are_left_out() -> None:
    assert rows_of("任务,标准\n甲\x01乙,1\n" + "丙,2\n" * 100)[1] == (2, ["甲乙", "1"])


@pytest.mark.parametrize(
    "text",
    [
        "今天清理违规广告牌匾12处，出动人员30人。\n明天继续。\n",
        "Dear all,\nplease find, as agreed, the list, which is long.\nYours\nOffice\nDistrict\n",
        "清" * 3000,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_prose_is_no_table(text: str, encoding: str) -> None:
    with pytest.raises(ImportFileError, match="only_words"):
        visible_grids(text.encode(encoding), "通知.txt")


@pytest.mark.parametrize("data", [b" \r\n\t\n", b"\xef\xbb\xbf", b",,\n,,\n"])
def test_nothing_in_it(data: bytes) -> None:
    with pytest.raises(ImportFileError, match="no_table"):
        visible_grids(data, "空.csv")


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n\0\0,c\n" * 50,
        TABLE.encode("utf-16-le"),
        b"\xff\xfe\0\xd8,\0",
        b"a,b\n\xff\xff,\x81\n",
        bytes(range(1, 32)) * 9,
    ],
)
def test_bytes_that_are_no_text(data: bytes) -> None:
    with pytest.raises(ImportFileError, match="not_office"):
        visible_grids(data, "任务.csv")
