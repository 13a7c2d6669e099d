"""A waiting nag that its reader no longer hears goes on to the present reader, in the same slot."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import ContactState
from models.people.absences import Absence
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine, nag_releases
from services.tasks import reassign
from tests.services.conftest import Local, World
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@pytest.fixture(autouse=True)
async def _late(session: Session, world: World, local: Local) -> None:
    """The task is late since Monday the 14th; the person who answers for it sleeps until eleven."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    world.responsible.contact.quiet_from, world.responsible.contact.quiet_until = time(20), time(11)
    session.add_all([world.task, world.responsible.contact])
    await session.flush()


async def told(session: Session, at: datetime, campaign: Campaign) -> list[int | None]:
    return [
        one.chat for one in await nag_engine.tick(tick_for(session, at, campaign)) if "task" in one.subjects
    ]


async def test_who_blocks_the_bot_before_their_hour_is_heard_for_in_that_slot(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await told(session, local(12, 15, 9), campaign)
    world.responsible.contact.state = ContactState.UNREACHABLE
    session.add(world.responsible.contact)
    assert await told(session, local(12, 15, 11), campaign) == [world.liaison.contact.telegram_user_id]
    assert await told(session, local(12, 15, 11, 1), campaign) == []


async def test_who_is_back_before_it_was_said_to_another_hears_it_himself(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await told(session, local(12, 15, 9), campaign)
    contact = world.responsible.contact
    contact.state = ContactState.UNREACHABLE
    session.add(contact)
    assert await told(session, local(12, 15, 11), campaign) == [world.liaison.contact.telegram_user_id]
    contact.state = ContactState.ENROLLED
    session.add(contact)
    query = select(Outbox).where(Outbox.view == "nag", Outbox.contact_id == world.liaison.id)
    row = (await session.exec(query)).one()
    at = local(12, 15, 11, 1)
    assert await rendering.render(tick_for(session, at, campaign), row) is None
    await rendering.not_sent(tick_for(session, at, campaign), row, None)
    assert await told(session, at, campaign) == [contact.telegram_user_id]
    assert await told(session, local(12, 15, 11, 2), campaign) == []


async def test_what_is_given_to_another_has_a_ladder_of_its_own(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await told(session, local(12, 15, 9), campaign)
    receiver = await roster.contact(world.unit, "接手人", Role.RESPONSIBLE_PERSON)
    at = local(12, 15, 10)
    await reassign.move_tasks(
        turn_for(session, world.office, at, campaign), [world.task_id], receiver.id or 0
    )
    assert await told(session, local(12, 15, 11), campaign) == []


async def test_what_waits_for_its_release_goes_on_to_the_head_who_is_back(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """On the fifth working day the deputy was to hear of it; on Tuesday the head is back."""
    head = await roster.contact(world.unit, "主要领导", Role.PRINCIPAL_LEADER)
    theirs, day = head.id or 0, date(2026, 12, 21)
    deputy = world.liaison.id
    session.add(
        Absence(
            contact_id=theirs, deputy_id=deputy, first=day, last=day, made_by=theirs, made_at=local(12, 18)
        )
    )
    await told(session, local(12, 21, 9), campaign)
    (one,), _ = await nag_releases.pending(tick_for(session, local(12, 21, 10), campaign))
    assert one.leader.id == world.liaison.id
    (one,), _ = await nag_releases.pending(tick_for(session, local(12, 22, 10), campaign))
    assert one.leader.id == head.id
    query = select(Nag.reason).where(Nag.state == NagState.MOOT, col(Nag.contact_id) == world.liaison.id)
    assert (await session.exec(query)).all() == [NagReason.MOVED]
