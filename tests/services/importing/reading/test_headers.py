"""The header is found below titles, whatever its cells are called and however they are broken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importing.reading.headers import Header, best_table, find_header
from services.importing.rows.task_columns import TASK_HEADER as WORDS
from services.importing.rows.task_columns import TaskColumn as C
from tests.services.importing.builders import (
    TASK_HEADER,
    document,
    full_width,
    parsed,
    task,
    visible_grids,
    workbook,
)

ISSUE_SYNONYMS = {
    C.SERIAL: ["序号"],
    C.ACTION: ["行动", "专项行动"],
    C.FOCUS: ["重点"],
    C.OBJECTIVE: ["任务", "工作任务", "目标任务", "重点工作"],
    C.STANDARD: ["标准", "工作标准", "工作要求"],
    C.UNITS: ["责任单位"],
    C.ASSISTING: ["配合单位", "协办单位"],
    C.LEADER: ["分管领导", "责任领导"],
    C.SECTION: ["承办科室", "责任科室"],
    C.PERSON: ["责任人", "联系人", "责任人员"],
    C.DEADLINE: ["时限", "完成时限", "完成时间", "工作时限"],
    C.REMARK: ["备注"],
}


def header_of(*rows: list[Any], merges: tuple[str, ...] = ()) -> Header[C]:
    (grid,) = visible_grids(workbook([*rows, ["x"] * max(map(len, rows))], merges), "表.xlsx")
    header = find_header(grid, WORDS)
    assert header is not None
    return header


def test_the_synonyms_of_the_issue_are_known() -> None:
    for column, words in ISSUE_SYNONYMS.items():
        for word in words:
            hit = WORDS.rank(word)
            assert hit is not None, word
            assert hit[0] is column, word
    lead = WORDS.rank("牵头单位")
    assert lead is not None
    assert lead[0] is C.LEAD


def test_no_word_means_two_columns() -> None:
    words = [word for synonyms in WORDS.words.values() for word in synonyms]
    assert len(words) == len(set(words))


DRESSES = st.sampled_from(
    [
        lambda word: word,
        lambda word: "\n".join([word[:2], word[2:]]) if len(word) > 2 else word,
        lambda word: " ".join(word),
        lambda word: f"\u3000{word} ",
        lambda word: f"{word}(必填)",
        lambda word: word + full_width("(必填)"),
        lambda word: f"{word}:",
        lambda word: f"*{word}",
        lambda word: f"\u200b{word}",
    ]
)


@st.composite
def dressed_headers(draw: st.DrawFn) -> list[tuple[C, str]]:
    """The columns in any order, each under any of its names, dressed up in any way."""
    columns = draw(st.permutations(list(ISSUE_SYNONYMS)))
    return [(column, draw(DRESSES)(draw(st.sampled_from(ISSUE_SYNONYMS[column])))) for column in columns]


@given(dressed_headers(), st.integers(0, 3))
def test_any_order_and_any_dress(columns: list[tuple[C, str]], titles: int) -> None:
    rows: list[list[Any]] = [["2026年创建全国文明城市任务分解表"]] * titles
    header = header_of(*rows, [label for _, label in columns])
    assert (header.first, header.last) == (titles, titles)
    assert header.columns == {column: at for at, (column, _) in enumerate(columns)}


@given(st.permutations(list(TASK_HEADER)))
def test_a_task_reads_the_same_in_any_order_of_columns(order: list[str]) -> None:
    row = task()
    (expected,) = parsed(workbook([TASK_HEADER, [row[word] for word in TASK_HEADER]])).rows
    (found,) = parsed(workbook([order, [row[word] for word in order]])).rows
    assert found == expected


def test_titles_of_all_kinds_stand_above() -> None:
    rows: list[list[Any]] = [
        ["2026年创建全国文明城市重点工作任务分解表"],
        ["制表单位:创城办", None, "2026年3月1日"],
        ["序号", "重点工作", "工作要求", "完成时限", "责任单位"],
    ]
    assert header_of(*rows, merges=("A1:E1",)).first == 2


def test_unknown_columns_do_not_matter() -> None:
    header = header_of(["测评指标", "目标任务", "标准", "进展情况", "完成时限", "责任单位"])
    assert header.columns == {C.OBJECTIVE: 1, C.STANDARD: 2, C.DEADLINE: 4, C.UNITS: 5}


def test_two_names_of_one_column_in_one_cell() -> None:
    assert header_of(["任务", "标准", "责任单位/牵头单位", "责任领导/分管领导"]).columns[C.LEADER] == 3
    assert WORDS.rank("责任单位/责任人") is None


def test_the_preferred_of_two_columns_with_one_meaning() -> None:
    assert header_of(["重点工作", "目标任务", "标准", "责任人"]).columns[C.OBJECTIVE] == 1
    assert header_of(["任务", "任务", "标准", "责任人"]).columns[C.OBJECTIVE] == 0


@pytest.mark.parametrize("remark", ["(牵头)", "\uff08牵头\uff09"])
def test_a_remark_can_change_the_column(remark: str) -> None:
    header = header_of(["任务", "标准", "责任单位" + remark, "责任单位(配合)"])
    assert header.columns == {C.OBJECTIVE: 0, C.STANDARD: 1, C.LEAD: 2, C.ASSISTING: 3}


def test_groups_over_a_second_header_row() -> None:
    header = header_of(
        ["序号", "目标任务", "责任单位", None, "责任人", None, "完成\n时限"],
        [None, None, "牵头", "配合", "姓名", "电话", None],
        merges=("A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"),
    )
    assert (header.first, header.last) == (0, 1)
    assert header.columns == {
        C.SERIAL: 0,
        C.OBJECTIVE: 1,
        C.LEAD: 2,
        C.ASSISTING: 3,
        C.PERSON: 4,
        C.DEADLINE: 6,
    }


def test_words_below_the_task_above_are_no_columns_of_their_own() -> None:
    """目标任务 there is that of the other task, even if it stands first."""
    header = header_of(
        ["序号", "上级任务", None, "目标任务", "责任单位"],
        [None, "目标任务", "责任单位", None, None],
        merges=("A1:A2", "B1:C1", "D1:D2", "E1:E2"),
    )
    assert header.columns == {C.SERIAL: 0, C.PARENT: 1, C.OBJECTIVE: 3, C.UNITS: 4}


def test_a_second_header_row_without_merges() -> None:
    header = header_of(["任务", "标准", "责任单位", None, "时限"], [None, None, "牵头", "配合", None])
    assert header.last == 1
    assert (header.columns[C.LEAD], header.columns[C.ASSISTING]) == (2, 3)


def test_a_group_over_the_four_clarities() -> None:
    rows: list[list[Any]] = [
        ["序号", "四明确", None, None, None],
        [None, "目标任务", "工作标准", "完成时限", "责任人员"],
    ]
    header = header_of(*rows, merges=("A1:A2", "B1:E1"))
    assert len(header.columns) == 5


def test_a_second_header_row_in_word() -> None:
    rows = [
        ["任务", "标准", "责任单位", "", "时限"],
        ["", "", "牵头单位", "协办单位", ""],
        ["甲", "乙", "丙", "丁", "12月"],
    ]
    merges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 1, 4)]
    (grid,) = visible_grids(document(rows, merges), "表.docx")
    header = find_header(grid, WORDS)
    assert header is not None
    assert (header.last, header.columns[C.LEAD], header.columns[C.ASSISTING]) == (1, 2, 3)


def test_the_first_row_of_tasks_is_no_second_header() -> None:
    assert header_of(["任务", "标准", "责任单位"], ["整治", "整洁", "城管局"]).last == 0


@pytest.mark.parametrize(
    "row",
    [
        ["标准", "责任单位", "责任人"],  # no task column
        ["任务", "标准"],  # too few to be sure
        ["任务", "进展", "问题", "建议"],
        ["任" * 70, "标准", "责任单位"],
    ],
)
def test_no_header(row: list[str]) -> None:
    (grid,) = visible_grids(workbook([row, ["x"] * len(row)]), "表.xlsx")
    assert find_header(grid, WORDS) is None


def test_repeated_headers_are_recognised_and_tasks_are_not() -> None:
    rows: list[list[Any]] = [
        ["任务", "标准", "责任单位"],
        ["任务", "标准", "责任\n单位"],
        ["任务", None, None],
        ["任务", "标准", "城管局"],
    ]
    (grid,) = visible_grids(workbook(rows), "表.xlsx")
    header = find_header(grid, WORDS)
    assert header is not None
    assert [header.is_repeated_by(row) for row in grid.rows] == [True, True, False, False]


def test_the_table_with_most_columns_is_the_best() -> None:
    few, many = [["任务", "标准", "责任人"]], [["任务", "标准", "责任人", "完成时限"]]
    grids = [visible_grids(workbook(rows), "表.xlsx")[0] for rows in ([["签收表"]], few, many, few)]
    assert [grid for grid, _ in best_table(grids, WORDS)] == [grids[2], grids[1], grids[3]]
