"""What goes along in one message: rising colours of half an hour, and the rest of a full day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import Contact
from models.tasks import Task
from rules.cases.case_lifecycle import CaseEvent
from rules.nags.snooze import SnoozeChoice
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from rules.working_time import TimeUnit
from services.campaign import Campaign
from services.nags import nag_engine, snoozing
from services.nags.messages import nag_delivery
from services.nags.messages.nag_news import EarlierNags
from services.nags.snoozing import SnoozeSubject
from tests.services.conftest import Local, World
from tests.services.nags.coloured import Ladder
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

SECOND = timedelta(seconds=1)


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


# -- rising colours ------------------------------------------------------------------------------------


async def test_colours_of_half_an_hour_come_in_one_message(ladder: Ladder, local: Local) -> None:
    """One order turns blue at 14:48, one at 14:53: both are told at three."""
    for minute, name in ((0, "占道经营"), (5, "施工围挡")):
        await ladder.case(local(10, 8, 14, minute), name=name)
    for at in (local(10, 10, 14, 48), local(10, 10, 14, 53), local(10, 10, 15) - SECOND):
        assert await ladder.scan(at) == {}
    heard = await ladder.scan(local(10, 10, 15))
    assert set(heard) == {"责任人甲", "科员乙", "创城办工作人员"}
    assert all("占道经营" in text and "施工围挡" in text for _, text in heard.values())


async def test_a_red_one_is_never_held_back_and_takes_the_others_along(ladder: Ladder, local: Local) -> None:
    """At 12:00 on Monday one is over; another has turned blue eight minutes before."""
    await ladder.case(local(10, 8, 14))
    await ladder.scan(local(10, 12, 9, 36))
    await ladder.scan(local(10, 12, 10))
    red = local(10, 12, 12) + SECOND
    await ladder.case(local(10, 9, 11, 10), name="施工围挡")
    before = local(10, 12, 11, 52)
    blue = await ladder.scan(before)
    assert blue == {}
    heard = await ladder.scan(red)
    assert "占道经营" in heard["责任人甲"][1]
    assert "施工围挡" in heard["责任人甲"][1]
    assert "占道经营" in heard["分管领导丁"][1]


async def test_an_order_by_the_hour_is_told_at_once(ladder: Ladder, local: Local) -> None:
    await ladder.case(local(10, 8, 14, 10), amount=4, measure=TimeUnit.URGENT_HOUR)
    assert await ladder.scan(local(10, 8, 16, 58)) != {}


async def test_who_sleeps_at_the_half_hour_hears_before(
    ladder: Ladder, local: Local, session: Session
) -> None:
    person = await session.get_one(Contact, ladder.responsible.id)
    person.quiet_from, person.quiet_until = time(14, 50), time(8)
    await session.flush()
    await ladder.case(local(10, 8, 14))
    heard = await ladder.scan(local(10, 10, 14, 48))
    assert set(heard) == {"责任人甲"}
    assert "责任人甲" not in await ladder.scan(local(10, 10, 15))


async def test_in_the_last_hour_the_person_hears_at_once_and_those_above_of_red_alone(
    ladder: Ladder, local: Local
) -> None:
    """An urgent order of two hours: blue after 84 minutes, yellow after 108, red after 120."""
    await ladder.case(local(10, 8, 14), amount=2, measure=TimeUnit.URGENT_HOUR)
    assert set(await ladder.scan(local(10, 8, 15, 24))) == {"责任人甲"}
    assert await ladder.scan(local(10, 8, 15, 48)) == {}, "they heard of the order within the hour"
    heard = await ladder.scan(local(10, 8, 16) + SECOND)
    assert set(heard) == {"责任人甲", "科员乙", "分管领导丁", "创城办工作人员"}
    assert all("已超时" in text for _, text in heard.values())
    assert await ladder.scan(local(10, 8, 17)) == {}


async def test_a_colour_within_the_hour_of_another_waits_until_it_is_over(
    ladder: Ladder, local: Local, session: Session
) -> None:
    """Blue was told at eleven; yellow of 11:36 is told at twelve, and red would not wait."""
    person = await session.get_one(Contact, ladder.responsible.id)
    earlier = EarlierNags(ladder.campaign)
    row = Nag(
        key="k",
        kind="order",
        subject="case",
        subject_id=1,
        cycle="1",
        slot="s",
        rung="yellow",
        contact_id=person.id,
        state=NagState.WAITING,
        due_at=local(10, 9, 11),
        created_at=local(10, 9, 11),
    )
    assert earlier.told_until(row, local(10, 9, 11)) is None
    earlier.note([row.model_copy(update={"rung": "blue"})], local(10, 9, 11))
    assert earlier.told_until(row, local(10, 9, 11, 36)) == local(10, 9, 12)
    assert earlier.told_until(row, local(10, 9, 12)) is None
    assert earlier.told_until(row.model_copy(update={"rung": "red"}), local(10, 9, 11, 36)) is None


# -- the last message of a day -------------------------------------------------------------------------


async def daily(session: Session, world: World, roster: Roster, name: str = "每日清扫") -> Task:
    """A report a day, of which the person is reminded in the afternoon."""
    task = await roster.task(world.unit, name, None, world.responsible.contact)
    task.state = TaskState.IN_PROGRESS
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    await session.flush()
    return task


async def run(session: Session, since: datetime, until: datetime, campaign: Campaign) -> None:
    moment = since
    for _ in range(300):
        await session.exec(select(Task).execution_options(populate_existing=True))
        await nag_engine.tick(tick_for(session, moment, campaign))
        moment = max(await nag_engine.next_due(session) or until, moment + SECOND)
        if moment > until:
            return
    raise AssertionError("it does not come to its end")


async def texts(session: Session, world: World, campaign: Campaign) -> dict[datetime, str]:
    query = select(Outbox).where(Outbox.contact_id == world.responsible.id, Outbox.view == "nag")
    found = {}
    for row in await session.exec(query.order_by(col(Outbox.id))):
        shown = await nag_delivery.render(tick_for(session, row.created_at, campaign), row)
        assert shown is not None
        found[row.created_at] = shown.plain("zh")
    return found


async def test_the_last_message_of_a_day_tells_the_rest_of_it(
    session: Session, world: World, roster: Roster, case_desk: CaseDesk, local: Local, campaign: Campaign
) -> None:
    """After the list of nine and an order's blue only red may come: blue tells the report of the day."""
    task = await daily(session, world, roster)
    category = await case_desk.category(unit=world.unit, amount=13, measure=TimeUnit.WORKING_HOUR)
    case = await case_desk.report(world.office, category, at=local(12, 14, 9))
    events = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
    await case_desk.bring(case, *events, office=world.office, unit=world.responsible, at=local(12, 14, 9))
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    read = await texts(session, world, campaign)
    assert list(read) == [local(12, 15, 9), local(12, 15, 10, 30), local(12, 15, 16) + SECOND]
    assert ["每日清扫" in text for text in read.values()] == [False, True, False]
    query = select(Nag).where(Nag.subject == "task", Nag.subject_id == task.id)
    (report,) = await session.exec(query.execution_options(populate_existing=True))
    assert report.state is NagState.TOLD
    assert report.settled_at is not None
    assert report.settled_at < report.due_at


