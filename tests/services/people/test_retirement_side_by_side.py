"""A unit goes out of use while somebody gives it something: one of the two holds, nothing is half-done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database, Session
from models.people import ContactState, JoinRequest, JoinState, Unit
from models.unit_holds import UnitHold, holds_on
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.cases.orders import dispatching
from services.cases.submitting import issue_submission
from services.errors import DomainError
from services.groups import group_binding
from services.groups.group_binding import GroupScope
from services.importing.jobs.roster_writing import apply_roster
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.category_plan import apply_categories, plan_categories
from services.importing.plans.point_plan import apply_points, plan_points
from services.importing.plans.roster_plan import plan_roster
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.point_rows import parse_points
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.task_rows import parse_tasks
from services.importing.rows.task_units import Roster as KnownUnits
from services.people import admission, enrolment, joining, person_card, unit_retirement
from services.people.joining import Applicant
from services.tasks import task_steps
from tests.services.conftest import World, make_world
from tests.services.importing.builders import TODAY, sheet, task, workbook
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for
from tests.support.waiting import until_it_waits

pytestmark = pytest.mark.both_engines("side by side")

NAME = "西湖园区"
Gift = Callable[["Place", Session], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Place:
    """西湖园区 with a person who has left and a completed task; two programs with one database."""

    engines: tuple[Database, Database]
    now: datetime
    campaign: Campaign
    world: World
    second: Actor
    unit_id: int
    left_id: int
    task_id: int
    case_id: int

    async def retire(self, engine: Database, actor: Actor | None = None) -> str:
        """The key of the refusal; "": done."""
        return await self.try_(engine, lambda session: self._retire(session, actor or self.world.office))

    async def _retire(self, session: Session, actor: Actor) -> None:
        await unit_retirement.retire(turn_for(session, actor, self.now, self.campaign), self.unit_id)

    async def try_(self, engine: Database, act: Callable[[Session], Awaitable[object]]) -> str:
        try:
            async with engine.transaction() as session:
                await act(session)
        except DomainError as error:
            return error.text.key
        return ""

    async def stands(self) -> tuple[bool, dict[UnitHold, int], list[str]]:
        """Whether the unit is in use, what hangs on it, and the audit of its use."""
        async with self.engines[0].reading() as session:
            unit = await session.get_one(Unit, self.unit_id)
            holds = await holds_on(session, self.unit_id, self.now)
            events = ("retire", "revive")
            query = select(Audit.event).where(col(Audit.event).in_(events)).order_by(col(Audit.id))
            return unit.retired_at is None, holds, list((await session.exec(query)).all())


@pytest.fixture
async def place(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> AsyncIterator[Place]:
    other = Database(database_url)
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        unit = await roster.unit(NAME, Tier.PARK)
        second = await roster.actor(world.office.unit, "创城办乙", Role.OFFICE)
        left = await roster.contact(unit, "甲", enrolled=False)
        left.state = ContactState.LEFT
        done = await roster.task(unit, "整治园区道路", date(2026, 12, 20), state=TaskState.COMPLETED)
        case = await desk.report(world.liaison, await desk.category(unit=world.unit))
        case = await desk.step(case, CaseEvent.REGISTER, world.office)
        ids = (id_of(unit), id_of(left), id_of(done), id_of(case))
    yield Place((database, other), now, campaign, world, second, *ids)
    await other.close()


async def _join(p: Place, session: Session) -> None:
    await joining.submit(
        session, Applicant(7_200_000_001, "zh"), p.unit_id, "乙", "", now=p.now, today=p.now.date()
    )


async def _move(p: Place, session: Session) -> None:
    turn = turn_for(session, p.second, p.now, p.campaign)
    await person_card.move(turn, p.world.other_liaison.id, p.unit_id, id_of(p.world.other_unit))


async def _restore(p: Place, session: Session) -> None:
    await person_card.restore(turn_for(session, p.second, p.now, p.campaign), p.left_id)


async def _dispatch(p: Place, session: Session) -> None:
    await dispatching.dispatch(turn_for(session, p.second, p.now, p.campaign), [p.case_id], p.unit_id)


async def _bind(p: Place, session: Session) -> None:
    turn = turn_for(session, p.second, p.now, p.campaign, chat=-77)
    await group_binding.bind(turn, title="群", scope=GroupScope(unit_id=p.unit_id))


async def _reopen(p: Place, session: Session) -> None:
    await task_steps.reopen(turn_for(session, p.second, p.now, p.campaign), p.task_id)


# -- sheets: the plan was made while the unit was in use -----------------------------------------------


async def _tasks(p: Place, session: Session) -> Gift:
    row = task(责任单位=NAME, 配合单位=None, 责任人="某某", 分管领导=None)
    plan = await plan_tasks(session, parse_tasks(sheet(row), "表.xlsx", today=TODAY))
    return lambda p, session: apply_tasks(tick_for(session, p.now, p.campaign), plan)


async def _helped_tasks(p: Place, session: Session) -> Gift:
    row = task(责任单位="城管局", 配合单位=NAME)
    plan = await plan_tasks(session, parse_tasks(sheet(row), "表.xlsx", today=TODAY))
    return lambda p, session: apply_tasks(tick_for(session, p.now, p.campaign), plan)


async def _categories(p: Place, session: Session) -> Gift:
    header = ("大类", "小类", "责任单位", "办理时限", "整改标准")
    data = workbook([header, ("街面秩序", "店外经营", NAME, "4工作时", "撤离")])
    known = KnownUnits(await enrolment.known_units(session))
    plan = await plan_categories(session, parse_categories(data, "类别.xlsx", roster=known))
    return lambda p, session: apply_categories(session, plan, now=p.now)


async def _points(p: Place, session: Session) -> Gift:
    data = workbook([("点位名称", "所属单位", "地址", "经度", "纬度"), ("西湖广场", NAME, None, None, None)])
    known = KnownUnits(await enrolment.known_units(session))
    plan = await plan_points(session, parse_points(data, "点位.xlsx", roster=known))
    return lambda p, session: apply_points(session, plan, now=p.now)


ROSTER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")


async def _roster(session: Session, *rows: tuple[str | None, ...]) -> Gift:
    known = await enrolment.known_units(session)
    parsed = parse_roster(workbook([ROSTER, *rows]), "花名册.xlsx", known_units=known)
    plan = await plan_roster(session, parsed)
    return lambda p, session: apply_roster(session, plan, now=p.now)


async def _people(p: Place, session: Session) -> Gift:
    return await _roster(session, (NAME, "园区", None, "丙", None, "联络员", None))


async def _below(p: Place, session: Session) -> Gift:
    return await _roster(session, ("西湖一村", "村居", NAME, None, None, None, None))


def at_once(gift: Gift) -> Callable[[Place, Session], Awaitable[Gift]]:
    async def planned(p: Place, session: Session) -> Gift:
        return gift

    return planned


GIFTS = {
    "a request to join": (at_once(_join), UnitHold.JOINS),
    "a person moves there": (at_once(_move), UnitHold.PEOPLE),
    "a person is restored": (at_once(_restore), UnitHold.PEOPLE),
    "a case": (at_once(_dispatch), UnitHold.CASES),
    "a group": (at_once(_bind), UnitHold.GROUPS),
    "a task comes back": (at_once(_reopen), UnitHold.TASKS),
    "a breakdown": (_tasks, UnitHold.TASKS),
    "a breakdown in which it assists": (_helped_tasks, UnitHold.TASKS),
    "categories": (_categories, UnitHold.CATEGORIES),
    "places": (_points, UnitHold.POINTS),
    "a roster": (_people, UnitHold.PEOPLE),
    "a unit below": (_below, UnitHold.UNITS),
}


async def planned(p: Place, name: str) -> Gift:
    async with p.engines[0].reading() as session:
        return await GIFTS[name][0](p, session)


@pytest.mark.parametrize("name", GIFTS)
async def test_what_comes_first_keeps_the_unit(place: Place, name: str) -> None:
    gift = await planned(place, name)
    async with place.engines[0].transaction() as session:
        await gift(place, session)
        retired = asyncio.create_task(place.retire(place.engines[1]))
        await until_it_waits(place.engines[0], retired)
    assert await retired == "units.held"
    in_use, holds, events = await place.stands()
    assert in_use
    assert GIFTS[name][1] in holds
    assert events == []


@pytest.mark.parametrize("name", GIFTS)
async def test_what_comes_second_is_refused(place: Place, name: str) -> None:
    gift = await planned(place, name)
    async with place.engines[0].transaction() as session:
        await place._retire(session, place.world.office)
        given = asyncio.create_task(place.try_(place.engines[1], lambda other: gift(place, other)))
        await until_it_waits(place.engines[0], given)
    # A roster whose plan is older does not bring it back by itself, either.
    assert await given == "units.not_in_use"
    assert await place.stands() == (False, {}, ["retire"])


async def test_a_request_that_is_approved_meanwhile_keeps_it(place: Place) -> None:
    """Neither the request nor the person whom it brings back is missed, whatever was looked at first."""
    async with place.engines[0].transaction() as session:
        await joining.submit(
            session,
            Applicant(7_200_000_001, "zh"),
            place.unit_id,
            "甲",
            "",
            now=place.now,
            today=place.now.date(),
        )
    async with place.engines[0].transaction() as session:
        request = (await session.exec(select(JoinRequest))).one()
        turn = turn_for(session, place.second, place.now, place.campaign)
        await admission.approve(turn, id_of(request), role=Role.LIAISON)
        assert request.state is JoinState.APPROVED
        retired = asyncio.create_task(place.retire(place.engines[1]))
        await until_it_waits(place.engines[0], retired)
    assert await retired == "units.held"
    in_use, holds, _ = await place.stands()
    assert in_use
    assert holds == {UnitHold.PEOPLE: 1}


async def test_a_problem_reported_meanwhile_is_on_nobodys_ground(place: Place) -> None:
    """The words name the unit, which is in use when they are read and not any more when the case is made."""
    issue: Any = SimpleNamespace(point=None, spot=None, place=f"{NAME}门口")

    async def ground() -> int | None:
        async with place.engines[1].transaction() as session:
            turn = turn_for(session, place.world.liaison, place.now, place.campaign)
            return await issue_submission._ground(turn, issue)

    assert await ground() == place.unit_id
    async with place.engines[0].transaction() as session:
        await place._retire(session, place.world.office)
        found = asyncio.create_task(ground())
        await until_it_waits(place.engines[0], found)
    assert await found is None


async def test_two_officers_at_once(place: Place) -> None:
    first, second = place.engines
    both = await asyncio.gather(place.retire(first), place.retire(second, place.second))
    assert sorted(both) == ["", "units.already_retired"]
    assert await place.stands() == (False, {}, ["retire"])

    async def revive(engine: Database, actor: Actor) -> str:
        async def act(session: Session) -> None:
            turn = turn_for(session, actor, place.now, place.campaign)
            await unit_retirement.revive(turn, place.unit_id)

        return await place.try_(engine, act)

    both = await asyncio.gather(revive(first, place.world.office), revive(second, place.second))
    assert sorted(both) == ["", "units.already_in_use"]
    assert await place.stands() == (True, {}, ["retire", "revive"])
