"""A file with several tables of tasks: all are read, and each line says from which sheet it is."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from locales import plain
from models.db import Database
from models.importing import JobState
from services.campaign import Campaign
from services.importing.jobs.returned_rows import returned_sheets
from tests.services.importing.builders import TASK_HEADER, TODAY, book, parsed, resolved, said, saved, task
from tests.services.importing.importing_desk import ImportDesk, kill_at, killed


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def table(*tasks: Mapping[str, Any], title: str | None = None) -> list[list[Any]]:
    rows = [[title]] if title else []
    return [*rows, list(TASK_HEADER), *([row.get(word) for word in TASK_HEADER] for row in tasks)]


def two(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> bytes:
    return book({"说明": [["填表说明"]], "责任清单": table(*first), "补充清单": table(*second)})


def test_all_lines_of_both_sheets_in_their_order() -> None:
    found = resolved(two([task(目标任务="甲"), task(目标任务="乙")], [task(目标任务="丙")]))
    assert [(row.line.table, row.line.sheet, row.row, row.objective) for row in found.rows] == [
        (0, "责任清单", 2, "甲"),
        (0, "责任清单", 3, "乙"),
        (1, "补充清单", 2, "丙"),
    ]
    places = [row.line.place for row in found.rows]
    assert places == sorted(set(places))
    assert said(found.notices) == [
        "本文件的几张表一并导入：责任清单、补充清单",
        "以下表格没有可识别的表头，没有读取：说明",
    ]


def test_the_same_task_in_both_sheets_counts_once_and_says_where() -> None:
    found = resolved(two([task()], [task()]))
    assert len(found.rows) == 1
    (refused,) = found.refused
    assert plain(refused.line.text) == "“补充清单”第 2 行"
    assert said(refused.reasons) == ["与“责任清单”第 2 行重复（行动、目标任务、责任单位相同）"]


def test_a_sheet_without_a_title_has_the_year_of_the_other() -> None:
    sheets = {
        "甲表": table(task(完成时限="12月20日"), title="2025年任务分解表"),
        "乙表": table(task(目标任务="补植", 完成时限="11月20日")),
        "丙表": table(task(目标任务="硬化", 完成时限="11月20日"), title="2027年任务分解表"),
    }
    days = [row.deadline for row in parsed(book(sheets)).rows]
    assert days == [date(2025, 12, 20), date(2025, 11, 20), date(2027, 11, 20)]


def test_another_sheet_gives_a_year_but_no_month() -> None:
    sheets = {
        "甲表": table(task(完成时限="本月底"), title="2026年9月任务分解表"),
        "乙表": table(task(目标任务="补植", 完成时限="本月底"), title="11月任务分解表"),
        "丙表": table(task(目标任务="硬化", 完成时限="本月底")),
    }
    days = [row.deadline for row in parsed(book(sheets)).rows]
    assert days == [date(2026, 9, 30), date(2026, 11, 30), date(TODAY.year, TODAY.month, 30)]


def test_a_month_without_a_year_is_the_next_one() -> None:
    sheets = {"任务": table(task(完成时限="本月底"), title="1月份重点任务分解表")}
    assert [row.deadline for row in parsed(book(sheets)).rows] == [date(TODAY.year + 1, 1, 31)]


def test_meanings_name_the_sheet() -> None:
    found = parsed(two([task(完成时限="12月底")], [task(目标任务="乙", 完成时限="12月底")]))
    shown = [plain(one.shown) for one in found.meanings]
    day = "完成时限“12月底”按 2026年12月31日"
    assert f"{day}（2 处：“责任清单”第 2 行、“补充清单”第 2 行）" in shown


def test_refused_lines_go_back_on_their_own_sheets() -> None:
    found = resolved(two([task(完成时限="尽快")], [task(目标任务="乙", 责任人=None), task(目标任务="丙")]))
    reasons = {one.line: one.reasons for one in found.refused}
    returned = load_workbook(io.BytesIO(returned_sheets(found.sources, reasons, "zh")))
    assert returned.sheetnames == ["责任清单", "补充清单"]
    first, second = (list(returned[name].iter_rows(values_only=True)) for name in returned.sheetnames)
    assert [len(first), len(second)] == [2, 2]
    assert "尽快" in str(first[1][-1])
    assert second[1][-1] == "原第 2 行：没有填写责任人"
    # Mended, it imports as one file again.
    again = parsed(saved(returned))
    assert [one.line.sheet for one in again.refused] == ["责任清单", "补充清单"]


async def test_by_chat(desk: ImportDesk) -> None:
    job_id = await desk.read(
        two([task()], [task(目标任务="清理野广告", 完成时限="尽快"), task(目标任务="丙")])
    )
    shown = await desk.text(job_id)
    assert "注意：本文件的几张表一并导入：责任清单、补充清单" in shown
    assert "✗ “补充清单”第 2 行退回（清理野广告）" in shown
    await desk.confirm(job_id)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    assert len(await desk.tasks()) == 2


@pytest.mark.parametrize("step", [1, 2, 3])
async def test_killed_between_two_sheets_it_goes_on(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The place of a line counts through the whole file, so the second sheet is not taken as written."""
    monkeypatch.setattr("services.importing.jobs.import_steps.ROWS", 1)
    rows = [[task(目标任务=f"{sheet}{number}") for number in range(2)] for sheet in "甲乙"]
    job_id = await desk.read(two(*rows))
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    await desk.work()
    assert [one.objective for one in await desk.tasks()] == ["甲0", "甲1", "乙0", "乙1"]
