"""When a nag's message does not go out, its duties are told to another person, or later."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import Contact, ContactState, Unit
from models.people.absences import Absence
from models.tasks import Task
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.nags import nag_engine
from services.people import enrolment
from tests.bot.desk import Desk, account
from tests.support.people import Roster
from tests.support.turns import tick_for

pytestmark = pytest.mark.both_engines("outbox")

NINE = timedelta(minutes=15)


async def late(desk: Desk) -> tuple[Contact, Contact]:
    """Set up a late task: it was due on the 14th, and it is now 09:00 on the 15th.

    Return the unit's 联络员 and the task's 责任人.
    """
    liaison, responsible = await desk.contact("联络员", Role.LIAISON), await desk.contact("责任人")
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = await session.get_one(Unit, responsible.unit_id)
        task = await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 14), responsible)
        task.created_at = task.assigned_at = desk.clock.moment - timedelta(days=7)
        session.add(task)
    desk.clock.moment += NINE
    return liaison, responsible


async def tick(desk: Desk, after: timedelta = timedelta()) -> list[int | None]:
    """Let time pass, run the nag tick, and return the chats that are promised something about the task."""
    desk.clock.moment += after
    async with desk.database.transaction() as session:
        planned = await nag_engine.tick(tick_for(session, desk.clock.moment, desk.campaign))
    desk.sender.wake()
    return [one.chat for one in planned if "task" in one.subjects]


async def nags_of(desk: Desk, contact: Contact) -> list[tuple[NagState, NagReason | None]]:
    async with desk.database.reading() as session:
        query = select(Nag).where(Nag.contact_id == contact.id).order_by(col(Nag.id))
        return [(nag.state, nag.reason) for nag in await session.exec(query)]


async def test_when_the_deputy_s_days_end_on_the_way_who_is_back_hears(desk: Desk) -> None:
    liaison, responsible = await late(desk)
    day = date(2026, 12, 15)
    away = Absence(
        contact_id=responsible.id or 0,
        deputy_id=liaison.id or 0,
        first=day,
        last=day,
        made_by=responsible.id or 0,
        made_at=desk.clock.moment,
    )
    async with desk.database.transaction() as session:
        session.add(away)
    assert await tick(desk) == [account(liaison)]
    async with desk.database.transaction() as session:
        await session.execute(sa.delete(Absence))
    desk.start()
    await desk.until_settled()
    assert await desk.texts(account(liaison)) == []
    assert await tick(desk, timedelta(minutes=1)) == [account(responsible)]
    await desk.until_settled()
    (text,) = await desk.texts(account(responsible))
    assert "清理违规广告牌匾" in text
    assert await tick(desk, timedelta(minutes=1)) == []


async def test_who_has_blocked_the_bot_is_heard_for_in_that_slot(desk: Desk) -> None:
    liaison, responsible = await late(desk)
    await desk.people.block(account(responsible))
    assert await tick(desk) == [account(responsible)]
    desk.start()
    await desk.until_settled()
    assert await tick(desk, timedelta(minutes=1)) == [account(liaison)]
    await desk.until_settled()
    (text,) = await desk.texts(account(liaison))
    assert "责任人" in text
    assert await tick(desk, timedelta(minutes=1)) == []


@pytest.mark.parametrize("exempt", [False, True])
async def test_a_nag_that_could_not_go_out_by_day_waits_for_the_morning(exempt: bool, desk: Desk) -> None:
    _, responsible = await late(desk)
    assert await tick(desk) == [account(responsible)]
    async with desk.database.transaction() as session:
        await session.execute(sa.update(Nag).values(exempt=exempt))
    desk.clock.moment += timedelta(hours=14)
    desk.start()
    await desk.until_settled()
    assert len(await desk.texts(account(responsible))) == exempt
    if exempt:
        return
    assert set(await nags_of(desk, responsible)) == {(NagState.WAITING, NagReason.QUIET)}
    assert await tick(desk, timedelta(hours=8)) == []
    assert await tick(desk, timedelta(hours=1, minutes=30)) == []
    # The message also has what that morning says about the task itself.
    assert await tick(desk, timedelta(minutes=30)) == [account(responsible)]
    await desk.until_settled()
    (text,) = await desk.texts(account(responsible))
    assert text.count("清理违规广告牌匾") == 1


async def test_what_went_out_on_no_day_is_said_with_the_next_day_s(desk: Desk) -> None:
    """A hint that comes only once is not lost when Telegram is out of reach for a day."""
    _, responsible = await late(desk)
    leader = await desk.contact("分管领导", Role.LEADER_IN_CHARGE)
    assert account(leader) in await tick(desk)
    desk.clock.moment += timedelta(days=1, hours=1)
    desk.start()
    await desk.until_settled()
    assert await desk.texts(account(leader)) == []
    assert await nags_of(desk, leader) == [(NagState.WAITING, NagReason.OUTAGE)]
    # The 责任人 gets the daily reminder of the 16th in one message, and nothing of the 15th beside it.
    assert await tick(desk) == [account(responsible)]
    await desk.until_settled()
    assert sorted(await tick(desk, timedelta(hours=23)), key=str) == [account(responsible), account(leader)]
    await desk.until_settled()
    assert len(await desk.texts(account(responsible))) == 2
    (text,) = await desk.texts(account(leader))
    assert "清理违规广告牌匾" in text
    assert text.count("清理违规广告牌匾") == 1


async def test_what_is_left_out_of_a_message_goes_to_whoever_hears_of_it_now(desk: Desk) -> None:
    """A duty left out of a message goes to the person who hears of it now.

    The 联络员 is to hear of their own task, and of another person's task. That person is back before the
    message goes out.
    """
    liaison, responsible = await late(desk)
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment - NINE, desk.campaign)
        unit = await session.get_one(Unit, responsible.unit_id)
        await roster.task(unit, "清理小广告", date(2026, 12, 14), liaison)
        away = await session.get_one(Contact, responsible.id)
        away.state = ContactState.UNREACHABLE
        session.add(away)
    assert await tick(desk) == [account(liaison)]
    async with desk.database.transaction() as session:
        back = await session.get_one(Contact, responsible.id)
        back.state = ContactState.ENROLLED
        session.add(back)
    desk.start()
    await desk.until_settled()
    (text,) = [one for one in await desk.texts(account(liaison)) if "【任务提醒】" in one]
    assert "清理小广告" in text
    assert "清理违规广告牌匾" not in text
    assert await tick(desk, timedelta(minutes=1)) == [account(responsible)]
    assert await tick(desk, timedelta(minutes=1)) == []


async def test_what_was_done_before_it_went_out_uses_up_no_push(desk: Desk) -> None:
    _, responsible = await late(desk)
    assert await tick(desk) == [account(responsible)]
    async with desk.database.transaction() as session:
        await session.execute(sa.update(Task).values(state=TaskState.COMPLETED))
    desk.start()
    await desk.until_settled()
    await tick(desk, timedelta(minutes=1))
    assert set(await nags_of(desk, responsible)) == {(NagState.MOOT, NagReason.DONE)}


# -- another account -----------------------------------------------------------------------------------


async def rebound(desk: Desk, contact: Contact, new: int) -> None:
    """Let the office move the contact to another account."""
    await desk.people.create_user(contact.name, id=new)
    desk.telegram.world.chats[new].started = True
    async with desk.database.transaction() as session:
        found = await session.get_one(Contact, contact.id)
        await enrolment.bind_account(session, found, new, now=desk.clock.moment, actor_id=contact.id or 0)


async def outcome(desk: Desk, key: str) -> tuple[DeliveryState, int, int]:
    async with desk.database.reading() as session:
        row = (await session.exec(select(Outbox).where(Outbox.dedupe_key == key))).one()
    return row.state, row.chat_id, row.parts_sent


async def test_what_was_promised_to_the_former_account_goes_to_the_new_one(desk: Desk) -> None:
    contact, new = await desk.contact("责任人"), 6_200_000_001
    await desk.promise("一", to=contact)
    # The row is as if it was promised while the account was changing.
    await rebound(desk, contact, new)
    async with desk.database.transaction() as session:
        await session.execute(
            sa.update(Outbox).where(col(Outbox.dedupe_key) == "一").values(chat_id=account(contact))
        )
    desk.start()
    await desk.until_state("一", DeliveryState.SENT)
    assert "一" not in await desk.texts(account(contact))
    assert "一" in await desk.texts(new)


@pytest.mark.parametrize("blocked", [False, True])
async def test_what_comes_of_a_call_to_the_former_account_says_nothing_about_the_new_one(
    blocked: bool, desk: Desk
) -> None:
    contact, new = await desk.contact("责任人"), 6_200_000_001
    await desk.promise("一", to=contact)
    await desk.people.fail("sendMessage", chat=account(contact), mode="delay", seconds=0.3)
    if blocked:
        await desk.people.block(account(contact))
    desk.start()
    await desk.people.wait_for_call("sendMessage", answered=False)
    await rebound(desk, contact, new)
    await desk.until_state("一", DeliveryState.SENT)
    assert await outcome(desk, "一") == (DeliveryState.SENT, new, 1)
    assert "一" in await desk.texts(new)
    async with desk.database.reading() as session:
        assert (await session.get_one(Contact, contact.id)).reachable


async def test_a_refusal_by_the_former_account_does_not_lose_the_new_one(desk: Desk, now: datetime) -> None:
    contact, new = await desk.contact("责任人"), 6_200_000_001
    await rebound(desk, contact, new)
    async with desk.database.transaction() as session:
        await enrolment.lose_contact(session, account(contact), now=now, today=now.date())
    async with desk.database.reading() as session:
        assert (await session.get_one(Contact, contact.id)).reachable
