"""``kill -9`` while a ledger and a work report are ordered, made and sent: each comes once, or says so."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlmodel import col, select

from models.db import Database
from models.importing import Job, JobState
from sandbox.client import SandboxClient
from tests.e2e.cast import account, assemble
from tests.support.patience import PATIENCE
from tests.support.processes import Forge, Program

CALM: dict[str, Any] = {"hurry": True, "ticks": 60}


async def _attempts(database: Database, beyond: int) -> int:
    """Wait until workers have taken up the jobs more than ``beyond`` times, and return how often."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.reading() as session:
                found = sum((await session.exec(select(Job.attempt))).all())
            if found > beyond:
                return found
            await asyncio.sleep(0.02)


async def test_each_paper_comes_once(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    office = account(cast.office)

    @asynccontextmanager
    async def life() -> AsyncIterator[Program]:
        """Run the program, and kill it at the end of the block."""
        async with forge.program("run", env=env, **CALM) as bot:
            yield bot
            bot.signal(signal.SIGKILL)
            assert await bot.ended() == -signal.SIGKILL, bot.err.text

    async with life():
        await people.start(office)
        for command, says, button in (
            ("/orders", " 件", "导出台账"),
            ("/work_report", "工作情况汇报", "本月"),
        ):
            asked = await people.send_text(office, office, command)
            shown = await people.wait_for(office, asked.message_id, contains=says)
            await people.press(office, office, shown.message_id, button)
        first = await _attempts(database, 0)
    async with life():
        second = await _attempts(database, first)
    await people.fail("sendDocument", mode="hang")
    async with life():
        await people.wait_for_call("sendDocument", answered=False)
    await people.clear_faults()
    async with forge.program("run", env=env, **CALM) as bot:
        one = await people.wait_for(office, kind="document")
        await people.wait_for(office, one.message_id, kind="document")
        # A second copy would come before an answer or soon after it.
        await people.send_text(office, office, "/cancel")
        await people.wait_for(office, contains="当前没有正在填写的报告")
        assert await bot.stop() == 0, bot.err.text
    assert first < second
    async with database.reading() as session:
        assert (await session.exec(select(Job.state).order_by(col(Job.id)))).all() == [JobState.DONE] * 2
    received = await people.messages(office, sender="bot")
    names = Counter(one.media["file_name"] for one in received if one.kind == "document")
    assert {name[:4] for name in names} == {"创城台账", "工作情况"}
    repeated = [one for one in received if "可能重复" in one.text]
    assert sum(names.values()) - len(names) <= len(repeated)
