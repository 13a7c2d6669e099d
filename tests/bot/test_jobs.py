"""Files sent for import are fetched over HTTP, read by a worker, and shown in one message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

import bot.jobs
from bot.commands.job_worker import JobWork
from bot.jobs import JobRunner, Work
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import BULK_AT_ONCE, Telegram
from models import importing
from models.db import Session
from models.importing import Job, JobKind, JobState
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services.access import actor_of
from services.importing.jobs import import_jobs, import_steps, job_claims
from services.importing.jobs.import_jobs import SentFile
from tests.bot.desk import AT_ONCE, Desk, account
from tests.services.importing.builders import sheet, task
from tests.support.patience import PATIENCE
from tests.support.turns import turn_for


@dataclass
class Bench:
    """The office's chat, and a runner whose worker is in this process unless a test gives another one."""

    desk: Desk
    office: Contact
    turns: list[tuple[int, int]] = field(default_factory=list)

    @property
    def chat(self) -> int:
        return account(self.office)

    async def work(self, job_id: int, worker: int, now: datetime) -> int:
        self.turns.append((job_id, worker))
        work = JobWork(self.desk.database, self.desk.campaign, now, pause=0)
        await work.do(job_id, worker)
        return 0

    def runner(self, work: Work | None = None) -> JobRunner:
        desk = self.desk
        return JobRunner(
            desk.database, desk.bot, desk.clock, desk.campaign, desk.sender.wake, work=work or self.work
        )

    async def send(self, data: bytes, *, size: int | None = None, file_id: str | None = None) -> int:
        """Send a file to the chat, and make its job, as intake does."""
        sent = await self.desk.people.send_document(self.chat, self.chat, data, name="任务.xlsx", size=size)
        file = SentFile(file_id or sent.file_id or "", "任务.xlsx")
        async with self.desk.database.transaction() as session:
            actor = await actor_of(session, self.office)
            await import_jobs.receive(turn_for(session, actor, self.desk.clock.moment, chat=self.chat), file)
        return 1

    async def job(self) -> Job:
        async with self.desk.database.reading() as session:
            job = await session.get(Job, 1)
        assert job is not None
        return job

    async def look(self) -> MessageRecord:
        """Bring the job's message up to date, and return it."""
        desk = self.desk
        editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
        await editor.look()
        return next(one for one in await desk.received(self.chat) if one.kind == "text")

    async def press(self, key: str) -> None:
        async with self.desk.database.transaction() as session:
            actor = await actor_of(session, self.office)
            decide = import_jobs.confirm if key == "confirm" else import_jobs.cancel
            await decide(turn_for(session, actor, self.desk.clock.moment), 1)


