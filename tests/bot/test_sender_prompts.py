"""Prompts: cards, menus and questions share a chat's lane with its promises, and are never repeated."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from telegram.error import RetryAfter

from bot.rendering import RenderedView
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.telegram import Telegram
from models.delivery import pauses
from models.delivery.inbox import Inbox
from models.delivery.messages import SentMessage
from models.groups import GroupChat
from models.people import Contact, ContactState
from rules.delivery.delivery import DeliveryState
from sandbox.clock import SandboxClock
from sandbox.testing import running
from sandbox.world import World
from services.views import FileSpec
from tests.bot.desk import Desk, account, make_bot
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.postgres import free_port


async def test_prompts_follow_what_was_promised_before(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    for number in range(3):
        await desk.promise(f"第{number}条", to=contact)
    desk.show(account(contact), "卡片一", "卡片二")
    await desk.people.wait_for(account(contact), contains="卡片二")
    assert await desk.texts(account(contact)) == ["第0条", "第1条", "第2条", "卡片一", "卡片二"]


async def test_what_is_promised_while_its_lane_looks_goes_before_the_prompt(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt is promised just after an idle lane has read that nothing waits for it."""
    contact, inner, told = await desk.contact("责任人"), Sender._look, list[bool]()

    async def look(self: Sender, chat_id: int, lane: Any) -> Any:
        found = await inner(self, chat_id, lane)
        if not found and not told:
            told.append(bool(lane.prompts))
            await desk.promise("回执", to=contact)
            desk.show(chat_id, "卡片")
        return found

    monkeypatch.setattr(Sender, "_look", look)
    desk.sender._start(account(contact))
    await desk.people.wait_for(account(contact), contains="卡片")
    assert told == [False]
    assert await desk.texts(account(contact)) == ["回执", "卡片"]


