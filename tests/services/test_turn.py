"""Whose turn it is: what is read from a turn, and the turn of another person."""

from __future__ import annotations

from datetime import UTC, date, datetime

from models.db import Session
from services.access import actor_of
from services.turn import Turn, turn_of
from tests.services.conftest import World
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

# 00:30 on the 16th in Shanghai.
AFTER_MIDNIGHT = datetime(2026, 12, 15, 16, 30, tzinfo=UTC)
GROUP = -1_002_000_000_001


async def test_today_is_the_campaigns(session: Session, world: World) -> None:
    assert tick_for(session, AFTER_MIDNIGHT).today == date(2026, 12, 16)
    assert turn_for(session, world.office, AFTER_MIDNIGHT).today == date(2026, 12, 16)


async def test_the_account_is_the_persons_whatever_the_chat(session: Session, world: World) -> None:
    turn = turn_for(session, world.office, chat=GROUP, thread=7)
    assert (turn.account, turn.chat, turn.thread) == (world.office.contact.telegram_user_id, GROUP, 7)


async def test_who_has_no_account_is_asked_in_the_chat(
    session: Session, world: World, roster: Roster
) -> None:
    new = await actor_of(session, await roster.contact(world.unit, "没入册的人", enrolled=False))
    assert turn_for(session, new, chat=5).account == 5


async def test_another_persons_turn_is_in_their_private_chat(session: Session, world: World) -> None:
    mine = turn_for(session, world.office, AFTER_MIDNIGHT, chat=GROUP, thread=7)
    theirs = turn_of(mine, world.liaison)
    chat = world.liaison.contact.telegram_user_id
    assert chat is not None
    assert theirs == Turn(session, AFTER_MIDNIGHT, mine.campaign, world.liaison, chat)