async def test_with_room_left_the_report_keeps_its_hour(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await daily(session, world, roster)
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    morning, afternoon = await texts(session, world, campaign)
    assert morning == local(12, 15, 9)
    assert afternoon > local(12, 15, 15)


async def test_what_they_asked_for_again_takes_nothing_from_the_day(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """稍后提醒 until three in the afternoon: the report of the day still comes at its own hour."""
    await daily(session, world, roster)
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    turn = turn_for(session, world.responsible, local(12, 15, 9, 2), campaign)
    subject = SnoozeSubject(subject="task", subject_id=world.task_id)
    await snoozing.snooze(turn, subject, SnoozeChoice.AFTERNOON)
    await run(session, local(12, 15, 9, 3), local(12, 15, 23), campaign)
    at = list(await texts(session, world, campaign))
    assert at[:2] == [local(12, 15, 9), local(12, 15, 15)]
    assert len(at) == 3
    late = (await session.exec(select(Nag).where(Nag.reason == NagReason.BUDGET))).all()
    assert late == []


async def test_nothing_of_a_colleague_goes_along(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await daily(session, world, roster)
    colleague = await roster.contact(world.unit, "同事", Role.RESPONSIBLE_PERSON)
    other = await roster.task(world.unit, "同事的日报", None, colleague)
    other.state = TaskState.IN_PROGRESS
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    assert all("同事的日报" not in text for text in (await texts(session, world, campaign)).values())
