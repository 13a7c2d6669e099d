"""Each person is told once of an import, wherever it is interrupted, and of what then still stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from locales import Text
from models.db import Database
from models.delivery.messages import Outbox
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_steps, job_claims
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.task_rows import parse_tasks
from services.nags import nag_engine
from services.tasks import reassign, task_steps
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk, kill_at, killed
from tests.services.importing.notice_desk import (
    DAY,
    ME,
    POLICE,
    THREE,
    add,
    promised,
    three,
    with_three_tasks,
)
from tests.services.progress.talk import buttons, keys
from tests.support.turns import tick_for, turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_three_tasks(ImportDesk(database, campaign, now))


async def confirmed(desk: ImportDesk, *rows: Mapping[str, Any]) -> int:
    job_id = await desk.send_tasks(*rows)
    await desk.work()
    await desk.confirm(job_id)
    return job_id


def changed_and_new() -> Sequence[Mapping[str, Any]]:
    """Two new tasks; the first of three goes over, the second is due later, the third is assisted."""
    first, second, third = THREE
    return [
        *(task(目标任务=name) for name in ("补植", "清淤")),
        {**first, "责任人": POLICE},
        {**second, "完成时限": "2026年12月31日"},
        {**third, "配合单位": "东风街道"},
    ]


@pytest.mark.both_engines("outbox")
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
async def test_each_person_is_told_once_wherever_it_is_killed(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Five rows in steps of two, then four notices in steps of two; the program is killed in one of them."""
    monkeypatch.setattr(import_steps, "ROWS", 2)
    await add(desk, "东风街道", "东风街道联络员", Role.LIAISON)
    await add(desk, "公安局", "公安局联络员", Role.LIAISON)
    await confirmed(desk, *changed_and_new())
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    await desk.work()
    found = await promised(desk)
    assert set(found) == {ME, POLICE, "东风街道联络员", "公安局联络员"}
    assert keys(found[ME][1]) == [
        *("tasks.assigned_title", "tasks.assigned_line", "tasks.assigned_line"),
        *("told.changed", "told.line", "told.line"),
        *("reassign.from_you", "reassign.from_line"),
    ]
    assert keys(found[POLICE][1]) == ["reassign.to_you", "reassign.line", "reassign.sign_by"]


async def test_notices_that_are_given_again_are_the_same(desk: ImportDesk) -> None:
    """All is written and told, and only then the import counts as failed."""
    await confirmed(desk, *changed_and_new())
    claim = await desk.take()
    await desk.do(claim)
    before = await promised(desk)
    async with desk.database.transaction() as session:
        await job_claims.follow_up(tick_for(session, desk.now, desk.campaign), claim)
    assert set(before) == {ME, POLICE}
    assert await promised(desk) == before


