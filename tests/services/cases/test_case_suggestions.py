"""What the office is offered when it dispatches: the unit, those nearby, and the parent task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from models.cases import Case
from models.cases.categories import Category
from models.db import Session, ident
from models.people import Unit
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services.cases.handling import unit_side
from services.cases.orders import dispatch_suggestions, dispatching
from services.cases.orders.dispatch_suggestions import Suggester
from tests.services.conftest import World
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@dataclass
class District:
    """区 with two streets; the first has two villages, the second has one."""

    desk: CaseDesk
    world: World
    units: dict[str, Unit]

    async def case(self, category: Category, place: str | None = None, **filing: Any) -> Case:
        where = None if place is None else self.units[place].id
        return await self.desk.report(self.world.liaison, category, place_unit_id=where, **filing)

    async def suggester(self, *found: Case) -> Suggester:
        return await Suggester.load(self.desk.session, found)


@pytest.fixture
async def district(case_desk: CaseDesk, roster: Roster, world: World) -> District:
    area = await roster.unit("某区", Tier.DISTRICT)
    east, west = [await roster.unit(name, Tier.STREET, area) for name in ("城东街道", "城西街道")]
    villages = [
        await roster.unit("东一村", Tier.VILLAGE, east),
        await roster.unit("东二村", Tier.VILLAGE, east),
        await roster.unit("西一村", Tier.VILLAGE, west),
    ]
    return District(case_desk, world, {unit.name: unit for unit in (area, east, west, *villages)})


@pytest.mark.parametrize(
    ("place", "name"),
    [("城西街道", "西一村"), ("城东街道", None), ("某区", None), ("东二村", "东二村")],
)
async def test_below_the_place_only_without_doubt(district: District, place: str, name: str | None) -> None:
    case = await district.case(await district.desk.category(tier=Tier.VILLAGE), place)
    unit = (await district.suggester()).unit_for(case)
    assert (unit and unit.name) == name


async def test_a_unit_that_sent_it_back_is_no_default(district: District, world: World) -> None:
    desk = district.desk
    of_office = await district.case(await desk.category("广告", unit=world.unit), "东一村")
    await desk.step(of_office, CaseEvent.REGISTER, world.office)
    office = turn_for(desk.session, world.office, desk.now, desk.campaign)
    await dispatching.dispatch(office, [ident(of_office)], ident(world.unit))
    await unit_side.decide(
        turn_for(desk.session, world.liaison, desk.now, desk.campaign),
        *(ident(of_office), CaseEvent.SEND_BACK, None, "不属于本单位职责"),
    )
    await desk.session.refresh(of_office)
    other = await district.case(await desk.category("摊点", unit=world.unit), "东一村")
    suggester = await district.suggester(of_office, other)
    assert suggester.unit_for(of_office) is None
    assert suggester.unit_for(other) is not None
    assert [unit.name for unit in suggester.near(of_office)] == ["东一村", "城东街道"]


async def test_the_nearest_first_each_once_and_not_the_district(district: District, world: World) -> None:
    suggester = await district.suggester()
    of_office = await district.case(await district.desk.category("广告", unit=world.unit), "东一村")
    of_street = await district.case(await district.desk.category("摊点", tier=Tier.STREET), "东一村")
    nowhere = await district.case(await district.desk.category("井盖", tier=Tier.STREET))
    suggester = await district.suggester()
    assert [unit.name for unit in suggester.near(of_office)] == ["城管局", "东一村", "城东街道"]
    assert [unit.name for unit in suggester.near(of_street)] == ["城东街道", "东一村"]
    assert suggester.near(nowhere) == []


async def test_several_go_together_only_if_all_are_one_units(district: District, world: World) -> None:
    by_tier = await district.desk.category("摊点", tier=Tier.STREET)
    east = [await district.case(by_tier, place) for place in ("东一村", "东二村")]
    west, nowhere = await district.case(by_tier, "西一村"), await district.case(by_tier)
    suggester = await district.suggester()
    unit = suggester.unit_for_all(east)
    assert unit is not None
    assert unit.name == "城东街道"
    assert suggester.unit_for_all([*east, west]) is None
    assert suggester.unit_for_all([*east, nowhere]) is None, "whose that is nobody knows"
    assert suggester.unit_for_all([]) is None


async def test_a_category_that_is_gone(district: District, world: World) -> None:
    case = await district.case(await district.desk.category(unit=world.unit), "东一村")
    suggester = await district.suggester()
    without = Suggester(suggester.units, {})
    assert without.unit_for(case) is None
    assert [unit.name for unit in without.near(case)] == ["东一村", "城东街道"]


async def test_no_task_that_is_done_or_anothers(district: District, session: Session, world: World) -> None:
    boards = await district.desk.category("违规广告牌匾", area="市容环境整治", unit=world.unit)
    case = await district.case(boards, text="清理违规广告牌匾")
    unit_id = world.unit.id or 0
    found = await dispatch_suggestions.task_for(session, unit_id, [case])
    assert found is not None
    assert found.id == world.task_id
    assert await dispatch_suggestions.task_for(session, world.other_unit.id or 0, [case]) is None
    world.task.state = TaskState.COMPLETED
    await session.flush()
    assert await dispatch_suggestions.task_for(session, unit_id, [case]) is None


async def test_cases_of_two_tasks_have_no_common_one(
    district: District, session: Session, roster: Roster, world: World
) -> None:
    other_task = await roster.task(world.unit, "整治占道经营摊点", None)
    boards = await district.case(
        await district.desk.category("违规广告牌匾", unit=world.unit), text="清理违规广告牌匾"
    )
    stalls = await district.case(
        await district.desk.category("占道经营摊点", unit=world.unit), text="整治占道经营摊点"
    )
    unit_id = world.unit.id or 0
    alone = [await dispatch_suggestions.task_for(session, unit_id, [case]) for case in (boards, stalls)]
    assert [task and task.id for task in alone] == [world.task_id, other_task.id]
    assert await dispatch_suggestions.task_for(session, unit_id, [boards, stalls]) is None
