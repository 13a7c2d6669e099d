"""Sums hold while people report, correct and undo, metrics are merged and parted, and somebody recounts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import pytest

from models import tasks
from models.db import Database, Session, ident
from services.access import Actor
from services.campaign import Campaign
from services.drafts import draft_changes
from services.drafts.draft_parts import Addition
from services.errors import DomainError
from services.progress import corrections, filing, metric_changes, progress_dialogue, recounting
from services.turn import TickTurn
from tests.services.conftest import make_world
from tests.services.progress.talk import Talk, buttons
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("side by side")

ONE, OTHER = "垃圾", "建筑垃圾"
STEPS: Final = 8


@dataclass
class Yard:
    """A task of which the metrics of ``ids`` are merged and parted, and the people who report on it."""

    database: Database
    talks: list[Talk]
    office: Actor
    task_id: int
    ids: tuple[int, int]
    dice: random.Random
    refused: list[str] = field(default_factory=list)

    async def act(self, step: Callable[[Session], Awaitable[object]]) -> bool:
        """Do something in a transaction of its own. False: it was refused."""
        await asyncio.sleep(0)
        try:
            async with self.database.transaction() as session:
                await step(session)
        except DomainError as refusal:
            self.refused.append(refusal.text.key)
            return False
        return True

    def words(self, number: int) -> str:
        amount = self.dice.randint(1, 30)
        return self.dice.choice(
            [
                f"今天清运{ONE}{amount}吨",
                f"今天清运{OTHER}{amount}吨",
                f"累计清运{ONE}{amount + number * 40}吨",
                f"今天清运{ONE}{amount}吨，清运{OTHER}{amount + 1}吨",
                f"昨天清运{ONE}{amount}吨",
            ]
        )

    async def person(self, place: int) -> None:
        filed: list[int] = []
        for number in range(STEPS):
            talk = replace(self.talks[place], now=self.talks[place].now + timedelta(minutes=number))
            message, chance = 1_000 * place + number + 1, self.dice.random()
            if chance < 0.5 or not filed:
                filed += [message] if await self._report(talk, message, self.words(number)) else []
            elif chance < 0.8:
                await self.act(partial(self._correct, talk, self.dice.choice(filed)))
            else:
                await self.act(partial(self._undo, talk))

    async def _report(self, talk: Talk, message: int, words: str) -> bool:
        async def write(session: Session) -> None:
            await replace(talk, session=session).write(words, message_id=message, about=[self.task_id])

        await self.act(write)
        # An unusual number is confirmed twice.
        return any([await self.act(partial(self._confirm, talk)) for _ in range(2)])

    async def _correct(self, talk: Talk, message: int, session: Session) -> None:
        words = Addition(f"今天清运{self.dice.choice([ONE, OTHER])}{self.dice.randint(1, 40)}吨")
        await corrections.correct_by_edit(replace(talk, session=session).turn, message, words)

    async def _confirm(self, talk: Talk, session: Session) -> None:
        turn = replace(talk, session=session).turn
        draft = await draft_changes.current(turn)
        if any(figure.mode is None for figure in draft_changes.figures_of(draft)):
            await progress_dialogue.cancel(turn)
        else:
            await filing.confirm(turn, draft.revision)

    async def _undo(self, talk: Talk, session: Session) -> None:
        here = replace(talk, session=session)
        view = await here.undo()
        if buttons(view, "correction.withdraw"):
            await here.withdraw(view)

    async def desk(self, now: datetime, campaign: Campaign) -> None:
        one, other = self.ids
        for number in range(STEPS):

            async def step(session: Session, number: int = number) -> None:
                turn = turn_for(session, self.office, now, campaign)
                if number % 2:
                    await metric_changes.part(turn, other)
                else:
                    await metric_changes.merge(turn, other, one)

            await self.act(step)

    async def recount(self, now: datetime, campaign: Campaign) -> None:
        for _ in range(STEPS):
            for metric_id in self.ids:
                async with self.database.transaction() as session:
                    assert await recounting.mend(TickTurn(session, now, campaign), metric_id) is None


@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_sums_hold(database: Database, now: datetime, campaign: Campaign, seed: int) -> None:
    async with database.transaction() as session:
        world = await make_world(roster := Roster(session, now, campaign))
        task = await roster.task(world.unit, "清运垃圾", date(2026, 12, 31), assisting=(world.other_unit,))
        actors = (world.liaison, world.other_liaison, world.responsible)
        metrics = [
            await tasks.metric_named(session, ident(task), f"清运{item}", "吨") for item in (ONE, OTHER)
        ]
        yard = Yard(
            database,
            [Talk(session, actor, now, campaign) for actor in actors],
            world.office,
            ident(task),
            (ident(metrics[0]), ident(metrics[1])),
            random.Random(seed),  # noqa: S311  # the same steps each time
        )
    people = [yard.person(place) for place in range(len(yard.talks))]
    await asyncio.gather(*people, yard.desk(now, campaign), yard.recount(now, campaign))
    async with database.reading() as session:
        for metric_id in await recounting.metrics(session):
            assert not await recounting.differs(session, metric_id)
        assert len(await replace(yard.talks[0], session=session).reports()) >= STEPS // 2