@pytest.fixture
async def bench(desk: Desk) -> Bench:
    return Bench(desk, await desk.office())


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the rests between two tries."""
    monkeypatch.setattr(bot.jobs, "DELAYS", (0.0,) * len(bot.jobs.DELAYS))


async def test_its_first_message_does_not_stand_in_the_line_of_the_nags(bench: Bench) -> None:
    await bench.send(sheet(task()))
    desk, telegram = bench.desk, Telegram(bench.desk.bot, Pace(AT_ONCE))
    async with AsyncExitStack() as line:
        for chat in range(1, BULK_AT_ONCE + 1):
            await line.enter_async_context(telegram.turn(chat, bulk=True))
        async with asyncio.timeout(PATIENCE):
            await LiveEditor(desk.database, telegram, desk.clock, desk.campaign).look()
    assert "正在读取" in (await desk.texts(bench.chat))[-1]


async def test_one_message_from_the_file_to_the_end(bench: Bench) -> None:
    """One message follows the job to its end; the refused rows come once, as a sheet."""
    good = task(责任单位="城管局", 配合单位=None)
    await bench.desk.contact("城管局责任人", Role.RESPONSIBLE_PERSON)
    await bench.send(sheet(good, task(责任单位="园林局")))
    received = await bench.look()
    assert "正在读取" in received.text
    runner = bench.runner()
    assert await runner.step()
    shown = await bench.look()
    assert "新增 1 项" in shown.text
    assert shown.labels == ["✅ 确认导入", "取消", "新增（1）"]
    await bench.press("confirm")
    assert "写入 0/1" in (await bench.look()).text
    assert await runner.step()
    done = await bench.look()
    assert "已导入" in done.text
    assert done.labels == []
    assert {one.message_id for one in (received, shown, done)} == {received.message_id}
    assert not await runner.step()
    bench.desk.start()
    await bench.desk.until_settled()
    files = [one for one in await bench.desk.received(bench.chat) if one.kind == "document"]
    assert [one.media["file_name"] for one in files] == ["任务-退回1行.xlsx"]
    assert bench.turns == [(1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"file_id": "unknown"}, "Telegram 上已没有“任务.xlsx”"),
        ({"size": 25 * 1024 * 1024}, "超过 5 MB"),
        ({"size": 6 * 1024 * 1024}, "超过 5 MB"),
        ({"data": bytes(6 * 1024 * 1024), "size": 1000}, "超过 5 MB"),
    ],
    ids=["unknown", "too big for bots", "too big for us", "bigger than it says"],
)
async def test_a_file_that_is_not_to_be_had(bench: Bench, sent: dict[str, Any], said: str) -> None:
    await bench.send(**{"data": sheet(task()), **sent})
    await bench.runner().step()
    assert (await bench.job()).state is JobState.FAILED
    assert said in (await bench.look()).text
    assert bench.turns == []


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"method": "download", "count": 3, "status": 500}, JobState.PREVIEW),
        ({"method": "download", "count": 2, "mode": "drop_before"}, JobState.PREVIEW),
        ({"method": "getFile", "count": 2, "status": 500}, JobState.PREVIEW),
        ({"method": "getFile", "count": 2, "mode": "drop_before"}, JobState.PREVIEW),
        ({"method": "download", "count": 1, "status": 404}, JobState.FAILED),
        ({"method": "download", "count": -1, "status": 500}, JobState.FAILED),
    ],
)
async def test_what_is_tried_again(bench: Bench, fault: dict[str, Any], state: JobState) -> None:
    """Faults of the network and of Telegram are tried again; no address, which has the token, is logged."""
    await bench.desk.contact("城管局责任人", Role.RESPONSIBLE_PERSON)
    await bench.send(sheet(task(配合单位=None)))
    await bench.desk.people.fail(**fault)
    runner = bench.runner()
    with capture_logs() as logs:
        while (await bench.job()).state is JobState.WAITING:
            assert await runner.step()
    assert (await bench.job()).state is state
    assert bench.desk.telegram.token not in json.dumps(logs, default=repr)
    assert len(bench.turns) == (state is JobState.PREVIEW)


async def test_telegram_says_how_long_to_wait(bench: Bench) -> None:
    await bench.send(sheet(task()))
    await bench.desk.people.fail("getFile", status=429, parameters={"retry_after": 3600})
    runner = bench.runner()
    assert await runner.step()
    assert not await runner.step(), "it rests"
    assert (await bench.job()).state is JobState.WAITING


@pytest.mark.usefixtures("at_once")
async def test_a_worker_that_ends_badly(bench: Bench) -> None:
    """A worker that ends badly is tried again, but not for ever, because it would end badly again."""

    async def dies(job_id: int, worker: int, now: datetime) -> int:
        bench.turns.append((job_id, worker))
        return -9

    await bench.send(sheet(task()))
    runner = bench.runner(dies)
    while (await bench.job()).state is JobState.WAITING:
        await runner.step()
    assert bench.turns == [(1, 1), (1, 2), (1, 3)]
    assert "读取时出错" in (await bench.look()).text


class _BrokenError(Exception):
    """Stands for any error that ends a worker."""


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("told", [True, False])
async def test_an_import_that_fails_half_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """The people of the written tasks hear of them at once.

    The same file, sent again, finds nothing new in those rows, so they would not hear then. If telling
    them fails, the job ends all the same.
    """
    desk, inner = bench.desk, job_claims.do_step
    helper = await desk.contact("城管局责任人")
    rows = [task(目标任务=f"整治第{number}片区", 配合单位=None) for number in range(4)]

    async def do_step(*arguments: Any, done: int, **more: Any) -> Any:
        if done > 2:
            raise _BrokenError
        return await inner(*arguments, done=done, **more)

    async def work(job_id: int, worker: int, now: datetime) -> int:
        try:
            return await bench.work(job_id, worker, now)
        except _BrokenError:
            return 1

    monkeypatch.setattr(import_steps, "ROWS", 2)
    monkeypatch.setattr(job_claims, "do_step", do_step)
    if not told:
        monkeypatch.setattr(job_claims, "follow_up", _breaks)
    await bench.send(sheet(*rows))
    runner = bench.runner(work)
    await runner.step()
    await bench.press("confirm")
    while (await bench.job()).state is JobState.CONFIRMED:
        await runner.step()
    assert "已写入 2/4 项" in (await bench.look()).text
    promised = [row for row in (await desk.rows()).values() if row.kind is MessageKind.ORDER]
    assert [row.contact_id for row in promised] == ([helper.id] if told else [])
    assert all(len(row.content["task_ids"]) == 2 for row in promised)


async def _breaks(*_: Any, **__: Any) -> None:
    raise _BrokenError


async def test_a_worker_that_takes_too_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def hangs(job_id: int, worker: int, now: datetime) -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    monkeypatch.setitem(bot.jobs.WORK_SECONDS, JobState.WAITING, 0.05)
    await bench.send(sheet(task()))
    await bench.runner(hangs).step()
    assert ended.is_set()
    assert "处理时间过长" in (await bench.look()).text


async def test_the_program_ends_in_the_middle(bench: Bench) -> None:
    """The worker ends with the program; the next program goes on at the same point."""
    started = asyncio.Event()

    async def hangs(job_id: int, worker: int, now: datetime) -> int:
        started.set()
        await asyncio.Event().wait()
        return 0

    await bench.send(sheet(task(配合单位=None)))
    runner = bench.runner(hangs)
    running = asyncio.create_task(runner.run())
    await started.wait()
    runner.stop_looking()
    await running
    assert (await bench.job()).state is JobState.WAITING
    await bench.runner().step()
    assert bench.turns == [(1, 2)]
    downloads = await bench.desk.people.calls("download")
    assert len(downloads) == 1, "what was fetched is kept"


async def test_the_end_of_the_program_cuts_no_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is cut logs an error, as if the database failed."""
    at_it, go_on, looked = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(session: Session, resting: Sequence[int], kinds: Collection[JobKind]) -> Job | None:
        at_it.set()
        await go_on.wait()
        job = await next_open(session, resting, kinds)
        looked.set()
        return job

    next_open = importing.next_open
    monkeypatch.setattr("models.importing.next_open", slow)
    runner = bench.runner()
    with capture_logs() as logs:
        running = asyncio.create_task(runner.run())
        await at_it.wait()
        runner.stop_looking()
        await asyncio.sleep(0)
        go_on.set()
        await running
    assert looked.is_set()
    assert logs == []


async def test_a_file_that_ends_the_program_each_time(bench: Bench) -> None:
    await bench.send(sheet(task()))
    async with bench.desk.database.transaction() as session:
        job = await session.get(Job, 1)
        assert job is not None
        job.attempt = bot.jobs.MOST_ATTEMPTS
        session.add(job)
    await bench.runner().step()
    assert (await bench.job()).state is JobState.FAILED
    assert bench.turns == []


async def test_an_error_of_ours_does_not_end_the_program(bench: Bench) -> None:
    async def fails(job_id: int, worker: int, now: datetime) -> int:
        raise RuntimeError("ours")

    await bench.send(sheet(task()))
    with capture_logs() as logs:
        assert not await bench.runner(fails).step()
    assert [entry["event"] for entry in logs] == ["job not worked on"]
    assert (await bench.job()).state is JobState.WAITING
