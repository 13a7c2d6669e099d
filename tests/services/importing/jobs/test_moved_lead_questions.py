"""Whether a task goes over to another lead unit is asked; where it would be a guess, it does not."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.db import Database
from models.importing import JobState
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.moved_desk import (
    BACK,
    GOES,
    IS_OTHER,
    MOVED,
    OTHER,
    STREET,
    WIRES,
    answered,
    at_the_command_line,
    confirmed,
    leads,
    warnings,
    with_two_tasks,
)
from tests.services.importing.notice_desk import POLICE, promised, told
from tests.services.progress.talk import keys


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_two_tasks(ImportDesk(database, campaign, now))


# -- the question --------------------------------------------------------------------------------------


async def test_it_is_asked_whether_the_task_goes_over(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(OTHER, MOVED))
    shown = await desk.text(job_id)
    asked = "任务“整治飞线”原由城管局牵头，本表为东风街道（第 3 行）：是转由东风街道办理，还是另一项任务？"
    assert f"待您确认（1/1） {asked}" in shown
    assert "有 1 行待您回答后导入。" in shown
    assert await desk.labels(job_id) == [GOES, IS_OTHER, BACK, "取消"]
    assert await desk.confirm(job_id) == "jobs.answer_first"
    english = await desk.text(job_id, "en")
    assert "城管局 led the task “整治飞线” until now; here it is 东风街道 (" in english
    assert "Does it go over to 东风街道, or is it another task?" in english


async def test_the_preview_shows_what_the_move_changes(desk: ImportDesk) -> None:
    job_id = await answered(desk, GOES, OTHER, {**MOVED, "工作标准": "一尘不染"})
    shown = await desk.text(job_id)
    assert "新增 0 项" in shown
    assert "责任单位：城管局 → 东风街道" in shown
    assert "责任人：城管局责任人 → 东风街道责任人" in shown
    assert "工作标准：干净整洁 → 一尘不染" in shown
    assert "原有而本表没有的 0 项" in shown
    assert [one.objective for one in await desk.tasks()] == ["整治飞线", "补植"]


async def test_two_long_objectives_that_begin_alike_are_two_questions(desk: ImportDesk) -> None:
    names = [f"{'全面排查' * 20}第{number}片区" for number in (1, 2)]
    await desk.import_(sheet(*(task(目标任务=name) for name in names)))
    job_id = await desk.read(sheet(*({**MOVED, "目标任务": name} for name in names)))
    await desk.answer(job_id, GOES)
    await desk.answer(job_id, IS_OTHER)
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert [unit for name, unit in await leads(desk) if name == names[0]] == ["东风街道"]
    assert [unit for name, unit in await leads(desk) if name == names[1]] == ["城管局", "东风街道"]


async def test_another_task_is_new_and_is_not_asked_about_again(desk: ImportDesk) -> None:
    job_id = await confirmed(desk, IS_OTHER, OTHER, MOVED)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局"), ("整治飞线", "东风街道")]
    ((name, (_, view)),) = (await promised(desk)).items()
    assert (name, keys(view)[0]) == (STREET, "tasks.assigned_title")
    again = await desk.read(sheet(OTHER, MOVED))
    assert "没有需要写入的内容。" in await desk.text(again)


async def test_a_declined_line_goes_back(desk: ImportDesk) -> None:
    job_id = await answered(desk, BACK, {**OTHER, "工作标准": "一尘不染"}, MOVED)
    reason = "行动、目标任务与城管局牵头的任务相同，请核对责任单位"
    assert f"✗ 第 3 行退回（整治飞线）：{reason}" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局")]


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
async def test_a_task_that_is_over_is_not_asked_about(desk: ImportDesk, state: TaskState) -> None:
    async with desk.database.transaction() as session:
        await session.execute(sa.update(Task).where(col(Task.id) == 1).values(state=state))
    assert set(await told(desk, OTHER, MOVED)) == {STREET}
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局"), ("整治飞线", "东风街道")]


async def test_a_task_that_the_file_has_as_well_is_not_asked_about(desk: ImportDesk) -> None:
    assert set(await told(desk, WIRES, OTHER, MOVED)) == {STREET}
    assert len(await desk.tasks()) == 3


# -- where nobody can be asked, or the answer would be a guess -------------------------------------------


async def test_at_the_command_line_it_is_a_new_task_and_names_the_other(desk: ImportDesk) -> None:
    plan = await at_the_command_line(desk, OTHER, MOVED)
    warning = "城管局牵头的任务行动、目标任务与此相同，本表没有；本行按新任务导入"
    assert warnings(plan) == {"东风街道": ["没有填写分管领导", "没有填写承办科室", warning]}
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局"), ("整治飞线", "东风街道")]


async def test_two_lines_that_claim_the_same_task_are_new(desk: ImportDesk) -> None:
    second = {**MOVED, "责任单位": "公安局", "责任人": POLICE, "配合单位": None}
    job_id = await desk.read(sheet(OTHER, MOVED, second))
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"
    warning = "城管局牵头的任务行动、目标任务与此相同，本表没有；本行按新任务导入"
    assert (await desk.text(job_id)).count(warning) == 2
    await desk.confirm(job_id)
    await desk.work()
    assert [unit for name, unit in await leads(desk) if name == "整治飞线"] == [
        "城管局",
        "东风街道",
        "公安局",
    ]


async def test_a_refused_line_may_claim_the_task_as_well(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(OTHER, MOVED, {**WIRES, "责任单位": "某某局"}))
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"
    assert "本行按新任务导入" in await desk.text(job_id)


async def test_a_line_that_may_mean_two_tasks_is_new(desk: ImportDesk) -> None:
    second = {**WIRES, "责任单位": "公安局", "责任人": POLICE, "配合单位": None}
    await desk.import_(sheet(WIRES, OTHER, second))
    job_id = await desk.read(sheet(OTHER, MOVED))
    shown = await desk.text(job_id)
    assert "城管局、公安局牵头的任务行动、目标任务与此相同" in shown
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"
