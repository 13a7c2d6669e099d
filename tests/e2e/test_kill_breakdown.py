"""``kill -9`` during 确认分解: all parts or none, and each notice once, or marked 可能重复."""

from __future__ import annotations

import signal
from typing import Any

from sqlmodel import select

from locales import Text, plain
from models.db import Database, ident
from models.delivery.messages import Outbox
from models.tasks import Task, TaskAssistingUnit
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from sandbox.testing import RunningSandbox
from tests.e2e.cast import OBJECTIVE, Cast, assemble
from tests.support.chat import text_of as says
from tests.support.processes import Forge

UNITS = 4
CALM: dict[str, Any] = {"hurry": True, "ticks": 60}
MARK = plain(Text("outbox.repeat_mark"))
CONFIRM = says("breakdowns.confirm_button", count=UNITS - 1)
NOTICE = "【任务交办】"
AT_SENDING = ("between claim and send of an order", "between send and mark of an order")


async def test_all_parts_or_none_and_each_notice_once(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database
) -> None:
    people = telegram.client
    cast = await with_assisting_units(telegram, database)
    await killed_at_the_confirmation(forge, env, people, cast)
    assert await parts(database, cast) == []
    # The press comes again from the inbox, and is cut again just before its commit.
    async with forge.program("run", env=env, crash=["after its effects", 1], **CALM) as bot:
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    assert await parts(database, cast) == []
    for stage in AT_SENDING:
        async with forge.program("run", env=env, crash=[stage, 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
        assert len(await parts(database, cast)) == UNITS - 1
    async with forge.program("run", env=env, **CALM) as bot:
        for account in cast.accounts[1:]:
            await people.wait_for(account, contains=NOTICE)
        assert await bot.stop() == 0, bot.err.text
    assert len(await parts(database, cast)) == UNITS - 1
    marked = 0
    for account in cast.accounts[1:]:
        texts = [one.text for one in await people.messages(account, sender="bot") if NOTICE in one.text]
        again = [text for text in texts if MARK in text]
        assert len(texts) - len(again) <= 1
        assert texts
        marked += len(again)
    assert marked <= len(AT_SENDING), "only what was being sent when the program was killed may come again"
    async with database.reading() as session:
        promised = (await session.exec(select(Outbox).where(Outbox.view == "breakdown"))).all()
    assert len(promised) == UNITS - 1


async def with_assisting_units(telegram: RunningSandbox, database: Database) -> Cast:
    """The first unit's task is assisted by the others, which have none of their own; all chats are open."""
    cast = await assemble(database, telegram.client, units=UNITS)
    for who in cast.accounts:
        telegram.world.chats[who].started = True
    async with database.transaction() as session:
        for task in cast.tasks[1:]:
            await session.delete(await session.get_one(Task, task.id))
        for unit in cast.units[1:]:
            session.add(TaskAssistingUnit(task_id=ident(cast.tasks[0]), unit_id=ident(unit)))
    return cast


async def killed_at_the_confirmation(
    forge: Forge, env: dict[str, str], people: SandboxClient, cast: Cast
) -> None:
    who = cast.accounts[0]
    async with forge.program("run", env=env, crash=["after its effects", 3], **CALM) as bot:
        await confirmed(people, who)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text


async def confirmed(people: SandboxClient, who: int) -> MessageRecord:
    """Press 确认分解 on the preview of their first task; returns that preview."""
    await people.send_text(who, who, "/tasks")
    listed = await people.wait_for(who, contains=OBJECTIVE)
    await people.press(who, who, listed.message_id, f"1. {OBJECTIVE}")
    card = await people.wait_for(who, listed.message_id, contains="当前状态")
    await people.press(who, who, card.message_id, says("breakdowns.start_button"))
    preview = await people.wait_for(who, card.message_id, contains="【分解任务】")
    await people.press(who, who, preview.message_id, CONFIRM)
    return preview


async def parts(database: Database, cast: Cast) -> list[Task]:
    async with database.reading() as session:
        query = select(Task).where(Task.parent_id == ident(cast.tasks[0]))
        return list(await session.exec(query))
