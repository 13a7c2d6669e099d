"""A task that a sheet gives to another lead unit goes over as by 转派."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import tasks as task_rows
from models.audit_log import Audit
from models.db import Database
from models.tasks import Task
from models.tasks.former_lines import FormerLine
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.access import actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import import_steps
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.rows.task_rows import parse_tasks
from services.tasks import reassign, task_steps
from tests.services.importing.builders import sheet
from tests.services.importing.importing_desk import ImportDesk, kill_at, killed
from tests.services.importing.moved_desk import (
    GOES,
    MOVED,
    OTHER,
    STREET,
    WIRES,
    answered,
    at_the_command_line,
    confirmed,
    leads,
    moved,
    with_two_tasks,
)
from tests.services.importing.notice_desk import DAY, ME, POLICE, promised, readable
from tests.services.progress.talk import buttons, keys
from tests.support.turns import tick_for, turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_two_tasks(ImportDesk(database, campaign, now))


# -- the move ------------------------------------------------------------------------------------------


async def test_the_task_goes_over_as_by_reassigning(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        me = await actor_of(session, desk.people[ME])
        await task_steps.acknowledge(turn_for(session, me, desk.now), [1])
    said = await moved(desk, OTHER, {**MOVED, "完成时限": "2026年12月31日前"})
    wires, other = await desk.tasks()
    street = desk.people[STREET]
    assert (wires.lead_unit_id, wires.responsible_id) == (street.unit_id, street.id)
    assert (wires.responsible_person, wires.deadline) == (STREET, date(2026, 12, 31))
    assert (wires.leader_in_charge, wires.handling_section) == (None, None)
    assert (wires.state, wires.assigned_at) == (TaskState.ASSIGNED, desk.now), "the new person signs"
    assert (wires.nagged_until, wires.next_nag_at) == (desk.now, desk.now)
    assert other.state is TaskState.ASSIGNED
    line = "1. 整治飞线（2026年12月31日，还剩15天；原责任人：城管局责任人）"
    gone = [
        "【任务转出】以下 1 项任务已转由 东风街道 东风街道责任人 办理，原责任人不再办理：",
        "1. 整治飞线（原责任人：城管局责任人）",
    ]
    assert {name: text.splitlines() for name, text in said.items()} == {
        STREET: ["【任务转派】以下 1 项任务转由您办理：", line, "请于12月17日前签收。"],
        ME: gone,
        "城管局联络员": gone,
    }
    found = await promised(desk)
    assert [found[name][0] for name in (STREET, ME)] == [MessageKind.ORDER, MessageKind.NOTICE]
    assert [one.arguments["task_ids"] for one in buttons(found[STREET][1], "task.acknowledge_all")] == [[1]]
    await readable(desk)


async def test_the_record_of_the_move(desk: ImportDesk) -> None:
    """One row of 转派 by who has confirmed the import, and one of what else the line changes."""
    await moved(desk, OTHER, {**MOVED, "工作标准": "一尘不染"})
    async with desk.database.reading() as session:
        query = select(Audit).where(Audit.subject_type == "task", Audit.subject_id == 1, Audit.at == desk.now)
        move, rest = (await session.exec(query.order_by(col(Audit.id)))).all()
        (line,) = (await session.exec(select(FormerLine))).all()
    bureau, street = desk.people[ME], desk.people[STREET]
    assert (move.event, move.actor_id) == ("reassign", desk.people["创城办甲"].id)
    before, after = move.before or {}, move.after or {}
    assert (before["lead_unit_id"], after["lead_unit_id"]) == (bureau.unit_id, street.unit_id)
    assert (before["responsible_id"], after["responsible_id"]) == (bureau.id, street.id)
    assert (rest.event, rest.before, rest.after) == (
        "import",
        {"standard": "干净整洁"},
        {"standard": "一尘不染"},
    )
    assert (line.task_id, line.responsible_person) == (1, ME)


async def test_the_same_sheet_and_the_old_one_change_nothing_after_the_move(desk: ImportDesk) -> None:
    await moved(desk, OTHER, MOVED)
    desk.now += DAY
    again = await desk.read(sheet(OTHER, MOVED))
    assert "没有需要写入的内容。" in await desk.text(again)
    old = await desk.read(sheet(WIRES, OTHER))
    shown = await desk.text(old)
    assert "没有需要写入的内容。" in shown
    assert "该任务已由创城办转派给东风街道 东风街道责任人" in shown
    assert await leads(desk) == [("整治飞线", "东风街道"), ("补植", "城管局")]


async def test_rights_go_over_with_the_task(desk: ImportDesk) -> None:
    await moved(desk, OTHER, {**MOVED, "配合单位": None})
    async with desk.database.transaction() as session:
        former = await actor_of(session, desk.people[ME])
        with pytest.raises(DomainError):
            await access.visible_task(session, former, 1)
        with pytest.raises(DomainError):
            await task_steps.acknowledge(turn_for(session, former, desk.now), [1])
        now_theirs = await actor_of(session, desk.people[STREET])
        assert await task_steps.acknowledge(turn_for(session, now_theirs, desk.now), [1]) == 1
    assert (await desk.tasks())[0].state is TaskState.ACKNOWLEDGED


async def test_a_task_that_waits_for_the_office_goes_on_waiting(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        me = await actor_of(session, desk.people[ME])
        assert await task_steps.submit(turn_for(session, me, desk.now), 1) is not None
    said = await moved(desk, OTHER, MOVED)
    assert (await desk.tasks())[0].state is TaskState.SUBMITTED
    assert "签收" not in said[STREET]


async def test_the_former_unit_assists_and_the_new_one_no_more(desk: ImportDesk) -> None:
    await desk.import_(sheet({**WIRES, "配合单位": "东风街道"}, OTHER))
    desk.now += DAY
    job_id = await answered(desk, GOES, OTHER, {**MOVED, "配合单位": "城管局"})
    shown = await desk.text(job_id)
    assert "责任单位：城管局 → 东风街道" in shown
    assert "增加协办单位：城管局" in shown
    assert "配合单位取消" not in shown
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        assert await task_rows.assisting_units(session, [1]) == {1: [desk.people[ME].unit_id]}
    liaison = (await promised(desk))["城管局联络员"][1]
    assert keys(liaison) == [
        *("reassign.from_you", "reassign.from_line"),
        *("told.assisting", "told.assisting_line"),
    ]


async def test_the_new_unit_has_nobody_of_that_name(desk: ImportDesk) -> None:
    job_id = await answered(desk, GOES, OTHER, {**MOVED, "责任人": "秦勇"})
    assert "责任人：城管局责任人 → 秦勇（不在东风街道花名册中，暂无人接收）" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    said = {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}
    assert set(said) == {ME, "城管局联络员", "东风街道联络员"}
    named = "新的任务表改由秦勇办理，但秦勇不在东风街道花名册中，暂无人接收"
    assert all(named in text for text in said.values())
    assert [name for name, text in said.items() if text.startswith("【任务待接收】")] == ["东风街道联络员"]
    await readable(desk)


async def test_an_extension_stays_with_the_task(desk: ImportDesk) -> None:
    """延期 by chat: the deadline of the line is the one before it."""
    until = date(2027, 1, 15)
    async with desk.database.transaction() as session:
        longer = {"deadline": until, "first_deadline": date(2026, 12, 20)}
        await session.execute(sa.update(Task).where(col(Task.id) == 1).values(longer))
    job_id = await answered(desk, GOES, OTHER, MOVED)
    assert "该任务完成时限已由创城办延至2027年1月15日" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert (await desk.tasks())[0].deadline == until


# -- what happens meanwhile ----------------------------------------------------------------------------


@pytest.mark.both_engines("outbox")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_the_task_goes_over_once_wherever_it_is_killed(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Two rows in a step each, then three notices in a step each; the program is killed in one of them."""
    monkeypatch.setattr(import_steps, "ROWS", 1)
    await confirmed(desk, GOES, MOVED, {**OTHER, "工作标准": "一尘不染"})
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    await desk.work()
    found = await promised(desk)
    assert keys(found[STREET][1]) == ["reassign.to_you", "reassign.line", "reassign.sign_by"]
    assert keys(found["城管局联络员"][1]) == ["reassign.from_you", "reassign.from_line"]
    assert keys(found[ME][1]) == ["told.changed", "told.line", "reassign.from_you", "reassign.from_line"]
    assert len(found) == 3
    assert await leads(desk) == [("整治飞线", "东风街道"), ("补植", "城管局")]
    async with desk.database.reading() as session:
        assert len((await session.exec(select(FormerLine))).all()) == 1
        assert len((await session.exec(select(Audit).where(Audit.event == "reassign"))).all()) == 1


