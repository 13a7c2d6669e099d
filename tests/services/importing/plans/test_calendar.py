"""Days that the office knows better: imported once, and from then on used for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pytest
from sqlmodel import select

from models import calendar as table
from models.audit_log import Audit
from models.calendar import WorkingDayOverride
from models.db import Session
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services import calendar
from services.campaign import Campaign
from services.importing.plans.calendar_plan import CalendarPlan, apply_calendar, plan_calendar
from services.importing.rows.calendar_rows import parse_calendar
from services.nags import nag_engine as nags
from services.tasks import task_steps
from tests.services.conftest import Local, World
from tests.services.importing.builders import workbook
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

SATURDAY, MONDAY = date(2026, 12, 19), date(2026, 12, 21)
Line = tuple[date, str, str | None]


async def planned(session: Session, *lines: Line) -> CalendarPlan:
    data = workbook([("日期", "是否上班", "说明"), *lines])
    return await plan_calendar(session, parse_calendar(data, "日历.xlsx"))


async def imported(session: Session, now: datetime, *lines: Line) -> CalendarPlan:
    plan = await planned(session, *lines)
    await apply_calendar(session, plan, now=now)
    return plan


def statuses(plan: CalendarPlan) -> list[str]:
    return [status for _, status in plan.days]


async def notes(session: Session) -> dict[date, str | None]:
    return {row.day: row.note for row in await session.exec(select(WorkingDayOverride))}


async def audits(session: Session) -> Sequence[Audit]:
    return (await session.exec(select(Audit).where(Audit.subject_type == "calendar"))).all()


async def test_what_is_imported_again_is_unchanged(session: Session, now: datetime) -> None:
    lines: tuple[Line, ...] = ((SATURDAY, "上班", "补班"), (MONDAY, "休息", None))
    assert statuses(await imported(session, now, *lines)) == ["new", "new"]
    assert statuses(await imported(session, now, *lines)) == ["unchanged", "unchanged"]
    assert (await table.known(session)).days == {SATURDAY: True, MONDAY: False}
    (row,) = await audits(session)
    assert (row.event, row.at) == ("import", now)
    assert row.before == {"2026-12-19": None, "2026-12-21": None}
    assert row.after == {
        "2026-12-19": {"working": True, "note": "补班"},
        "2026-12-21": {"working": False, "note": None},
    }


async def test_a_change_leaves_other_days_and_what_is_not_said(session: Session, now: datetime) -> None:
    await imported(session, now, (SATURDAY, "上班", "补班"), (MONDAY, "休息", None))
    plan = await imported(session, now, (SATURDAY, "休息", None))
    assert statuses(plan) == ["changed"]
    assert (await table.known(session)).days == {SATURDAY: False, MONDAY: False}
    assert await notes(session) == {SATURDAY: "补班", MONDAY: None}
    assert statuses(await planned(session, (SATURDAY, "休息", "改期"))) == ["changed"]
    assert [row.before for row in await audits(session)][1:] == [
        {"2026-12-19": {"working": True, "note": "补班"}}
    ]


async def test_a_plan_alone_writes_nothing(session: Session) -> None:
    plan = await planned(session, (SATURDAY, "上班", None))
    assert plan.count("new") == 1
    assert (await table.known(session)).days == {}
    assert await audits(session) == []


async def test_the_campaign_reckons_with_the_days_from_then_on(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    assert await calendar.current_campaign(session, campaign) is campaign
    beyond = date(2027, 1, 4)
    assert campaign.calendar.is_fallback(beyond)
    await imported(session, now, (beyond, "休息", "元旦"), (SATURDAY, "上班", None))
    known = await calendar.current_campaign(session, campaign)
    assert not known.calendar.is_working_day(beyond)
    assert not known.calendar.is_fallback(beyond)
    assert known.calendar.is_working_day(SATURDAY)
    assert (known.slots, known.locale) == (campaign.slots, campaign.locale)
    assert await calendar.current_campaign(session, known) is known
    await imported(session, now, (SATURDAY, "休息", None))
    assert not (await calendar.current_campaign(session, known)).calendar.is_working_day(SATURDAY)


async def nagged(session: Session, at: datetime, campaign: Campaign) -> list[str]:
    """The duties about which people are nagged at ``at``, as in a session of its own."""
    await session.exec(select(Task).execution_options(populate_existing=True))
    known = await calendar.current_campaign(session, campaign)
    return [duty for one in await nags.tick(tick_for(session, at, known)) for duty in one.duties]


@pytest.fixture
async def world(session: Session, world: World) -> World:
    """The world with its task signed for, because 签收 has a ladder of its own."""
    world.task.state = TaskState.ACKNOWLEDGED
    await session.flush()
    return world


async def test_nags_move_with_the_days(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The task is due on Friday; without the import, people are nagged on Monday and not on Saturday."""
    assert await nagged(session, local(12, 18, 9), campaign) == [world.task.objective]
    await imported(session, local(12, 18, 10), (SATURDAY, "上班", None), (MONDAY, "休息", None))
    assert await nagged(session, local(12, 18, 10, 1), campaign) == []
    assert world.task.objective in await nagged(session, local(12, 19, 9), campaign)
    assert await nagged(session, local(12, 20, 9), campaign) == []
    assert await nagged(session, local(12, 21, 9), campaign) == []
    assert world.task.objective in await nagged(session, local(12, 22, 9), campaign)


async def test_a_day_off_nags_nobody_for_it(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The scan was due to look on Monday at nine."""
    await nagged(session, local(12, 18, 9), campaign)
    await imported(session, local(12, 20, 10), (MONDAY, "休息", None))
    assert await nagged(session, local(12, 21, 9), campaign) == []
    assert world.task.objective in await nagged(session, local(12, 22, 9), campaign)


async def test_an_import_wakes_no_task_that_is_over(
    session: Session, roster: Roster, world: World, local: Local, now: datetime, campaign: Campaign
) -> None:
    done = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 18), world.responsible.contact)
    await task_steps.complete(turn_for(session, world.office, now), done.id or 0)
    await nagged(session, now, campaign)
    later = local(12, 15, 8, 50)
    await imported(session, later, (SATURDAY, "上班", None))
    looks = {
        task.objective: task.next_nag_at
        for task in await session.exec(select(Task).execution_options(populate_existing=True))
    }
    assert looks == {world.task.objective: later, done.objective: None}
