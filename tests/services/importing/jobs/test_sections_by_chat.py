"""The table of the office's sections by sheet: it goes out, comes back, and returns what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database
from models.importing import JobKind, JobState
from models.people import Contact, Unit, office_sections
from rules.people.office_subjects import SUBJECT_WORDS, OfficeSubject, read_subject
from rules.people.roles import Role
from services.access import actor_of
from services.campaign import Campaign
from services.office import section_table
from services.people import section_changes
from tests.services.importing.builders import workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.services.progress.talk import refused
from tests.support.people import Roster

S = OfficeSubject
HEADER = ("事项", "科室")
NAME = "分工.xlsx"


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    """创城办甲 is in 综合组; somebody in 材料组 is not enrolled yet."""
    made = await ImportDesk(database, campaign, now).set_up()
    async with database.transaction() as session:
        office = await session.get_one(Contact, made.people["创城办甲"].id)
        office.section = "综合组"
        unit, roster = await session.get_one(Unit, office.unit_id), Roster(session, now, campaign)
        other = await roster.contact(unit, "未入册", Role.OFFICE, enrolled=False)
        other.section = "材料 组"
    return made


async def table(desk: ImportDesk) -> dict[OfficeSubject, str]:
    async with desk.database.reading() as session:
        return await office_sections.sections(session)


async def audited(desk: ImportDesk) -> Sequence[Any]:
    async with desk.database.reading() as session:
        query = select(Audit).where(Audit.event == section_changes.EVENT).order_by(col(Audit.id))
        return [(row.actor_id, row.before, row.after) for row in await session.exec(query)]


async def test_a_sheet_gives_subjects_to_sections(desk: ImportDesk) -> None:
    rows = [("案卷与督办", "材料组"), ("办结", "综合组")]
    job_id = await desk.read(workbook([HEADER, *rows]), NAME)
    shown = await desk.text(job_id)
    assert shown.startswith(f"导入预览 “{NAME}”（创城办分工表）\n调整 2 项，不变 0 项；退回 0 行")
    assert "案卷与督办：科室：创城办全体 → 材料 组" in shown
    await desk.confirm(job_id)
    await desk.work()
    job = await desk.job(job_id)
    assert (job.kind, job.state) == (JobKind.IMPORT_SECTIONS, JobState.DONE)
    assert await table(desk) == {S.CASES: "材料 组", S.COMPLETION: "综合组"}
    mine = desk.people["创城办甲"].id
    assert await audited(desk) == [
        (mine, {"subject": one, "section": None}, {"subject": one, "section": section})
        for one, section in (("completion", "综合组"), ("cases", "材料 组"))
    ]


async def test_what_a_sheet_lacks_is_left_alone_and_all_of_the_office_clears(desk: ImportDesk) -> None:
    await desk.import_(workbook([HEADER, ("案卷", "综合组"), ("材料", "综合组")]), NAME)
    await desk.import_(workbook([HEADER, ("材料", "全体")]), NAME)
    assert await table(desk) == {S.CASES: "综合组"}


async def test_unknown_names_go_back_with_their_reasons_and_the_rest_is_imported(desk: ImportDesk) -> None:
    rows = [
        ("材料", "综合组"),
        ("卫生", "综合组"),
        ("案卷", "督导组"),
        ("材料", "全体"),
        ("人员", None),
    ]
    job_id = await desk.read(workbook([HEADER, *rows]), NAME)
    shown = await desk.text(job_id)
    assert "事项“卫生”无法识别，应为人员与加入、办结与延期、案卷与督办、材料" in shown
    assert "创城办没有科室“督导组”，现有综合组、材料 组" in shown
    assert "与第 2 行是同一事项" in shown
    assert "退回 4 行" in shown
    await desk.confirm(job_id)
    await desk.work()
    assert await table(desk) == {S.PAPERS: "综合组"}
    page = load_workbook(BytesIO(await desk.returned())).worksheets[0]
    assert [row[0].value for row in page.iter_rows(min_row=2)] == ["卫生", "案卷", "材料", "人员"]
    assert all(row[2].value for row in page.iter_rows(min_row=1))


async def test_the_exported_sheet_comes_back_without_a_change(desk: ImportDesk) -> None:
    await desk.import_(workbook([HEADER, ("人员与加入", "材料组")]), NAME)
    data = section_table.sheet_of(await table(desk))()
    page = load_workbook(BytesIO(data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    assert cells[:3] == [list(HEADER), ["人员与加入", "材料 组"], ["办结与延期", "创城办全体"]]
    job_id = await desk.read(data, "创城办分工.xlsx")
    assert (await desk.job(job_id)).state is JobState.DONE
    assert "没有需要写入的内容。" in await desk.text(job_id)


async def test_a_change_since_the_preview_is_shown_before_it_is_overwritten(desk: ImportDesk) -> None:
    job_id = await desk.read(workbook([HEADER, ("案卷", "材料组")]), NAME)
    async with desk.database.transaction() as session:
        await section_changes.put(session, S.CASES, "综合组", seen="", now=desk.now, actor_id=None)
    await desk.confirm(job_id)
    await desk.work()
    assert await table(desk) == {S.CASES: "综合组"}
    assert "科室：综合组 → 材料 组" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert await table(desk) == {S.CASES: "材料 组"}


async def test_only_the_office_gets_the_sheet(desk: ImportDesk) -> None:
    async with desk.database.reading() as session:
        office, other = [await actor_of(session, desk.people[name]) for name in ("创城办甲", "公安局责任人")]
        shown = await section_table.export(session, office)
        assert [file.name for file in shown.files] == ["创城办分工.xlsx"]
        assert await refused(section_table.export(session, other)) == "tasks.office_only"


@pytest.mark.parametrize("subject", S)
def test_each_subject_is_read_by_each_of_its_words_and_by_no_other(subject: OfficeSubject) -> None:
    assert {read_subject(f" {word} ") for word in SUBJECT_WORDS[subject]} == {subject}
    assert read_subject("其他") is None
