"""Another name of a unit is forgotten while somebody else forgets it, or an import says it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Database, Session
from models.people import Unit
from models.people.aliases import UnitAlias
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.importing.plans import unit_aliases
from services.importing.rows.questions import AskKind
from services.people import forgetting_names
from services.views import TurnOutcome
from tests.services.conftest import World, make_world
from tests.services.progress.talk import keys
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import turn_for
from tests.support.waiting import until_it_waits

pytestmark = pytest.mark.both_engines("side by side")

NAME = "区城管局"


@dataclass(frozen=True, slots=True)
class Office:
    """Two officers, each with a program of their own, and 城管局, which is also called 区城管局."""

    engines: tuple[Database, Database]
    now: datetime
    campaign: Campaign
    world: World
    second: Actor

    async def forget(self, session: Session, actor: Actor) -> TurnOutcome:
        turn = turn_for(session, actor, self.now, self.campaign)
        return await forgetting_names.forget(turn, id_of(self.world.unit), NAME)

    async def say(self, session: Session, unit: Unit) -> None:
        """An import in which the second officer has answered that the name means the unit."""
        answers = {f"{AskKind.UNIT.value}:{NAME}": unit.name}
        await unit_aliases.remember(session, answers, now=self.now, actor_id=self.second.id)

    async def alone(self, act: Callable[[Session], Awaitable[TurnOutcome]]) -> TurnOutcome:
        async with self.engines[1].transaction() as session:
            return await act(session)

    async def stands(self) -> tuple[list[int], list[str]]:
        """The ids of the units that the name means, and what was done about it."""
        async with self.engines[0].reading() as session:
            units = (await session.exec(select(UnitAlias.unit_id).where(UnitAlias.name == NAME))).all()
            query = select(Audit.event).where(col(Audit.event).in_(("alias", "forget_alias")))
            return list(units), list((await session.exec(query.order_by(col(Audit.id)))).all())


@pytest.fixture
async def office(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> AsyncIterator[Office]:
    other = Database(database_url)
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(world.office.unit, "创城办乙", Role.OFFICE)
        session.add(UnitAlias(name=NAME, unit_id=id_of(world.unit), made_by=world.office.id, made_at=now))
    yield Office((database, other), now, campaign, world, second)
    await other.close()


async def test_of_two_officers_the_second_reads_that_it_is_gone(office: Office) -> None:
    async with office.engines[0].transaction() as session:
        first = await office.forget(session, office.world.office)
        late = asyncio.create_task(office.alone(lambda other: office.forget(other, office.second)))
        await until_it_waits(office.engines[0], late)
    second = await late
    assert (first.done, second.done) == (True, False)
    assert second.text is not None
    assert plain(second.text, "zh") == "“区城管局”已不再认定为城管局，无需再办。"
    assert "units.also" not in keys(second.view)
    assert await office.stands() == ([], ["forget_alias"])


async def test_a_name_that_an_import_moves_meanwhile_stays_with_its_new_unit(office: Office) -> None:
    async with office.engines[0].transaction() as session:
        await office.say(session, office.world.other_unit)
        late = asyncio.create_task(office.alone(lambda other: office.forget(other, office.world.office)))
        await until_it_waits(office.engines[0], late)
    assert not (await late).done
    assert await office.stands() == ([id_of(office.world.other_unit)], ["alias"])


async def test_an_import_that_says_it_again_meanwhile_keeps_it(office: Office) -> None:
    """It waits until the name is forgotten, and does not take it for known."""

    async def said() -> None:
        async with office.engines[1].transaction() as session:
            await office.say(session, office.world.other_unit)

    async with office.engines[0].transaction() as session:
        await office.forget(session, office.world.office)
        late = asyncio.create_task(said())
        await until_it_waits(office.engines[0], late)
    await late
    assert await office.stands() == ([id_of(office.world.other_unit)], ["forget_alias", "alias"])
