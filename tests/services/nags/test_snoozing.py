"""稍后提醒 offers only moments that change something."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from models.db import Session
from rules.duties.frequencies import Frequency
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.nags import nag_engine, snoozing
from services.nags.snoozing import SnoozeSubject
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys, line
from tests.support.turns import tick_for, turn_for

TWO, AFTERNOON, MORNING, _ = SnoozeChoice


async def offered(session: Session, world: World, at: datetime, campaign: Campaign) -> View:
    await session.refresh(world.task)  # a press reads it anew
    subject = SnoozeSubject(subject="task", subject_id=world.task_id)
    return await snoozing.choose(turn_for(session, world.responsible, at, campaign), subject)


def choices(view: View) -> list[SnoozeChoice]:
    return [one.arguments["until"] for one in buttons(view, "snooze.until")]


@pytest.fixture(autouse=True)
async def _late(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    """Late since Monday the 14th, the person hears of the task each working day at nine."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    await session.flush()
    await nag_engine.tick(tick_for(session, local(12, 15, 9), campaign))


async def test_tomorrow_morning_is_left_out_where_they_hear_of_it_then_anyway(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    view = await offered(session, world, local(12, 15, 10), campaign)
    assert choices(view) == [TWO, AFTERNOON]


async def test_on_a_friday_monday_is_left_out(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await nag_engine.tick(tick_for(session, local(12, 18, 9), campaign))
    view = await offered(session, world, local(12, 18, 10), campaign)
    assert choices(view) == [TWO, AFTERNOON]


async def test_what_does_not_come_tomorrow_can_be_had_tomorrow(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Three working days before the deadline they hear once; the next slot is the last day."""
    world.task.deadline = date(2026, 12, 18)
    await session.flush()
    view = await offered(session, world, local(12, 15, 10), campaign)
    assert choices(view) == [TWO, AFTERNOON, MORNING]


async def test_a_reminder_of_this_afternoon_makes_tomorrow_a_choice(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.deadline, world.task.frequency = None, Frequency.DAILY
    await session.flush()
    view = await offered(session, world, local(12, 15, 10), campaign)
    assert MORNING in choices(view)


async def test_in_the_evening_nothing_may_be_left_to_choose(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    contact = world.responsible.contact
    contact.quiet_from, contact.quiet_until = time(20), time(9)
    await session.flush()
    view = await offered(session, world, local(12, 15, 19, 30), campaign)
    assert keys(view) == ["nags.snooze_same"]
    assert line(view, "nags.snooze_same").values["at"] is not None
    assert "12月16日09:00" in view.plain("zh")


async def test_an_old_button_with_a_moment_that_changes_nothing_still_works(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    subject = SnoozeSubject(subject="task", subject_id=world.task_id)
    turn = turn_for(session, world.responsible, local(12, 15, 10), campaign)
    assert keys(await snoozing.snooze(turn, subject, MORNING)) == ["nags.snoozed"]
