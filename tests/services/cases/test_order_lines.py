"""What `/figures` lists of units: orders that the case has left behind, and which of them can be opened."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.cases import Case
from models.db import Session
from rules.cases.case_figures import CaseCount, FigureBreakdown
from rules.cases.case_lifecycle import CaseEvent
from rules.periods import FigurePeriod
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.cases.lists import case_figure_views
from services.cases.lists.case_figure_views import FigureSelection
from services.views import View
from tests.services.conftest import Local, World
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, CaseDesk
from tests.support.turns import turn_for

NOTE = "按单位统计的是督办单"


@pytest.fixture
def later(local: Local) -> datetime:
    """The moment at which the figures are asked for."""
    return local(12, 18, 9)


async def behind(
    session: Session,
    reader: Actor,
    at: datetime,
    campaign: Campaign,
    count: CaseCount,
    unit_id: int | None = None,
) -> View:
    by = None if unit_id is None else FigureBreakdown.UNIT
    asked = FigureSelection(FigurePeriod.WEEK, at, by, unit_id)
    turn = turn_for(session, reader, at, campaign)
    return await case_figure_views.behind(turn, asked, count, offset=0)


def lines_of(view: View) -> list[str]:
    return view.plain("zh").splitlines()[3:]


def opened(view: View) -> list[int]:
    return [one.arguments["case_id"] for row in view.rows for one in row if one.action == "case.card"]


async def dispatched(desk: CaseDesk, world: World, at: datetime) -> Case:
    """The limit is 4 working hours: dispatched at 9:00, due at 15:00."""
    case = await desk.report(world.office, await desk.category(), at=at)
    return await desk.bring(case, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=at)


async def reassigned(desk: CaseDesk, world: World, start: datetime, at: datetime) -> Case:
    case = await dispatched(desk, world, start)
    change = StepDetails(unit_id=world.other_unit.id, reason="不属本单位职责")
    return await desk.step(case, CaseEvent.REASSIGN, world.office, at=at, change=change)


async def test_a_late_order_stays_with_the_unit_that_had_it(
    session: Session, world: World, case_desk: CaseDesk, local: Local, later: datetime, campaign: Campaign
) -> None:
    case = await reassigned(case_desk, world, local(12, 15, 9), local(12, 15, 16))
    for reader in (world.leader, world.office):
        view = await behind(session, reader, later, campaign, CaseCount.DUE, world.unit.id)
        assert lines_of(view) == [
            "1. 20261215-0001 街面秩序·占道经营 人民路12号｜城管局 第1次派遣（12月15日09:00）"
            "｜已改派（超时）｜12月15日15:00前"
        ]
        mine = [case.id] if reader is world.office else []
        assert (opened(view), list(view.case_ids)) == (mine, mine), "the case is with another unit"
    new = await behind(session, world.office, later, campaign, CaseCount.DUE, world.other_unit.id)
    assert "东风街道 第2次派遣（12月15日16:00）｜处置中·已超时｜" in new.plain("zh")
    district = await behind(session, world.office, later, campaign, CaseCount.DUE)
    assert len(lines_of(district)) == 1
    assert "次派遣" not in district.plain("zh"), "a case of the district is listed as it stands"


async def test_an_order_that_went_in_time_leaves_nothing(
    session: Session, world: World, case_desk: CaseDesk, local: Local, later: datetime, campaign: Campaign
) -> None:
    await reassigned(case_desk, world, local(12, 15, 9), local(12, 15, 15))
    for count in (CaseCount.REGISTERED, CaseCount.DUE):
        assert lines_of(await behind(session, world.leader, later, campaign, count)) == []


async def test_a_unit_that_had_a_case_twice_sees_which_order_is_which(
    session: Session, world: World, case_desk: CaseDesk, local: Local, later: datetime, campaign: Campaign
) -> None:
    first, late, again = local(12, 15, 9), local(12, 15, 16), local(12, 16, 9)
    case = await dispatched(case_desk, world, first)
    sides = {"office": world.office, "unit": world.liaison}
    await case_desk.bring(case, *TO_CLOSED[2:], **sides, at=late)
    await case_desk.step(case, CaseEvent.REOPEN, world.office, at=again, change=StepDetails(reason="反弹"))
    closed = await behind(session, world.leader, later, campaign, CaseCount.CLOSED)
    assert ["第1次派遣" in line and "已结案（超时）" in line for line in lines_of(closed)] == [True]
    assert opened(closed) == [], "no unit holds the case"
    await case_desk.bring(case, CaseEvent.DISPATCH, *TO_CLOSED[2:], **sides, at=again)
    view = await behind(session, world.leader, later, campaign, CaseCount.CLOSED)
    assert [line.split("｜", 1)[1] for line in lines_of(view)] == [
        "城管局 第1次派遣（12月15日09:00）｜已结案（超时）｜12月15日15:00前",
        "城管局 第2次派遣（12月16日09:00）｜已结案（按期）｜12月16日15:00前",
    ]
    assert opened(view) == [case.id, case.id]
    assert list(view.case_ids) == [case.id]
    district = await behind(session, world.office, later, campaign, CaseCount.CLOSED)
    assert len(lines_of(district)) == 1


async def test_a_case_with_one_order_reads_as_everywhere(
    session: Session, world: World, case_desk: CaseDesk, local: Local, later: datetime, campaign: Campaign
) -> None:
    await dispatched(case_desk, world, local(12, 15, 9))
    view = await behind(session, world.leader, later, campaign, CaseCount.DUE)
    assert lines_of(view) == ["1. 20261215-0001 街面秩序·占道经营 人民路12号｜待签收·已超时｜12月15日15:00前"]


async def test_what_is_counted_is_said(
    session: Session, world: World, case_desk: CaseDesk, local: Local, later: datetime, campaign: Campaign
) -> None:
    await dispatched(case_desk, world, local(12, 15, 9))
    asked = FigureSelection(FigurePeriod.WEEK, later)
    one = FigureSelection(FigurePeriod.WEEK, later, FigureBreakdown.UNIT, world.unit.id)
    office, leader = (turn_for(session, one, later, campaign) for one in (world.office, world.leader))
    said = {
        "district": await case_figure_views.overview(office, asked),
        "a unit": await case_figure_views.overview(office, one),
        "a leader's": await case_figure_views.overview(leader, asked),
        "units": await case_figure_views.breakdown(office, asked, FigureBreakdown.UNIT, offset=0),
        "categories": await case_figure_views.breakdown(office, asked, FigureBreakdown.CATEGORY, offset=0),
        "theirs": await case_figure_views.breakdown(leader, asked, FigureBreakdown.CATEGORY, offset=0),
    }
    noted = {name for name, view in said.items() if NOTE in view.plain("zh")}
    assert noted == {"a unit", "a leader's", "units", "theirs"}
