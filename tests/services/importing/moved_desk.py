"""A task whose lead unit another sheet names differently, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locales import plain
from models.importing import JobState
from models.people import all_units
from rules.people.roles import Role
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.rows.task_rows import parse_tasks
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.notice_desk import DAY, add, promised
from tests.support.turns import tick_for

STREET = "东风街道责任人"
WIRES = task(目标任务="整治飞线")
MOVED = {**WIRES, "责任单位": "东风街道", "责任人": STREET, "分管领导": None, "承办科室": None}
OTHER = task(目标任务="补植")
GOES, IS_OTHER, BACK = "转由东风街道办理", "是另一项任务", "不导入，退回这 1 行"


async def with_two_tasks(desk: ImportDesk) -> ImportDesk:
    """A day after the import of two tasks of 城管局; 城管局 and 东风街道 have a 联络员 each."""
    await desk.set_up()
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    await add(desk, "东风街道", STREET, Role.RESPONSIBLE_PERSON)
    await add(desk, "东风街道", "东风街道联络员", Role.LIAISON)
    await desk.import_(sheet(WIRES, OTHER))
    desk.now += DAY
    return desk


async def answered(desk: ImportDesk, answer: str, *rows: Mapping[str, Any]) -> int:
    """Send the rows, and answer the one question."""
    job_id = await desk.read(sheet(*rows))
    assert await desk.answer(job_id, answer) == f"已选：{answer}"
    await desk.work()
    return job_id


async def confirmed(desk: ImportDesk, answer: str, *rows: Mapping[str, Any]) -> int:
    job_id = await answered(desk, answer, *rows)
    assert await desk.confirm(job_id) == "jobs.state.confirmed"
    return job_id


async def moved(desk: ImportDesk, *rows: Mapping[str, Any]) -> dict[str, str]:
    """Import the rows, whose task goes over; returns what each person reads."""
    job_id = await confirmed(desk, GOES, *rows)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    return {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}


async def leads(desk: ImportDesk) -> list[tuple[str, str]]:
    """Each task with the unit that leads it, by id."""
    async with desk.database.reading() as session:
        names = {unit.id: unit.name for unit in await all_units(session)}
    return [(one.objective, names[one.lead_unit_id]) for one in await desk.tasks()]


async def at_the_command_line(desk: ImportDesk, *rows: Mapping[str, Any]) -> TaskPlan:
    parsed = parse_tasks(sheet(*rows), "x.xlsx", today=desk.campaign.today(desk.now))
    async with desk.database.transaction() as session:
        plan = await plan_tasks(session, parsed)
        await apply_tasks(tick_for(session, desk.now, desk.campaign), plan)
    return plan


def warnings(plan: TaskPlan) -> dict[str, list[str]]:
    found = {one.row.lead_unit: [plain(text) for text in one.row.warnings] for one in plan.tasks}
    return {unit: texts for unit, texts in found.items() if texts}
