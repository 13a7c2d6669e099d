"""The clock was ahead for seconds, and ticks ran in a time to come: all goes on as if they had not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.ticks import TickMark
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.tasks.task_lifecycle import TaskState
from services import rescan
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import evening_tallies, group_binding
from services.nags import nag_engine
from services.tallies import brief_pushes
from tests.services.conftest import Local, World
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

GROUP = -1001
TICKS = (brief_pushes.brief_tick, nag_engine.tick, evening_tallies.tally_tick)


@pytest.fixture(autouse=True)
async def _owing(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    """The task is due on Friday the 18th; a group is tallied."""
    world.task.state = TaskState.IN_PROGRESS
    session.add(world.task)
    turn = turn_for(session, world.office, local(12, 15, 8, 45), campaign, chat=GROUP, thread=None)
    await group_binding.bind(turn, title="创城工作群")


async def run(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """Run the ticks as the scheduler does."""
    found: list[PlannedMessage] = []
    for tick in TICKS:
        turn = tick_for(session, at, campaign)
        if await rescan.ran_ahead(turn):
            await rescan.after_wrong_time(turn)
        found += await tick(turn)
    return found


async def send(session: Session) -> None:
    """Send all that is promised."""
    for row in await session.exec(select(Outbox).where(Outbox.state == DeliveryState.NEW)):
        new = [DeliveryState.NEW]
        await messages.move_delivery(session, id_of(row), new, DeliveryState.SENT, sent_at=row.created_at)


def told(found: Sequence[PlannedMessage]) -> list[tuple[str, int | None]]:
    return sorted((one.slot, one.chat) for one in found)


async def test_a_task_is_nagged_on_after_six_seconds_at_22_days(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """On the 16th the clock is ahead by 22 days. All slots of the days after come, but none twice."""
    who = world.responsible.contact.telegram_user_id
    assert await run(session, local(12, 16, 12), campaign) != []
    await send(session)
    wrong = await run(session, local(1, 7, 12, year=2027), campaign)
    assert who in [one.chat for one in wrong]
    await send(session)
    heard = []
    for day in (17, 18, 21, 22, 23):
        at = local(12, day, 9)
        heard += [one.slot for one in await run(session, at, campaign) if one.chat == who]
        await send(session)
    assert heard == ["2026-12-18/nag", "2026-12-21/nag", "2026-12-22/nag", "2026-12-23/nag"]
    rows = (await session.exec(select(Nag).where(Nag.state == NagState.TOLD))).all()
    keys = [(row.kind, row.cycle, row.slot, row.level, row.contact_id) for row in rows]
    assert len(keys) == len(set(keys))


async def test_groups_and_leaders_hear_each_day_afterwards(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    leader = world.leader.contact.telegram_user_id
    await run(session, local(12, 16, 18), campaign)
    await send(session)
    await run(session, local(1, 7, 18, year=2027), campaign)
    await send(session)
    heard = []
    for day in (17, 18):
        for hour in (8, 18):
            found = await run(session, local(12, day, hour), campaign)
            heard += [(one.slot, one.chat) for one in found if one.chat in {GROUP, leader}]
            await send(session)
    for day in (17, 18):
        assert (f"2026-12-{day}/brief", leader) in heard
        assert (f"2026-12-{day}/tally", GROUP) in heard


async def test_what_waits_at_the_return_goes_out_in_its_true_slot(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Nothing of the wrong time had gone out yet: its true day tells it once."""
    who = world.responsible.contact.telegram_user_id
    await run(session, local(12, 16, 9), campaign)
    await send(session)
    await run(session, local(12, 22, 9), campaign)
    await run(session, local(12, 16, 9, 1), campaign)
    rows = select(Outbox.state, Outbox.created_at).where(Outbox.kind == MessageKind.NAG)
    states = (await session.exec(rows)).all()
    assert [state for state, _ in states if state is DeliveryState.NEW] == []
    assert all(at <= local(12, 16, 9, 1) for _, at in states)
    heard = []
    for day in (18, 21, 22):
        found = await run(session, local(12, day, 9), campaign)
        heard += [one.slot for one in found if one.chat == who]
        await send(session)
    assert heard == ["2026-12-18/nag", "2026-12-21/nag", "2026-12-22/nag"]


async def test_no_mark_and_no_moment_of_a_time_to_come_is_left(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    now = local(12, 16, 12)
    await run(session, local(1, 7, 12, year=2027), campaign)
    turn = tick_for(session, now, campaign)
    assert await rescan.ran_ahead(turn)
    await rescan.after_wrong_time(turn)
    assert not await rescan.ran_ahead(turn)
    await session.refresh(world.task)
    assert world.task.nagged_until <= now
    assert world.task.next_nag_at == now
    marks = (await session.exec(select(TickMark).execution_options(populate_existing=True))).all()
    assert all(mark.ran_at is None or mark.ran_at <= now for mark in marks)
    assert not [mark.slot_key for mark in marks if mark.slot_key.startswith("2027")]
    later = select(Nag).where(col(Nag.created_at) > now)
    assert (await session.exec(later)).all() == []


async def test_a_clock_that_is_set_back_a_little_undoes_nothing(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await run(session, local(12, 18, 9), campaign)
    assert not await rescan.ran_ahead(tick_for(session, local(12, 18, 8, 5), campaign))
