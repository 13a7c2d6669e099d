"""Two schedulers look at the same moment, a hundred times: each person hears once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Database
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.tasks import Task
from rules.people.roles import Role
from rules.slots import local_slot
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.nags import nag_engine
from tests.support.people import Roster
from tests.support.repeats import Part
from tests.support.turns import tick_for

pytestmark = pytest.mark.both_engines("side by side")

ROUNDS = 100


async def looked(database: Database, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    async with database.transaction() as session:
        return await nag_engine.tick(tick_for(session, at, campaign))


async def test_two_schedulers_a_hundred_times(
    database: Database, database_url: str, now: datetime, campaign: Campaign, part: Part
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        unit = await roster.unit("城管局")
        for number in range(3):
            contact = await roster.contact(unit, f"责任人{number}", Role.RESPONSIBLE_PERSON)
            for _ in range(2):
                objective = f"任务{number}.{_}"
                await roster.task(unit, objective, date(2026, 12, 14), contact, state=TaskState.IN_PROGRESS)
    other, day, told = Database(database_url), date(2026, 12, 15), []
    rounds = part(ROUNDS)
    try:
        for _ in range(rounds):
            moment = local_slot(day, campaign.slots.nag, campaign.zone)
            both = await asyncio.gather(*(looked(one, moment, campaign) for one in (database, other)))
            told += [(one.slot, one.chat) for many in both for one in many]
            day = campaign.calendar.add(day, 1)
    finally:
        await other.close()
    assert set(Counter(told).values()) == {1}
    assert len(told) == 3 * rounds
    async with database.reading() as session:
        rows = (await session.exec(select(Nag).where(Nag.state == NagState.TOLD))).all()
        promised = (await session.execute(sa.select(sa.func.count(col(Outbox.id))))).scalar_one()
        late = (await session.exec(select(Task).where(col(Task.next_nag_at) <= moment))).all()
    assert promised == 3 * rounds
    assert set(Counter((row.subject_id, row.slot, row.contact_id) for row in rows).values()) == {1}
    assert len(rows) == 6 * rounds
    assert late == []
