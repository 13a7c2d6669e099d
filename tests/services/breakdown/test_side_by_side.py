"""分解 pressed by two at the same moment, and beside 办结, 取消 and 转派: all of it is made, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Database, ident
from models.delivery.messages import Outbox
from models.tasks import Task, breakdowns
from rules.tasks.task_lifecycle import OPEN_STATES, TaskEvent, TaskState
from services.access import Actor
from services.breakdown import breakdown_plan, breakdown_writing, undoing, unit_choice
from services.breakdown.breakdown_plan import BreakdownPlan, UnitChoice
from services.campaign import Campaign
from services.errors import DomainError
from services.tasks import reassign, task_decisions, task_steps
from services.tasks.open_parts import mark_of
from services.turn import Turn
from services.views import TurnOutcome, say
from tests.support.people import Roster
from tests.support.three_tiers import Tiers, make_tiers
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("side by side")

Press = Callable[[Turn], Awaitable[TurnOutcome]]


@dataclass
class Two:
    """The tiers, over two connections; each of ``at_once`` presses over one of their own."""

    engines: tuple[Database, Database]
    tiers: Tiers
    actors: dict[str, Actor]
    now: datetime
    campaign: Campaign

    @property
    def task_id(self) -> int:
        return ident(self.tiers.waste)

    async def at_once(self, mine: tuple[str, Press], others: tuple[str, Press]) -> list[str | None]:
        """The key of each refusal; None: it was done."""

        async def run(engine: Database, name: str, press: Press) -> str | None:
            try:
                async with engine.transaction() as session:
                    outcome = await press(turn_for(session, self.actors[name], self.now, self.campaign))
                    assert outcome.text is not None
                    return None if outcome.done else outcome.text.key
            except DomainError as refusal:
                return refusal.text.key

        return list(await asyncio.gather(run(self.engines[0], *mine), run(self.engines[1], *others)))

    async def begun(self, name: str) -> tuple[int, str]:
        """What that person has begun: the row and the mark of its preview, with 南山甲 for 南山村."""
        async with self.engines[0].transaction() as session:
            turn = turn_for(session, self.actors[name], self.now, self.campaign)
            await unit_choice.start(turn, self.task_id)
            row = await breakdowns.begun(session, self.task_id, turn.actor.id)
            assert row is not None
            task = await session.get_one(Task, self.task_id)
            chosen = UnitChoice(ident(self.tiers.people["南山甲"]))
            plan = BreakdownPlan.from_json(row.plan)
            plan = plan.with_choice(self.tiers.unit_id("南山村"), chosen)
            row.plan = plan.to_json()
            session.add(row)
            found = await breakdown_plan.proposals(turn, task, plan)
            return ident(row), breakdown_plan.mark_of(task, found, plan)

    async def confirm_of(self, name: str) -> Press:
        row_id, shown = await self.begun(name)

        async def confirm(turn: Turn) -> TurnOutcome:
            return await breakdown_writing.confirm(turn, row_id, shown)

        return confirm

    async def broken_down(self) -> int:
        """The task is broken down by 农业张; returns the id of that 分解."""
        confirm = await self.confirm_of("局")
        async with self.engines[0].transaction() as session:
            assert (await confirm(turn_for(session, self.actors["局"], self.now, self.campaign))).done
            row = await breakdowns.last_of(session, self.task_id)
            assert row is not None
            return ident(row)

    async def task(self) -> Task:
        async with self.engines[0].reading() as session:
            return await session.get_one(Task, self.task_id)

    async def children(self) -> list[Task]:
        async with self.engines[0].reading() as session:
            query = select(Task).where(Task.parent_id == self.task_id).order_by(col(Task.id))
            return list(await session.exec(query))

    async def notices(self) -> list[int | None]:
        async with self.engines[0].reading() as session:
            query = select(Outbox.contact_id).where(Outbox.view == "breakdown")
            return sorted(await session.exec(query), key=str)


@pytest.fixture
async def two(database: Database, database_url: str, now: datetime, campaign: Campaign) -> AsyncIterator[Two]:
    other = Database(database_url)
    async with database.transaction() as session:
        tiers = await make_tiers(Roster(session, now, campaign))
        actors = {name: await tiers.actor(name) for name in tiers.people}
    yield Two((database, other), tiers, actors, now, campaign)
    await other.close()


async def test_two_break_the_same_task_down(two: Two) -> None:
    mine, others = await two.confirm_of("局"), await two.confirm_of("局联络员")
    found = await two.at_once(("局", mine), ("局联络员", others))
    assert sorted(map(str, found)) == ["None", "breakdowns.made_by_another"]
    assert len(await two.children()) == 4
    told = await two.notices()
    assert len(told) == len(set(told)) == 4


async def test_confirmed_on_two_devices(two: Two) -> None:
    confirm = await two.confirm_of("局")
    found = await two.at_once(("局", confirm), ("局", confirm))
    assert sorted(map(str, found)) == ["None", "breakdowns.made_before"]
    assert len(await two.children()) == 4


async def complete(turn: Turn, task_id: int) -> TurnOutcome:
    done = await task_steps.complete(turn, task_id)
    return TurnOutcome(say("common.as_is", text=""), Text("completion.done_complete"), done is not None)


async def test_beside_the_completion_of_the_task(two: Two) -> None:
    confirm = await two.confirm_of("局")
    found = await two.at_once(("局", confirm), ("创城办", lambda turn: complete(turn, two.task_id)))
    assert found[1] is None
    assert (await two.task()).state is TaskState.COMPLETED
    made = await two.children()
    assert (found[0], len(made)) in [(None, 4), ("breakdowns.closed", 0)]


async def test_beside_the_cancelling_of_the_task(two: Two) -> None:
    """No part is left open below a cancelled task, whoever is first."""
    confirm = await two.confirm_of("局")

    async def cancel(turn: Turn) -> TurnOutcome:
        return await task_decisions.decide(turn, two.task_id, TaskEvent.CANCEL, 0, "任务调整")

    found = await two.at_once(("局", confirm), ("创城办", cancel))
    made = await two.children()
    if (await two.task()).state is TaskState.CANCELLED:
        assert (found[0], made) == ("breakdowns.closed", [])
    else:
        assert found[0] is None
        assert len(made) == 4, "the office is shown what goes along, and asked again"


async def test_beside_the_move_of_the_task(two: Two) -> None:
    """农业张 may break it down before it goes to 东城王, and not after."""
    confirm = await two.confirm_of("局")

    async def move(turn: Turn) -> TurnOutcome:
        to = ident(two.tiers.people["街道"])
        moved = await reassign.move_tasks(turn, [two.task_id], to)
        return TurnOutcome(say("common.as_is", text=""), Text("reassign.moved"), bool(moved.tasks))

    found = await two.at_once(("局", confirm), ("创城办", move))
    assert found[1] is None
    made = len(await two.children())
    assert (found[0], made) in [(None, 4), ("breakdowns.not_yours", 0), ("tasks.not_yours", 0)]


async def test_taken_back_while_a_village_signs(two: Two) -> None:
    row_id = await two.broken_down()
    child = (await two.children())[0]

    async def sign(turn: Turn) -> TurnOutcome:
        signed = await task_steps.acknowledge(turn, [ident(child)])
        return TurnOutcome(say("common.as_is", text=""), Text("tasks.acknowledged"), bool(signed))

    found = await two.at_once(("局", lambda turn: undoing.undo(turn, row_id)), ("西山", sign))
    states = {child.state for child in await two.children()}
    if found[0] is None:
        assert states == {TaskState.CANCELLED}
    else:
        assert found == ["breakdowns.undo_begun", None]
        assert states <= OPEN_STATES


async def test_a_part_is_completed_while_all_are_cancelled(two: Two) -> None:
    await two.broken_down()
    child = (await two.children())[1]
    async with two.engines[0].reading() as session:
        shown = await mark_of(session, await two.children())

    async def cancel(turn: Turn) -> TurnOutcome:
        seen = task_card_seen(await task_steps.last_decision(turn.session, two.task_id))
        return await task_decisions.decide(turn, two.task_id, TaskEvent.CANCEL, seen, "任务调整", below=shown)

    found = await two.at_once(("创城办", cancel), ("局", lambda turn: complete(turn, ident(child))))
    states = [one.state for one in await two.children()]
    if (await two.task()).state is TaskState.CANCELLED:
        assert states == [TaskState.CANCELLED] * 4
        assert found[1] is not None
    else:
        assert states[1] is TaskState.COMPLETED


def task_card_seen(row: object) -> int:
    return 0 if row is None else int(getattr(row, "id", 0) or 0)


async def test_one_part_asks_while_another_is_answered(two: Two) -> None:
    """The task above knows that one waits still, whoever is first."""
    await two.broken_down()
    west, east = (await two.children())[:2]

    def submit(task_id: int) -> Press:
        async def press(turn: Turn) -> TurnOutcome:
            done = await task_steps.submit(turn, task_id)
            return TurnOutcome(say("common.as_is", text=""), Text("completion.submitted"), done is not None)

        return press

    first = (name_of(two, west), submit(ident(west)))
    async with two.engines[0].transaction() as session:
        await first[1](turn_for(session, two.actors[first[0]], two.now, two.campaign))
    second = (name_of(two, east), submit(ident(east)))
    answer = ("局", lambda turn: complete(turn, ident(west)))
    assert await two.at_once(second, answer) == [None, None]
    assert (await two.task()).below_asked_at is not None

    async def withdraw(turn: Turn) -> TurnOutcome:
        done = await task_steps.withdraw(turn, ident(east))
        return TurnOutcome(say("common.as_is", text=""), Text("completion.withdrawn"), done is not None)

    third = (await two.children())[2]
    assert await two.at_once((second[0], withdraw), (name_of(two, third), submit(ident(third)))) == [
        None,
        None,
    ]
    assert (await two.task()).below_asked_at is not None


def name_of(two: Two, task: Task) -> str:
    """Who of the tiers answers for a task."""
    return next(name for name, one in two.tiers.people.items() if one.id == task.responsible_id)
