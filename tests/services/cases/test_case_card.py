"""A case's card: what it hides from a unit, and what it says of its limit."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from locales import plain
from models.cases import Case
from models.db import Session
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from rules.working_days import WorkingDays
from rules.working_time import TimeUnit
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card
from services.cases.case_steps import StepDetails
from tests.services.conftest import Local, World
from tests.support.cases import TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


async def shown(desk: CaseDesk, case: Case, actor: Actor, at: datetime | None = None) -> list[str]:
    view = await case_card.card(turn_for(desk.session, actor, at or desk.now, desk.campaign), case.id or 0)
    return [plain(line, "zh") for line in view.lines]


def naming(lines: list[str], name: str) -> list[str]:
    return [line for line in lines if name in line]


async def test_a_hidden_reporter_cannot_be_told_from_what_else_they_did(
    case_desk: CaseDesk, world: World, roster: Roster
) -> None:
    """An inspector reports and checks: the unit sees their name at the check, as in its notice."""
    inspector = await roster.actor(await roster.unit("督导组"), "赵督导", Role.INSPECTOR)
    own = await roster.actor(world.unit, "城管局督导员", Role.INSPECTOR, Role.LIAISON)
    category = await case_desk.category(unit=world.unit)
    case = await case_desk.report(inspector, category, hidden=True)
    await case_desk.bring(case, *TO_FED_BACK, office=world.office, unit=world.liaison)
    await case_desk.step(case, CaseEvent.REWORK, inspector, change=StepDetails(reason="没有清净"))
    for actor in (world.liaison, own):
        (line,) = naming(await shown(case_desk, case, actor), "赵督导")
        assert "返工" in line
    for actor in (world.office, inspector):
        assert len(naming(await shown(case_desk, case, actor), "赵督导")) == 3, "at the top, 上报 and 返工"


GUESS = "暂按周一至周五推算"


@pytest.mark.parametrize(
    ("measure", "amount", "guessed"),
    [
        (TimeUnit.WORKING_HOUR, 4, True),
        (TimeUnit.WORKING_HOUR, 2, False),
        (TimeUnit.WORKING_DAY, 1, True),
        (TimeUnit.URGENT_HOUR, 24, False),
        (TimeUnit.NATURAL_DAY, 3, False),
    ],
)
async def test_a_limit_past_the_calendar_says_so(
    case_desk: CaseDesk, world: World, local: Local, measure: TimeUnit, amount: int, guessed: bool
) -> None:
    """On 31 December at four nobody knows yet which days of January are worked."""
    category = await case_desk.category(unit=world.unit, measure=measure, amount=amount)
    case = await case_desk.report(world.other_liaison, category)
    at = local(12, 31, 16)
    await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=at)
    assert bool(naming(await shown(case_desk, case, world.liaison, at), GUESS)) is guessed


async def test_a_limit_over_days_that_the_office_has_imported_is_no_guess(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    known = WorkingDays({date(2027, 1, day): day == 4 for day in range(1, 5)})
    desk = CaseDesk(session, local(12, 31, 16), Campaign(slots=campaign.slots, calendar=known))
    case = await desk.report(world.other_liaison, await desk.category(unit=world.unit))
    await desk.bring(case, *TO_DISPATCHED, office=world.office, unit=world.liaison)
    assert case.limit_at == local(1, 4, 10, year=2027)
    assert not naming(await shown(desk, case, world.liaison), GUESS)
