"""Boards over HTTP: they are posted, pinned, edited, posted again and moved, and things go wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot import live_editor
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import Telegram
from locales import Text
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.pauses import ChatPause
from models.groups import GroupChat
from models.people import Contact
from models.tasks import Task
from rules.delivery.delivery import DeliveryState, MessageKind
from sandbox.shapes import MessageRecord
from services import access, live_updates
from services.delivery import live_views
from services.groups import group_binding
from services.tasks import task_steps
from services.views import View
from tests.bot.desk import AT_ONCE, Desk, account
from tests.support.people import Roster
from tests.support.turns import turn_for

TITLE = "【创城进展看板】"


@dataclass
class Bound:
    """A group with its board, the office that bound it, and a responsible person who acts."""

    desk: Desk
    chat: int
    group_id: int
    office: Contact
    responsible: Contact
    task: Task
    editor: LiveEditor

    async def look(self) -> None:
        """Look once, without waiting for any rest."""
        self.editor._rests.clear()
        await self.editor.look()

    async def sign(self) -> None:
        """签收 of the task, by the responsible person."""
        async with self.desk.database.transaction() as session:
            actor = await access.actor_of(session, await session.get_one(Contact, self.responsible.id))
            await task_steps.acknowledge(
                turn_for(session, actor, self.desk.clock.moment), [self.task.id or 0]
            )

    async def complete(self) -> None:
        async with self.desk.database.transaction() as session:
            actor = await access.actor_of(session, await session.get_one(Contact, self.office.id))
            await task_steps.complete(turn_for(session, actor, self.desk.clock.moment), self.task.id or 0)

    async def row(self) -> LiveMessage:
        async with self.desk.database.reading() as session:
            query = select(LiveMessage).where(LiveMessage.kind == LiveKind.BOARD)
            return (await session.exec(query)).one()

    async def group(self) -> GroupChat:
        async with self.desk.database.reading() as session:
            return await session.get_one(GroupChat, self.group_id)

    async def boards(self, chat: int | None = None) -> list[MessageRecord]:
        shown = await self.desk.people.messages(chat or self.chat, sender="bot")
        return [one for one in shown if TITLE in one.text]

    async def pinned(self, chat: int | None = None) -> list[int]:
        return list((await self.desk.people.chat(chat or self.chat)).pinned)

    async def told(self) -> list[str]:
        """The text keys of the messages promised to the office."""
        rows = (await self.desk.rows()).values()
        return [row.content["lines"][0]["$text"] for row in rows if row.contact_id == self.office.id]


async def bind(
    desk: Desk, *, kind: str = "supergroup", bot: str = "administrator", topic: str | None = None
) -> Bound:
    office = await desk.office()
    responsible = await desk.contact("责任人")
    members = [account(office), account(responsible)]
    topics = [topic] if topic else []
    made = await desk.people.act(
        "create_group", title="工作群", members=members, kind=kind, bot=bot, topics=topics
    )
    chat, thread = int(made["id"]), made["topics"][topic] if topic else None
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        actor = await access.actor_of(session, await session.get_one(Contact, office.id))
        task = await roster.task(actor.unit, "清理违规广告牌匾", date(2026, 12, 18), responsible)
        await group_binding.bind(
            turn_for(session, actor, desk.clock.moment, desk.campaign, chat=chat, thread=thread),
            title="工作群",
        )
        group_id = (await session.exec(select(GroupChat.id))).one() or 0
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    bound = Bound(desk, chat, group_id, office, responsible, task, editor)
    await bound.look()
    return bound


async def test_posted_pinned_and_edited(desk: Desk) -> None:
    """The board is posted once, edited in place when its words change, and left alone when they do not."""
    bound = await bind(desk, topic="每日播报")
    (board,) = await bound.boards()
    assert board.thread_id == (await bound.group()).thread_id
    assert await bound.pinned() == [board.message_id]
    assert "办结 0/1 项" in board.text
    assert board.text.endswith("更新于 12月15日08:45")
    calls = len(await desk.people.calls())
    await bound.sign()
    await bound.look()
    row = await bound.row()
    assert (row.dirty, len(await desk.people.calls())) == (False, calls), "the same words: no call"
    desk.clock.moment = desk.clock.moment.replace(minute=59)
    await bound.complete()
    await bound.look()
    (edited,) = await bound.boards()
    assert edited.message_id == board.message_id
    assert "办结 1/1 项" in edited.text
    assert edited.text.endswith("更新于 12月15日08:59")
    assert len(await desk.people.calls("pinChatMessage")) == 1
    assert await bound.told() == []


async def test_deleted_it_is_posted_again(desk: Desk) -> None:
    bound = await bind(desk)
    (first,) = await bound.boards()
    await desk.people.delete_message(bound.chat, account(bound.office), first.message_id)
    await bound.complete()
    await bound.look()
    await bound.look()
    (second,) = await bound.boards()
    assert second.message_id > first.message_id
    assert await bound.pinned() == [second.message_id]
    assert (await bound.row()).message_ids == [second.message_id]


async def test_asked_for_again_it_stands_below(desk: Desk) -> None:
    bound = await bind(desk)
    (first,) = await bound.boards()
    async with desk.database.transaction() as session:
        actor = await access.actor_of(session, await session.get_one(Contact, bound.office.id))
        await group_binding.post_board(turn_for(session, actor, chat=bound.chat))
    await bound.look()
    (second,) = await bound.boards()
    assert second.message_id > first.message_id
    assert await bound.pinned() == [second.message_id]
    assert (await bound.row()).stale_ids == []


async def test_what_is_too_old_to_be_deleted_says_so(desk: Desk) -> None:
    """Only an administrator deletes a message two days old; without a notice, replies to it would be lost."""
    bound = await bind(desk)
    (first,) = await bound.boards()
    desk.telegram.world.chats[bound.chat].messages[first.message_id].date -= 3 * 24 * 3600
    await desk.people.set_member(bound.chat, desk.bot.id, "member", by=account(bound.office))
    async with desk.database.transaction() as session:
        actor = await access.actor_of(session, await session.get_one(Contact, bound.office.id))
        await group_binding.post_board(turn_for(session, actor, chat=bound.chat))
    for _ in range(2):
        await bound.look()
    (second,) = await bound.boards()
    (old,) = [m for m in await desk.received(bound.chat) if m.message_id == first.message_id]
    assert second.message_id > old.message_id
    assert "最新的看板" in old.text
    assert (await bound.row()).stale_ids == []


async def test_let_go_it_says_so(desk: Desk) -> None:
    bound = await bind(desk)
    (first,) = await bound.boards()
    async with desk.database.transaction() as session:
        actor = await access.actor_of(session, await session.get_one(Contact, bound.office.id))
        await group_binding.unbind(turn_for(session, actor, desk.clock.moment, chat=bound.chat))
    await bound.look()
    assert await bound.pinned() == []
    (shown,) = [m for m in await desk.received(bound.chat) if m.message_id == first.message_id]
    assert "不再更新" in shown.text
    calls = len(await desk.people.calls())
    await bound.complete()
    await bound.look()
    assert len(await desk.people.calls()) == calls


async def test_without_the_right_to_pin(desk: Desk) -> None:
    """An unpinned board is a plain message; the office is told once. With the right, it gets pinned."""
    bound = await bind(desk, bot="member")
    (board,) = await bound.boards()
    assert await bound.pinned() == []
    assert not (await bound.group()).may_pin
    await bound.complete()
    await bound.look()
    assert await bound.told() == ["groups.lost_pin"]
    assert len(await desk.people.calls("pinChatMessage")) == 1
    await desk.people.add_bot(bound.chat, account(bound.office), "administrator")
    async with desk.database.transaction() as session:
        await group_binding.note_pin_right(session, bound.chat, True, now=desk.clock.moment)
    edits = len(await desk.people.calls("editMessageText"))
    await bound.look()
    assert await bound.pinned() == [board.message_id]
    assert len(await desk.people.calls("editMessageText")) == edits


async def test_a_deleted_topic(desk: Desk) -> None:
    """If its topic is deleted, the board and the tally go to the general topic; the office is told once."""
    bound = await bind(desk, topic="每日播报")
    thread = (await bound.group()).thread_id
    assert thread is not None
    await desk.people.delete_topic(bound.chat, thread)
    await promise_tally(bound, thread)
    desk.start()
    await desk.until_state("tally", DeliveryState.SENT)
    await bound.complete()
    for _ in range(3):
        await bound.look()
    (board,) = await bound.boards()
    (tally,) = [one for one in await desk.received(bound.chat) if one.text == "tally"]
    assert (board.thread_id, tally.thread_id) == (None, None)
    assert await bound.pinned() == [board.message_id]
    assert await bound.told() == ["groups.lost_topic"]
    assert (await bound.group()).thread_id is None


async def test_a_deleted_topic_that_the_board_finds_first(desk: Desk) -> None:
    bound = await bind(desk, topic="每日播报")
    await desk.people.delete_topic(bound.chat, (await bound.group()).thread_id or 0)
    await bound.complete()
    for _ in range(3):
        await bound.look()
    (board,) = await bound.boards()
    assert (board.thread_id, await bound.told()) == (None, ["groups.lost_topic"])


async def test_a_closed_topic(desk: Desk) -> None:
    """A member cannot write in a closed topic. If the general topic is closed too, the office is told."""
    bound = await bind(desk, bot="member", topic="每日播报")
    thread = (await bound.group()).thread_id
    assert thread is not None
    await desk.people.close_topic(bound.chat, account(bound.office), thread)
    await promise_tally(bound, thread)
    desk.start()
    row = await desk.until_state("tally", DeliveryState.SENT)
    assert row.thread_id is None
    assert await bound.told() == ["groups.lost_pin", "groups.lost_topic"]
    # The fault is for this chat only: a message to the office may still be on its way.
    closed = {"status": 400, "description": "Bad Request: TOPIC_CLOSED", "chat": bound.chat}
    await desk.people.act("fail", method="sendMessage", **closed)
    await desk.promise("again", chat=bound.chat, kind=MessageKind.TALLY)
    await desk.until_state("again", DeliveryState.UNDELIVERABLE)


async def promise_tally(bound: Bound, thread: int | None) -> None:
    await bound.desk.promise("tally", chat=bound.chat, thread=thread, kind=MessageKind.TALLY)


@pytest.mark.parametrize("first", ["board", "tally"])
async def test_to_the_supergroup(desk: Desk, first: str) -> None:
    """The board and earlier promises move to the supergroup, once, whichever call learns of it first."""
    bound = await bind(desk, kind="group")
    await promise_tally(bound, None)
    new = (await desk.people.migrate(bound.chat, account(bound.office))).id
    await bound.complete()
    if first == "board":
        await bound.look()
    desk.start()
    await desk.until_state("tally", DeliveryState.SENT)
    for _ in range(2):
        await bound.look()
    (board,) = await bound.boards(new)
    assert await bound.pinned(new) == [board.message_id]
    assert (await desk.texts(new)).count("tally") == 1
    row = await bound.row()
    assert (row.chat_id, row.message_ids, (await bound.group()).chat_id) == (new, [board.message_id], new)


async def test_removed_from_the_group(desk: Desk) -> None:
    """The board's edit shows that the bot was removed: the office is told once, the group is left alone."""
    bound = await bind(desk)
    await desk.people.remove_bot(bound.chat, account(bound.office))
    await bound.complete()
    await bound.look()
    assert not (await bound.group()).active
    calls = len(await desk.people.calls())
    await bound.look()
    assert len(await desk.people.calls()) == calls
    assert await bound.told() == ["groups.lost"]
    assert (await bound.row()).message_ids == []


