"""``kill -9`` while a file is fetched, read and written: none of its rows is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database
from models.delivery.messages import Outbox
from models.importing import Job, JobState
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from sandbox.client import SandboxClient
from services.campaign import Campaign
from tests.conftest import NOW
from tests.e2e.cast import account, assemble
from tests.services.importing.builders import sheet
from tests.services.importing.importing_desk import ImportDesk, many
from tests.support.patience import PATIENCE
from tests.support.processes import Forge, Program, plain_environment

ROWS = 350
CALM: dict[str, Any] = {"hurry": True, "ticks": 60}


async def _progress(database: Database, beyond: int) -> int:
    """Wait until more than ``beyond`` rows are written, and return their number."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.reading() as session:
                job = await session.get(Job, 1)
            if job is not None and job.done > beyond:
                return job.done
            await asyncio.sleep(0.02)


async def test_nothing_is_lost_or_doubled(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    office = account(cast.office)
    person = {"配合单位": None, "责任人": cast.contacts[0].name}
    rows = [*many(ROWS, **person), *many(1, 责任单位="园林局")]

    @asynccontextmanager
    async def life() -> AsyncIterator[Program]:
        """Run the program, and kill it at the end of the block."""
        async with forge.program("run", env=env, **CALM) as bot:
            yield bot
            bot.signal(signal.SIGKILL)
            assert await bot.ended() == -signal.SIGKILL, bot.err.text

    await people.fail("download", mode="hang")
    async with life():
        await people.start(office)
        await people.start(account(cast.contacts[0]))
        await people.send_document(office, office, sheet(*rows), name="任务分解表.xlsx")
        await people.wait_for_call("download", answered=False)
    await people.clear_faults()
    async with life():
        await people.wait_for_call("download", answered=True, count=2)
    async with life():
        preview = await people.wait_for(office, contains=[f"新增 {ROWS} 项", "退回 1 行"])
        await people.press(office, office, preview.message_id, "确认导入")
        first = await _progress(database, 0)
    async with life():
        second = await _progress(database, first)
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for(office, contains="“任务分解表.xlsx”已导入")
        await people.wait_for(account(cast.contacts[0]), contains=f"{ROWS} 项")
        # A second copy would come before an answer or soon after it.
        for chat in (office, account(cast.contacts[0])):
            await people.send_text(chat, chat, "/cancel")
            await people.wait_for(chat, contains="当前没有正在填写的报告")
        assert await bot.stop() == 0, bot.err.text
    assert 0 < first < second <= ROWS
    await _check(database, people, office, account(cast.contacts[0]), [row["目标任务"] for row in rows[:-1]])


async def _check(
    database: Database, people: SandboxClient, office: int, contact: int, objectives: list[str]
) -> None:
    async with database.reading() as session:
        job = await session.get(Job, 1)
        made = (await session.exec(select(Task).where(Task.id != 1).order_by(col(Task.id)))).all()
        imports = select(Audit.subject_id).where(Audit.event == "import").order_by(col(Audit.id))
        audited = (await session.exec(imports)).all()
        orders = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.ORDER))).all()
    assert job is not None
    assert (job.state, job.done, job.total) == (JobState.DONE, ROWS, ROWS)
    assert [task.objective for task in made] == objectives
    assert audited == [task.id for task in made]
    assert [len(order.content["task_ids"]) for order in orders] == [ROWS]
    told = [one.text for one in await people.messages(contact, sender="bot") if f"{ROWS} 项" in one.text]
    assert len(told) == 1
    sheets = [one for one in await people.messages(office, sender="bot") if one.kind == "document"]
    assert [one.media["file_name"] for one in sheets] == ["任务分解表-退回1行.xlsx"]


@pytest.mark.both_engines("locks")
async def test_a_worker_ends_with_its_parent(
    database: Database, env: dict[str, str], campaign: Campaign
) -> None:
    """A worker ends even while it waits for a lock: the next life must not meet it."""
    desk = await ImportDesk(database, campaign, NOW).set_up()
    job_id = await desk.send_tasks(*many(1))
    turn = await desk.take()
    command = ("work-job", str(job_id), str(turn.worker), "--now", NOW.isoformat())
    async with database.transaction():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot.cli", *command),
            env=plain_environment() | env,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            _, errors = await process.communicate()
    assert (process.returncode, errors) == (1, b"")
    assert (await desk.job(job_id)).state is JobState.WAITING
