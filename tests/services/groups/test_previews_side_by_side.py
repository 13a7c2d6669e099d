"""Officers and ticks at the same moment, in separate transactions, on two engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database
from models.delivery import push_notes as notes
from models.delivery.messages import Outbox
from models.groups import GroupTally
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.groups import evening_tallies
from tests.services.conftest import Local, World, make_world
from tests.services.groups.hourly import CHATS, USUAL, Hours
from tests.services.groups.previewed import TODAY, Previews
from tests.support.people import Roster
from tests.support.turns import tick_for

pytestmark = pytest.mark.both_engines("side by side")


@pytest.fixture
async def office(database: Database, campaign: Campaign, local: Local) -> tuple[World, Actor]:
    """Two officers who have chosen previews, and a group."""
    async with database.transaction() as session:
        roster = Roster(session, local(12, 14, 9), campaign)
        world = await make_world(roster)
        colleague = await roster.actor(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
        await Hours(session, world.office, campaign).bind(CHATS[USUAL], local(12, 14, 20, 30))
        for officer in (world.office, colleague):
            await Previews(session, campaign).choose(officer, local(12, 14, 21))
    return world, colleague


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


async def test_two_officers_write_and_stop_at_once(
    database: Database, other: Database, office: tuple[World, Actor], campaign: Campaign, local: Local
) -> None:
    """Both remarks are taken, one of them stands; one of two stops is the first."""
    world, colleague = office
    at = local(12, 15, 17, 40)

    async def act(engine: Database, officer: Actor, words: str) -> str:
        async with engine.transaction() as session:
            previews = Previews(session, campaign)
            await previews.remark(officer, at, words)
            return await previews.stop(officer, at)

    answers = await asyncio.gather(act(database, world.office, "甲"), act(other, colleague, "乙"))
    assert sorted(answers) == ["push.stop_set", "push.stopped"]
    async with database.reading() as session:
        note = await notes.note_of(session, TODAY)
        rows = (
            await session.exec(select(Audit).where(Audit.subject_type == "push_note").order_by(col(Audit.id)))
        ).all()
    assert note is not None
    remarks = [row for row in rows if row.event == "push_remark"]
    assert note.remark == (remarks[-1].after or {})["remark"]
    assert (remarks[-1].before or {})["remark"] == (remarks[0].after or {})["remark"]
    assert [row.event for row in rows].count("push_stop") == 1


@pytest.mark.parametrize("seconds", [-1, 0, 1])
async def test_a_stop_beside_the_tally_either_holds_or_is_told_that_it_is_out(
    database: Database,
    other: Database,
    office: tuple[World, Actor],
    campaign: Campaign,
    local: Local,
    seconds: int,
) -> None:
    world, _ = office
    at = local(12, 15, 18)

    async def tally() -> int:
        async with database.transaction() as session:
            return len(await evening_tallies.tally_tick(tick_for(session, at, campaign)))

    async def stop() -> bool:
        try:
            async with other.transaction() as session:
                await Previews(session, campaign).stop(world.office, at + timedelta(seconds=seconds))
        except DomainError:
            return False
        return True

    told, stopped = await asyncio.gather(tally(), stop())
    assert told == (0 if stopped else 1)
    async with database.reading() as session:
        sent = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.TALLY))).all()
        (row,) = (await session.exec(select(GroupTally))).all()
    assert len(sent) == told
    assert row.frozen.get("held_back", False) is stopped


async def test_two_schedulers_promise_one_preview_to_each(
    database: Database, other: Database, office: tuple[World, Actor], campaign: Campaign, local: Local
) -> None:
    async def tick(engine: Database) -> int:
        async with engine.transaction() as session:
            return len(await Previews(session, campaign).tick(local(12, 15, 17, 30)))

    assert sorted(await asyncio.gather(tick(database), tick(other))) == [0, 2]
    async with database.reading() as session:
        assert len(await Previews(session, campaign).promised()) == 2