async def test_one_message_is_edited_only_so_often(desk: Desk) -> None:
    bound = await bind(desk)
    await bound.editor.look()
    await bound.complete()
    edits = len(await desk.people.calls("editMessageText"))
    await bound.editor.look()
    assert len(await desk.people.calls("editMessageText")) == edits
    assert (await bound.row()).dirty
    await bound.look()
    assert len(await desk.people.calls("editMessageText")) == edits + 1


async def test_a_chat_that_is_paused_is_left_alone(desk: Desk) -> None:
    bound = await bind(desk)
    await desk.people.act(
        "fail", method="editMessageText", status=429, count=1, parameters={"retry_after": 600}
    )
    await bound.complete()
    await bound.look()
    calls = len(await desk.people.calls())
    await bound.look()
    assert len(await desk.people.calls()) == calls
    async with desk.database.transaction() as session:
        await session.delete((await session.exec(select(ChatPause))).one())
    await bound.look()
    assert "办结 1/1 项" in (await bound.boards())[0].text


async def test_the_network_fails(desk: Desk) -> None:
    """An edit that failed is tried again; the waits between the tries grow."""
    bound = await bind(desk)
    await desk.people.act("fail", method="editMessageText", mode="drop_before", count=2)
    await bound.complete()
    with capture_logs() as logs:
        await bound.look()
        await bound.look()
    assert [entry["outcome"].partition("(")[0] for entry in logs] == ["UnknownOutcome", "UnknownOutcome"]
    assert (await bound.row()).dirty
    assert bound.editor._failures == {(await bound.row()).id: 2}
    await bound.look()
    (board,) = await bound.boards()
    assert "办结 1/1 项" in board.text
    assert bound.editor._failures == {}


