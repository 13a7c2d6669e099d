"""A unit out of use stands in no list and no choice; what it did keeps its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest
from sqlmodel import select

from locales import plain
from models import people
from models.cases import Case, case_search
from models.db import Session
from models.groups import GroupChat
from models.people import Unit, aliases
from models.people.aliases import UnitAlias
from models.tasks import Task
from rules.cases.case_figures import FigureBreakdown
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card
from services.cases.lists import case_figure_views
from services.cases.lists.case_figure_views import FigureSelection
from services.cases.orders import order_choice
from services.cases.orders.dispatch_suggestions import Suggester
from services.cases.orders.order_choice import DispatchChoice
from services.cases.submitting import places
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.groups import group_binding, group_scopes
from services.importing.plans.category_plan import plan_categories
from services.importing.plans.point_plan import plan_points
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.point_rows import parse_points
from services.importing.rows.task_rows import parse_tasks
from services.importing.rows.task_units import Roster as KnownUnits
from services.nags import reminder_views
from services.people import enrolment, joining, name_search, person_card, unit_card, unit_retirement
from services.tallies import tally_counting
from services.tasks import reassign_choice, task_card, word_search
from services.turn import Turn
from services.views import View
from tests.services.conftest import World
from tests.services.importing.builders import TODAY, sheet, task, workbook
from tests.support.cases import TO_CLOSED, CaseDesk
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import turn_for

NAME: Final = "西湖园区"
STRANGER: Final = 7_100_000_001


@dataclass(frozen=True, slots=True)
class District:
    """示范区 has 西湖园区 below it, the only park, on which nothing hangs yet."""

    session: Session
    now: datetime
    roster: Roster
    desk: CaseDesk
    world: World
    above: Unit
    park: Unit
    leader: Actor

    @property
    def turn(self) -> Turn:
        return self.turn_of(self.world.office)

    def turn_of(self, actor: Actor) -> Turn:
        return turn_for(self.session, actor, self.now)

    async def registered(self, **where: Any) -> Case:
        known = (await self.session.exec(select(Case))).first()
        if known is not None:
            return known
        category = await self.desk.category(tier=Tier.PARK)
        case = await self.desk.report(self.world.liaison, category, **where)
        return await self.desk.step(case, CaseEvent.REGISTER, self.world.office)

    async def group(self, **scope: Any) -> GroupChat:
        times: dict[str, Any] = {"bound_at": self.now, "tallied_until": self.now}
        return GroupChat(chat_id=-5, bound_by=self.world.office.id, **scope, **times)


@pytest.fixture
async def district(
    session: Session, now: datetime, roster: Roster, case_desk: CaseDesk, world: World
) -> District:
    above = await roster.unit("示范区", Tier.DISTRICT)
    park = await roster.unit(NAME, Tier.PARK, above)
    leader = await roster.actor(above, "区领导甲", Role.DISTRICT_LEADER)
    session.add(UnitAlias(name="西湖", unit_id=id_of(park), made_at=now))
    return District(session, now, roster, case_desk, world, above, park, leader)


def on_buttons(view: View | None) -> bool:
    labels = [plain(one.label, "zh") for row in (view.rows if view else ()) for one in row]
    return any(NAME in label for label in labels)


def titled(view: View) -> bool:
    """Whether it is the unit's card."""
    return any(text.values.get("unit") == NAME for text in view.lines)


async def dispatch_choice(d: District) -> DispatchChoice:
    case = await d.registered()
    return DispatchChoice(((id_of(case), case.steps),))


async def suggested(d: District) -> bool:
    """By the tier of the category, below the place."""
    case = await d.registered()
    case.place_unit_id = d.above.id
    return (await Suggester.load(d.session, [case])).unit_for(case) is not None


async def suggested_near(d: District) -> bool:
    case = await d.registered()
    case.place_unit_id = d.park.id
    return NAME in [unit.name for unit in (await Suggester.load(d.session, [case])).near(case)]


async def place_unit(d: District) -> bool:
    issue: Any = SimpleNamespace(point=None, spot=None, place=f"{NAME}门口")
    return await places.unit_of_place(d.session, d.world.liaison, issue) == d.park.id


async def in_breakdown(d: District) -> bool:
    row = task(责任单位=NAME, 配合单位=None, 责任人="某某", 分管领导=None)
    plan = await plan_tasks(d.session, parse_tasks(sheet(row), "表.xlsx", today=TODAY))
    return bool(plan.tasks)


async def in_categories(d: District) -> bool:
    header = ("大类", "小类", "责任单位", "办理时限", "整改标准")
    data = workbook([header, ("街面秩序", "占道经营", NAME, "4工作时", "撤离")])
    known = KnownUnits(await enrolment.known_units(d.session))
    plan = await plan_categories(d.session, parse_categories(data, "类别.xlsx", roster=known))
    return bool(plan.lines)


