"""Sheets of days as offices write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from locales import plain
from services.importing.reading.cells import CellValue
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.calendar_rows import ParsedCalendar, parse_calendar, read_day
from tests.services.importing.builders import document, full_width, said, workbook

HEADER = ("日期", "是否上班", "说明")
THE_DAY = date(2026, 10, 10)


def parsed(
    *rows: Sequence[Any], header: Sequence[Any] = HEADER, merges: Sequence[str] = ()
) -> ParsedCalendar:
    return parse_calendar(workbook([header, *rows], merges), "日历.xlsx")


@pytest.mark.parametrize(
    "cell",
    [
        THE_DAY,
        datetime(2026, 10, 10, 8, 30),  # noqa: DTZ001  # a cell's value has no zone
        "2026-10-10",
        "2026/10/10",
        "2026.10.10",
        "2026年10月10日",
        " 2026 年 10 月 10 日 （星期六）",
        "2026-10-10周六",
        full_width("2026-10-10"),
        "20261010",
        20261010,
        46305,
        46305.0,
    ],
)
def test_a_day_in_all_its_spellings(cell: CellValue) -> None:
    assert read_day(cell) == THE_DAY


@pytest.mark.parametrize(
    "cell",
    [
        *(None, True, "", "10月10日", "10-10", "2026年10月", "2026-13-01", "2026-02-30", "0226-10-10"),
        *("2026-10-10至2026-10-12", "国庆节", "46305", 10, 46305.5, 1e300, date(1900, 1, 1), "２０２６"),
    ],
)
def test_what_is_no_certain_day(cell: CellValue) -> None:
    assert read_day(cell) is None


def test_a_sheet_with_a_title_notes_and_a_merged_holiday() -> None:
    rows = [
        ("2027年放假安排", None, None),
        HEADER,
        (date(2027, 2, 5), "休息", "春节"),
        (date(2027, 2, 8), None, None),
        (date(2027, 2, 20), "上班", "补班"),
        (None, None, None),
        ("说明：以国务院办公厅通知为准。", None, None),
    ]
    found = parse_calendar(workbook(rows, ["A1:C1", "B3:B4", "C3:C4"]), "日历.xlsx")
    assert [(row.row, row.day, row.working, row.note) for row in found.days] == [
        (3, date(2027, 2, 5), False, "春节"),
        (4, date(2027, 2, 8), False, "春节"),
        (5, date(2027, 2, 20), True, "补班"),
    ]
    assert not found.refused


@pytest.mark.parametrize(
    ("word", "working"),
    [
        *(("上班", True), ("是", True), (" 补 班", True), (True, True), (1, True)),
        *(("休息", False), ("否", False), ("放假", False), (False, False), (0, False)),
    ],
)
def test_words_for_worked_and_not(word: object, working: bool) -> None:
    assert [row.working for row in parsed((THE_DAY, word, None)).days] == [working]


@pytest.mark.parametrize(
    ("row", "text", "reasons"),
    [
        ((None, "上班", "补班"), "", ["没有填写日期"]),
        ((THE_DAY, None, "补班"), "2026-10-10", ["没有填写是否上班"]),
        (("10月10日", "上班", None), "10月10日", ["日期“10月10日”无法识别，请写成 2026-10-10 的形式"]),
        ((THE_DAY, "调休", None), "2026-10-10", ["“调休”无法识别，请填写上班或休息"]),
        (
            ("国庆", "也许", None),
            "国庆",
            ["日期“国庆”无法识别，请写成 2026-10-10 的形式", "“也许”无法识别，请填写上班或休息"],
        ),
        ((THE_DAY, "上班", "长" * 101), "2026-10-10", ["说明超过 100 字"]),
        ((THE_DAY, "=1/0", None), "2026-10-10", ["是否上班是公式，文件中没有保存计算结果，请改为直接填写"]),
    ],
)
def test_a_bad_row_is_refused_with_all_its_reasons(row: Sequence[Any], text: str, reasons: list[str]) -> None:
    found = parsed(row, (date(2026, 10, 11), "休息", None))
    assert [(one.row, one.text, said(one.reasons)) for one in found.refused] == [(2, text, reasons)]
    assert [one.row for one in found.days] == [3]


def test_a_day_that_stands_twice_counts_once() -> None:
    found = parsed((THE_DAY, "上班", None), ("2026-10-10", "休息", None))
    assert [(one.row, one.working) for one in found.days] == [(2, True)]
    assert [(one.row, said(one.reasons)) for one in found.refused] == [(3, ["与第 2 行是同一天"])]


def test_other_headers() -> None:
    found = parsed(("补班", 1, "是", THE_DAY), header=("备注", "序号", "是否工作日(是/否)", "公历日期"))
    assert [(one.day, one.working, one.note) for one in found.days] == [(THE_DAY, True, "补班")]
    assert not found.refused


def test_a_file_without_such_a_table_is_refused() -> None:
    with pytest.raises(ImportFileError) as refusal:
        parsed((THE_DAY, "春节"), header=("日期", "说明"))
    assert said([refusal.value.text]) == [
        "“日历.xlsx”中没有找到完整的表头。看到的列：日期、说明；缺少：是否上班。请补上后再导入。"
    ]


def test_a_word_table_is_as_good() -> None:
    data = document([HEADER, ("2026-10-10", "上班", "补班")])
    assert [row.day for row in parse_calendar(data, "日历.docx").days] == [THE_DAY]


def test_merged_cells_and_other_words_are_named() -> None:
    rows = [(date(2027, 2, 5), "休", "春节"), (date(2027, 2, 8), None, None), (date(2027, 2, 20), 1, "补班")]
    found = parsed(*rows, (date(2027, 2, 21), "休息", None), merges=["B2:B3"])
    assert [plain(one.shown) for one in found.meanings] == [
        "“休”按休息（2 处：第 2–3 行）",
        "“1”按上班（1 处：第 4 行）",
        "是否上班：合并单元格的内容用于其中各行（1 处：第 3 行）",
    ]
