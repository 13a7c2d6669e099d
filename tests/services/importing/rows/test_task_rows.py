"""The lines of a breakdown: what is read, what inherits, what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from rules.duties.frequencies import Frequency
from services.importing.rows.task_lines import UnitCells
from services.importing.rows.task_rows import TaskRow, parse_tasks
from tests.services.importing.builders import (
    TASK_HEADER,
    TODAY,
    document,
    excel_workbook,
    full_width,
    parsed,
    said,
    saved,
    sheet,
    sheet_of,
    task,
    workbook,
)


def one(data: bytes, **options: Any) -> TaskRow:
    result = parsed(data, **options)
    assert result.refused == []
    (row,) = result.rows
    return row


def reasons(data: bytes) -> list[list[str]]:
    return [said(refused.reasons) for refused in parsed(data).refused]


def table(*tasks: dict[str, Any], header: tuple[str, ...] = TASK_HEADER) -> list[list[Any]]:
    return [list(header), *([row.get(word) for word in header] for row in tasks)]


# -- what is read ------------------------------------------------------------------------------------


def test_every_column_of_a_good_line() -> None:
    row = one(sheet(task(备注="每月通报"), title="2026年任务分解表"))
    assert row.row == 3
    assert (row.action, row.focus) == ("市容环境整治行动", "背街小巷")
    assert (row.objective, row.standard) == ("建设示范点50个", "干净整洁")
    assert (row.deadline, row.frequency) == (date(2026, 12, 20), None)
    assert (row.lead_unit, row.assisting_units) == ("城管局", ("公安局",))
    assert (row.leader_in_charge, row.handling_section) == ("城管局分管领导", "市容科")
    assert row.responsible_person == "城管局责任人"
    assert row.remark == "每月通报"
    assert row.warnings == ()
    assert row.target is not None
    assert (row.target.value, row.target.unit) == (Decimal(50), "个")


def test_a_messy_sheet() -> None:
    """Titles above, line breaks in the header, synonyms, full-width digits, notes below."""
    header = ["序号", "专项\n行动", "重点工作", "工作\n要求", "完 成\n时 限", "责任单位(牵头)", "联系人"]
    rows: list[list[Any]] = [
        ["2026年创建全国文明城市重点工作任务分解表"],
        ["制表单位:创城办", None, None, None, "2026年3月"],
        header,
        ["1", "市容行动", "建设示范点50个", "整洁", full_width("12月20日前"), "城管局", "城管局责任人"],
        [None] * 7,
        ["注:1.本表由创城办负责解释;"],
        ["2.各单位每周五前报送进展。"],
        ["填表人:", None, None, "审核人:", None, "联系电话:0535-1234567"],
    ]
    row = one(workbook(rows, merges=["A1:G1", "A6:G6", "A7:G7"]))
    assert (row.row, row.action, row.objective) == (4, "市容行动", "建设示范点50个")
    assert (row.deadline, row.standard) == (date(2026, 12, 20), "整洁")
    assert (row.lead_unit, row.responsible_person) == ("城管局", "城管局责任人")


def test_a_word_table_reads_like_a_sheet() -> None:
    rows = table(task(), task(目标任务="清理野广告11.6万张", 行动=""))
    data = document(rows, merges=[(1, 1, 2, 1)], before=["2025年创建全国文明城市任务分解表"])
    first, second = parse_tasks(data, "任务.docx", today=TODAY).rows
    assert (first.row, second.row) == (2, 3)
    assert (first.action, second.action) == ("市容环境整治行动", "市容环境整治行动")
    assert second.target is not None
    assert second.target.value == Decimal(116000)


def test_a_word_table_takes_the_year_from_the_paragraphs_before() -> None:
    data = document(table(task(完成时限="12月20日")), before=["附件", "2025年任务分解表"])
    assert one(data).deadline == date(2025, 12, 20)


def test_numbers_in_text_columns_read_as_they_look() -> None:
    row = one(sheet(task(目标任务=2026, 工作标准=98.5, 承办科室=3.0)))
    assert (row.objective, row.standard, row.handling_section) == ("2026", "98.5", "3")


def test_line_breaks_that_only_wrap_go_and_those_of_lists_stay() -> None:
    row = one(sheet(task(目标任务="建设示范\n点50个", 工作标准="1.干净;\n2.整洁")))
    assert row.objective == "建设示范点50个"
    assert row.standard == "1.干净;\n2.整洁"


@pytest.mark.parametrize(
    ("typed", "person"),
    [
        ("城管局责任人\n公安局责任人", "城管局责任人、公安局责任人"),
        ("王\n伟", "王伟"),
        (" 王 伟 ", "王伟"),
        ("王伟 李强", "王伟 李强"),
    ],
)
def test_people_on_lines_of_their_own(typed: str, person: str) -> None:
    assert one(sheet(task(责任人=typed))).responsible_person == person


def test_invisible_characters_are_not_kept() -> None:
    row = one(sheet(task(目标任务="建设\u200b示范点\ufeff50个 ", 责任单位=" 城 管 局\n")))
    assert (row.objective, row.lead_unit) == ("建设示范点50个", "城管局")


# -- what inherits -----------------------------------------------------------------------------------


def test_merged_cells_inherit_in_every_column() -> None:
    first, second = task(), task(目标任务="清理野广告", 序号=2)
    for word in ("行动", "工作标准", "完成时限", "责任单位", "责任人"):
        second[word] = None
    columns = "BEFGK"
    data = workbook(table(first, second), merges=[f"{c}2:{c}3" for c in columns])
    rows = parsed(data).rows
    assert [row.objective for row in rows] == ["建设示范点50个", "清理野广告"]
    assert rows[1].standard == rows[0].standard
    assert rows[1].deadline == rows[0].deadline
    assert (rows[1].lead_unit, rows[1].responsible_person) == ("城管局", "城管局责任人")


def test_an_unmerged_blank_inherits_in_the_grouping_columns_only() -> None:
    blank = dict.fromkeys(TASK_HEADER)
    data = sheet(task(), {**blank, "目标任务": "清理野广告"})
    assert reasons(data) == [["没有填写工作标准", "没有填写完成时限", "没有填写责任单位", "没有填写责任人"]]
    draft = parsed(data).refused[0].draft
    assert draft is not None
    assert (draft.action, draft.focus) == ("市容环境整治行动", "背街小巷")
    assert (draft.leader_in_charge, draft.handling_section, draft.remark) == ("", "", "")


def test_a_new_action_ends_the_focus_of_the_one_before() -> None:
    tasks = [task(), task(行动="交通秩序整治行动", 重点=None), task(行动=None, 重点=None)]
    assert [(row.action, row.focus) for row in parsed(sheet(*tasks)).rows] == [
        ("市容环境整治行动", "背街小巷"),
        ("交通秩序整治行动", ""),
        ("交通秩序整治行动", ""),
    ]


def test_grouping_goes_on_over_blank_rows_and_repeated_headers() -> None:
    rows = table(task(), task(行动=None, 目标任务="甲"))
    rows[2:2] = [[None] * 12, list(TASK_HEADER)]
    assert [(row.row, row.action) for row in parsed(workbook(rows)).rows] == [
        (2, "市容环境整治行动"),
        (5, "市容环境整治行动"),
    ]


def test_ditto_is_said_and_not_blank() -> None:
    second = task(目标任务="清理野广告", 工作标准="同上", 完成时限="〃", 责任单位="同上", 行动="同上")
    row = parsed(sheet(task(), second)).rows[1]
    assert (row.standard, row.deadline, row.lead_unit) == ("干净整洁", date(2026, 12, 20), "城管局")
    assert row.action == "市容环境整治行动"


@pytest.mark.parametrize("nothing", ["/", "无", "—", "-", " "])
def test_what_says_nothing_is_missing(nothing: str) -> None:
    row = one(sheet(task(配合单位=nothing, 承办科室=nothing)))
    assert (row.assisting_units, row.handling_section) == ((), "")
    assert reasons(sheet(task(责任人=nothing))) == [["没有填写责任人"]]


# -- which rows are no tasks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "note",
    [
        "注:本表由创城办解释",
        full_width("注:") + "本表由创城办解释",
        "备注:略",
        "说明:各单位每周报送",
        "注1:略",
        "※注:略",
        "填表人:联络员",
        "审核人(签字):",
        "单位负责人:",
        "(盖章)",
        "联系电话:0535-1234567",
        "填表日期:2026年3月1日",
        "签发：周立群    审核：李明    填表：王芳",
        "会签:",
        "经办人:甲",
        "合计",
    ],
)
@pytest.mark.parametrize("column", [0, 1, 3])
def test_notes_under_the_table(note: str, column: int) -> None:
    rows = [*table(task()), [*[None] * column, note]]
    result = parsed(workbook(rows))
    assert (len(result.rows), result.refused) == (1, [])


def test_a_note_goes_on_in_the_lines_below_it() -> None:
    rows = [*table(task()), [*[None] * 3, "注:1.略"], [*[None] * 3, "2.各单位每周五前报送进展"]]
    result = parsed(workbook(rows))
    assert (len(result.rows), result.refused) == (1, [])


def test_a_note_over_the_whole_width_needs_no_mark() -> None:
    rows = [*table(task()), ["以上任务由创城办督办,未尽事宜另行通知。"]]
    result = parsed(workbook(rows, merges=["A3:L3"]))
    assert (len(result.rows), result.refused) == (1, [])


def test_a_task_that_begins_like_a_note_is_a_task() -> None:
    assert len(parsed(sheet(task(序号=None, 行动=None, 重点=None, 目标任务="说明:规范公示"))).rows) == 1


def test_tasks_after_a_note_are_read() -> None:
    rows = [*table(task()), ["注:以下为新增任务"], *table(task(目标任务="甲"))[1:], [None, None, None, "乙"]]
    result = parsed(workbook(rows))
    assert [row.objective for row in result.rows] == ["建设示范点50个", "甲"]
    assert [refused.objective for refused in result.refused] == ["乙"]


def test_prepared_lines_with_a_number_only_are_no_tasks() -> None:
    result = parsed(sheet(task(), {"序号": 2}, {"序号": 3, "备注": "待定"}))
    assert (len(result.rows), result.refused) == (1, [])


def test_a_line_that_names_only_a_group_opens_it() -> None:
    rows = parsed(sheet(task(), {"行动": "交通秩序整治行动"}, task(行动=None, 重点=None))).rows
    assert rows[1].action == "交通秩序整治行动"


@pytest.mark.parametrize("merged", [True, False])
def test_headings_between_the_parts_name_the_action(merged: bool) -> None:
    header = tuple(word for word in TASK_HEADER if word not in {"行动", "重点"})
    rows = table(task(), header=header)
    rows.insert(1, ["一、市容环境整治行动"])
    rows.append(["(二)交通秩序整治行动"])
    rows += table(task(目标任务="甲"), header=header)[1:]
    data = workbook(rows, merges=["A2:J2", "A4:J4"] if merged else [])
    result = parsed(data)
    assert [(row.row, row.action) for row in result.rows] == [
        (3, "市容环境整治行动"),
        (5, "交通秩序整治行动"),
    ]
    assert result.refused == []


def test_a_heading_may_stand_over_the_task_column() -> None:
    header = ("目标任务", "工作标准", "完成时限", "责任单位", "责任人")
    rows = table(task(), header=header)
    rows.insert(1, ["市容环境整治行动"])
    result = parsed(workbook(rows, merges=["A2:E2"]))
    assert [(row.row, row.action) for row in result.rows] == [(3, "市容环境整治行动")]
    assert result.refused == []


def test_a_row_of_which_nothing_is_its_own_is_the_task_above() -> None:
    data = workbook([*table(task()), [None] * 12], merges=[f"{c}2:{c}3" for c in "ABCDEFGHIJKL"])
    assert len(parsed(data).rows) == 1


# -- deadlines and frequencies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        date(2026, 12, 20),
        46376,
        "2026年12月20日前",
        "2026.12.20",
        "12月中旬",
        "12月20日",
        full_width("2026年12月20日前"),
        "二〇二六年十二月二十日前",
    ],
)
def test_deadlines(typed: object) -> None:
    row = one(sheet(task(完成时限=typed)))
    assert (row.deadline, row.frequency) == (date(2026, 12, 20), None)


def test_a_missing_year_comes_from_the_title() -> None:
    assert one(sheet(task(完成时限="12月底前"), title="2025年任务分解表")).deadline == date(2025, 12, 31)


def test_else_it_is_the_next_such_date_after_today() -> None:
    data = sheet(task(完成时限="6月10日"), title="任务分解表")
    assert one(data, today=date(2026, 6, 10)).deadline == date(2026, 6, 10)
    assert one(data, today=date(2026, 6, 11)).deadline == date(2027, 6, 10)


def test_months_that_excel_made_days_are_whole_months() -> None:
    book = Workbook()
    for row in table(task(完成时限=date(2026, 12, 1))):
        sheet_of(book).append(row)
    sheet_of(book)["F2"].number_format = 'yyyy"年"m"月"'
    assert one(saved(book)).deadline == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("limit", "remark", "frequency"),
    [
        ("长期坚持,每日巡查", None, Frequency.DAILY),
        ("长期坚持", "每周通报一次", Frequency.WEEKLY),
        ("长期坚持(每月)", "每周通报一次", Frequency.MONTHLY),
        ("每季度末", None, Frequency.QUARTERLY),
    ],
)
def test_long_term_work_has_a_frequency(limit: str, remark: str | None, frequency: Frequency) -> None:
    row = one(sheet(task(完成时限=limit, 备注=remark)))
    assert (row.deadline, row.frequency) == (None, frequency)


def test_long_term_work_without_a_frequency_is_refused() -> None:
    expected = (
        "“长期坚持”没有写明频次，请在报送频次、完成时限或备注中"
        "注明每日、每周、每两周、每月、每季度或24小时轮班"
    )
    assert reasons(sheet(task(完成时限="长期坚持"))) == [[expected]]


def test_a_dated_task_has_no_frequency_even_if_its_remark_names_one() -> None:
    assert one(sheet(task(备注="每周通报"))).frequency is None


# -- refused, each with its reasons ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("目标任务", "没有填写目标任务"),
        ("工作标准", "没有填写工作标准"),
        ("完成时限", "没有填写完成时限"),
        ("责任单位", "没有填写责任单位"),
        ("责任人", "没有填写责任人"),
    ],
)
def test_what_is_missing(word: str, reason: str) -> None:
    assert reasons(sheet(task(**{word: None}))) == [[reason]]


def test_an_unreadable_deadline_is_quoted() -> None:
    expected = "完成时限“春节前”无法识别\uff0c请写明日期\uff0c如“2026年12月20日前”"
    assert reasons(sheet(task(完成时限="春节前"))) == [[expected]]
    (long,) = reasons(sheet(task(完成时限="待定" * 100)))
    assert "待定…”" in long[0]
    assert len(long[0]) < 100


def test_all_reasons_are_collected() -> None:
    data = sheet(task(目标任务=None, 工作标准=None, 完成时限="待定", 责任单位="各街道", 责任人=None))
    assert reasons(data) == [
        [
            "没有填写目标任务",
            "没有填写工作标准",
            "完成时限“待定”无法识别\uff0c请写明日期\uff0c如“2026年12月20日前”",
            "责任单位只写了各街道\uff0c请写明牵头单位",
            "没有填写责任人",
        ]
    ]


def test_refused_rows_carry_row_and_objective() -> None:
    result = parsed(sheet(task(), task(工作标准=None, 目标任务="甲"), title="任务分解表"))
    assert [(refused.row, refused.objective) for refused in result.refused] == [(4, "甲")]


def test_a_group_never_leads_but_a_unit_beside_it_does() -> None:
    row = one(sheet(task(责任单位="各街道、城管局", 配合单位=None)))
    assert (row.lead_unit, row.assisting_units) == ("城管局", ("各街道",))


def test_the_first_leads_and_the_rest_assist() -> None:
    row = one(sheet(task(责任单位="城管局、教育局\n公安局", 配合单位="公安局、各街道")))
    assert row.lead_unit == "城管局"
    assert row.assisting_units == ("教育局", "公安局", "各街道")
    assert row.unit_cells == UnitCells("城管局、教育局\n公安局", "公安局、各街道")


def test_a_lead_column_stands_before_the_responsible_units() -> None:
    header = ("目标任务", "工作标准", "完成时限", "责任单位", "牵头单位", "责任人")
    row = one(sheet(task(责任单位="公安局", 牵头单位="城管局"), header=header))
    assert (row.lead_unit, row.assisting_units) == ("城管局", ("公安局",))


@pytest.mark.parametrize("word", ["分管领导", "承办科室"])
def test_a_missing_leader_or_section_is_a_warning(word: str) -> None:
    assert said(one(sheet(task(**{word: None}))).warnings) == [f"没有填写{word}"]


def test_formulas_without_result_are_said_as_such() -> None:
    data = sheet(task(目标任务="=A1", 责任单位="=A1", 分管领导="=A1", 备注="=A1"))
    (refused,) = parsed(data).refused
    assert said(refused.reasons) == [
        "目标任务是公式\uff0c文件中没有保存计算结果\uff0c请改为直接填写",
        "责任单位是公式\uff0c文件中没有保存计算结果\uff0c请改为直接填写",
    ]
    assert refused.draft is not None
    assert said(refused.draft.warnings) == [
        "分管领导无法读取\uff0c按未填写处理",
        "备注无法读取\uff0c按未填写处理",
    ]


def test_failed_formulas_and_endless_texts_are_said_as_such() -> None:
    words = ("目标任务", "工作标准", "完成时限", "责任单位", "责任人")
    strings = "".join(
        f"<si><t>{text}</t></si>" for text in (*words, "甲" * 4001, "12月20日", "城管局", "联络员")
    )
    header = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(5))
    line = '<c t="e"><v>#REF!</v></c>' + "".join(f'<c t="s"><v>{n}</v></c>' for n in range(5, 9))
    assert reasons(excel_workbook(strings, f"<row>{header}</row><row>{line}</row>")) == [
        ["目标任务的公式结果有错误\uff0c请改为直接填写", "工作标准超过 4000 字\uff0c请精简"]
    ]


def test_hidden_rows_are_read_with_a_warning() -> None:
    book = Workbook()
    for row in table(task()):
        sheet_of(book).append(row)
    sheet_of(book).row_dimensions[2].hidden = True
    assert said(one(saved(book)).warnings) == ["本行在表格中是隐藏行"]


# -- about the file as a whole ----------------------------------------------------------------------------


def test_columns_that_the_header_lacks_are_noticed() -> None:
    result = parsed(sheet(task(), header=("目标任务", "完成时限", "责任单位")))
    lacking = ("工作标准", "责任人", "分管领导", "承办科室")
    assert said(result.notices) == [f"表头中没有“{name}”一栏" for name in lacking]
    assert said(result.refused[0].reasons) == ["没有填写工作标准", "没有填写责任人"]


def test_all_tables_of_tasks_are_read_and_named() -> None:
    book = Workbook()
    sheet_of(book).title = "旧表"
    for row in table(task(), header=("目标任务", "工作标准", "责任人")):
        sheet_of(book).append(row)
    for title, rows in (("任务表", table(task())), ("签收表", [["姓名", "签字"]])):
        other = book.create_sheet(title)
        for row in rows:
            other.append(row)
    result = parsed(saved(book))
    assert [(row.line.sheet, row.row) for row in result.rows] == [("任务表", 2)]
    assert [(one.line.sheet, one.row) for one in result.refused] == [("旧表", 2)]
    assert said(result.notices) == [
        "本文件的几张表一并导入：旧表、任务表",
        "“旧表”的表头中没有“完成时限”一栏",
        "“旧表”的表头中没有“责任单位”一栏",
        "“旧表”的表头中没有“分管领导”一栏",
        "“旧表”的表头中没有“承办科室”一栏",
        "以下表格没有可识别的表头，没有读取：签收表",
    ]


# -- any table ----------------------------------------------------------------------------------------------

ANY_CELL = st.one_of(
    st.none(),
    st.sampled_from(
        ["城管局", "各街道", "12月底", "长期坚持", "每日", "注:略", "合计", "同上", "/", *TASK_HEADER]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8),
    st.integers(-5, 60_000),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


@given(st.lists(st.lists(ANY_CELL, min_size=12, max_size=12), max_size=5))
def test_any_table_is_read_and_every_line_is_told_at_most_once(rows: list[list[Any]]) -> None:
    safe = [[f"'{c}" if isinstance(c, str) and c.startswith("=") else c for c in row] for row in rows]
    result = parsed(workbook([TASK_HEADER, *safe]))
    numbers = [row.row for row in result.rows] + [refused.row for refused in result.refused]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(range(2, len(rows) + 2))
    for row in result.rows:
        assert all((row.objective, row.standard, row.lead_unit, row.responsible_person))
        assert (row.deadline is None) != (row.frequency is None)
    assert all(refused.reasons for refused in result.refused)