async def in_points(d: District) -> bool:
    data = workbook([("点位名称", "所属单位", "地址", "经度", "纬度"), ("西湖广场", NAME, None, None, None)])
    known = KnownUnits(await enrolment.known_units(d.session))
    plan = await plan_points(d.session, parse_points(data, "点位.xlsx", roster=known))
    return bool(plan.lines)


async def groups_of_all_parks(d: District) -> bool:
    return d.park.id in (await group_scopes.units_of(d.session, await d.group(tier=Tier.PARK)) or ())


async def groups_of_the_unit_above(d: District) -> bool:
    return d.park.id in (await group_scopes.units_of(d.session, await d.group(unit_id=d.above.id)) or ())


async def choice_of_tiers(d: District) -> bool:
    view = await group_binding.ask_scope(d.turn, title="群")
    return "园区" in [plain(one.label, "zh") for row in view.rows for one in row]


async def bound_by_name(d: District) -> bool:
    return NAME in [unit.name for unit in await group_scopes.units_named(d.session, "西湖")]


async def joined(d: District) -> bool:
    return on_buttons(await joining.take_unit(d.session, STRANGER, "西湖", now=d.now))


async def joined_by_the_whole_name(d: District) -> bool:
    view = await joining.take_unit(d.session, STRANGER, NAME, now=d.now)
    return titled(view)


async def joined_by_an_old_button(d: District) -> bool:
    return titled(await joining.pick_unit(d.session, STRANGER, id_of(d.park), now=d.now))


async def on_the_leaders_card(d: District) -> bool:
    return titled(await unit_card.find(d.turn_of(d.leader), "西湖"))


async def moved_to(d: District) -> bool:
    return on_buttons(await person_card.choose_unit(d.turn, d.world.liaison.id, "西湖"))


async def reassigned_to(d: District) -> bool:
    return on_buttons(await reassign_choice.choose_by_name(d.turn, d.world.task_id, "西湖"))


async def dispatched_to(d: District) -> bool:
    return on_buttons(await order_choice.unit_named(d.turn, await dispatch_choice(d), "西湖"))


async def chosen_for_dispatch(d: District) -> bool:
    (await d.registered()).place_unit_id = d.above.id
    return on_buttons(await order_choice.choose_unit(d.turn, await dispatch_choice(d)))


async def names(found: Awaitable[Any]) -> bool:
    return NAME in {unit if isinstance(unit, str) else unit.name for unit in await found}


LISTS: dict[str, Callable[[District], Awaitable[bool]]] = {
    "all units": lambda d: names(people.all_units(d.session)),
    "by names": lambda d: names(people.units_named(d.session, [NAME])),
    "known units": lambda d: names(enrolment.known_units(d.session)),
    "units with ground": lambda d: names(case_search.units_of_tiers(d.session, [Tier.PARK])),
    "search by words": lambda d: names(name_search.units_named(d.session, ["西湖"])),
    "aliases": lambda d: _alias(d),
    "/find": lambda d: _found(d),
    "/remind": lambda d: _reminded(d),
    "/unit of a leader": on_the_leaders_card,
    "/bind by tier": choice_of_tiers,
    "/bind by name": bound_by_name,
    "a group of all parks": groups_of_all_parks,
    "a group of the unit above": groups_of_the_unit_above,
    "/join": joined,
    "/join by the whole name": joined_by_the_whole_name,
    "/join by an old button": joined_by_an_old_button,
    "another unit for a person": moved_to,
    "another unit for a task": reassigned_to,
    "a unit for a case": dispatched_to,
    "units offered for a case": chosen_for_dispatch,
    "the unit of a category's tier": suggested,
    "units near a case": suggested_near,
    "the unit of a place in words": place_unit,
    "a breakdown": in_breakdown,
    "categories": in_categories,
    "places": in_points,
}


async def _alias(d: District) -> bool:
    return NAME in (await aliases.names(d.session)).values()


async def _found(d: District) -> bool:
    return on_buttons(await word_search.find(d.turn, "西湖"))


async def _reminded(d: District) -> bool:
    return on_buttons(await reminder_views.menu(d.turn, "西湖"))


async def stands_in(d: District, name: str) -> bool:
    try:
        return await LISTS[name](d)
    except DomainError:
        return False


@pytest.mark.parametrize("name", LISTS)
async def test_no_list_shows_it(district: District, name: str) -> None:
    """It stands there before, not while it is out of use, and there again when it is back."""
    assert await stands_in(district, name)
    case = (await district.session.exec(select(Case))).first()
    if case is not None:
        case.place_unit_id = None  # an open case on its ground would keep it
        await district.session.flush()
    await unit_retirement.retire(district.turn, id_of(district.park))
    assert not await stands_in(district, name)
    if case is not None:
        case.place_unit_id = None
        await district.session.flush()
    await unit_retirement.revive(district.turn, id_of(district.park))
    assert await stands_in(district, name)


async def test_a_case_is_not_dispatched_to_it_by_an_old_button(district: District) -> None:
    choice = await dispatch_choice(district)
    await unit_retirement.retire(district.turn, id_of(district.park))
    wanted = DispatchChoice(choice.cases, unit_id=district.park.id, decided=True)
    assert not titled(await order_choice.preview(district.turn, wanted))


