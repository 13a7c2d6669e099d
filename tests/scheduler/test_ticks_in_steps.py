"""A tick that is done in parts: each is a transaction of its own, and one follows the other at once."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database
from scheduler.runner import TickRunner
from scheduler.ticks import Tick
from services import audit
from services.campaign import Campaign
from services.dry_run import TickStep
from services.turn import TickTurn
from tests.conftest import NOW


async def _now() -> datetime:
    return NOW


async def test_the_rest_follows_at_once_in_other_transactions(database: Database) -> None:
    steps = iter((True, True, False, False))
    commits: list[int] = []

    async def step(turn: TickTurn) -> TickStep:
        found = (await turn.session.exec(select(Audit).where(Audit.event == "missed"))).all()
        audit.record(turn.session, "missed", ("contact", len(found)), now=turn.now)
        return TickStep([], more=next(steps))

    runner = TickRunner(database.transaction, _now, Campaign(), lambda: commits.append(len(commits)))
    await runner._run(Tick("nags", 3600.0, step))
    assert commits == [0, 1, 2]
    async with database.reading() as session:
        rows = (await session.exec(select(Audit).where(Audit.event == "missed"))).all()
    assert [row.subject_id for row in rows] == [0, 1, 2]


async def test_a_step_that_fails_ends_the_tick_and_keeps_what_was_done(database: Database) -> None:
    done: list[str] = []
    failed: list[str] = []

    async def step(turn: TickTurn) -> TickStep:
        audit.record(turn.session, "missed", ("contact", 1), now=turn.now)
        await turn.session.flush()
        if done:
            raise RuntimeError("the second step fails")
        done.append("first")
        return TickStep([], more=True)

    runner = TickRunner(
        database.transaction, _now, Campaign(), lambda: None, lambda name, _error, _times: failed.append(name)
    )
    await runner._run(Tick("nags", 3600.0, step))
    assert failed == ["nags"]
    async with database.reading() as session:
        assert len((await session.exec(select(Audit).where(Audit.event == "missed"))).all()) == 1


@pytest.mark.parametrize("answer", [None, [], True, 7])
async def test_what_is_no_step_is_done_once(database: Database, answer: object) -> None:
    looks: list[datetime] = []

    async def look(turn: TickTurn) -> object:
        looks.append(turn.now)
        return answer

    runner = TickRunner(database.transaction, _now, Campaign(), lambda: None)
    await runner._run(Tick("tally", 3600.0, look))
    assert looks == [NOW]
