"""The kind of a file, by its headers."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from locales import LOCALES, plain
from rules.nags.policy import DEFAULT
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.grids import read_grids
from services.importing.rows.file_kinds import FileKind, kind_of
from services.nags.policies import sheet_of
from tests.services.importing.builders import TASK_HEADER, document, saved, sheet, task, workbook

ROSTER_HEADER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")
PERSON = ("城管局", "部门", None, "甲", "科长", "责任人", None)


def kind(data: bytes) -> FileKind:
    return kind_of(read_grids(data, "文件.pdf"), "文件.pdf")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (sheet(task()), FileKind.TASKS),
        (sheet(task(), title="2026年任务分解表"), FileKind.TASKS),
        (document([TASK_HEADER, [task()[word] for word in TASK_HEADER]]), FileKind.TASKS),
        (workbook([ROSTER_HEADER, PERSON]), FileKind.ROSTER),
        (workbook([("单位", "层级"), ("城管局", "部门")]), FileKind.ROSTER),
        (sheet_of(DEFAULT), FileKind.LADDER),
        (workbook([("事项", "时点", "通知"), ("任务", "限期当日", "责任人")]), FileKind.LADDER),
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


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (two_sheets(), "both_kinds"),
        (workbook([("日期", "天气"), ("周一", "晴")]), "neither_kind"),
        (workbook([("姓名", "电话"), ("甲", "13800000000")]), "neither_kind"),
    ],
)
def test_both_or_neither(data: bytes, reason: str) -> None:
    """The refusal says which columns are needed."""
    with pytest.raises(ImportFileError) as refusal:
        kind(data)
    assert refusal.value.text.key == f"importing.file.{reason}"
    for locale in LOCALES:
        said = plain(refusal.value.text, locale)
        assert "{" not in said
    assert "目标任务" in plain(refusal.value.text)
    assert "层级" in plain(refusal.value.text)
    assert "时点" in plain(refusal.value.text)