@dataclass(frozen=True, slots=True)
class ClosedWork:
    """A completed task and a closed case of the park, whose only person has left."""

    task: Task
    case: Case
    person: Actor


async def closed_work(d: District) -> ClosedWork:
    person = await d.roster.actor(d.park, "西湖园区联络员", Role.LIAISON)
    done = await d.roster.task(
        d.park, "整治园区道路", date(2026, 12, 20), person.contact, state=TaskState.COMPLETED
    )
    done.completed_at = d.now
    category = await d.desk.category("暴露垃圾", unit=d.world.unit)
    case = await d.desk.report(d.world.liaison, category, place_unit_id=d.park.id)
    case = await d.desk.bring(case, *TO_CLOSED, office=d.world.office, unit=person)
    await enrolment.release_account(d.session, person.contact, now=d.now)
    return ClosedWork(done, case, person)


async def test_what_it_did_keeps_its_name(district: District, campaign: Campaign) -> None:
    work = await closed_work(district)
    await unit_retirement.retire(district.turn, id_of(district.park))
    turn = turn_for(district.session, district.world.office, district.now + timedelta(hours=1), campaign)
    assert NAME in (await task_card.card(turn, id_of(work.task))).plain("zh")
    assert NAME in (await case_card.card(turn, id_of(work.case))).plain("zh")
    by_unit = await case_figure_views.breakdown(turn, FigureSelection(), FigureBreakdown.UNIT, offset=0)
    assert NAME in by_unit.plain("zh")
    names = await DirectoryNames.load(district.session)
    assert NAME in plain(names.who(work.person.id), "zh")
    assert [unit.name for _, unit in await person_card.matching(district.session, "西湖园区联络员")] == [NAME]
    card = (await unit_card.card(turn, id_of(district.park))).plain("zh")
    assert "已停用" in card
    assert "已办结 1 项" in card


async def test_figures_of_all_keep_it_and_those_of_narrower_groups_do_not(
    district: District, campaign: Campaign
) -> None:
    """Its closed task is part of the whole district's; a group is about units in use."""
    await closed_work(district)

    async def named(scope: frozenset[int] | None) -> set[str]:
        tally = await tally_counting.count(
            district.session,
            since=district.now - timedelta(hours=1),
            as_of=district.now,
            campaign=campaign,
            scope=scope,
        )
        return {one.name for one in tally.units}

    groups = [await district.group(tier=Tier.PARK), await district.group(unit_id=district.above.id)]
    for group in groups:
        assert NAME in await named(await group_scopes.units_of(district.session, group))
    await unit_retirement.retire(district.turn, id_of(district.park))
    for group in groups:
        assert NAME not in await named(await group_scopes.units_of(district.session, group))
    assert NAME in await named(None)


async def test_a_leader_above_still_reads_its_history(district: District) -> None:
    work = await closed_work(district)
    above = await district.roster.actor(district.above, "示范区主要领导", Role.PRINCIPAL_LEADER)
    await unit_retirement.retire(district.turn, id_of(district.park))
    leader = await access.actor_of(district.session, above.contact)
    assert NAME in (await task_card.card(district.turn_of(leader), id_of(work.task))).plain("zh")


async def test_a_sheet_still_compares_itself_with_its_old_tasks(district: District) -> None:
    """A breakdown names its closed task among those that it lacks, and is no error."""
    await closed_work(district)
    await unit_retirement.retire(district.turn, id_of(district.park))
    parsed = parse_tasks(sheet(task(配合单位=None)), "表.xlsx", today=TODAY)
    plan = await plan_tasks(district.session, parsed)
    assert ("市容环境整治", "整治园区道路", NAME) in plan.missing
    for kind in (in_breakdown, in_categories, in_points):
        assert not await kind(district)


async def test_registers_out_of_use_may_still_be_its_own(district: District) -> None:
    """A category and a place that are out of use belong to it; sheets without it are read as ever."""
    (await district.desk.category(unit=district.park)).active = False
    (await district.desk.point("西湖广场", district.park)).active = False
    await unit_retirement.retire(district.turn, id_of(district.park))
    known = KnownUnits(await enrolment.known_units(district.session))
    header = ("大类", "小类", "责任单位", "办理时限", "整改标准")
    data = workbook([header, ("街面秩序", "占道经营", "城管局", "4工作时", "撤离")])
    categories = await plan_categories(district.session, parse_categories(data, "类别.xlsx", roster=known))
    assert any(NAME in plain(text, "zh") for one in categories.changes for text in one.texts)
    data = workbook(
        [("点位名称", "所属单位", "地址", "经度", "纬度"), ("西湖广场", "东风街道", None, None, None)]
    )
    points = await plan_points(district.session, parse_points(data, "点位.xlsx", roster=known))
    assert any(NAME in plain(text, "zh") for one in points.changes for text in one.texts)
