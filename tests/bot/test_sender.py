"""Honest delivery: what the sender does after each answer of Telegram, and when no answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot.pace import Pace
from bot.telegram import Telegram
from locales import Text
from models.db import Session
from models.delivery import messages, pauses
from models.delivery.messages import Outbox, SentMessage
from rules.delivery.delivery import SLOT_MESSAGE_LIFE, DeliveryState, MessageKind
from sandbox.clock import SandboxClock
from sandbox.testing import running
from sandbox.world import World
from services import outbox
from services.duties.task_duties import TaskDuty, Tone
from services.views import View
from tests.bot.desk import MARK, Desk, account, make_bot
from tests.support.people import Roster
from tests.support.postgres import free_port

pytestmark = pytest.mark.both_engines("outbox")

SENT, RETRY, UNKNOWN = DeliveryState.SENT, DeliveryState.RETRY, DeliveryState.UNKNOWN
UNDELIVERABLE, WITHDRAWN = DeliveryState.UNDELIVERABLE, DeliveryState.WITHDRAWN
LOST_ANSWER: dict[str, dict[str, Any]] = {"drop_after": {"mode": "drop_after"}, "500": {"status": 500}}


def lost_answers(first: MessageKind, *more: MessageKind) -> pytest.MarkDecorator:
    """Cases in which a message may have arrived: its answer gets lost, or the server says that it broke."""
    cases = [(first, "drop_after"), (first, "500"), *((kind, "500") for kind in more)]
    return pytest.mark.parametrize(("kind", "fault"), cases, ids=lambda part: str(part))


def notices(rows: dict[str, Outbox], prefix: str) -> list[Outbox]:
    return [row for key, row in rows.items() if key.startswith(prefix)]


# -- messages that arrive --------------------------------------------------------------------------


async def test_messages_of_a_chat_keep_their_order_and_are_remembered(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        task = await roster.task(await roster.unit("公安交警大队"), "整治", None, contact)
    for number in range(5):
        await desk.promise(f"第{number}条", to=contact, task_ids=[task.id or 0])
    desk.start()
    rows = await desk.until_settled()
    assert [row.state for row in rows.values()] == [SENT] * 5
    assert all(row.sent_at == desk.clock.moment for row in rows.values())
    assert await desk.texts(account(contact)) == [f"第{number}条" for number in range(5)]
    async with desk.database.reading() as session:
        kept = (await session.exec(select(SentMessage))).all()
    ids = [message.message_id for message in await desk.received(account(contact))]
    assert sorted((row.message_id, row.task_id) for row in kept) == [(id, task.id) for id in ids]


async def test_what_is_committed_while_a_lane_ends_goes_out(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    desk.start()
    for number in range(20):
        await desk.promise(f"第{number}条", to=contact)
    await desk.until_settled()
    assert len(await desk.texts(account(contact))) == 20


async def test_a_lane_reads_no_more_than_a_message_needs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand nags of one minute keep Telegram's pace only if each asks the database little."""
    monkeypatch.setattr("bot.sender.LOOK_SECONDS", 60.0)
    contact, today = await desk.contact("责任人"), desk.campaign.today(desk.clock.moment)
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = await roster.unit("公安交警大队")
        keys = []
        for number in range(3):
            task = await roster.task(unit, f"整治第{number}处", today, contact)
            content = {"day": today.isoformat(), "duties": [TaskDuty(task.id or 0, Tone.NAG).to_json()]}
            keys.append(f"nag:{number}")
            body = ("nag", content)
            row = outbox.row_for(contact, MessageKind.NAG, keys[-1], body, desk.clock.moment)
            await outbox.enqueue_many(session, [row])
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(desk.database.engine.sync_engine, "before_cursor_execute", note)
    desk.start()
    await desk.until_state(keys[-1], SENT)
    sa.event.remove(desk.database.engine.sync_engine, "before_cursor_execute", note)
    assert len(await desk.texts(account(contact))) == 3
    of_chat = [one for one in asked if "outbox.chat_id = " in one and "LIMIT" in one]
    assert len(of_chat) == 3  # one for each claim; there is no other look in between or at the end
    asked_by_test = [one for one in asked if "outbox" in one and one not in of_chat]
    reads = [one for one in asked if one.startswith("SELECT") and one not in asked_by_test]
    assert len(reads) <= 6 * 3 + 1, reads  # 1: the chats that an earlier sender had to pause


async def test_what_is_promised_while_a_lane_sends_goes_out_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await desk.contact("责任人")
    inner = Telegram.send

    async def send(self: Telegram, chat_id: int, *rest: Any, **options: Any) -> int:
        message_id = await inner(self, chat_id, *rest, **options)
        if not (await desk.rows()).get("二"):
            await desk.promise("二", to=contact)
            desk.show(account(contact), "问")
        return message_id

    monkeypatch.setattr(Telegram, "send", send)
    await desk.promise("一", to=contact)
    desk.start()
    await desk.people.wait_for(account(contact), contains="问")
    assert await desk.texts(account(contact)) == ["一", "二", "问"]


