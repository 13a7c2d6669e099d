"""Parents and children of tasks that an import writes: what is locked, counted and found."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.db import Database, Session
from models.people import Unit
from models.tasks import Task, children, former_lines
from models.tasks.former_lines import FormerLine
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.support.people import Roster
from tests.support.plans import analyse, plan_of
from tests.support.rows import id_of

DAY = date(2026, 12, 20)


@pytest.fixture
async def unit(roster: Roster) -> Unit:
    return await roster.unit("农业农村局")


async def below(roster: Roster, unit: Unit, name: str, above: Task | None, *, daily: bool = False) -> Task:
    task = await roster.task(unit, name, None if daily else DAY)
    task.parent_id = None if above is None else id_of(above)
    await roster.session.flush()
    return task


@pytest.mark.both_engines("locks")
async def test_lines_are_locked_with_what_is_above_them(session: Session, roster: Roster, unit: Unit) -> None:
    """By identity or by id, each with its parent, in the order of ids."""
    top = await below(roster, unit, "上", None)
    middle = await below(roster, unit, "中", top)
    leaf = await below(roster, unit, "下", middle)
    other = await below(roster, unit, "旁", None)
    await below(roster, unit, "无关", None)
    ids = await children.ids_with_above(session, {leaf.identity, "没有"}, {id_of(other)})
    assert await children.locked(session, ids) == [middle, leaf, other]
    ids = await children.ids_with_above(session, {other.identity}, {id_of(middle)})
    assert await children.locked(session, ids) == [top, middle, other]
    assert await children.ids_with_above(session, set(), set()) == set()


async def test_what_is_locked_is_read_anew(database: Database, now: datetime, campaign: Campaign) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        task = await roster.task(await roster.unit("农业农村局"), "清运", DAY)
    async with database.transaction() as session:
        read = await session.get_one(Task, task.id)
        await (await session.connection()).exec_driver_sql("UPDATE task SET standard = '新'")
        assert await children.locked(session, {task.id or 0}) == [read]
        assert read.standard == "新"


async def test_heights(session: Session, roster: Roster, unit: Unit) -> None:
    top = await below(roster, unit, "上", None)
    middle = await below(roster, unit, "中", top)
    await below(roster, unit, "中二", top)
    leaf = await below(roster, unit, "下", middle)
    found = await children.heights(session, [id_of(one) for one in (top, middle, leaf)])
    assert found == {id_of(top): 2, id_of(middle): 1}


async def test_who_reports_for_a_task_already(session: Session, roster: Roster, unit: Unit) -> None:
    """A child that reports as often as its parent, is not cancelled, and is none of those that come."""
    made = [await below(roster, unit, f"任务{number}", None, daily=True) for number in range(5)]
    same, slower, gone, new, _ = made
    await below(roster, unit, "同频", same, daily=True)
    (await below(roster, unit, "每周", slower, daily=True)).frequency = Frequency.WEEKLY
    (await below(roster, unit, "取消", gone, daily=True)).state = TaskState.CANCELLED
    coming = await below(roster, unit, "新来", new, daily=True)
    await session.flush()
    ids = [id_of(one) for one in made]
    assert await children.reported_below(session, ids, [id_of(coming)]) == {id_of(same)}
    assert await children.reported_below(session, ids, []) == {id_of(same), id_of(new)}


async def test_all_parents_with_their_names(session: Session, roster: Roster, unit: Unit) -> None:
    top = await below(roster, unit, "上", None)
    middle = await below(roster, unit, "中", top)
    await below(roster, unit, "下", middle)
    assert await children.all_parents(session) == {
        id_of(top): ("上", id_of(unit)),
        id_of(middle): ("中", id_of(unit)),
    }


async def test_which_task_left_a_line_last(session: Session, roster: Roster, unit: Unit) -> None:
    first, second = [await below(roster, unit, name, None) for name in ("甲", "乙")]
    session.add_all(
        FormerLine(task_id=id_of(task), identity="旧行", responsible_person="某某")
        for task in (first, second)
    )
    await session.flush()
    assert await former_lines.tasks_that_left(session, {"旧行", "没有"}) == {"旧行": id_of(second)}


@pytest.mark.both_engines("query plans")
async def test_no_step_of_an_import_reads_all_tasks(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        first = await roster.task(await roster.unit("农业农村局"), "任务", DAY)
        one = {name: value for name, value in first.model_dump().items() if name != "id"}
        rows = [{**one, "identity": f"任务{number}"} for number in range(20_000)]
        await session.execute(sa.insert(Task), rows[:4_000])
        tops = (await session.execute(sa.select(col(Task.id)).order_by(col(Task.id)))).scalars().all()
        below = [{**row, "parent_id": tops[at // 4]} for at, row in enumerate(rows[4_000:])]
        await session.execute(sa.insert(Task), below)
    names, ids = [f"任务{number}" for number in range(0, 20_000, 500)], list(range(50, 20_000, 4_000))
    await analyse(database)
    for ask in (
        lambda session: children.ids_with_above(session, names, ids),
        lambda session: children.locked(session, ids),
        lambda session: children.heights(session, ids),
        lambda session: children.reported_below(session, ids, ids),
    ):
        plan = await plan_of(database, ask)
        assert "Seq Scan" not in plan, plan
        assert "SCAN task" not in plan, plan