async def test_a_message_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long message grows and shrinks in place.

    Parts that were posted before a failure are known after it. A message that cannot be rendered holds up
    no other.
    """
    bound = await bind(desk)
    words = ["一"]

    async def render(*_: object) -> tuple[View, str]:
        return View([Text("common.as_is", text=word * 3000) for word in words]), "zh"

    async def broken(*_: object) -> tuple[View, str]:
        raise ValueError("no such job")

    renderers = {**live_views.RENDERERS, LiveKind.JOB: render}
    monkeypatch.setattr(live_views, "RENDERERS", renderers)
    chat = account(bound.responsible)
    async with desk.database.transaction() as session:
        await live_updates.ensure_live(session, LiveKind.JOB, 1, chat=(chat, None))
    await bound.look()

    async def parts() -> list[str]:
        return [text[0] for text in await desk.texts(chat)]

    async def change(*new: str) -> None:
        words[:] = new
        async with desk.database.transaction() as session:
            await live_updates.touch(session, LiveKind.JOB, 1)
        await bound.look()

    assert await parts() == ["一"]
    await desk.people.act("fail", method="sendMessage", mode="drop_before", count=1)
    await change("二", "三")
    assert await parts() == ["二"]
    await bound.look()
    assert await parts() == ["二", "三"]
    await change("二", "四", "五")
    assert await parts() == ["二", "四", "五"]
    await change("六")
    assert await parts() == ["六"]
    renderers[LiveKind.JOB] = broken
    await bound.complete()
    with capture_logs() as logs:
        await change("七")
    assert [entry["event"] for entry in logs] == ["live message cannot be rendered"]
    assert "办结 1/1 项" in (await bound.boards())[0].text


async def test_a_job_need_not_wait_for_many_boards(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look takes the job first, then a few boards; later looks take the boards that waited longest."""
    rendered: list[int] = []

    async def render(_session: object, subject_id: int, *_: object) -> None:
        rendered.append(subject_id)

    monkeypatch.setattr(live_views, "RENDERERS", {LiveKind.BOARD: render, LiveKind.JOB: render})
    async with desk.database.transaction() as session:
        for number in range(20):
            await live_updates.ensure_live(session, LiveKind.BOARD, number, chat=(-1_000 - number, None))
        await live_updates.ensure_live(session, LiveKind.JOB, 99, chat=(1, None))
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    await editor.look()
    assert rendered == [99, *range(7)]
    for rest in editor._rests:
        editor._rests[rest] = 1.0  # over now, but later than for boards without a turn yet
    async with desk.database.transaction() as session:
        await live_updates.touch(session, LiveKind.BOARD)
    await editor.look()
    await editor.look()
    assert rendered[8:] == [*range(7, 20), *range(3)]


async def test_ended_and_started_again(desk: Desk) -> None:
    """The loop ends after its present message; the next loop shows the other changed messages."""
    bound = await bind(desk)
    running = asyncio.create_task(bound.editor.run())
    await bound.complete()
    bound.editor._rests.clear()
    bound.editor.wake()
    await desk.people.wait_for_edit((await bound.boards())[0], contains="办结 1/1 项")
    await bound.editor.stop(5.0)
    await running
    again = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    calls = len(await desk.people.calls())
    await again.look()
    assert len(await desk.people.calls()) == calls, "looked at again, and found as it is"


def test_every_kind_of_live_message_has_a_rest() -> None:
    assert set(live_editor.REST_SECONDS) == set(LiveKind)
