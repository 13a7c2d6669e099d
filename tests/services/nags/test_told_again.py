"""What is said only once and perhaps did not arrive: it is told once more, marked, and counted nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.people import Contact
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import rendering, resending
from services.nags import nag_digest, nag_engine, nag_records, reminders
from tests.services.conftest import Local, World
from tests.services.nags.coloured import Ladder
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.usefixtures("colours_at_once")

MARK = "（可能重复）"
# A Friday afternoon: an order of nine working days from the 8th has turned blue. The section hears only that.
BLUE = datetime(2026, 10, 16, 6, 0, tzinfo=UTC)


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


async def lose(ladder: Ladder, name: str, at: datetime) -> tuple[Outbox, bool]:
    """Let the last message to a person end unknown; whether all of it is told once more."""
    query = select(Outbox).join(Contact, col(Contact.id) == col(Outbox.contact_id))
    query = query.where(Outbox.view == "nag", Contact.name == name).order_by(col(Outbox.id).desc())
    row = (await ladder.session.exec(query.limit(1))).one()
    new, unknown = [DeliveryState.NEW], DeliveryState.UNKNOWN
    assert await messages.move_delivery(ladder.session, id_of(row), new, unknown)
    await ladder.session.refresh(row)
    turn = tick_for(ladder.session, at, ladder.campaign)
    return row, await rendering.unconfirmed(turn, row)


async def test_a_colour_is_told_once_more_at_the_next_slot_with_a_mark(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14), amount=9)
    await ladder.scan(BLUE)
    assert (await lose(ladder, "科员乙", BLUE))[1]
    assert "科员乙" not in await ladder.scan(BLUE + timedelta(hours=2))
    kind, text = (await ladder.scan(local(10, 19, 9)))["科员乙"]
    assert kind is MessageKind.HINT
    assert MARK in text
    assert case.number in text


async def test_it_is_told_once_more_and_not_again(ladder: Ladder, local: Local) -> None:
    await ladder.case(local(10, 8, 14), amount=9)
    await ladder.scan(BLUE)
    assert (await lose(ladder, "科员乙", BLUE))[1]
    assert "科员乙" in await ladder.scan(local(10, 19, 9))
    assert not (await lose(ladder, "科员乙", local(10, 19, 9)))[1], "the office decides now"
    assert "科员乙" not in await ladder.scan(local(10, 20, 9))


async def test_what_was_mended_meanwhile_is_not_told(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14), amount=9)
    await ladder.scan(BLUE)
    await lose(ladder, "科员乙", BLUE)
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, BLUE + timedelta(hours=1))
    assert await ladder.scan(local(10, 19, 9)) == {}


async def test_later_news_of_the_same_case_is_no_repeat(ladder: Ladder, local: Local) -> None:
    """The case turns red over night: the leader hears that, and not what was said before."""
    await ladder.case(local(10, 8, 14))
    await ladder.scan(local(10, 12, 9, 36))
    assert (await lose(ladder, "分管领导丁", local(10, 12, 9, 36)))[1]
    _, text = (await ladder.scan(local(10, 13, 9)))["分管领导丁"]
    assert MARK not in text
    assert "🔴" in text


async def test_the_office_sends_it_again_and_it_does_not_come_besides(ladder: Ladder, local: Local) -> None:
    await ladder.case(local(10, 8, 14), amount=9)
    await ladder.scan(BLUE)
    row, _ = await lose(ladder, "科员乙", BLUE)
    office = turn_for(ladder.session, ladder.office, BLUE + timedelta(hours=1), ladder.campaign)
    await resending.resend(office, id_of(row))
    assert "科员乙" not in await ladder.scan(local(10, 19, 9))


async def test_what_has_a_next_slot_waits_for_it(ladder: Ladder, local: Local) -> None:
    """The order is red and overdue since yesterday; the 责任人 hears each day."""
    await ladder.case(local(10, 8, 14))
    for at in (local(10, 13, 14, 1), local(10, 14, 9)):
        await ladder.scan(at)
    row, whole = await lose(ladder, "责任人甲", local(10, 14, 9))
    assert not whole
    waiting = select(Nag).where(Nag.state == NagState.WAITING, Nag.contact_id == row.contact_id)
    assert (await ladder.session.exec(waiting)).all() == []
    _, text = (await ladder.scan(local(10, 15, 9)))["责任人甲"]
    assert MARK not in text


# -- what it counts for --------------------------------------------------------------------------------


async def late_task(session: Session, world: World, local: Local, campaign: Campaign) -> Outbox:
    """A nag of the morning to the 责任人, of which nobody knows whether it arrived."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    session.add(world.task)
    await nag_engine.tick(tick_for(session, local(12, 15, 9), campaign))
    theirs = select(Outbox).where(Outbox.view == "nag", Outbox.contact_id == world.responsible.id)
    row = (await session.exec(theirs)).one()
    await messages.move_delivery(session, id_of(row), [DeliveryState.NEW], DeliveryState.UNKNOWN)
    return row


async def test_an_unknown_nag_is_no_nag_of_today(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The office may nag by hand at once, and reads that it does not count."""
    await late_task(session, world, local, campaign)
    office = turn_for(session, world.office, local(12, 15, 10), campaign)
    today = await reminders.reminded_today(office)
    assert (world.responsible.id, world.task_id) not in today
    shown = (await nag_digest.digest_view(office, date(2026, 12, 15), None)).plain("zh")
    assert plain(Text("nags.digest_unconfirmed", count=1)) in shown
    assert "已催办责任人" not in shown
    records = (await nag_records.of_subject(office, "task", world.task_id)).plain("zh")
    assert plain(Text("nags.record.unconfirmed", count=1)) in records


async def test_a_nag_that_arrived_counts(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    row = await late_task(session, world, local, campaign)
    await messages.move_delivery(session, id_of(row), [DeliveryState.UNKNOWN], DeliveryState.SENT)
    office = turn_for(session, world.office, local(12, 15, 10), campaign)
    assert (world.responsible.id, world.task_id) in await reminders.reminded_today(office)
    shown = (await nag_digest.digest_view(office, date(2026, 12, 15), None)).plain("zh")
    assert "已催办责任人 1 人、1 项" in shown
    records = (await nag_records.of_subject(office, "task", world.task_id)).plain("zh")
    assert "不计入" not in records


async def test_the_hint_of_a_row_of_missing_signatures_is_told_once_more(
    session: Session, roster: Roster, world: World, local: Local, campaign: Campaign
) -> None:
    """A 提示 about a missing 签收 has one rung for those above; the 责任人 has one each day."""
    world.task.state, world.task.deadline = TaskState.ASSIGNED, date(2027, 3, 1)
    session.add(world.task)
    for at in (local(12, 15, 9), local(12, 16, 9), local(12, 17, 9), local(12, 18, 9)):
        await nag_engine.tick(tick_for(session, at, campaign))
    hint = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.HINT))).one()
    await messages.move_delivery(session, id_of(hint), [DeliveryState.NEW], DeliveryState.UNKNOWN)
    assert await rendering.unconfirmed(tick_for(session, local(12, 18, 9), campaign), hint)
    planned = await nag_engine.tick(tick_for(session, local(12, 21, 9), campaign))
    (again,) = [one for one in planned if one.chat == world.leader.contact.telegram_user_id]
    assert MARK in (await again.made()).view.plain("zh")
