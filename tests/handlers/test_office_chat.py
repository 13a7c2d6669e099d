"""Buttons of lists, orders and notices, pressed in the chat."""

from __future__ import annotations

from datetime import date

from sqlmodel import select

from models.db import Database
from models.delivery import messages
from models.delivery.messages import Outbox
from models.tasks import Task
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.tasks.task_lifecycle import TaskState
from services import outbox
from services.delivery import resending
from services.importing.jobs import import_notices
from services.views import say
from tests.handlers.conftest import People
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for


async def test_an_order_is_acknowledged_as_a_whole(chats: Chats, people: People, database: Database) -> None:
    now, campaign = chats.clock.moment, chats.campaign
    async with database.transaction() as session:
        mine = await session.get_one(Task, people.task.id)
        second = Task(**{**mine.model_dump(exclude={"id"}), "objective": "整治占道经营", "identity": "2"})
        session.add(second)
        await session.flush()
        turn = tick_for(session, now, campaign)
        await import_notices.tell(turn, [mine.id or 0, second.id or 0], "import")
    (order,) = await chats.post()
    (listed,) = await chats.press(people.responsible, order, says("tasks.acknowledge_all_button", count=2))
    assert chats.toasts[-1] == (says("tasks.acknowledged_count", count=2), False)
    assert listed.edit
    async with database.reading() as session:
        states = {task.state for task in await session.exec(select(Task)) if task.id != people.other_task.id}
    assert states == {TaskState.ACKNOWLEDGED}
    (again,) = await chats.press(people.responsible, order, says("nags.list_button"))
    assert not again.edit, "the order stays where it is"


async def test_pages_of_a_list(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        for number in range(30):
            await roster.task(people.unit, f"任务{number:02}", date(2026, 12, 31))
    first = await chats.say(people.office, "/tasks")
    (second,) = await chats.press(people.office, first, says("tasks.next_button"))
    assert second.message_id == first.message_id
    assert "任务29" in second.text
    assert "任务29" not in first.text
    (back,) = await chats.press(people.office, second, says("tasks.previous_button"))
    assert back.text == first.text


async def test_a_completed_task_is_found_and_reopened(chats: Chats, people: People) -> None:
    listed = await chats.say(people.office, "/tasks")
    (card,) = await chats.press(people.office, listed, "清理违规广告牌匾")
    await chats.press(people.office, card, says("tasks.complete_button"))
    (done,) = await chats.press(people.office, listed, says("tasks.done_list_button"))
    assert "清理违规广告牌匾" in done.text
    (card,) = await chats.press(people.office, done, "清理违规广告牌匾")
    (asked,) = await chats.press(people.office, card, says("tasks.reopen_button"))
    await chats.press(people.office, asked, says("completion.reopen_now_button"))
    assert chats.toasts[-1] == (says("completion.done_reopen"), False)


async def test_a_held_receipt_is_sent_again(chats: Chats, people: People, database: Database) -> None:
    now = chats.clock.moment
    async with database.transaction() as session:
        await outbox.enqueue(
            session, MessageKind.RECEIPT, "r", say("help.voice"), now=now, chat=(people.liaison.id, None)
        )
        row = (await session.exec(select(Outbox))).one()
        await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], DeliveryState.UNKNOWN)
        await resending.report_held(session, now=now)
    (notice,) = await chats.post()
    assert notice.chat_id == people.office.id
    label = says("outbox.resend_button")
    assert await chats.press(people.liaison, notice, label) == []
    assert chats.toasts[-1] == (says("tasks.office_only"), True)
    answers = [(await chats.press(people.office, notice, label))[0].text for _ in range(2)]
    assert answers == [says("outbox.resent"), says("outbox.not_held")]
