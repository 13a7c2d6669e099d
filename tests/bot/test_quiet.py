"""A commit wakes only those whom it concerns, and idle parts ask the database nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlmodel import select

from bot.loops import ELSEWHERE_SECONDS
from locales import Text
from models.audit_log import Audit
from models.db import Database
from models.delivery.live_messages import LiveKind
from models.groups import GroupChat
from models.importing import Job, JobKind
from models.people import Contact
from rules.delivery.delivery import MessageKind
from services import live_updates, outbox
from services.views import View
from tests.bot.desk import Desk, account
from tests.bot.running import RunningProgram, counted, running
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.processes import ROOT

SENTENCE, CARD, CONFIRM, RECEIPT = "今天清理违规广告牌匾12处", "请核对", "确认提交", "回执"
# What a hot path asks of the database, by all parts together: (transactions, statements). Less is better.
ASKED = {"report": (3, 25), "confirm": (4, 52)}
Start = Callable[..., AbstractAsyncContextManager[RunningProgram]]


@pytest.fixture
async def person(desk: Desk) -> Contact:
    contact = await desk.contact("责任人")
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        await roster.task(await roster.unit("公安交警大队"), "清理违规广告牌匾", None, contact)
    return contact


@pytest.fixture
def start(desk: Desk, person: Contact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    def start(**seconds: float) -> AbstractAsyncContextManager[RunningProgram]:
        return running(desk, tmp_path, monkeypatch, **seconds)

    return start


@pytest.fixture
async def other(desk: Desk, database_url: str) -> AsyncIterator[Database]:
    """The database as another process has it."""
    database = Database(database_url)
    yield database
    await database.close()


async def test_what_a_report_and_its_receipt_ask(desk: Desk, person: Contact, start: Start) -> None:
    chat = account(person)
    async with start() as program:
        program.looks.clear()
        with counted(desk.database) as report:
            sent = await desk.people.send_text(chat, chat, SENTENCE)
            card = await desk.people.wait_for(chat, sent.message_id, contains=CARD)
            await program.idle()
        with counted(desk.database) as confirm:
            await desk.people.press(chat, chat, card.message_id, CONFIRM)
            await desk.people.wait_for(chat, card.message_id, contains=RECEIPT)
            await program.idle()
    assert program.looks == [], "nobody had to look"
    for name, work in (("report", report), ("confirm", confirm)):
        transactions, statements = ASKED[name]
        assert work.transactions <= transactions, work.statements
        assert len(work.statements) <= statements, work.statements


async def test_idle_parts_ask_nothing(desk: Desk, start: Start) -> None:
    """Only changes by other processes are looked for. That is no statement on SQLite, else one."""
    async with start(elsewhere=0.001) as program:
        program.looks.clear()
        with counted(desk.database) as work:
            await program.looked("OtherProcesses", 20)
        assert set(program.looks) == {"OtherProcesses"}
        asked = set(work.statements)
    assert asked == (set() if desk.database.is_sqlite else {"SELECT txid_current_snapshot()::text"})


async def test_an_idle_part_looks_now_and_then(start: Start) -> None:
    async with start(net=0.01) as program:
        for name in ("Intake", "Sender", "LiveEditor", "JobRunner", "Prompts", "BacklogWatch"):
            await program.looked(name, 2)


async def promise(database: Database, desk: Desk, person: Contact, key: str) -> None:
    """Promise something over a database that is not the program's."""
    async with database.transaction() as session:
        view = View([Text("common.as_is", text=key)])
        await outbox.enqueue(session, MessageKind.RECEIPT, key, view, now=desk.clock.moment, contact=person)


@pytest.mark.both_engines("side by side")
async def test_what_another_process_promises_goes_out(
    desk: Desk, person: Contact, other: Database, start: Start
) -> None:
    async with start(elsewhere=ELSEWHERE_SECONDS):
        for key in ("一", "二"):
            await promise(other, desk, person, key)
            await desk.people.wait_for(account(person), contains=key, timeout=PATIENCE)


@pytest.mark.both_engines("side by side")
async def test_a_change_of_another_process_wakes_all_that_look(
    desk: Desk, person: Contact, other: Database, start: Start
) -> None:
    async with start(elsewhere=0.01) as program:
        looks = ("Intake", "Sender", "LiveEditor", "JobRunner", "Prompts")
        waiting = [asyncio.create_task(program.looked(name)) for name in looks]
        await asyncio.sleep(0)
        async with other.transaction() as session:
            session.add(
                Job(
                    kind=JobKind.IMPORT,
                    contact_id=person.id or 0,
                    chat_id=account(person),
                    telegram_file_id="gone",
                    file_name="名单.xlsx",
                    created_at=desk.clock.moment,
                    updated_at=desk.clock.moment,
                )
            )
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*waiting)


PROMISING = """
import asyncio, sys
from datetime import UTC, datetime
from models.db import Database
from rules.delivery.delivery import MessageKind
from locales import Text
from services import outbox
from services.views import View

async def main(url, chat):
    database = Database(url)
    view = View([Text("common.as_is", text="外来")])
    async with database.transaction() as session:
        now = datetime.now(UTC)
        await outbox.enqueue(session, MessageKind.RECEIPT, "外来", view, now=now, chat=(chat, None))
    await database.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_a_real_second_process(desk: Desk, person: Contact, database_url: str, start: Start) -> None:
    async with start(elsewhere=ELSEWHERE_SECONDS):
        command = (sys.executable, "-c", PROMISING, database_url, str(account(person)))
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=dict(os.environ))
        assert await process.wait() == 0
        await desk.people.wait_for(account(person), contains="外来", timeout=PATIENCE)


async def act(desk: Desk) -> None:
    """Let somebody do something of which no message of theirs tells."""
    async with desk.database.transaction() as session:
        session.add(Audit(at=desk.clock.moment, event="test", subject_type="unit", subject_id=1))


async def test_what_others_do_concerns_boards_alone(
    desk: Desk, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without boards and lists nobody looks at the audit. With one it is looked at soon, once for several."""
    monkeypatch.setattr("bot.live_editor.GATHER_SECONDS", 0.05)
    async with start() as program:
        program.looks.clear()
        await act(desk)
        await program.idle()
        assert program.looks == []
        chat = await desk.group()
        async with desk.database.transaction() as session:
            group = (await session.exec(select(GroupChat))).one()
            await live_updates.ensure_live(session, LiveKind.BOARD, group.id or 0, chat=(chat, None))
        await desk.people.wait_for(chat, contains="办结", timeout=PATIENCE)
        await program.idle()
        program.looks.clear()
        for _ in range(3):
            await act(desk)
        await program.looked("LiveEditor")
        await program.idle()
        # The first look marks the board dirty. That is a commit, too.
        assert program.looks == ["LiveEditor"] * 2
