"""What comes faster than it is worked off waits in the inbox, not in memory; each chat keeps its order."""

from __future__ import annotations

import asyncio
import gc
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col
from telegram import Bot, Update

from bot.receiving.intake import Intake
from bot.telegram import AT_ONCE
from handlers.work import current
from locales import Text
from models.delivery.inbox import Inbox, InboxState
from services.views import View
from tests.bot.desk import Desk, account, intake_of
from tests.support.patience import PATIENCE
from tests.support.people import Roster

IN_MEMORY, BATCH, CHATS, UPDATES = 100, 100, 40, 1_600
PROMPTS, FRIENDS, WORDS = 20, 4, 30


def said(number: int, chat: int) -> dict[str, Any]:
    """The update of a person's message in their private chat."""
    person = {"id": chat, "is_bot": False, "first_name": "责任人"}
    message = {"message_id": number, "date": 0, "from": person, "text": f"第{number}条"}
    return {"update_id": number, "message": message | {"chat": {"id": chat, "type": "private"}}}


@dataclass
class Handled:
    """An intake whose handler notes, by chat, what it was given, and answers if ``answers``."""

    intake: Intake
    answers: bool = False
    numbers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    total: int = 0

    async def process_update(self, update: Update) -> None:
        message = update.effective_message
        assert message is not None
        self.numbers[message.chat_id].append(message.message_id)
        self.total += 1
        if self.answers:
            current.get().say(View([Text("common.as_is", text=message.text)]))

    async def until(self, check: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                if check():
                    return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(desk: Desk, bot: Bot) -> AsyncIterator[Handled]:
    application: Any = SimpleNamespace(bot=bot)
    intake = intake_of(desk, bot, application)
    handled = Handled(intake)
    application.process_update = handled.process_update
    running = asyncio.create_task(intake.run())
    try:
        yield handled
    finally:
        await intake.stop(PATIENCE)
        await running


async def people(desk: Desk, count: int) -> list[int]:
    """The accounts of so many contacts, of whom Telegram need not know."""
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = await roster.unit("城管局")
        return [account(await roster.contact(unit, f"第{number}人")) for number in range(count)]


def updates_in_memory() -> int:
    return sum(isinstance(one, Inbox) for one in gc.get_objects())


async def test_what_waits_is_not_in_memory_and_each_chat_keeps_its_order(
    desk: Desk, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while nothing is worked off, then while all lanes are at work."""
    monkeypatch.setattr("bot.receiving.intake.MOST_HANDED", IN_MEMORY)
    monkeypatch.setattr("bot.receiving.intake.AGAIN_SECONDS", 0.01)
    chats = await people(desk, CHATS)
    updates = [said(number, chats[number * 7 % CHATS]) for number in range(1, UPDATES + 1)]
    held, before = True, updates_in_memory()
    monkeypatch.setattr(desk.sender, "is_behind", lambda _chat: held)
    async with at_work(desk, bot) as handled:
        await handled.until(lambda: handled.intake._knows)
        for first in range(0, UPDATES, BATCH):
            if first == UPDATES // 2:
                assert handled.intake._handed == IN_MEMORY
                assert updates_in_memory() - before <= IN_MEMORY
                assert handled.total == 0
                held = False
            await handled.intake.store(updates[first : first + BATCH])
            assert handled.intake._handed <= IN_MEMORY
            assert updates_in_memory() - before <= IN_MEMORY + CHATS
        await handled.until(lambda: handled.total == UPDATES)
        await handled.until(lambda: not handled.intake._lanes)
        assert handled.intake._handed == 0
    for chat in chats:
        assert handled.numbers[chat] == [one["update_id"] for one in updates if _chat_of(one) == chat]
    async with desk.database.reading() as session:
        states = await session.execute(sa.select(sa.func.count()).where(col(Inbox.state) == InboxState.DONE))
        assert states.scalar_one() == UPDATES


def _chat_of(update: dict[str, Any]) -> int:
    chat: int = update["message"]["chat"]["id"]
    return chat


async def test_answers_do_not_wait_in_memory_either(
    desk: Desk, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While none leaves, updates stay where they are. Who has had no answer is handled all the same."""
    monkeypatch.setattr("bot.sender.MOST_PROMPTS", PROMPTS)
    monkeypatch.setattr("bot.receiving.intake.AGAIN_SECONDS", 0.01)
    friends = [account(await desk.contact(f"第{number}人")) for number in range(FRIENDS)]
    *first, last = friends
    desk.start()
    for chat in friends:
        desk.sender.rest(chat, 3600.0)
    async with at_work(desk, bot) as handled:
        handled.answers = True
        await handled.until(lambda: handled.intake._knows)
        many = len(first) * WORDS
        await handled.intake.store(
            [said(number, first[number % len(first)]) for number in range(1, many + 1)]
        )
        await handled.until(lambda: desk.sender._waiting_prompts >= PROMPTS)
        await handled.intake.store([said(many + number, last) for number in range(1, WORDS + 1)])
        await handled.until(lambda: handled.numbers[last] != [])
        await asyncio.sleep(0.1)
        assert desk.sender._waiting_prompts <= PROMPTS + FRIENDS
        assert handled.numbers[last] == [many + 1]
        for chat in friends:
            desk.sender.rest(chat, 0.0)
        desk.sender.network_is_back()
        await handled.until(lambda: handled.total == FRIENDS * WORDS and not desk.sender._lanes)
    assert desk.sender._waiting_prompts == 0
    for chat in friends:
        assert await desk.texts(chat) == [f"第{number}条" for number in handled.numbers[chat]]
        assert handled.numbers[chat] == sorted(handled.numbers[chat])
        assert len(handled.numbers[chat]) == WORDS


async def test_a_chat_without_waiting_answers_is_never_held_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.MOST_PROMPTS", AT_ONCE)
    busy, idle = [account(await desk.contact(name)) for name in ("甲", "乙")]
    desk.show(busy, *["一"] * (AT_ONCE - 1))
    assert not desk.sender.is_behind(busy)
    desk.show(busy, "一")
    assert (desk.sender.is_behind(busy), desk.sender.is_behind(idle)) == (True, False)
    desk.start()
    await desk.sender.stop(PATIENCE)
    assert not desk.sender.is_behind(busy)