async def test_a_reply_to_a_prompt_resolves(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        task = await roster.task(await roster.unit("公安交警大队"), "整治", None, contact)
    desk.show(account(contact), "卡片", task_ids=[task.id or 0])
    card = await desk.people.wait_for(account(contact), contains="卡片")
    await desk.stop()
    async with desk.database.reading() as session:
        (kept,) = (await session.exec(select(SentMessage))).all()
    assert (kept.chat_id, kept.message_id, kept.task_id) == (card.chat_id, card.message_id, task.id)


async def test_a_429_holds_the_prompt_and_all_that_follows_and_is_kept(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", status=429, parameters={"retry_after": 1})
    desk.show(account(contact), "卡片一", "卡片二")
    await desk.people.wait_for(account(contact), contains="卡片二")
    assert await desk.texts(account(contact)) == ["卡片一", "卡片二"]
    first, second, _ = await desk.people.calls("sendMessage")
    assert second.monotonic - first.monotonic >= 1
    async with desk.database.reading() as session:
        paused = await pauses.pauses(session)
    assert list(paused) == [account(contact)]
    assert paused[account(contact)] <= datetime.now(UTC)


async def test_a_prompt_that_may_have_arrived_is_not_repeated(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", mode="drop_after")
    desk.show(account(contact), "卡片一", "卡片二")
    await desk.people.wait_for(account(contact), contains="卡片二")
    assert await desk.texts(account(contact)) == ["卡片一", "卡片二"]


async def test_a_file_is_made_once_outside_of_any_transaction(desk: Desk) -> None:
    """A thread makes the file while others are answered; after a 429 it is not made again."""
    contact, made = await desk.contact("责任人"), []

    def make() -> bytes:
        made.append(threading.current_thread())
        return b"rows"

    await desk.people.fail("sendDocument", status=429, parameters={"retry_after": 1})
    album = [FileSpec("document", name="销号清单.xlsx", make=make)]
    desk.sender.submit([Prompt(account(contact), None, RenderedView(["导出"], None, albums=[album]))])
    await desk.people.wait_for_call("sendDocument", count=2)
    await desk.stop()
    assert [thread is threading.main_thread() for thread in made] == [False]
    (shown,) = [message for message in await desk.received(account(contact)) if message.kind == "document"]
    assert shown.file_id is not None
    assert await desk.people.file(shown.file_id) == b"rows"


async def test_files_hold_up_nothing(desk: Desk) -> None:
    """One that cannot be made is left out; the chat's other answers come before one that takes its time."""
    contact, go_on = await desk.contact("责任人"), threading.Event()

    def slowly() -> bytes:
        go_on.wait(PATIENCE)
        return b"rows"

    made = (("甲.xlsx", _broken), ("乙.xlsx", slowly))
    albums = [[FileSpec("document", name=name, make=make)] for name, make in made]
    desk.sender.submit([Prompt(account(contact), None, RenderedView(["导出"], None, albums=albums))])
    desk.show(account(contact), "之后")
    await desk.people.wait_for(account(contact), contains="之后")
    go_on.set()
    words = await desk.people.wait_for(account(contact), contains="导出")
    await desk.people.wait_for(account(contact), words.message_id)
    kinds = [message.kind for message in await desk.received(account(contact))]
    assert kinds == ["text", "text", "document"]


def _broken() -> bytes:
    raise ValueError("an odd cell")


async def test_a_prompt_waits_for_the_network(desk: Desk) -> None:
    world, port = World(clock=SandboxClock(desk.clock.moment)), free_port()
    async with running(world, port=port) as server:
        user = await server.client.create_user("过路人", id=6_100_000_001)
        world.chats[user.id].started = True
        bot = make_bot(server)
        await bot.initialize()
    refused = asyncio.Event()
    rest = desk.new_sender(bot)._rest

    async def resting(delay: float) -> None:
        refused.set()
        await rest(delay)

    desk.sender._rest = resting  # type: ignore[method-assign]  # to see that it was refused once
    desk.show(user.id, "卡片")
    await refused.wait()
    async with running(world, port=port) as server:
        desk.sender.network_is_back()
        await server.client.wait_for(user.id, contains="卡片")
        await desk.sender.stop(5)
    await bot.shutdown()


async def test_an_answer_takes_the_place_of_the_pressed_message(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    desk.show(account(contact), "卡片")
    card = await desk.people.wait_for(account(contact), contains="卡片")
    # The second edit has the words of the first. Telegram calls that an error, but for us it is none.
    desk.show(account(contact), "已提交", "已提交", edit=card.message_id)
    await desk.people.wait_for_call("editMessageText", count=2)
    desk.show(account(contact), "之后")
    await desk.people.wait_for(account(contact), contains="之后")
    assert await desk.texts(account(contact)) == ["已提交", "之后"]


async def test_an_answer_comes_anew_when_its_message_is_gone(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    desk.show(account(contact), "已提交", edit=12345)
    await desk.people.wait_for(account(contact), contains="已提交")
    assert [call.status for call in await desk.people.calls("editMessageText")] == [400]


async def test_403_to_a_prompt_makes_the_contact_unreachable(desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.block(account(contact))
    desk.start()
    desk.show(account(contact), "卡片一", "卡片二")
    await desk.people.wait_for(account(office), contains="已停用机器人")
    await desk.until_settled()
    async with desk.database.reading() as session:
        found = await session.get(Contact, contact.id)
        assert found is not None
        assert found.state is ContactState.UNREACHABLE
    assert len(await desk.texts(account(office))) == 1


async def test_403_to_a_prompt_is_out_of_date_when_they_wrote_during_the_call(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", chat=account(contact), status=403)
    async with desk.database.transaction() as session:
        when = datetime.now(UTC) + timedelta(minutes=1)
        row = Inbox(bot_id=desk.bot.id, update_id=1, lane=account(contact), payload="{}", received_at=when)
        session.add(row)
    desk.show(account(contact), "卡片一", "卡片二")
    await desk.people.wait_for(account(contact), contains="卡片二")
    async with desk.database.reading() as session:
        found = await session.get(Contact, contact.id)
    assert found is not None
    assert found.state is ContactState.ENROLLED


async def test_a_clean_end_sends_prompts_but_begins_no_promise(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", mode="delay", seconds=0.2)
    desk.show(account(contact), "卡片一", "卡片二", "卡片三")
    await desk.people.wait_for_call("sendMessage", answered=False)
    await desk.promise("回执", to=contact)
    desk.start()
    await desk.stop()
    assert await desk.texts(account(contact)) == ["卡片一", "卡片二", "卡片三"]
    assert (await desk.rows())["回执"].state is DeliveryState.NEW


async def test_an_answer_finds_its_group_where_it_has_gone(desk: Desk) -> None:
    """The answer follows its group to the supergroup, or out of a topic that is gone; so do promises."""
    chat = await desk.group(kind="group")
    (owner,) = (await desk.people.chat(chat)).members.keys() - {desk.bot.id}
    new = (await desk.people.migrate(chat, owner)).id
    desk.show(chat, "卡片")
    await desk.people.wait_for(new, contains="卡片")
    async with desk.database.reading() as session:
        assert (await session.exec(select(GroupChat.chat_id))).one() == new
    forum = await desk.people.create_group("话题群", members=[owner], topics=["甲"])
    gone = Prompt(forum.id, forum.topics["甲"], RenderedView(["问题"], None), reply_to=forum.topics["甲"])
    await desk.people.delete_topic(forum.id, forum.topics["甲"])
    desk.sender.submit([gone])
    shown = await desk.people.wait_for(forum.id, contains="问题")
    assert (shown.thread_id, shown.reply_to) == (None, None)
    said = await desk.people.send_text(forum.id, owner, "在吗")
    await desk.people.delete_message(forum.id, owner, said.message_id)
    desk.sender.submit([Prompt(forum.id, None, RenderedView(["回答"], None), reply_to=said.message_id)])
    shown = await desk.people.wait_for(forum.id, contains="回答")
    assert shown.reply_to is None, "what it answers is gone"


async def test_a_429_between_two_parts_repeats_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    contact, inner, calls = await desk.contact("责任人"), Telegram.send, count(1)

    async def send(self: Telegram, *where: Any, **options: Any) -> int:
        if next(calls) == 2:
            raise RetryAfter(timedelta(0))
        return await inner(self, *where, **options)

    monkeypatch.setattr(Telegram, "send", send)
    desk.sender.submit([Prompt(account(contact), None, RenderedView(["一", "二"], None))])
    await desk.people.wait_for(account(contact), contains="二")
    assert await desk.texts(account(contact)) == ["一", "二"]


@pytest.mark.parametrize("error", [OperationalError("UPDATE", {}, Exception("locked")), ValueError("odd")])
async def test_a_clean_end_sends_the_prompts_after_one_that_fails(desk: Desk, error: Exception) -> None:
    async def refused(*_: object) -> None:
        raise error

    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", mode="delay", seconds=0.1)
    desk.sender.submit([Prompt(account(contact), None, RenderedView(["卡片一"], None), shown=refused)])
    desk.show(account(contact), "卡片二")
    await desk.people.wait_for_call("sendMessage", answered=False)
    await desk.stop()
    assert await desk.texts(account(contact)) == ["卡片一", "卡片二"]


async def test_prompts_do_not_wait_for_a_lane_that_is_always_told_to_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits may come faster than a look takes. A commit without a receipt is no reason to look again."""
    contact, inner = await desk.contact("责任人"), Sender._look

    async def look(self: Sender, chat_id: int, lane: Any) -> Any:
        self._start(chat_id, False)
        return await inner(self, chat_id, lane)

    monkeypatch.setattr(Sender, "_look", look)
    desk.show(account(contact), "卡片")
    async with asyncio.timeout(PATIENCE):
        await desk.people.wait_for(account(contact), contains="卡片")
    monkeypatch.undo()
