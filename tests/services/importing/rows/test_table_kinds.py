"""The kind of a file, by its headers, or by what its sender answers."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from locales import LOCALES, plain
from rules.nags.policy import DEFAULT
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import DECLINED, NO_ANSWERS, Answers, ImportQuestion
from services.importing.rows.table_kinds import KIND_KEY, kind_of
from services.nags.policies import sheet_of
from tests.services.importing.builders import (
    TASK_HEADER,
    document,
    saved,
    sheet,
    task,
    visible_grids,
    workbook,
)

ROSTER_HEADER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")
PERSON = ("城管局", "部门", None, "甲", "科长", "责任人", None)


def kind(data: bytes, answers: Answers = NO_ANSWERS) -> FileKind | list[ImportQuestion]:
    return kind_of(visible_grids(data, "文件.pdf"), "文件.pdf", answers)


def asked(data: bytes, answers: Answers = NO_ANSWERS) -> list[ImportQuestion]:
    found = kind(data, answers)
    assert isinstance(found, list)
    return found


def values(question: ImportQuestion) -> list[str]:
    return [option.value for option in question.options]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (sheet(task()), FileKind.TASKS),
        (sheet(task(), title="2026年任务分解表"), FileKind.TASKS),
        (document([TASK_HEADER, [task()[word] for word in TASK_HEADER]]), FileKind.TASKS),
        (workbook([ROSTER_HEADER, PERSON]), FileKind.ROSTER),
        (workbook([("单位", "层级"), ("城管局", "部门")]), FileKind.ROSTER),
        (sheet_of(DEFAULT)(), FileKind.LADDER),
        (workbook([("事项", "时点", "通知"), ("任务", "限期当日", "责任人")]), FileKind.LADDER),
        (workbook([("事项", "科室"), ("案卷", "材料组")]), FileKind.SECTIONS),
        (
            workbook([("日期", "事项", "单位", "科室"), ("12月1日", "开会", "城管局", "材料组")]),
            FileKind.ACTIVITIES,
        ),
        # Some columns belong to both kinds: the kind that has more of them counts.
        (workbook([(*ROSTER_HEADER, "任务", "科室"), PERSON]), FileKind.ROSTER),
        (workbook([(*TASK_HEADER, "单位", "电话"), [task()[word] for word in TASK_HEADER]]), FileKind.TASKS),
    ],
)
def test_by_its_headers(data: bytes, expected: FileKind) -> None:
    assert kind(data) is expected


def two_sheets() -> bytes:
    book = Workbook()
    for header, row in ((TASK_HEADER, [task()[word] for word in TASK_HEADER]), (ROSTER_HEADER, PERSON)):
        page = book.create_sheet()
        page.append(header)
        page.append(row)
    return saved(book)


def test_several_kinds_are_asked_about() -> None:
    (question,) = asked(two_sheets())
    assert question.key == KIND_KEY
    assert values(question) == ["tasks", "roster"]
    assert "任务分解表、花名册" in plain(question.text)
    for answer in (FileKind.TASKS, FileKind.ROSTER):
        assert kind(two_sheets(), {KIND_KEY: answer.value}) is answer


@pytest.mark.parametrize(
    ("data", "first", "seen"),
    [
        (workbook([("日期", "天气"), ("周一", "晴")]), "calendar", "日期、天气"),
        (workbook([("姓名", "电话"), ("甲", "13800000000")]), "roster", "姓名、电话"),
        (workbook([("干什么", "目标", "责任人"), ("甲", "乙", "丙")]), "tasks", "干什么、目标、责任人"),
    ],
)
def test_an_incomplete_header_is_asked_about_with_the_likeliest_kind_first(
    data: bytes, first: str, seen: str
) -> None:
    (question,) = asked(data)
    assert question.key == KIND_KEY
    assert values(question)[0] == first
    assert sorted(values(question)) == sorted(one.value for one in FileKind)
    assert seen in plain(question.text)
    for locale in LOCALES:
        assert "{" not in plain(question.text, locale)


STRANGE = workbook(
    [("干什么", "什么要求", "几号前", "谁干", "找谁"), ("甲", "乙", "12月20日前", "城管局", "丙")]
)


def test_each_column_is_asked_about_until_the_header_is_complete() -> None:
    answers = {KIND_KEY: "tasks"}
    said = {"objective": "干什么", "standard": "什么要求", "deadline": "几号前"}
    questions = asked(STRANGE, answers)
    keys = [question.key for question in questions]
    assert keys == [f"column:tasks.{c}" for c in (*said, "responsible_unit", "responsible_person")]
    assert values(questions[0]) == ["干什么", "什么要求", "几号前", "谁干", "找谁"]
    assert values(questions[1])[-1] == DECLINED
    answers |= {f"column:tasks.{column}": label for column, label in said.items()}
    assert kind(STRANGE, answers) is FileKind.TASKS


def test_without_an_answer_that_helps_the_refusal_says_what_was_seen_and_is_missing() -> None:
    data = workbook([("目标任务", "甲列", "乙列"), ("甲", "乙", "丙")])
    declined = dict.fromkeys(
        [f"column:tasks.{c}" for c in ("standard", "deadline", "responsible_unit", "responsible_person")],
        DECLINED,
    )
    with pytest.raises(ImportFileError) as refusal:
        kind(data, {KIND_KEY: "tasks", **declined})
    assert refusal.value.text.key == "importing.file.incomplete_header"
    said = plain(refusal.value.text)
    assert "目标任务、甲列、乙列" in said
    assert "工作标准、完成时限、责任单位、责任人" in said
    for locale in LOCALES:
        assert "{" not in plain(refusal.value.text, locale)


@pytest.mark.parametrize("rows", [[("只有一格",)], [(1, 2), (3, 4)]])
def test_a_file_without_any_heads_is_refused(rows: list[tuple[object, ...]]) -> None:
    with pytest.raises(ImportFileError) as refusal:
        kind(workbook(rows))
    assert refusal.value.text.key == "importing.file.no_header"
