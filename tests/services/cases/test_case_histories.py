"""Random events through the services: the history always replays to what the row says, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import col, select

from models import cases
from models.cases import Case, case_orders
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour, replay
from rules.cases.case_lifecycle import OPEN, CaseEvent
from rules.cases.order_facts import orders_of, present_order
from rules.people.roles import Role
from services.access import Actor
from services.cases.case_steps import MovedOnError, StepDetails
from services.errors import DomainError
from tests.services.conftest import World
from tests.support.cases import CaseDesk
from tests.support.people import Roster

pytestmark = pytest.mark.both_engines("histories")

STEPS = 60
EVENTS = [event for event in CaseEvent if event not in {CaseEvent.REPORT, CaseEvent.MERGE, CaseEvent.REJECT}]


@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", range(6))
async def test_random_events(
    session: Session, case_desk: CaseDesk, roster: Roster, world: World, now: datetime, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - the same histories in each run
    inspector = await roster.actor(await roster.unit("督导组"), "督导员", Role.INSPECTOR)
    actors: list[Actor | None] = [world.office, world.liaison, world.other_liaison, inspector, None]
    case = await case_desk.report(inspector, await case_desk.category(unit=world.unit))
    taken, at = 1, now
    for _ in range(STEPS * 8):
        at += timedelta(minutes=random.randrange(1, 300))
        event, actor = random.choice(EVENTS), random.choice(actors)
        before = case.facts
        try:
            async with session.begin_nested():
                await _try(case_desk, case, event, actor, at, random, world)
        except (DomainError, MovedOnError):
            await session.refresh(case)
            assert case.facts == before, "what is refused changes nothing"
            continue
        taken += 1
        _holds(case, at)
    history = await cases.steps_of(session, case.id or 0)
    assert taken > 15, "a history that hardly moved shows nothing"
    assert [row.number for row in history] == list(range(1, taken + 1))
    assert replay(row.step for row in history) == case.facts
    orders = [row.facts for row in await case_orders.orders_of_case(session, case.id or 0)]
    assert orders == orders_of(row.step for row in history)
    assert present_order(case.facts) in {None, *orders[-1:]}
    told = await session.exec(select(Outbox.dedupe_key).where(col(Outbox.dedupe_key).startswith("case:")))
    keys = list(told)
    assert len(keys) == len(set(keys))


async def _try(
    desk: CaseDesk,
    case: Case,
    event: CaseEvent,
    actor: Actor | None,
    at: datetime,
    random: Random,
    world: World,
) -> None:
    change = StepDetails(
        reason="因故" if random.random() < 0.5 else None,
        unit_id=random.choice([world.unit, world.other_unit]).id
        if event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN}
        else None,
        until=at + timedelta(days=random.randrange(1, 9)) if event is CaseEvent.SUSPEND else None,
        colour=random.choice(list(Colour)) if event is CaseEvent.COLOUR else None,
    )
    await desk.step(case, event, actor, at=at, change=change)


def _holds(case: Case, at: datetime) -> None:
    facts = case.facts
    assert case.state in OPEN or case.look_at is None
    assert case.look_at is None or facts.clock_from is not None or facts.suspended_until is not None
    if facts.clock_from is None and facts.suspended_until is None:
        assert case.look_at is None, "nothing is due while nobody works"
    if facts.clock_from is not None:
        assert case.unit_id is not None
        assert facts.limit_at is not None
        # Either the colour is right and a later look is due, or the case stays red.
        assert case.look_at is not None or facts.limit_at < at
