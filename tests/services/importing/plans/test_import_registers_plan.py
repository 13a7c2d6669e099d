"""Categories and known places from a sheet to the database, and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.audit_log import Audit
from models.cases import categories
from models.cases.categories import RADIUS_M, Category, InspectionPoint
from models.db import Database, Session
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Tier
from rules.working_time import TimeUnit
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.importing.plans.category_plan import CategoryPlan, apply_categories, plan_categories
from services.importing.plans.point_plan import PointPlan, apply_points, plan_points
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.point_rows import parse_points
from services.importing.rows.task_units import Roster as Units
from services.people.enrolment import known_units
from tests.services.conftest import Local, World
from tests.services.importing.builders import said, workbook
from tests.support.cases import CaseDesk
from tests.support.people import Roster

HEADER = ("大类", "小类", "责任单位", "办理时限", "整改标准", "测评指标", "查重半径")
STALLS = ("街面秩序", "占道经营", "城管局", "4工作时", "摊点撤离", "主次干道无占道经营", 100)
SHOPS = ("街面秩序", "店外经营", "城管局", "4工作时", "门前无堆放", None, None)
RUBBISH = ("市容环境", "暴露垃圾", "属地街道", "2工作时", "清运完毕", None, None)
POINT_HEADER = ("点位名称", "所属单位", "地址", "经度", "纬度")
MARKET = ("东风农贸市场", "东风街道", "东风路12号", 117.1236, 36.6582)
STATION = ("东风汽车站", "东风街道", None, None, None)
Line = Sequence[Any]


@dataclass
class Office:
    """Imports files as the command does: a plan, then its writing, in the test's own transaction."""

    session: Session
    now: datetime

    async def plan(self, *lines: Line) -> CategoryPlan:
        units = Units(await known_units(self.session))
        return await plan_categories(
            self.session, parse_categories(workbook([HEADER, *lines]), "类别.xlsx", roster=units)
        )

    async def import_(self, *lines: Line, after: timedelta = timedelta()) -> CategoryPlan:
        plan = await self.plan(*lines)
        await apply_categories(self.session, plan, now=self.now + after)
        return plan

    async def plan_points(self, *lines: Line) -> PointPlan:
        units = Units(await known_units(self.session))
        return await plan_points(
            self.session, parse_points(workbook([POINT_HEADER, *lines]), "点位.xlsx", roster=units)
        )

    async def import_points(self, *lines: Line, after: timedelta = timedelta()) -> PointPlan:
        plan = await self.plan_points(*lines)
        await apply_points(self.session, plan, now=self.now + after)
        return plan

    async def category(self, name: str) -> Category:
        query = select(Category).where(Category.name == name)
        return (await self.session.exec(query)).one()

    async def point(self, name: str) -> InspectionPoint:
        query = select(InspectionPoint).where(InspectionPoint.name == name)
        return (await self.session.exec(query)).one()

    async def offered(self) -> list[str]:
        return [one.name for one in await categories.active_categories(self.session)]

    async def audits(self) -> list[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
        query = select(Audit).where(Audit.event == "import").order_by(col(Audit.id))
        return [(row.subject_type, row.before, row.after) for row in await self.session.exec(query)]


@pytest.fixture
async def office(session: Session, world: World, now: datetime) -> Office:
    assert world.unit.name == "城管局"
    assert world.other_unit.name == "东风街道"
    return Office(session, now)


def statuses(plan: CategoryPlan | PointPlan) -> list[str]:
    return [line.status for line in plan.lines]


async def test_categories_are_written_as_the_sheet_says_them(office: Office, world: World) -> None:
    plan = await office.import_(STALLS, RUBBISH)
    assert statuses(plan) == ["new", "new"]
    assert plan.changes_anything
    stalls, rubbish = await office.category("占道经营"), await office.category("暴露垃圾")
    assert (stalls.area, stalls.unit_id, stalls.tier) == ("街面秩序", world.unit.id, None)
    assert (stalls.limit_amount, stalls.limit_unit) == (Decimal(4), TimeUnit.WORKING_HOUR)
    assert (stalls.standard, stalls.indicator) == ("摊点撤离", "主次干道无占道经营")
    assert (stalls.radius_m, stalls.active, stalls.updated_at) == (100, True, office.now)
    assert (rubbish.unit_id, rubbish.tier) == (None, Tier.STREET)
    assert (rubbish.indicator, rubbish.radius_m) == (None, RADIUS_M)
    assert await office.offered() == ["占道经营", "暴露垃圾"]


async def test_the_same_again_is_unchanged_and_leaves_no_trace(office: Office) -> None:
    await office.import_(STALLS, SHOPS)
    before = await office.audits()
    assert len(before) == 2
    plan = await office.import_(STALLS, SHOPS, after=timedelta(days=1))
    assert statuses(plan) == ["unchanged", "unchanged"]
    assert not plan.changes_anything
    assert plan.notices == []
    assert await office.audits() == before
    assert (await office.category("占道经营")).updated_at == office.now


async def test_a_plan_alone_writes_nothing(office: Office) -> None:
    assert statuses(await office.plan(STALLS)) == ["new"]
    assert await office.offered() == []
    assert await office.audits() == []


async def test_a_change_is_written_and_kept_in_the_audit(office: Office, world: World) -> None:
    await office.import_(STALLS)
    later = timedelta(hours=1)
    moved = ("街面 秩序", "占道经营", "属地街道", "4工作时", "摊点撤离", None, None)
    plan = await office.import_(moved, after=later)
    assert statuses(plan) == ["changed"]
    assert plan.notices == []
    stalls = await office.category("占道经营")
    assert (stalls.area, stalls.unit_id, stalls.tier) == ("街面秩序", None, Tier.STREET)
    # A blank 测评指标 or 查重半径 clears nothing.
    assert (stalls.indicator, stalls.radius_m) == ("主次干道无占道经营", 100)
    assert stalls.updated_at == office.now + later
    assert (await office.audits())[1:] == [
        ("category", {"unit_id": world.unit.id, "tier": None}, {"unit_id": None, "tier": "street"})
    ]


async def test_what_a_sheet_leaves_out_goes_out_of_use_and_may_come_back(office: Office) -> None:
    await office.import_(STALLS, SHOPS)
    plan = await office.import_(STALLS, after=timedelta(days=1))
    assert (statuses(plan), list(plan.missing.values())) == (["unchanged"], [("街面秩序", "店外经营")])
    assert plan.changes_anything
    assert await office.offered() == ["占道经营"]
    shops = await office.category("店外经营")
    assert (shops.active, shops.updated_at) == (False, office.now + timedelta(days=1))
    # Once it is out of use, it is not told again.
    assert not (await office.plan(STALLS)).changes_anything
    back = await office.import_(STALLS, SHOPS, after=timedelta(days=2))
    assert statuses(back) == ["unchanged", "changed"]
    assert (await office.category("店外经营")).id == shops.id
    assert await office.offered() == ["占道经营", "店外经营"]
    assert [(before, after) for _, before, after in (await office.audits())[2:]] == [
        ({"active": True}, {"active": False}),
        ({"active": False}, {"active": True}),
    ]


async def test_a_line_that_is_refused_stays_in_use_as_it_was(office: Office) -> None:
    await office.import_(STALLS, SHOPS)
    bad = ("街面秩序", "店外经营", "城管局", "尽快", "另一种标准", None, None)
    plan = await office.import_(STALLS, bad)
    assert [(one.row, one.name, len(one.reasons)) for one in plan.refused] == [(3, "店外经营", 1)]
    assert (plan.missing, plan.changes_anything) == ({}, False)
    shops = await office.category("店外经营")
    assert (shops.active, shops.standard) == (True, "门前无堆放")


async def test_a_sheet_of_which_nothing_could_be_read_retires_nothing(office: Office) -> None:
    await office.import_(STALLS, SHOPS)
    plan = await office.import_(("市容环境", "暴露垃圾", "某局", "尽快", "干净", None, None))
    assert (plan.lines, plan.missing, plan.changes_anything) == ([], {}, False)
    assert await office.offered() == ["占道经营", "店外经营"]


async def test_categories_follow_the_order_of_the_sheet(office: Office) -> None:
    await office.import_(STALLS, SHOPS)
    inserted = await office.import_(STALLS, RUBBISH, SHOPS)
    assert said(inserted.notices) == []
    assert await office.offered() == ["占道经营", "暴露垃圾", "店外经营"]
    turned = await office.import_(SHOPS, STALLS, RUBBISH)
    assert statuses(turned) == ["unchanged"] * 3
    assert (turned.moved, turned.changes_anything) == (True, True)
    assert said(turned.notices) == ["类别的先后顺序改为本表顺序"]
    assert await office.offered() == ["店外经营", "占道经营", "暴露垃圾"]


async def test_equal_names_in_two_areas_are_two_categories(office: Office) -> None:
    other = ("集贸市场", *STALLS[1:])
    assert statuses(await office.import_(STALLS, other)) == ["new", "new"]
    assert statuses(await office.plan(STALLS, other)) == ["unchanged", "unchanged"]
    assert await office.offered() == ["占道经营", "占道经营"]


async def test_a_new_limit_is_for_new_cases_only(
    office: Office, world: World, case_desk: CaseDesk, local: Local, campaign: Campaign
) -> None:
    """A running case keeps its limit, and so does a case reported before and dispatched afterwards."""
    await office.import_(STALLS)
    reporter, staff = world.other_liaison, world.office
    category = await office.category("占道经营")
    monday = local(12, 14, 9)
    running, waiting = [await case_desk.report(reporter, category, at=monday) for _ in range(2)]
    to_unit = StepDetails(unit_id=world.unit.id)
    await case_desk.step(running, CaseEvent.REGISTER, staff, at=monday)
    running = await case_desk.step(running, CaseEvent.DISPATCH, staff, at=monday, change=to_unit)
    assert running.limit_at == local(12, 14, 15)

    changed = ("街面秩序", "占道经营", "城管局", "2个工作日", "摊点撤离，无回潮", "新指标", 50)
    plan = await office.import_(changed)
    assert said(plan.notices) == ["1 个类别的办理时限有变，只用于今后上报的案卷，已有案卷不变"]
    category = await office.category("占道经营")
    assert (category.limit_amount, category.limit_unit) == (Decimal(2), TimeUnit.WORKING_DAY)

    await case_desk.step(waiting, CaseEvent.REGISTER, staff, at=monday)
    waiting = await case_desk.step(waiting, CaseEvent.DISPATCH, staff, at=monday, change=to_unit)
    fresh = await case_desk.report(reporter, category, at=monday)
    await case_desk.step(fresh, CaseEvent.REGISTER, staff, at=monday)
    fresh = await case_desk.step(fresh, CaseEvent.DISPATCH, staff, at=monday, change=to_unit)
    office.session.expire_all()
    for case in (running, waiting, fresh):
        await office.session.refresh(case)
    for case in (running, waiting):
        assert (case.limit_amount, case.limit_unit) == (Decimal(4), TimeUnit.WORKING_HOUR)
        assert (case.standard, case.indicator) == ("摊点撤离", "主次干道无占道经营")
        assert case.limit_at == local(12, 14, 15)
    assert (fresh.limit_amount, fresh.limit_unit) == (Decimal(2), TimeUnit.WORKING_DAY)
    assert (fresh.standard, fresh.indicator) == ("摊点撤离，无回潮", "新指标")
    assert fresh.limit_at == local(12, 16, 9)


async def test_a_case_goes_on_when_its_category_is_out_of_use(
    office: Office, world: World, case_desk: CaseDesk, local: Local
) -> None:
    await office.import_(STALLS, SHOPS)
    case = await case_desk.report(world.other_liaison, await office.category("占道经营"), at=local(12, 14, 9))
    await office.import_(SHOPS)
    await case_desk.step(case, CaseEvent.REGISTER, world.office, at=local(12, 14, 9))
    to_unit = StepDetails(unit_id=world.unit.id)
    case = await case_desk.step(case, CaseEvent.DISPATCH, world.office, at=local(12, 14, 9), change=to_unit)
    assert case.limit_at == local(12, 14, 15)


async def test_a_plan_that_has_grown_old_goes_by_what_is_there(office: Office) -> None:
    """Somebody else imports between the preview and the answer to its question."""
    plan = await office.plan(STALLS, SHOPS)
    await office.import_((*STALLS[:4], "别的标准", *STALLS[5:]), RUBBISH)
    await apply_categories(office.session, plan, now=office.now)
    assert (await office.category("占道经营")).standard == "摊点撤离"
    assert len(await categories.all_categories(office.session)) == 3


async def test_known_places_are_written_changed_and_retired(office: Office, world: World) -> None:
    assert statuses(await office.import_points(MARKET, STATION)) == ["new", "new"]
    market = await office.point("东风农贸市场")
    assert (market.unit_id, market.address) == (world.other_unit.id, "东风路12号")
    assert (market.longitude, market.latitude, market.active) == (117.1236, 36.6582, True)
    station = await office.point("东风汽车站")
    assert (station.address, station.longitude, station.latitude) == (None, None, None)
    again = await office.plan_points(MARKET, STATION)
    assert (statuses(again), again.changes_anything) == (["unchanged", "unchanged"], False)
    # A blank address or position clears nothing; a place that is left out goes out of use.
    moved = ("东风 农贸市场", "东风街道", "东风路14号", None, None)
    plan = await office.import_points(moved, after=timedelta(days=1))
    assert (statuses(plan), list(plan.missing.values())) == (["changed"], [("东风街道", "东风汽车站")])
    market, station = await office.point("东风农贸市场"), await office.point("东风汽车站")
    assert (market.address, market.longitude, market.latitude) == ("东风路14号", 117.1236, 36.6582)
    assert (market.active, station.active) == (True, False)
    assert await categories.points_named(office.session, ["东风"], 5) == [market]
    back = await office.import_points(moved, STATION)
    assert statuses(back) == ["unchanged", "changed"]
    assert (await office.point("东风汽车站")).id == station.id
    assert [kind for kind, *_ in await office.audits()] == ["inspection_point"] * 5


async def test_a_place_that_is_refused_stays_in_use(office: Office) -> None:
    await office.import_points(MARKET, STATION)
    plan = await office.import_points(MARKET, ("东风汽车站", "城管局", None, None, None))
    assert ([one.name for one in plan.refused], plan.missing) == (["东风汽车站"], {})
    assert (await office.point("东风汽车站")).active


async def test_nothing_is_half_saved(database: Database, now: datetime, campaign: Campaign) -> None:
    """The last line of the plan cannot be written: its unit is gone by then."""
    async with database.transaction() as session:
        await Roster(session, now, campaign).unit("城管局")
        plan = await Office(session, now).plan(STALLS, SHOPS)
    gone = [plan.lines[0], replace(plan.lines[1], fields={**plan.lines[1].fields, "unit_id": 10**6})]
    plan = replace(plan, lines=gone)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await apply_categories(session, plan, now=now)
    async with database.reading() as session:
        assert await categories.all_categories(session) == []
        assert (await session.exec(select(Audit))).all() == []
