"""Who receives a task that an import gives to somebody else, and until when they sign."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from locales import Text, plain
from models.db import Database
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.task_rows import parse_tasks
from services.tasks import reassign, task_steps
from tests.services.importing.builders import sheet
from tests.services.importing.importing_desk import ImportDesk, kill_at, killed
from tests.services.importing.notice_desk import (
    DAY,
    ME,
    POLICE,
    THREE,
    add,
    promised,
    three,
    told,
    with_three_tasks,
)
from tests.support.turns import tick_for, turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_three_tasks(ImportDesk(database, campaign, now))


async def test_the_former_person_is_the_liaison_of_a_task_that_nobody_receives(desk: ImportDesk) -> None:
    """They read of it once, as who sees to it."""
    liaison = await add(desk, "城管局", "城管局联络员", Role.LIAISON, Role.RESPONSIBLE_PERSON)
    await desk.import_(sheet(*three(责任人=liaison.name)))
    desk.now += DAY
    said = await told(desk, *three(责任人="王科长"))
    assert set(said) == {liaison.name}
    assert said[liaison.name].splitlines()[0].startswith("【任务待接收】以下 1 项任务，")
    assert "【任务转出】" not in said[liaison.name]


async def test_a_task_that_somebody_received_meanwhile_is_not_said_to_wait(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is killed before people are told; meanwhile the office gives the task to a person."""
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    job_id = await desk.send_tasks(*three(责任人="王科长"))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        turn = turn_for(session, office, desk.now + timedelta(minutes=1), desk.campaign)
        await reassign.move_tasks(turn, [1], desk.people[POLICE].id or 0)
    await desk.work()
    found = {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}
    assert set(found) == {ME}
    assert "已转由 公安局 公安局责任人 办理" in found[ME]


async def test_a_task_that_went_on_to_a_second_stranger_is_said_to_wait_once(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 联络员 has heard of it from the later import; who had it reads whom the task names now."""
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    job_id = await desk.send_tasks(*three(责任人="王科长"))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())
    parsed = parse_tasks(sheet(*three(责任人="李科长")), "x.xlsx", today=desk.campaign.today(desk.now))
    async with desk.database.transaction() as session:
        later = tick_for(session, desk.now + timedelta(minutes=1), desk.campaign)
        await apply_tasks(later, await plan_tasks(session, parsed))
    await desk.work()
    found = {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}
    assert set(found) == {ME}
    assert "新的任务表改由李科长办理，但李科长不在城管局花名册中，暂无人接收" in found[ME]


async def test_the_preview_names_who_cannot_receive(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(*three(责任人="王科长")))
    assert "责任人：城管局责任人 → 王科长（不在城管局花名册中，暂无人接收）" in await desk.text(job_id)
    said = plain(Text("importing.change.unreceived", person="王科长", unit="城管局"), "en")
    assert said == "王科长 (not in the roster of 城管局; nobody receives it yet)"
    known = await desk.read(sheet(*three(责任人=POLICE)))
    assert "责任人：城管局责任人 → 公安局责任人" in await desk.text(known)
    assert "暂无人接收" not in await desk.text(known)


async def test_who_is_given_an_unsigned_task_has_as_long_to_sign_as_after_reassigning(
    desk: ImportDesk,
) -> None:
    """A month after it was given to the first person: the day lies ahead, and 签收 is nagged about anew."""
    async with desk.database.transaction() as session:
        me = await actor_of(session, desk.people[ME])
        await task_steps.acknowledge(turn_for(session, me, desk.now), [2])
    before = await desk.tasks()
    desk.now += 29 * DAY
    both = [{**one, "责任人": POLICE, "完成时限": "2027年3月31日"} for one in THREE[:2]]
    assert "请于1月15日前签收。" in (await told(desk, *both, THREE[2]))[POLICE]
    unsigned, signed, other = await desk.tasks()
    assert (unsigned.state, unsigned.assigned_at) == (TaskState.ASSIGNED, desk.now)
    assert (unsigned.nagged_until, unsigned.next_nag_at) == (desk.now, desk.now)
    assert (signed.state, signed.assigned_at) == (TaskState.ACKNOWLEDGED, before[1].assigned_at)
    assert other.assigned_at == before[2].assigned_at
    assert unsigned.created_at == before[0].created_at
