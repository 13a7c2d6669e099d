"""``kill -9`` around a preview: one message, no preview after the tally, and a stop that holds."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from models.db import Database
from models.delivery.messages import Outbox
from models.groups import GroupChat
from rules.delivery.delivery import MessageKind
from sandbox.client import SandboxClient
from services import access
from services.groups import preview_choice
from tests.conftest import NOW
from tests.e2e.cast import Cast, account, assemble
from tests.support.processes import Forge
from tests.support.turns import turn_for

CALM: dict[str, Any] = {"hurry": True}


async def _with_previews(database: Database, people: SandboxClient) -> tuple[Cast, int]:
    """An officer who has chosen previews, and a group that gets its tally at 18:00."""
    cast = await assemble(database, people, units=2, deadline=(NOW + timedelta(days=9)).date())
    chat = (await people.create_group("工作群", members=[account(cast.office)])).id
    earlier = NOW - timedelta(days=9)
    async with database.transaction() as session:
        office = cast.office.id or 0
        session.add(
            GroupChat(chat_id=chat, title="工作群", bound_by=office, bound_at=earlier, tallied_until=NOW)
        )
        actor = await access.actor_of(session, await session.merge(cast.office))
        await preview_choice.choose(turn_for(session, actor, earlier), on=True)
    await people.start(account(cast.office))
    return cast, chat


def at(hour: int, minute: int) -> datetime:
    return datetime.fromisoformat(f"2026-12-15T{hour:02}:{minute:02}+08:00")


async def test_a_stop_survives_a_kill_and_the_group_hears_nothing(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast, chat = await _with_previews(database, people)
    office = account(cast.office)
    await people.set_clock(at(17, 30))
    async with forge.program("run", env=env, **CALM) as bot:
        mine = await people.wait_for(office, contains="【日报预览】")
        await people.press(office, office, mine.message_id, "今日不发")
        mine = await people.wait_for_edit(mine, contains="今日不发（")
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    await people.set_clock(at(17, 45))
    async with forge.program("run", env=env, **CALM) as bot:
        await people.set_clock(at(18, 0))
        closed = await people.wait_for_edit(mine, contains="未发")
        assert await bot.stop() == 0, bot.err.text
    assert closed.labels == []
    assert all("【创城工作日报】" not in one.text for one in await people.messages(chat, sender="bot"))
    said = [one.text for one in await people.messages(office, sender="bot")]
    assert sum("【日报预览】" in text for text in said) == 1
    async with database.reading() as session:
        rows = await session.exec(
            select(Outbox.kind).where(col(Outbox.dedupe_key).startswith("2026-12-15/tally"))
        )
        assert list(rows) == [MessageKind.NOTICE]


async def test_killed_while_it_is_sent_it_does_not_come_after_the_tally(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast, chat = await _with_previews(database, people)
    office = account(cast.office)
    await people.set_clock(at(17, 30))
    await people.fail("sendMessage", chat=office, mode="hang")
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for_call("sendMessage", chat=office, answered=False)
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    await people.clear_faults()
    await people.set_clock(at(18, 0))
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for(chat, contains="【创城工作日报】")
        assert await bot.stop() == 0, bot.err.text
    said = [one.text for one in await people.messages(office, sender="bot")]
    assert all("发送安排" not in text for text in said[1:]), "at most the one that hung"