async def planned_move(desk: ImportDesk) -> TaskPlan:
    job = await desk.job(await answered(desk, GOES, OTHER, MOVED))
    today = desk.campaign.today(desk.now)
    parsed = parse_tasks(sheet(OTHER, MOVED), "x.xlsx", today=today)
    async with desk.database.reading() as session:
        return await plan_tasks(session, parsed, job.answers, today=today)


async def test_a_task_that_was_closed_since_the_plan_is_left_alone(desk: ImportDesk) -> None:
    plan = await planned_move(desk)
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        assert await task_steps.cancel(turn_for(session, office, desk.now), 1, "重复") is not None
    async with desk.database.transaction() as session:
        await apply_tasks(tick_for(session, desk.now, desk.campaign), plan)
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局")]


async def test_a_task_that_was_moved_since_the_plan_is_left_alone(desk: ImportDesk) -> None:
    plan = await planned_move(desk)
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        turn = turn_for(session, office, desk.now, desk.campaign)
        await reassign.move_tasks(turn, [1], desk.people[POLICE].id or 0)
    async with desk.database.transaction() as session:
        await apply_tasks(tick_for(session, desk.now + DAY, desk.campaign), plan)
    assert await leads(desk) == [("整治飞线", "公安局"), ("补植", "城管局")]


async def test_a_namesake_that_came_since_the_plan_stays_beside_the_task(desk: ImportDesk) -> None:
    plan = await planned_move(desk)
    await at_the_command_line(desk, MOVED)
    async with desk.database.transaction() as session:
        await apply_tasks(tick_for(session, desk.now + DAY, desk.campaign), plan)
    assert await leads(desk) == [("整治飞线", "城管局"), ("补植", "城管局"), ("整治飞线", "东风街道")]
