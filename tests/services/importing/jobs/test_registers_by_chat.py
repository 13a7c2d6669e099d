"""Categories, known places, the calendar and the log come by chat like any other sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from models import calendar
from models.activities import Activity
from models.audit_log import Audit
from models.cases.categories import Category, InspectionPoint
from models.db import Database
from models.importing import JobKind, JobState
from services.campaign import Campaign
from tests.services.importing.builders import workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.rows.test_calendar_rows import HEADER as CALENDAR
from tests.services.importing.rows.test_category_rows import GOOD as CATEGORY
from tests.services.importing.rows.test_category_rows import HEADER as CATEGORIES
from tests.services.importing.rows.test_point_rows import GOOD as POINT
from tests.services.importing.rows.test_point_rows import HEADER as POINTS

ACTIVITIES = ("日期", "标题", "单位", "参加人数")


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def category(**changes: Any) -> tuple[Any, ...]:
    return tuple({**dict(zip(CATEGORIES, CATEGORY, strict=True)), **changes}.values())


async def categories(desk: ImportDesk) -> Mapping[str, Category]:
    async with desk.database.reading() as session:
        return {one.name: one for one in await session.exec(select(Category))}


async def test_categories(desk: ImportDesk) -> None:
    data = workbook(
        [CATEGORIES, category(), category(小类="店外经营"), category(小类="暴露垃圾", 责任单位="水务局")]
    )
    job_id = await desk.read(data, "类别.xlsx")
    shown = await desk.text(job_id)
    assert shown.startswith("导入预览 “类别.xlsx”（案卷类别表）\n新增 2 个类别")
    assert "✗ 第 4 行退回（暴露垃圾）：“水务局”不在花名册中" in shown
    await desk.confirm(job_id)
    await desk.work()
    job = await desk.job(job_id)
    assert (job.kind, job.state) == (JobKind.IMPORT_CATEGORIES, JobState.DONE)
    assert set(await categories(desk)) == {"占道经营", "店外经营"}
    async with desk.database.reading() as session:
        query = select(Audit.actor_id).where(Audit.event == "import", Audit.subject_type == "category")
        assert set((await session.exec(query)).all()) == {desk.people["创城办甲"].id}


async def test_a_changed_category_shows_old_and_new_and_what_is_left_out_is_named(desk: ImportDesk) -> None:
    await desk.import_(workbook([CATEGORIES, category(), category(小类="店外经营")]), "类别.xlsx")
    changed = category(办理时限="2个工作日", 责任单位="属地街道", 测评指标=None)
    job_id = await desk.read(workbook([CATEGORIES, changed]), "类别.xlsx")
    shown = await desk.text(job_id)
    assert "✎ 第 2 行变更（占道经营）：责任单位：城管局 → 属地街道；办理时限：4工作时 → 2个工作日" in shown
    assert "本表没有而停用的 1 个" in shown
    assert "本表没有的（1）" in await desk.labels(job_id)
    await desk.confirm(job_id)
    await desk.work()
    found = await categories(desk)
    assert [found["占道经营"].active, found["店外经营"].active] == [True, False]
    # Back in the sheet, it is in use again, and the preview says so.
    job_id = await desk.read(workbook([CATEGORIES, changed, category(小类="店外经营")]), "类别.xlsx")
    assert "✎ 第 3 行变更（店外经营）：重新启用" in await desk.text(job_id)


async def test_a_unit_by_another_name_is_asked_about_in_any_sheet(desk: ImportDesk) -> None:
    data = workbook(
        [CATEGORIES, category(责任单位="区城管局"), category(小类="店外经营", 责任单位="区城管局")]
    )
    job_id = await desk.read(data, "类别.xlsx")
    assert "“区城管局”不在花名册中（2 行：第 2–3 行，“占道经营”、“店外经营”）" in await desk.text(job_id)
    await desk.answer(job_id, "是“城管局”")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert len(await categories(desk)) == 2
    assert [one.name for one in await desk.aliases()] == ["区城管局"]


async def test_places(desk: ImportDesk) -> None:
    await desk.import_(workbook([POINTS, POINT]), "点位.xlsx")
    moved = (POINT[0], POINT[1], "东风路14号", 117.2, 36.7)
    job_id = await desk.read(workbook([POINTS, moved]), "点位.xlsx")
    shown = await desk.text(job_id)
    assert "地址：东风路12号 → 东风路14号" in shown
    assert "坐标：117.123600,36.658200 → 117.200000,36.700000" in shown
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        (point,) = (await session.exec(select(InspectionPoint))).all()
    assert (point.address, point.longitude) == ("东风路14号", 117.2)
    assert (await desk.job(job_id)).kind is JobKind.IMPORT_POINTS


async def test_the_calendar(desk: ImportDesk) -> None:
    await desk.import_(workbook([CALENDAR, (date(2027, 1, 4), "上班", "元旦补班")]), "日历.xlsx")
    rows = [(date(2027, 1, 4), "休息", "元旦"), (date(2027, 1, 5), "休息", ""), ("某日", "休息", "")]
    job_id = await desk.read(workbook([CALENDAR, *rows]), "日历.xlsx")
    shown = await desk.text(job_id)
    assert "新增 1 天，变更 1 天" in shown
    assert "✎ 第 2 行变更（2027-01-04）：是否上班：上班 → 休息；说明：元旦补班 → 元旦" in shown
    assert "✗ 第 4 行退回（某日）" in shown
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        found = await calendar.override_rows(session)
    assert {day: row.working for day, row in found.items()} == {
        date(2027, 1, 4): False,
        date(2027, 1, 5): False,
    }


async def test_the_activity_log(desk: ImportDesk) -> None:
    rows = [
        ("2026-12-10", "全区创城动员大会", "城管局", 320),
        ("2026-12-11", "召开部署会", "城管局", "若干"),
        ("2026-12-12", "召开调度会", "水务局", 20),
    ]
    data = workbook([ACTIVITIES, *rows])
    job_id = await desk.read(data, "工作纪实.xlsx")
    shown = await desk.text(job_id)
    assert shown.startswith("导入预览 “工作纪实.xlsx”（工作纪实）\n新增 1 条")
    assert "“水务局”不在花名册中" in shown
    assert "✗ 第 3 行退回（召开部署会）：参加人数“若干”不是可以识别的数量" in shown
    await desk.confirm(job_id)
    await desk.work()
    job = await desk.job(job_id)
    assert (job.kind, job.state) == (JobKind.IMPORT_ACTIVITIES, JobState.DONE)
    async with desk.database.reading() as session:
        (entry,) = (await session.exec(select(Activity))).all()
    assert (entry.number, entry.recorded_by) == ("J20261215-0001", desk.people["创城办甲"].id)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (workbook([CATEGORIES, category()]), "类别.xlsx"),
        (workbook([POINTS, POINT]), "点位.xlsx"),
        (workbook([CALENDAR, (date(2027, 1, 4), "上班", "")]), "日历.xlsx"),
        (workbook([ACTIVITIES, ("2026-12-10", "召开会议", "城管局", 320)]), "工作纪实.xlsx"),
    ],
    ids=["categories", "points", "calendar", "activities"],
)
async def test_the_same_sheet_again_has_nothing_to_ask(desk: ImportDesk, data: bytes, name: str) -> None:
    await desk.import_(data, name)
    job_id = await desk.read(data, name)
    assert (await desk.job(job_id)).state is JobState.DONE
    assert "没有需要写入的内容。" in await desk.text(job_id)
