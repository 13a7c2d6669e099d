"""Leaders and groups read of cases: in the brief, the tally, on the board and on a unit's card, by scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import select

from models.cases import Case, case_standing
from models.cases.case_standing import LISTED, CaseStanding
from models.db import Session
from models.groups import GroupTally
from reports.tally import TallyStanding
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from rules.working_time import TimeUnit
from services.access import Actor
from services.campaign import Campaign
from services.groups import boards
from services.people import unit_card
from services.tallies import brief_pushes, briefs
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import buttons, keys, line
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

SIGNED = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)


@pytest.fixture
async def cases(world: World, roster: Roster, case_desk: CaseDesk, local: Local) -> None:
    """城管局 on Wednesday the 16th at eight: one order over, one due at noon, one closed, one unsigned.

    东风街道 has an order that is over, too.
    """
    category = await case_desk.category(unit=world.unit, amount=4, measure=TimeUnit.WORKING_HOUR)
    for events, at in (
        (SIGNED, local(12, 15, 9)),
        (SIGNED, local(12, 15, 16)),
        (TO_CLOSED, local(12, 15, 10)),
        (TO_DISPATCHED, local(12, 16, 7)),
    ):
        case = await case_desk.report(world.office, category, at=at)
        await case_desk.bring(case, *events, office=world.office, unit=world.responsible, at=at)
    case = await case_desk.report(world.office, category, at=local(12, 14, 9))
    await case_desk.bring(case, *SIGNED, office=world.office, unit=world.other_liaison, at=local(12, 14, 9))


async def brief(session: Session, reader: Actor, at: datetime, campaign: Campaign) -> View:
    return await briefs.brief(turn_for(session, reader, at, campaign))


async def test_a_leaders_brief_tells_of_the_cases_of_their_units(
    session: Session, world: World, cases: None, local: Local, campaign: Campaign
) -> None:
    view = await brief(session, world.leader, local(12, 16, 8), campaign)
    counts = {"registered": 4, "closed": 1, "due": 2, "unsigned": 1}
    assert line(view, "tally.cases").values == counts
    assert line(view, "tally.overdue_orders").values["count"] == 1
    assert line(view, "tally.overdue_order").values["unit"] == "城管局"
    assert "时限12月15日15:00" in view.plain("zh")
    (overdue,) = buttons(view, "caselist.open")
    assert overdue.arguments["which"] == "red"


async def test_the_district_reads_of_all_units(
    session: Session, world: World, cases: None, local: Local, campaign: Campaign
) -> None:
    view = await brief(session, world.office, local(12, 16, 8), campaign)
    assert line(view, "tally.overdue_orders").values["count"] == 2
    named = [one.values["unit"] for one in view.lines if one.key == "tally.overdue_order"]
    assert named == ["东风街道", "城管局"], "the longest overdue first"


async def test_all_is_well_never_stands_beside_overdue_orders(
    session: Session, world: World, roster: Roster, cases: None, local: Local, campaign: Campaign
) -> None:
    at = local(12, 16, 8)
    view = await brief(session, world.leader, at, campaign)
    assert "✅" not in view.plain("zh")
    assert "tally.none_late_but_orders" in keys(view)
    for case in await session.exec(select(Case)):
        case.state = CaseState.CLOSED
    await session.flush()
    assert "tally.none_late" in keys(await brief(session, world.leader, at, campaign))


async def test_the_morning_brief_is_no_line_of_no_news_then(
    session: Session, world: World, cases: None, local: Local, campaign: Campaign
) -> None:
    account = world.leader.contact.telegram_user_id
    promised = await brief_pushes.brief_tick(tick_for(session, local(12, 16, 8), campaign))
    (mine,) = [one for one in promised if one.chat == account]
    assert "tally.cases" in keys(mine.view)


async def test_without_cases_nothing_is_said_of_them(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    view = await brief(session, world.leader, local(12, 16, 8), campaign)
    assert "tally.cases" not in keys(view)
    assert buttons(view, "caselist.open") == []


async def test_a_groups_tally_keeps_what_it_said_of_cases(
    session: Session, world: World, cases: None, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(session, world.office, local(12, 15, 20), campaign)
    (view,) = await tallied.run(session, local(12, 16, 18), campaign)
    assert line(view, "tally.overdue_orders").values["count"] == 4
    (sent,) = await session.exec(select(GroupTally))
    kept = TallyStanding.from_json(sent.frozen)
    assert kept.cases.overdue == 4
    assert [one.unit for one in kept.cases.named] == ["东风街道", "城管局", "城管局", "城管局"]


def test_a_tally_of_before_says_nothing_of_cases() -> None:
    kept = TallyStanding({}, [], [], []).to_json()
    del kept["cases"]
    assert TallyStanding.from_json(kept).cases == CaseStanding()


async def test_the_board_and_the_units_card(
    session: Session, world: World, cases: None, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(session, world.office, local(12, 15, 20), campaign)
    at = local(12, 16, 8)
    shown = await boards.render(tick_for(session, at, campaign), 1)
    assert shown is not None
    assert line(shown[0], "tally.cases").values["registered"] == 1, "of today alone"
    assert line(shown[0], "tally.overdue_orders").values["count"] == 2
    card = await unit_card.card(turn_for(session, world.leader, at, campaign), world.unit.id or 0)
    assert line(card, "tally.cases").values == {"registered": 4, "closed": 1, "due": 2, "unsigned": 1}
    assert line(card, "tally.overdue_orders").values["count"] == 1


async def test_of_many_overdue_orders_the_oldest_are_named_and_the_rest_counted(
    session: Session, world: World, case_desk: CaseDesk, local: Local, campaign: Campaign
) -> None:
    category = await case_desk.category(unit=world.unit, amount=1, measure=TimeUnit.WORKING_HOUR)
    for hour in range(LISTED + 5):
        at = local(12, 14, 8) + timedelta(minutes=hour)
        case = await case_desk.report(world.office, category, at=at)
        await case_desk.bring(case, *SIGNED, office=world.office, unit=world.responsible, at=at)
    view = await brief(session, world.leader, local(12, 16, 8), campaign)
    assert sum(one.key == "tally.overdue_order" for one in view.lines) == 5
    assert line(view, "tally.more_overdue_orders").values["count"] == LISTED


async def test_the_counts_are_those_of_a_recount(
    session: Session, world: World, roster: Roster, case_desk: CaseDesk, local: Local, campaign: Campaign
) -> None:
    """Sixty cases in drawn states, counted again one by one, for all and for one unit."""
    dice = Random(16)  # noqa: S311  # the same cases in each run
    category = await case_desk.category(unit=world.unit, amount=4, measure=TimeUnit.WORKING_HOUR)
    paths = ((), (CaseEvent.REGISTER,), TO_DISPATCHED, SIGNED, TO_FED_BACK, TO_CLOSED)
    for _ in range(60):
        at = local(12, 14, 8) + timedelta(minutes=dice.randint(0, 60 * 47))
        case = await case_desk.report(world.office, category, at=at)
        unit = dice.choice([world.responsible, world.other_liaison])
        await case_desk.bring(case, *dice.choice(paths), office=world.office, unit=unit, at=at)
    now, since, begins, ends = local(12, 16, 10), local(12, 15, 18), local(12, 16), local(12, 17)
    found = list(await session.exec(select(Case)))
    for units in (None, [world.unit.id or 0]):
        mine = [case for case in found if units is None or case.unit_id in units]
        running = [case for case in mine if case.state in RUNNING and case.limit_at is not None]
        counted = await case_standing.standing(session, since=since, at=now, day_ends=ends, unit_ids=units)
        assert replace(counted, named=()) == CaseStanding(
            registered=sum(since < one.registered_at <= now for one in mine if one.registered_at),
            closed=sum(since < one.closed_at <= now for one in mine if one.closed_at),
            due_today=sum(begins <= one.limit_at < ends for one in running if one.limit_at),
            unsigned=sum(one.state is CaseState.DISPATCHED for one in mine),
            overdue=sum(one.limit_at < now for one in running if one.limit_at),
        )
        assert counted.overdue > LISTED / 2
