"""The 销号清单: who sees what of it, and the sheet."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from models.db import Session
from models.tasks import Task
from rules.people.roles import Role, Tier
from services import views
from services.access import Actor
from services.campaign import Campaign
from services.tasks import strike_off_list, task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


async def finish(session: Session, world: World, task: Task, at: datetime) -> None:
    assert await task_steps.complete(turn_for(session, world.office, at), task.id or 0)


async def listed(session: Session, actor: Actor, campaign: Campaign, **what: Any) -> list[str]:
    view = await strike_off_list.list_view(turn_for(session, actor, campaign=campaign), **what)
    return [line.values["objective"] for line in view.lines if line.key == "done.line"]


async def test_whose_completed_tasks(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """The office sees all, a leader those below them, a contact those their unit leads or assists."""
    village = await roster.unit("东风社区", Tier.VILLAGE, world.other_unit)
    street_leader = await roster.actor(world.other_unit, "街道主要领导", Role.PRINCIPAL_LEADER)
    shared = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), assisting=(world.other_unit,))
    below = await roster.task(village, "整治楼道", date(2026, 12, 20))
    await roster.task(world.unit, "尚在办理", date(2026, 12, 20))
    for hours, task in enumerate((world.task, shared, below)):
        await finish(session, world, task, now + timedelta(hours=hours))
    for actor, expected in (
        (world.office, ["整治楼道", "清理野广告", "清理违规广告牌匾"]),
        (world.responsible, ["清理野广告", "清理违规广告牌匾"]),
        (world.leader, ["清理野广告", "清理违规广告牌匾"]),
        (world.other_liaison, ["清理野广告"]),
        (street_leader, ["整治楼道", "清理野广告"]),
    ):
        assert await listed(session, actor, campaign) == expected, actor.contact.name


async def test_a_line_says_when_and_by_whom(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    assert keys(await strike_off_list.list_view(turn_for(session, world.office, campaign=campaign))) == [
        "done.none"
    ]
    await finish(session, world, world.task, now)
    view = await strike_off_list.list_view(turn_for(session, world.office, campaign=campaign))
    shown = line(view, "done.line").values
    assert (shown["unit"], shown["day"].values["iso"]) == ("城管局", "2026-12-15")
    assert shown["who"].values["name"] == "创城办工作人员"
    assert view.task_ids == [world.task_id]
    await task_steps.reopen(turn_for(session, world.office, now, campaign), world.task_id)
    assert await listed(session, world.office, campaign) == []


async def test_pages(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    for number in range(25):
        task = await roster.task(world.unit, f"任务{number:02}", None)
        await finish(session, world, task, now + timedelta(minutes=number))
    first = await strike_off_list.list_view(turn_for(session, world.leader, campaign=campaign))
    (onwards,) = buttons(first, "done.list")
    assert onwards.arguments == {"offset": views.LISTED}
    assert (await listed(session, world.leader, campaign))[0] == "任务24"
    assert await listed(session, world.leader, campaign, offset=views.LISTED) == [
        f"任务{number:02}" for number in (4, 3, 2, 1, 0)
    ]


async def sheet_of(session: Session, view: View) -> list[tuple[Any, ...]]:
    (file,) = view.files
    await session.flush()
    session.expunge_all()
    assert file.make is not None, "it is made when nobody waits any more"
    return list(load_workbook(BytesIO(file.make())).worksheets[0].values)


async def test_the_sheet(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    odd = await roster.task(world.unit, "=SUM(1,2)", None, assisting=(world.other_unit,))
    await finish(session, world, world.task, now)
    await finish(session, world, odd, now + timedelta(days=1))
    view = await strike_off_list.export(turn_for(session, world.office, now, campaign))
    assert view.files[0].name == "销号清单2026-12-15.xlsx"
    heads, *rows = await sheet_of(session, view)
    assert heads[:3] == ("序号", "专项行动", "目标任务")
    assert [row[2] for row in rows] == ["=SUM(1,2)", "清理违规广告牌匾"]
    assert rows[0][5:7] == ("城管局", "东风街道")
    assert rows[1][-2:] == ("2026-12-15 08:45", "创城办 创城办工作人员")
    for actor in (world.leader, world.liaison):
        assert not buttons(
            await strike_off_list.list_view(turn_for(session, actor, campaign=campaign)), "done.export"
        )
        exporting = strike_off_list.export(turn_for(session, actor, now, campaign))
        assert await refused(exporting) == "tasks.office_only"
