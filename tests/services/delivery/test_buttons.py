"""Inline buttons, what our messages were about, dead letters, and what is forgotten after a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from services import buttons, message_subjects
from services.delivery import dead_letters
from services.message_subjects import MessageSubjects
from services.views import ButtonSpec
from tests.services.conftest import World
from tests.services.progress.talk import refused

DAY = timedelta(days=1)


def add(session: Session, now: datetime, only_for: int | None = None) -> str:
    spec = ButtonSpec(Text("tasks.report_button"), "report.start", {"task_id": 3}, only_for)
    return buttons.add(session, spec, now)


async def test_a_key_means_what_was_kept(session: Session, world: World, now: datetime) -> None:
    key = add(session, now, world.liaison.id)
    assert len(key.encode()) <= 64
    found = await buttons.resolve(session, key, world.liaison)
    assert (found.action, found.arguments) == ("report.start", {"task_id": 3})


async def test_keys_are_never_the_same(session: Session, now: datetime) -> None:
    assert len({add(session, now) for _ in range(200)}) == 200


async def test_somebody_elses_button(session: Session, world: World, now: datetime) -> None:
    key = add(session, now, world.liaison.id)
    assert await refused(buttons.resolve(session, key, world.office)) == "buttons.not_yours"
    shared = add(session, now)
    assert (await buttons.resolve(session, shared, world.office)).key == shared


@pytest.mark.parametrize(
    "forged",
    [None, "", "x", "A" * 16, "A" * 24, "A" * 4096, "钥匙", "\0" * 16, "\ud800", "' OR 1=1 --", "\n"],
)
async def test_forged_keys(session: Session, world: World, now: datetime, forged: str | None) -> None:
    add(session, now)
    assert await refused(buttons.resolve(session, forged, world.office)) == "buttons.expired"


# -- what messages were about --------------------------------------------------------------------------


async def test_a_reply_finds_its_tasks(session: Session, world: World, now: datetime) -> None:
    await message_subjects.remember(session, 5, 100, MessageSubjects([world.task_id]))
    await message_subjects.remember(session, 5, 100, MessageSubjects([world.task_id, world.task_id]))
    assert await message_subjects.subjects(session, 5, 100) == [world.task_id]
    assert await message_subjects.subjects(session, 6, 100) == []
    assert await message_subjects.subjects(session, 5, 101) == []
    assert await message_subjects.subjects(session, 5, None) == []


# -- dead letters --------------------------------------------------------------------------------------


async def received(session: Session, update_id: int, state: InboxState, at: datetime, lane: int = 5) -> Inbox:
    row = Inbox(
        bot_id=1, update_id=update_id, lane=lane, payload="{}", state=state, received_at=at, done_at=at
    )
    session.add(row)
    await session.flush()
    return row


@pytest.mark.parametrize(("lane", "told"), [(5_000_000_000, True), (-100, False), (0, False)])
async def test_sender_and_office_are_told(
    session: Session, world: World, now: datetime, lane: int, told: bool
) -> None:
    """The sender is told only in a private chat, and the notice repeats nothing of the message."""
    row = await received(session, 1, InboxState.NEW, now, lane)
    await dead_letters.tell(session, row, now=now)
    await dead_letters.tell(session, row, now=now)
    rows = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
    expected = [world.office.contact.telegram_user_id]
    assert [row.chat_id for row in rows] == ([lane, *expected] if told else expected)
