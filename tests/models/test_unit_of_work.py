"""A unit of work awaits the database alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database, Session
from models.unit_of_work import alone

Wait = Callable[[], Awaitable[object]]


async def _write(session: Session, number: int) -> None:
    session.add(Audit(event="missed", subject_type="contact", subject_id=number, at=datetime.now(UTC)))
    await session.flush()


async def _count(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.exec(select(Audit).where(Audit.event == "missed"))).all())


def _call() -> Awaitable[object]:
    return asyncio.wait_for(asyncio.Event().wait(), 60)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("wait", [lambda: asyncio.sleep(0), lambda: asyncio.sleep(60), _call])
async def test_what_awaits_something_else_is_undone(database: Database, wait: Wait) -> None:
    async def work(session: Session) -> None:
        await _write(session, 1)
        await wait()

    async def run() -> None:
        async with database.transaction() as session:
            await alone(session, work(session))

    with pytest.raises(RuntimeError, match="other than the database"):
        await asyncio.wait_for(run(), 10)
    assert await _count(database) == 0
    async with database.transaction() as session:
        await alone(session, _write(session, 2))
    assert await _count(database) == 1


async def test_what_awaits_the_database_gives_its_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if other tasks get a turn between its statements."""
    monkeypatch.setattr("models.sqlite_connection.MOST_IN_A_ROW", 0.0)

    async def work(session: Session) -> int:
        for number in range(5):
            await _write(session, number)
        return len((await session.exec(select(Audit).where(Audit.event == "missed"))).all())

    async with database.transaction() as session:
        assert await alone(session, work(session)) == 5
    async with database.long_transaction() as session:
        assert await alone(session, work(session)) == 10


async def test_an_error_of_the_work_comes_out(database: Database) -> None:
    async def work(session: Session) -> None:
        await _write(session, 1)
        raise LookupError("its own")

    async def run() -> None:
        async with database.transaction() as session:
            await alone(session, work(session))

    with pytest.raises(LookupError, match="its own"):
        await run()
    assert await _count(database) == 0


@pytest.mark.parametrize("turns", range(12))
async def test_a_cancelled_one_is_whole_or_not_there(
    database: Database, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """It is cancelled after so many turns of the loop: between its statements, or in its commit."""
    monkeypatch.setattr("models.sqlite_connection.MOST_IN_A_ROW", 0.0)

    async def work(session: Session) -> None:
        for number in range(3):
            await _write(session, number)

    async def run() -> None:
        async with database.transaction() as session:
            await alone(session, work(session))

    task = asyncio.create_task(run())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await _count(database) in (0, 3)
    async with database.transaction() as session:
        await alone(session, _write(session, 9))
    assert await _count(database) in (1, 4)