@pytest.mark.parametrize("asked", [True, False])
async def test_who_begins_to_wait_is_answered_before_their_own_nag(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    """An answer goes before nags.

    Thirty people are nagged. The last of them presses a button, or is promised a receipt. The answer goes
    before the nags of the others, and their own nag keeps its place behind those.
    """
    people = [await desk.contact(f"第{number}人") for number in range(30)]
    first, last = account(people[0]), account(people[-1])
    answered, inner = asyncio.Event(), Pace.overall_turn

    async def overall_turn(self: Pace, chat_id: int, *, bulk: bool = False) -> None:
        """The pace of messages to many people, so slow that only the first leaves before the answer."""
        if bulk and chat_id != first:
            await answered.wait()
        await inner(self, chat_id, bulk=bulk)

    monkeypatch.setattr(Pace, "overall_turn", overall_turn)
    for number, person in enumerate(people):
        await desk.promise(f"催{number}", to=person, kind=MessageKind.NOTICE)
    desk.start()
    await desk.people.wait_for(first, contains="催0")
    if asked:
        desk.show(last, "答")
    else:
        await desk.promise("答", to=people[-1])
    await desk.people.wait_for(last, contains="答")
    assert [call.chat_id for call in await desk.people.calls("sendMessage")] == [first, last]
    answered.set()
    await desk.people.wait_for(last, contains="催29")
    assert await desk.texts(last) == ["答", "催29"]


# -- certainly unsent ------------------------------------------------------------------------------


async def test_no_connection_is_tried_again_and_order_is_kept(desk: Desk) -> None:
    world, port = World(clock=SandboxClock(desk.clock.moment)), free_port()
    contact = await desk.contact("责任人")
    async with running(world, port=port) as server:
        await server.client.create_user("责任人", id=account(contact))
        world.chats[account(contact)].started = True
        bot = make_bot(server)
        await bot.initialize()
    desk.new_sender(bot)
    for number in range(3):
        await desk.promise(f"第{number}条", to=contact)
    desk.start()
    await desk.until(lambda rows: rows["第0条"].state is RETRY and rows["第0条"].attempts >= 2)
    async with running(world, port=port) as server:
        desk.sender.network_is_back()
        rows = await desk.until_settled()
        found = await server.client.messages(account(contact), sender="bot")
    assert [message.text for message in found] == ["第0条", "第1条", "第2条"]
    assert [row.repeats for row in rows.values()] == [0, 0, 0]
    await desk.stop()
    await bot.shutdown()


async def test_429_pauses_that_chat_only_and_outlives_a_restart(desk: Desk) -> None:
    slow, quick = await desk.contact("甲"), await desk.contact("乙")
    parameters = {"retry_after": 600}
    await desk.people.fail("sendMessage", chat=account(slow), status=429, parameters=parameters)
    await desk.promise("甲一", to=slow)
    await desk.promise("甲二", to=slow)
    desk.start()
    row = await desk.until_state("甲一", RETRY)
    assert row.attempts == 0, "a pause is no failure"
    await desk.promise("乙一", to=quick)
    await desk.until_state("乙一", SENT)
    await desk.stop()
    desk.new_sender()
    desk.start()
    await desk.promise("乙二", to=quick)
    await desk.until_state("乙二", SENT)
    desk.sender.network_is_back()
    await desk.promise("乙三", to=quick)
    await desk.until_state("乙三", SENT)
    assert len(await desk.people.calls("sendMessage", chat=account(slow))) == 1
    await desk.stop()
    async with desk.database.transaction() as session:
        await pauses.pause_chat(session, account(slow), 1.0, datetime.now(UTC) - timedelta(seconds=2))
    desk.new_sender()
    desk.start()
    await desk.until_settled()
    assert await desk.texts(account(slow)) == ["甲一", "甲二"]


async def test_a_pause_ends_by_itself(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", status=429, parameters={"retry_after": 1})
    await desk.promise("一", to=contact)
    desk.start()
    await desk.until_state("一", SENT)
    first, second = await desk.people.calls("sendMessage")
    assert second.monotonic - first.monotonic >= 1


# -- possibly arrived ------------------------------------------------------------------------------


@lost_answers(MessageKind.RECEIPT, MessageKind.ORDER, MessageKind.NOTICE)
async def test_receipts_orders_and_notices_are_sent_again_marked(
    kind: MessageKind, fault: str, desk: Desk
) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", **LOST_ANSWER[fault])
    await desk.promise("一", to=contact, kind=kind)
    await desk.promise("二", to=contact, kind=kind)
    desk.start()
    await desk.until(lambda rows: rows["一"].repeats == 1)
    desk.sender.network_is_back()
    await desk.until_settled()
    arrived = ["一"] if fault == "drop_after" else []
    assert await desk.texts(account(contact)) == [*arrived, f"{MARK}\n一", "二"]


@lost_answers(MessageKind.NAG, *sorted(set(SLOT_MESSAGE_LIFE) - {MessageKind.NAG}))
async def test_messages_of_a_slot_hold_and_the_office_sends_them_again_once(
    kind: MessageKind, fault: str, desk: Desk
) -> None:
    place, office = await desk.place(kind), await desk.office()
    await desk.people.fail("sendMessage", chat=place.chat, **LOST_ANSWER[fault])
    await desk.promise("一", kind=kind, **place.where)
    await desk.promise("二", kind=kind, **place.where)
    desk.start()
    rows = await desk.until_settled()
    assert (rows["一"].state, rows["二"].state) == (UNKNOWN, SENT)
    (told,) = await desk.received(account(office))
    assert told.labels == ["重发"]
    assert place.name in told.text
    answers = [await desk.resend(office, rows["一"]) for _ in range(2)]
    await desk.until_state("一", SENT)
    arrived = ["一"] if fault == "drop_after" else []
    assert await desk.texts(place.chat) == [*arrived, "二", f"{MARK}\n一"]
    assert answers == ["已安排重发。", "这条消息已经处理，无需重发。"]


async def test_a_resent_message_that_is_lost_again_is_reported_again(desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", 2, chat=account(contact), mode="drop_after")
    await desk.promise("一", to=contact, kind=MessageKind.NAG)
    desk.start()
    held = await desk.until_state("一", UNKNOWN)
    await desk.people.wait_for(account(office), contains="是否送达未能确认")
    desk.clock.moment += timedelta(minutes=1)
    await desk.resend(office, held)
    await desk.until(lambda rows: len(notices(rows, "held:")) == 2)
    await desk.until_settled()
    assert len(await desk.received(account(office))) == 2


async def test_scattered_failures_make_one_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list gathers for a minute, in which the office gets its other messages."""
    monkeypatch.setattr("bot.delivery.GATHER_SECONDS", 60.0)
    office = await desk.office()
    desk.start()
    for name in ("一", "二", "三"):
        contact = await desk.contact(f"责任人{name}")
        await desk.people.fail("sendMessage", chat=account(contact), status=502)
        await desk.promise(name, to=contact, kind=MessageKind.NAG)
        await desk.until_state(name, UNKNOWN)
        await desk.promise(f"回执{name}", to=office)
        await desk.until_state(f"回执{name}", SENT)
    await desk.promise("通知", to=office, kind=MessageKind.NOTICE)
    desk.sender.network_is_back()
    await desk.until_state("通知", SENT)
    monkeypatch.setattr("bot.delivery.GATHER_SECONDS", 0.0)
    desk.sender.network_is_back()
    await desk.until_settled()
    *others, told = await desk.received(account(office))
    assert [message.text for message in others] == ["回执一", "回执二", "回执三", "通知"]
    assert told.labels == ["重发 1", "重发 2", "重发 3", "全部重发"]


async def test_after_a_list_the_next_gathers_ten_times_as_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0
    monkeypatch.setattr("bot.delivery.steady_seconds", lambda: seconds)
    monkeypatch.setattr("bot.delivery.GATHER_SECONDS", 60.0)
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", None, chat=account(contact), status=502)
    desk.start()

    async def lose(name: str) -> None:
        """Lose a nag; the receipt shows that the sender has looked at the office's chat since."""
        await desk.promise(name, to=contact, kind=MessageKind.NAG)
        await desk.until_state(name, UNKNOWN)
        await desk.promise(f"回执{name}", to=office)
        await desk.until_state(f"回执{name}", SENT)

    await lose("一")
    seconds = 60.0
    desk.sender.network_is_back()
    await desk.until_settled()
    seconds, desk.clock.moment = 120.0, desk.clock.moment + timedelta(minutes=1)
    await lose("二")
    seconds = 659.0
    await lose("三")
    texts = await desk.texts(account(office))
    assert [text for text in texts if not text.startswith("回执")] == texts[1:2]
    seconds = 660.0
    desk.sender.network_is_back()
    await desk.until_settled()
    assert len(await desk.received(account(office))) == 5


async def test_a_list_that_was_withdrawn_delays_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A colleague has sent everything again: this member has seen no list yet."""
    seconds = 0.0
    monkeypatch.setattr("bot.delivery.steady_seconds", lambda: seconds)
    monkeypatch.setattr("bot.delivery.GATHER_SECONDS", 60.0)
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", chat=account(contact), status=502)
    desk.start()
    await desk.promise("一", to=contact, kind=MessageKind.NAG)
    held = await desk.until_state("一", UNKNOWN)
    await desk.promise("回执一", to=office)
    await desk.until_state("回执一", SENT)
    await desk.resend(office, held)
    await desk.until_state("一", SENT)
    seconds = 60.0
    desk.sender.network_is_back()
    await desk.until_settled()
    seconds, desk.clock.moment = 120.0, desk.clock.moment + timedelta(minutes=1)
    await desk.people.fail("sendMessage", chat=account(contact), status=502)
    await desk.promise("二", to=contact, kind=MessageKind.NAG)
    await desk.until_state("二", UNKNOWN)
    await desk.promise("回执二", to=office)
    await desk.until_state("回执二", SENT)
    seconds = 180.0
    desk.sender.network_is_back()
    await desk.until_settled()
    assert (await desk.received(account(office)))[-1].labels == ["重发"]


async def test_a_read_timeout_is_unknown(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    impatient = make_bot(desk.telegram, read_timeout=0.2)
    await desk.people.fail("sendMessage", mode="hang_after")
    await desk.promise("一", to=contact, kind=MessageKind.NAG)
    async with impatient:
        desk.new_sender(impatient)
        desk.start()
        row = await desk.until_state("一", UNKNOWN)
        await desk.stop()
    assert row.error == "UnknownOutcome"
    assert await desk.texts(account(contact)) == ["一"]


async def test_repeats_end_and_then_the_office_is_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.delivery.delivery.outbox_delay", lambda *_: timedelta(0))
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", None, chat=account(contact), status=500)
    await desk.promise("一", to=contact)
    desk.start()
    await desk.until_state("一", UNKNOWN)
    await desk.until_settled()
    assert len(await desk.people.calls("sendMessage", chat=account(contact))) == 6
    assert [message.labels for message in await desk.received(account(office))] == [["重发"]]


@pytest.mark.parametrize("kind", [MessageKind.NAG, MessageKind.RECEIPT])
async def test_what_an_ended_sender_left_on_its_way_is_unknown(kind: MessageKind, desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", mode="hang_after", chat=account(contact))
    await desk.promise("一", to=contact, kind=kind)
    desk.start()
    await desk.people.wait_for(account(contact), contains="一")
    await desk.crash()
    assert (await desk.rows())["一"].state is DeliveryState.SENDING
    desk.new_sender()
    desk.start()
    if kind is MessageKind.NAG:
        await desk.until_state("一", UNKNOWN)
        await desk.people.wait_for(account(office), contains="是否送达未能确认")
        assert await desk.texts(account(contact)) == ["一"]
    else:
        await desk.until_state("一", SENT)
        assert await desk.texts(account(contact)) == ["一", f"{MARK}\n一"]


async def test_what_was_sent_is_recorded_once_the_database_takes_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.LOOK_SECONDS", 0.01)
    contact = await desk.contact("责任人")
    inner, failures = messages.move_delivery, iter([True, True])

    async def move_delivery(session: Any, row: int, old: Any, new: DeliveryState, **values: Any) -> bool:
        if new is SENT and next(failures, False):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return await inner(session, row, old, new, **values)

    monkeypatch.setattr(messages, "move_delivery", move_delivery)
    await desk.promise("一", to=contact)
    await desk.promise("二", to=contact)
    desk.start()
    await desk.until_settled()
    assert await desk.texts(account(contact)) == ["一", "二"]
    assert next(failures, None) is None


async def test_what_is_promised_while_a_lane_asks_goes_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer does not tell of it, and nobody looks at all chats for a long time."""
    contact = await desk.contact("责任人")
    inner = messages.next_to_send
    promising: list[asyncio.Task[None]] = []

    async def promise(key: str) -> None:
        async with desk.database.transaction() as session:
            view = View([Text("common.as_is", text=key)])
            kind, now = MessageKind.RECEIPT, desk.clock.moment
            await outbox.enqueue(session, kind, key, view, now=now, contact=contact)

    async def next_to_send(session: Session, chat_id: int, most: int) -> Sequence[Outbox]:
        found = await inner(session, chat_id, most)
        if not promising:
            promising.append(asyncio.create_task(promise("二")))
            if not desk.database.is_sqlite:  # there it has to wait for the claim to end
                await promising[0]
        return found

    monkeypatch.setattr("bot.sender.NET_SECONDS", 3600.0)
    desk.start()
    await promise("零")
    await desk.until_state("零", SENT)
    monkeypatch.setattr(messages, "next_to_send", next_to_send)
    await promise("一")
    await desk.until_state("二", SENT)
    assert await desk.texts(account(contact)) == ["零", "一", "二"]