@pytest.mark.parametrize("step", [2, 3])
async def test_a_failed_import_tells_of_what_is_written(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Two or four of five rows are written when it fails; the same file, sent again, tells of the rest."""
    monkeypatch.setattr(import_steps, "ROWS", 2)
    job_id = await confirmed(desk, *changed_and_new())
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    claim = await desk.take()
    async with desk.database.transaction() as session:
        reason = Text("jobs.not_written", file="x")
        await job_claims.fail(session, claim, await desk.job(job_id), reason, now=desk.now)
        await job_claims.follow_up(tick_for(session, desk.now, desk.campaign), claim)
    found = await promised(desk)
    assert keys(found[ME][1]).count("tasks.assigned_line") == 2
    assert keys(found[ME][1]).count("told.line") == step - 2
    assert (POLICE in found) is (step == 3)
    desk.now += DAY
    await desk.import_(sheet(*changed_and_new()))
    found = await promised(desk)
    assert keys(found[ME][1]).count("tasks.assigned_line") == 0
    assert keys(found[ME][1]).count("told.line") == 4 - step
    assert (POLICE in found) is (step == 2)


@pytest.mark.both_engines("outbox")
async def test_on_the_command_line(desk: ImportDesk) -> None:
    await add(desk, "东风街道", "东风街道联络员", Role.LIAISON)
    data = sheet(*changed_and_new())
    parsed = parse_tasks(data, "x.xlsx", today=desk.campaign.today(desk.now))
    async with desk.database.transaction() as session:
        plan = await plan_tasks(session, parsed)
        await apply_tasks(tick_for(session, desk.now, desk.campaign), plan)
    assert set(await promised(desk)) == {ME, POLICE, "东风街道联络员"}
    desk.now += DAY
    async with desk.database.transaction() as session:
        await apply_tasks(tick_for(session, desk.now, desk.campaign), await plan_tasks(session, parsed))
    assert await promised(desk) == {}


async def test_two_files_at_the_same_moment_are_two_imports(desk: ImportDesk) -> None:
    for name in ("补植", "清淤"):
        await confirmed(desk, task(目标任务=name))
        await desk.work()
    orders = [row for row in await desk.promised(MessageKind.ORDER) if row.created_at == desk.now]
    assert [row.content["task_ids"] for row in orders] == [[4], [5]]


# -- what happens meanwhile ----------------------------------------------------------------------------


async def written_but_not_told(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, *rows: Mapping[str, Any]
) -> None:
    """All rows are written; the program is killed before people are told."""
    await confirmed(desk, *rows)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())


async def move(desk: ImportDesk, task_id: int, to: str) -> None:
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        turn = turn_for(session, office, desk.now + timedelta(minutes=1), desk.campaign)
        await reassign.move_tasks(turn, [task_id], desk.people[to].id or 0)


async def test_what_was_moved_on_meanwhile(desk: ImportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import's receiver is not told of what they have no more; who had it reads who has it now."""
    await add(desk, "东风街道", "东风街道责任人", Role.RESPONSIBLE_PERSON)
    new = task(目标任务="补植")
    await written_but_not_told(desk, monkeypatch, new, *three(责任人=POLICE))
    await move(desk, 1, "东风街道责任人")
    await move(desk, 4, "东风街道责任人")
    await desk.work()
    ((name, (_, view)),) = (await promised(desk)).items()
    assert name == ME
    assert view.plain("zh").splitlines() == [
        "【任务转出】以下 1 项任务已转由 东风街道 东风街道责任人 办理，原责任人不再办理：",
        "1. 整治第1片区（原责任人：城管局责任人）",
    ]


async def test_what_came_back_meanwhile(desk: ImportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await written_but_not_told(desk, monkeypatch, *three(责任人=POLICE))
    await move(desk, 1, ME)
    await desk.work()
    assert await promised(desk) == {}


async def test_what_was_changed_or_signed_meanwhile(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline that was moved again is left to who has moved it; what is signed needs no 签收."""
    new = [task(目标任务=name) for name in ("补植", "清淤")]
    changed = three(完成时限="2026年12月31日", 工作标准="一尘不染")
    await written_but_not_told(desk, monkeypatch, *new, *changed)
    async with desk.database.transaction() as session:
        await session.execute(
            sa.update(Task).where(col(Task.id) == 1).values(deadline=sa.func.date("2027-01-15"))
        )
        me = await actor_of(session, desk.people[ME])
        await task_steps.acknowledge(turn_for(session, me, desk.now), [4])
    await desk.work()
    ((_, (_, view)),) = (await promised(desk)).items()
    assert "1. 整治第1片区：工作标准已调整（干净整洁 → 一尘不染）" in view.plain("zh")
    assert "时限" not in view.plain("zh")
    (sign,) = buttons(view, "task.acknowledge_all")
    assert sign.arguments["task_ids"] == [5]


async def test_what_is_over_meanwhile(desk: ImportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await written_but_not_told(desk, monkeypatch, *three(完成时限="2026年12月31日"), task(目标任务="补植"))
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        for task_id in (1, 4):
            assert await task_steps.cancel(turn_for(session, office, desk.now), task_id, "重复") is not None
    await desk.work()
    assert await promised(desk) == {}


# -- the nags of a deadline that an import moves -------------------------------------------------------


async def test_a_task_that_is_due_sooner_is_nagged_about_sooner(desk: ImportDesk) -> None:
    """Due on the 31st, it is silent; the sheet says the 18th, and the next scan nags at once for that day."""
    await desk.import_(sheet(*[{**one, "完成时限": "2026年12月31日"} for one in THREE]))
    async with desk.database.transaction() as session:
        me = await actor_of(session, desk.people[ME])
        await task_steps.acknowledge(turn_for(session, me, desk.now), [1, 2, 3])

    async def nagged() -> list[int]:
        desk.now += timedelta(hours=24, minutes=30)
        async with desk.database.transaction() as session:
            await nag_engine.tick(tick_for(session, desk.now, desk.campaign))
        async with desk.database.reading() as session:
            rows = await session.exec(
                select(Outbox).where(Outbox.view == "nag", Outbox.created_at == desk.now)
            )
            return [row.contact_id or 0 for row in rows]

    assert await nagged() == []
    await desk.import_(sheet(*three(完成时限="2026年12月18日")))
    assert await nagged() == [desk.people[ME].id]
    task_row = (await desk.tasks())[0]
    assert (str(task_row.deadline), task_row.first_deadline, task_row.was_overdue) == (
        "2026-12-18",
        None,
        False,
    )
