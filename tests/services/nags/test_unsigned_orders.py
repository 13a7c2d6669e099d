"""A 督办单 that is not signed for in time follows the policy of unsigned 交办, until somebody signs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from models.cases import Case
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, ReleaseMode, Rung, RungMeasure
from rules.nags.snooze import SnoozeChoice
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine, snoozing
from services.nags.snoozing import SnoozeSubject
from tests.services.cases.ordered import Orders
from tests.services.conftest import Local, World
from tests.services.nags.coloured import Ladder, kinds
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

NAG, HINT = MessageKind.NAG, MessageKind.HINT


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


@pytest.fixture
async def case(ladder: Ladder, local: Local) -> Case:
    """Dispatched on Monday at nine, to be signed for by Tuesday at nine, and done in ten working days."""
    return await ladder.case(local(10, 12, 9), amount=10, signed=False)


async def test_the_unit_hears_each_working_day_and_its_leader_on_the_second(
    ladder: Ladder, case: Case, local: Local
) -> None:
    assert await ladder.scan(local(10, 13, 10)) == {}
    heard = await ladder.scan(local(10, 14, 9))
    assert kinds(heard) == {"联络员丙": NAG}
    text = heard["联络员丙"][1]
    assert case.number in text
    assert "应于10月13日09:00前签收，尚未签收" in text
    assert await ladder.scan(local(10, 14, 15)) == {}
    assert kinds(await ladder.scan(local(10, 15, 9))) == {"联络员丙": NAG, "分管领导丁": HINT}
    assert kinds(await ladder.scan(local(10, 16, 9))) == {"联络员丙": NAG}
    assert await ladder.scan(local(10, 17, 9)) == {}


async def test_it_is_signed_for_by_a_button_of_the_message(
    world: World, case_desk: CaseDesk, session: Session, local: Local, campaign: Campaign
) -> None:
    """A real order of Tuesday the 15th is told of on Thursday, and no longer once it is signed for."""
    orders = Orders(case_desk, world)
    case = await orders.one()
    told = await nag_engine.tick(tick_for(session, local(12, 17, 9), campaign))
    assert case.number in {duty for one in told for duty in one.duties}
    query = select(Outbox).where(Outbox.view == "nag", Outbox.contact_id == world.liaison.id)
    row = (await session.exec(query)).one()
    shown = await rendering.render(tick_for(session, local(12, 17, 9), campaign), row)
    assert shown is not None
    said = [button for line in shown[0].rows for button in line if button.action == "nag.sign"]
    assert [button.arguments["wanted"]["case_ids"] for button in said] == [[case.id]]
    assert await orders.sign(world.liaison, case.order_id) == 1
    shown = await rendering.render(tick_for(session, local(12, 17, 10), campaign), row)
    assert shown is None or "尚未签收" not in shown[0].plain("zh")


async def test_given_to_another_it_is_theirs_to_sign(ladder: Ladder, case: Case, local: Local) -> None:
    await ladder.scan(local(10, 14, 9))
    await ladder.step(case, CaseEvent.REASSIGN, ladder.office, local(10, 14, 10), unit_id=ladder.unit.id)
    assert await ladder.scan(local(10, 15, 9)) == {}
    assert kinds(await ladder.scan(local(10, 16, 9))) == {"联络员丙": NAG}


async def test_put_off_it_comes_back_at_the_hour(
    ladder: Ladder, case: Case, session: Session, local: Local
) -> None:
    await ladder.scan(local(10, 14, 9))
    turn = turn_for(session, ladder.liaison, local(10, 14, 10), ladder.campaign)
    await snoozing.snooze(turn, SnoozeSubject(subject="case", subject_id=case.id), SnoozeChoice.TWO_HOURS)
    assert await ladder.scan(local(10, 14, 11)) == {}
    heard = await ladder.scan(local(10, 14, 12))
    assert kinds(heard) == {"联络员丙": NAG}
    assert "尚未签收" in heard["联络员丙"][1]


@pytest.mark.parametrize("release", list(ReleaseMode))
async def test_a_head_hears_of_it_only_where_releases_are_automatic(
    ladder: Ladder, case: Case, local: Local, release: ReleaseMode
) -> None:
    rung = Rung(DutyKind.UNSIGNED, 1, RungMeasure.WORKING_DAY, (Level.PRINCIPAL_LEADER,))
    policy = replace(DEFAULT, rungs=(*DEFAULT.rungs, rung), release=release)
    ladder.campaign = replace(ladder.campaign, policy=policy)
    heard = await ladder.scan(local(10, 14, 9))
    assert ("主要领导戊" in heard) is (release is ReleaseMode.AUTO)


async def test_of_yesterday_it_is_said_once_with_today_s(
    ladder: Ladder, case: Case, session: Session, local: Local
) -> None:
    """The message of Wednesday never went out."""
    await ladder.tick(local(10, 14, 9))
    (row,) = await ladder.promised()
    at = local(10, 15, 8, 30)
    assert await rendering.render(tick_for(session, at, ladder.campaign), row) is None
    await rendering.not_sent(tick_for(session, at, ladder.campaign), row, None)
    ladder.heard.add(row.id or 0)
    assert await ladder.scan(at) == {}
    heard = await ladder.scan(local(10, 15, 9))
    assert heard["联络员丙"][1].count(case.number) == 1


async def test_a_rung_before_the_limit_comes_before_it(ladder: Ladder, local: Local) -> None:
    """The rung is four working hours before Tuesday at nine."""
    rung = Rung(DutyKind.UNSIGNED, -4, RungMeasure.WORKING_HOUR, (Level.RESPONSIBLE,))
    policy = replace(DEFAULT, rungs=(*DEFAULT.rungs, rung))
    ladder.campaign = replace(ladder.campaign, policy=policy)
    case = await ladder.case(local(10, 12, 9), amount=10, signed=False)
    await ladder.tick(local(10, 12, 9))
    await ladder.session.refresh(case)
    assert case.look_at is not None
    assert case.look_at < local(10, 12, 18)
    assert kinds(await ladder.scan(case.look_at)) == {"联络员丙": NAG}
