"""A notice by the whole program: sent, answered, counted and taken back; and ``kill -9`` during 发送.

All of it or nothing; each copy once, or marked 可能重复; no receipt is lost.
"""

from __future__ import annotations

import signal
from typing import Any

import pytest
from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.delivery.messages import Outbox
from models.notices import Notice, NoticeCopy, NoticeReceipt
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from sandbox.testing import RunningSandbox
from tests.e2e.cast import Cast, account, assemble
from tests.support.chat import text_of as says
from tests.support.processes import Forge, Program

UNITS = 4
WORDS = "12月18日9时召开创城推进会"
CALM: dict[str, Any] = {"hurry": True, "ticks": 60}
MARK = plain(Text("outbox.repeat_mark"))
HEAD = "【通知】"
READ, SEND = says("notices.answer_button.read"), says("notices.send_button")
ALL, RESPONSIBLE = says("notices.scope_all"), says("common.role.responsible_person")
AT_SENDING = ("between claim and send of an order", "between send and mark of an order")


@pytest.fixture
async def cast(telegram: RunningSandbox, database: Database) -> Cast:
    found = await assemble(database, telegram.client, units=UNITS)
    for who in (account(found.office), *found.accounts):
        telegram.world.chats[who].started = True
    return found


async def pressed(people: SandboxClient, who: int, shown: MessageRecord, label: str) -> MessageRecord:
    """The message after the press, which it changes."""
    await people.press(who, who, shown.message_id, label)
    return await people.wait_for_edit(shown)


async def addressed(people: SandboxClient, who: int) -> MessageRecord:
    """The card of a notice to the 责任人 of all units."""
    await people.send_text(who, who, f"/notice {WORDS}")
    card = await people.wait_for(who, contains=WORDS)
    for label in (says("notices.whom_button"), ALL, RESPONSIBLE, says("notices.back_button")):
        card = await pressed(people, who, card, label)
    return card


async def copies_in(people: SandboxClient, who: int) -> list[str]:
    return [one.text for one in await people.messages(who, sender="bot") if HEAD in one.text]


async def sent(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.exec(select(Notice.id))).all())


async def test_it_is_answered_counted_and_taken_back(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database, cast: Cast
) -> None:
    people, office = telegram.client, account(cast.office)
    async with forge.program("run", env=env, hurry=True, ticks=1) as bot:
        card = await addressed(people, office)
        await pressed(people, office, card, SEND)
        copies = [await people.wait_for(one, contains=HEAD) for one in cast.accounts]
        count = await people.wait_for(office, contains=f"已答复0／{UNITS}份")
        read = await pressed(people, cast.accounts[0], copies[0], READ)
        assert "✓ " in read.text
        assert not read.buttons
        count = await people.wait_for_edit(count, contains=f"已发出{UNITS}／{UNITS}人，已答复1／{UNITS}份")
        await people.press(office, office, count.message_id, says("notices.withdraw_button"))
        asked = await people.wait_for(office, contains="撤回“")
        await people.press(office, office, asked.message_id, says("notices.withdraw_now_button"))
        for one in copies[1:]:
            gone = await people.wait_for_edit(one, contains=says("notices.over.withdrawn"))
            assert WORDS not in gone.text
        await people.wait_for_edit(count, contains=says("notices.over.withdrawn"))
        assert await bot.stop() == 0, bot.err.text
        assert "Traceback" not in bot.err.text


async def killed(forge: Forge, env: dict[str, str], stage: str, number: int = 1) -> None:
    async with forge.program("run", env=env, crash=[stage, number], **CALM) as bot:
        assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"


async def test_killed_it_is_sent_to_all_or_to_nobody_and_each_once(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database, cast: Cast
) -> None:
    people, office = telegram.client, account(cast.office)
    bot: Program
    async with forge.program("run", env=env, **CALM) as bot:
        card = await addressed(people, office)
        assert await bot.stop() == 0, bot.err.text
    await people.press(office, office, card.message_id, SEND)
    await killed(forge, env, "after its effects")
    assert await sent(database) == 0
    for stage in AT_SENDING:
        await killed(forge, env, stage)
        assert await sent(database) == 1
    async with forge.program("run", env=env, **CALM) as bot:
        copies = [await people.wait_for(one, contains=HEAD) for one in cast.accounts]
        assert await bot.stop() == 0, bot.err.text
    marked = 0
    for one in cast.accounts:
        texts = await copies_in(people, one)
        again = [text for text in texts if MARK in text]
        assert len(texts) - len(again) <= 1
        assert texts
        marked += len(again)
    assert marked <= len(AT_SENDING), "only what was being sent when the program was killed may come again"
    await people.press(cast.accounts[0], cast.accounts[0], copies[0].message_id, READ)
    await killed(forge, env, "after its effects")
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for_edit(copies[0], contains="✓ ")
        assert await bot.stop() == 0, bot.err.text
    async with database.reading() as session:
        promised = (await session.exec(select(Outbox).where(Outbox.view == "notice_copy"))).all()
        kept = (await session.exec(select(NoticeCopy))).all()
        receipts = (await session.exec(select(NoticeReceipt))).all()
    assert len(promised) == len(kept) == UNITS
    assert len(receipts) == 1
