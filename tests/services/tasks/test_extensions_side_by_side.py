"""延期 and 暂停催办 pressed by two at the same moment, in transactions of their own: one counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time

import pytest
from sqlmodel import col, select

from locales import Text
from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.people import Contact
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.task_extensions import ExtensionStep
from rules.tasks.task_lifecycle import EXTENDING, PAUSING
from services.access import Actor
from services.campaign import Campaign
from services.nags import nag_engine
from services.nags.tasks import task_pauses
from services.nags.tasks.task_pauses import PauseMatter
from services.tasks import extension_answers, extension_card, extensions, pause_card, task_steps
from services.tasks.extensions import ExtensionMatter
from services.turn import Turn
from services.views import TurnOutcome
from tests.services.conftest import World, make_world
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for
from tests.support.waiting import until_it_waits

pytestmark = pytest.mark.both_engines("side by side")

WANTED = date(2026, 12, 25)
Press = Callable[[Turn], Awaitable[TurnOutcome]]


@dataclass
class Two:
    """The world, and a second member of the office, who presses over a connection of their own."""

    engines: tuple[Database, Database]
    world: World
    second: Actor
    now: datetime
    campaign: Campaign

    async def at_once(self, mine: tuple[Actor, Press], others: tuple[Actor, Press]) -> list[str | None]:
        """The key of each refusal; None: it was done."""

        async def run(engine: Database, actor: Actor, press: Press) -> str | None:
            async with engine.transaction() as session:
                outcome = await press(turn_for(session, actor, self.now, self.campaign))
                assert outcome.text is not None
                return None if outcome.done else outcome.text.key

        return list(await asyncio.gather(run(self.engines[0], *mine), run(self.engines[1], *others)))

    async def asked(self) -> int:
        """Let the responsible person ask; returns what the office's buttons have seen."""
        async with self.engines[0].transaction() as session:
            assert (await self.ask(turn_for(session, self.world.responsible, self.now, self.campaign))).done
            return await seen(session, self.world.task_id)

    async def ask(self, turn: Turn) -> TurnOutcome:
        matter = ExtensionMatter(self.world.task_id, ExtensionStep.ASK, 0, WANTED)
        return await extensions.decide(turn, matter, "工作量较大")

    async def task(self) -> Task:
        async with self.engines[0].reading() as session:
            return await session.get_one(Task, self.world.task_id)

    async def events(self) -> list[str]:
        async with self.engines[0].reading() as session:
            named = [event.value for event in (*EXTENDING, *PAUSING)]
            query = select(Audit.event).where(col(Audit.event).in_(named)).order_by(col(Audit.id))
            return list(await session.exec(query))


async def seen(session: Session, task_id: int) -> int:
    row = await extension_card.last_step(session, task_id)
    return 0 if row is None or row.id is None else row.id


@pytest.fixture
async def two(database: Database, database_url: str, now: datetime, campaign: Campaign) -> AsyncIterator[Two]:
    other = Database(database_url)
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(world.office.unit, "另一位", Role.OFFICE)
    yield Two((database, other), world, second, now, campaign)
    await other.close()


async def test_asked_by_the_person_and_the_liaison(two: Two) -> None:
    found = await two.at_once((two.world.responsible, two.ask), (two.world.liaison, two.ask))
    assert sorted(map(str, found)) == ["None", "extensions.refused.waits"]
    assert await two.events() == ["ask_extension"]
    async with two.engines[0].reading() as session:
        assert len(list(await session.exec(select(Outbox)))) == 2, "one message to each of the office"


async def test_granted_and_refused(two: Two) -> None:
    waits, task_id = await two.asked(), two.world.task_id

    async def grant(turn: Turn) -> TurnOutcome:
        return await extension_answers.grant(turn, task_id, waits)

    async def refuse(turn: Turn) -> TurnOutcome:
        return await extension_answers.refuse(turn, task_id, waits, "原时限足够")

    found = await two.at_once((two.world.office, grant), (two.second, refuse))
    assert sorted(map(str, found)) == ["None", "extensions.refused.not_waiting"]
    task, events = await two.task(), await two.events()
    assert (task.deadline == WANTED, len(events)) == (events[-1] == "extend", 2)


async def test_granted_while_the_task_is_completed(two: Two) -> None:
    waits, task_id = await two.asked(), two.world.task_id

    async def grant(turn: Turn) -> TurnOutcome:
        return await extension_answers.grant(turn, task_id, waits)

    async def complete(turn: Turn) -> TurnOutcome:
        assert await task_steps.complete(turn, task_id)
        return TurnOutcome(await extension_answers.review(turn, task_id), Text("completion.done_complete"))

    granted, completed = await two.at_once((two.world.office, grant), (two.second, complete))
    assert completed is None
    task = await two.task()
    assert (task.completed_at is not None, task.extension_until) == (True, None)
    assert (task.deadline == WANTED) == (granted is None)


async def test_paused_twice(two: Two) -> None:
    async def pause(turn: Turn) -> TurnOutcome:
        return await task_pauses.decide(turn, PauseMatter(two.world.task_id, 0, WANTED), "待上级审批")

    found = await two.at_once((two.world.office, pause), (two.second, pause))
    assert sorted(map(str, found)) == ["None", "pauses.paused_now"]
    assert await two.events() == ["pause"]


async def test_a_pause_ends_while_a_tick_still_sees_it(two: Two) -> None:
    """The tick lets a nag of the night wait for the end of the pause; the end then finds it."""
    nine, at = [datetime(2026, 12, 21, hour, tzinfo=two.campaign.zone) for hour in (9, 11)]
    async with two.engines[0].transaction() as session:
        sleeper = await session.get_one(Contact, two.world.responsible.id)
        sleeper.quiet_from, sleeper.quiet_until = time(20), time(11)
        await nag_engine.tick(tick_for(session, nine, two.campaign))
        turn = turn_for(session, two.world.office, nine, two.campaign)
        assert (await task_pauses.decide(turn, PauseMatter(two.world.task_id, 0, WANTED), "待上级审批")).done

    async def resume() -> None:
        async with two.engines[1].transaction() as session:
            seen_pause = await pause_card.last_step(session, two.world.task_id)
            turn = turn_for(session, two.second, at, two.campaign)
            assert (await task_pauses.resume(turn, two.world.task_id, seen_pause)).done

    async with two.engines[0].transaction() as session:
        await nag_engine.tick(tick_for(session, at, two.campaign))
        resumed = asyncio.create_task(resume())
        await until_it_waits(two.engines[0], resumed)
    await resumed
    async with two.engines[0].reading() as session:
        waits = list(await session.exec(select(Nag).where(Nag.state == NagState.WAITING)))
    assert waits
    assert [row for row in waits if row.hold_until is not None and row.hold_until > at] == []
