"""Two members of the office at the same moment, in separate transactions, on two engines: one wins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import cases
from models.cases import Case, SentCase, SupervisionOrder
from models.db import Database, Session
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import StepDetails
from services.cases.deciding import merging, registration
from services.cases.handling import unit_side
from services.cases.orders import dispatching
from services.errors import DomainError
from services.nags import nag_engine as nags
from services.nags.orders import case_reminders
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("side by side")

Step = Callable[[Session, Actor], Awaitable[object]]


class Two:
    """The world, its second member of the office, and two registered cases."""

    def __init__(self, database: Database, other: Database, world: World, second: Actor) -> None:
        self.engines = (database, other)
        self.world, self.second = world, second
        self.cases: list[Case] = []

    async def at_once(self, mine: Step, others: Step) -> list[str]:
        """The result of each step: ``done``, or the key of the refusal."""

        async def run(engine: Database, actor: Actor, step: Step) -> str:
            try:
                async with engine.transaction() as session:
                    await step(session, actor)
            except DomainError as refusal:
                return refusal.text.key
            return "done"

        return list(
            await asyncio.gather(
                run(self.engines[0], self.world.office, mine), run(self.engines[1], self.second, others)
            )
        )

    async def now(self, case: Case) -> Case:
        async with self.engines[0].reading() as session:
            return await session.get_one(Case, case.id)


@pytest.fixture
async def two(database: Database, database_url: str, now: datetime, campaign: Campaign) -> AsyncIterator[Two]:
    other = Database(database_url)
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
        found = Two(database, other, world, second)
        category = await desk.category(unit=world.unit)
        for _ in range(2):
            case = await desk.report(world.other_liaison, category)
            found.cases.append(await desk.step(case, CaseEvent.REGISTER, world.office))
    yield found
    await other.close()


def dispatches(case: Case, unit_id: int | None, now: datetime, campaign: Campaign) -> Step:
    async def step(session: Session, actor: Actor) -> object:
        seen = {case.id or 0: case.steps}
        return await dispatching.dispatch(
            turn_for(session, actor, now, campaign), [case.id or 0], unit_id or 0, seen=seen
        )

    return step


async def test_one_case_to_two_units(two: Two, now: datetime, campaign: Campaign) -> None:
    case, world = two.cases[0], two.world
    came = await two.at_once(
        dispatches(case, world.unit.id, now, campaign), dispatches(case, world.other_unit.id, now, campaign)
    )
    assert sorted(came) == ["cases.moved_on", "done"]
    assert (await two.now(case)).steps == 3
    async with two.engines[0].reading() as session:
        assert len((await session.exec(select(SupervisionOrder))).all()) == 1


async def test_two_cases_get_two_numbers(two: Two, now: datetime, campaign: Campaign) -> None:
    unit_id = two.world.unit.id
    one, other = (dispatches(case, unit_id, now, campaign) for case in two.cases)
    assert await two.at_once(one, other) == ["done", "done"]
    async with two.engines[0].reading() as session:
        serials = [order.serial for order in await session.exec(select(SupervisionOrder))]
    assert sorted(serials) == [1, 2]


async def test_each_into_the_other(two: Two, now: datetime, campaign: Campaign) -> None:
    one, other = two.cases

    def merges(case: Case, into: Case) -> Step:
        async def step(session: Session, actor: Actor) -> object:
            ids = (case.id or 0, case.steps, into.id or 0)
            return await merging.merge(turn_for(session, actor, now, campaign), *ids)

        return step

    came = await two.at_once(merges(one, other), merges(other, one))
    assert sorted(came) == ["cases.moved_on", "done"]
    states = [(await two.now(case)).state for case in two.cases]
    assert sorted(states) == [CaseState.MERGED, CaseState.REGISTERED]


async def test_merged_while_it_is_dispatched(two: Two, now: datetime, campaign: Campaign) -> None:
    one, other = two.cases

    async def merge(session: Session, actor: Actor) -> object:
        ids = (one.id or 0, one.steps, other.id or 0)
        return await merging.merge(turn_for(session, actor, now, campaign), *ids)

    came = await two.at_once(merge, dispatches(one, two.world.unit.id, now, campaign))
    assert sorted(came) == ["cases.moved_on", "done"]
    assert (await two.now(one)).steps == 3


async def test_a_colour_while_the_office_presses(
    two: Two, database: Database, now: datetime, campaign: Campaign
) -> None:
    """Whichever comes first: the press counts, and the colour is told once or looked at anew."""
    case = two.cases[0]
    async with database.transaction() as session:
        await dispatches(case, two.world.unit.id, now, campaign)(session, two.world.office)
    seen = (await two.now(case)).steps
    later = now + timedelta(hours=1)

    async def colours(session: Session, actor: Actor) -> object:
        turn = tick_for(session, later, campaign)
        return await case_steps.take(
            turn, case.id or 0, CaseEvent.COLOUR, seen=seen, change=StepDetails(colour=Colour.BLUE)
        )

    async def takes_back(session: Session, actor: Actor) -> object:
        change = StepDetails(unit_id=two.world.other_unit.id)
        return await case_steps.take(
            tick_for(session, later, campaign),
            case.id or 0,
            CaseEvent.REASSIGN,
            actor=actor,
            seen=seen,
            change=change,
        )

    coloured, pressed = await two.at_once(colours, takes_back)
    assert (coloured, pressed) in {("done", "done"), ("cases.moved_on", "done")}
    found = await two.now(case)
    assert (found.unit_id, found.colour) == (two.world.other_unit.id, Colour.NONE)
    assert found.steps == seen + (2 if coloured == "done" else 1)


async def test_registered_twice(two: Two, database: Database, now: datetime, campaign: Campaign) -> None:
    async with database.transaction() as session:
        desk = CaseDesk(session, now, campaign)
        category = await desk.category("井盖", unit=two.world.unit)
        case = await desk.report(two.world.other_liaison, category)

    async def register(session: Session, actor: Actor) -> object:
        return await registration.register(turn_for(session, actor, now, campaign), case.id or 0, case.steps)

    assert sorted(await two.at_once(register, register)) == ["cases.moved_on", "done"]
    async with database.reading() as session:
        assert len(await cases.steps_of(session, case.id or 0)) == 2


async def test_reminded_twice(two: Two, database: Database, now: datetime, campaign: Campaign) -> None:
    case = two.cases[0]
    async with database.transaction() as session:
        await dispatches(case, two.world.unit.id, now, campaign)(session, two.world.office)

    async def send(session: Session, actor: Actor) -> object:
        turn = turn_for(session, actor, now, campaign)
        return await case_reminders.send(turn, [case.id or 0], 0, str(actor.id))

    async with database.reading() as session:
        view = await case_reminders.preview(turn_for(session, two.second, now, campaign), [case.id or 0])
    assert buttons(view, "desk.remind_send")
    assert await two.at_once(send, send) == ["done", "done"]
    async with database.reading() as session:
        nags = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.NAG))).all()
    assert len(nags) == 1


async def test_the_scan_and_who_signs_for_all(
    two: Two, now: datetime, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever case the scan finds first, neither side waits for a case that the other holds."""
    ids = [case.id or 0 for case in two.cases]
    first, second = two.engines
    async with first.transaction() as session:
        order = await dispatching.dispatch(
            turn_for(session, two.world.office, now, campaign), ids, two.world.unit.id or 0
        )
        waits_longer = sa.update(Case).where(col(Case.id) == ids[1])
        await session.execute(waits_longer.values(look_at=now))
    locked, take = asyncio.Event(), case_steps.take

    async def slowly(*args: object, **how: object) -> Case:
        case = await take(*args, **how)  # type: ignore[arg-type]
        if not locked.is_set():
            locked.set()
            await asyncio.sleep(0.3)  # long enough for the other one to lock what it can
        return case

    monkeypatch.setattr(case_steps, "take", slowly)
    late: datetime = now + timedelta(hours=9)

    async def scan() -> int:
        async with first.transaction() as session:
            return len(await nags.tick(tick_for(session, late, campaign)))

    async def sign() -> int:
        await locked.wait()
        async with second.transaction() as session:
            return await unit_side.sign_all(
                turn_for(session, two.world.liaison, late, campaign), order.id or 0
            )

    told, signed = await asyncio.gather(scan(), sign())
    assert told
    assert signed == 2
    assert {(await two.now(case)).state for case in two.cases} == {CaseState.ACKNOWLEDGED}


# SQLite has one writer at a time: there is nothing to hold up.
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_sent_message_does_not_wait_for_a_step(two: Two) -> None:
    """Noting the cases of a message must not be held up, nor hold up a step that locks them in turn."""
    first, second = two.engines
    async with first.transaction() as session, second.transaction() as sender:
        await cases.locked_case(session, two.cases[0].id or 0)
        for case in reversed(two.cases):
            sender.add(SentCase(chat_id=1, message_id=1, case_id=case.id or 0))
            await asyncio.wait_for(sender.flush(), 5)
        await asyncio.wait_for(cases.locked_case(session, two.cases[1].id or 0), 5)
