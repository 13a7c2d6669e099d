"""Queries of live messages, questions, given hints, buttons and pauses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import Session
from models.delivery import live_messages, messages, pauses
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Question, ToldTopic
from models.delivery.pauses import ChatPause
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("outbox")

SECOND = timedelta(seconds=1)
OLD, NEW = -7, -1007


async def test_live_messages_are_found_by_kind_and_subject(session: Session, rows: Rows) -> None:
    board, tally = await rows.live(LiveKind.BOARD, 1, OLD), await rows.live(LiveKind.TALLY, 1, OLD)
    await rows.live(LiveKind.BOARD, 2, 8)
    assert await live_messages.live_message(session, LiveKind.TALLY, 1) == tally
    assert await live_messages.live_message(session, LiveKind.JOB, 1) is None
    assert [await live_messages.any_live(session, kind) for kind in LiveKind] == [*(True, True, *[False] * 9)]
    assert await live_messages.live_messages_of(session, OLD) == [tally, board]
    assert await live_messages.lock_live(session, id_of(board)) == board
    assert await live_messages.lock_live(session, 99) is None


async def test_what_is_to_be_edited(session: Session, rows: Rows) -> None:
    first, _, last = [await rows.live(LiveKind.TALLY, n, dirty=n != 1) for n in range(3)]
    assert await live_messages.dirty_live(session) == [first, last]


@pytest.mark.parametrize(
    ("subject", "touched"), [(None, [True, True, False]), (1, [True, False, False]), (9, [False] * 3)]
)
async def test_which_messages_get_dirty(
    session: Session, rows: Rows, subject: int | None, touched: list[bool]
) -> None:
    for kind, of in ((LiveKind.TALLY, 1), (LiveKind.TALLY, 2), (LiveKind.BOARD, 1)):
        await rows.live(kind, of, dirty=False, version=4)
    await live_messages.touch_live(session, LiveKind.TALLY, subject)
    assert await rows.column(LiveMessage.dirty) == touched
    assert await rows.column(LiveMessage.version) == [5 if one else 4 for one in touched]


SHOWN: dict[str, Any] = {"message_ids": [1, 2], "stale_ids": [3], "content_hash": "x", "pinned": True}


@pytest.mark.parametrize(
    ("kind", "dirty"), [(LiveKind.BOARD, True), (LiveKind.TALLY, False), (LiveKind.JOB, False)]
)
async def test_a_board_is_posted_anew_in_a_new_chat_and_a_tally_is_history(
    session: Session, rows: Rows, kind: LiveKind, dirty: bool
) -> None:
    row = await rows.live(kind, 1, OLD, dirty=not dirty, version=4, **SHOWN)
    other = await rows.live(kind, 2, 8, dirty=not dirty, version=4, **SHOWN)
    await messages.repoint_chat(session, OLD, NEW)
    names = ("chat_id", "dirty", "version", *SHOWN)
    moved, stayed = [[getattr(await rows.read(one), name) for name in names] for one in (row, other)]
    assert moved == [NEW, dirty, 5, [], [], None, False]
    assert stayed == [8, not dirty, 4, *SHOWN.values()]


async def test_live_messages_leave_one_topic_of_one_chat(session: Session, rows: Rows) -> None:
    for number, (chat, thread) in enumerate(((OLD, 3), (OLD, 4), (8, 3), (OLD, None))):
        await rows.live(LiveKind.BOARD, number, chat, thread_id=thread)
    await messages.leave_thread(session, OLD, 3)
    assert await rows.column(LiveMessage.thread_id) == [None, 4, 3, None]


async def ask(rows: Rows, user: int, chat: int, action: str = "a") -> Question:
    return await rows.add(Question(user_id=user, chat_id=chat, action=action, asked_at=rows.now))


async def test_questions_go_along_unless_something_was_asked_there(session: Session, rows: Rows) -> None:
    for user, chat, action in ((1, OLD, "moves"), (2, OLD, "stays"), (2, NEW, "there"), (3, 8, "elsewhere")):
        await ask(rows, user, chat, action)
    await messages.repoint_chat(session, OLD, NEW)
    found = dict(zip(await rows.column(Question.action), await rows.column(Question.chat_id), strict=True))
    assert found == {"moves": NEW, "stays": OLD, "there": NEW, "elsewhere": 8}


async def test_a_question_ends_once(session: Session, rows: Rows) -> None:
    for user, chat in ((1, OLD), (1, 8), (2, OLD)):
        await ask(rows, user, chat)
    assert await messages.end_question(session, 1, OLD)
    assert not await messages.end_question(session, 1, OLD)
    assert await rows.count(Question) == 2


TOLD = [
    pytest.param(None, True, id="never told"),
    pytest.param(-1, True, id="told before"),
    pytest.param(0, True, id="told at that very moment"),
    pytest.param(1, False, id="told since"),
]


@pytest.mark.parametrize(("seconds", "again"), TOLD)
async def test_what_is_told_again(
    session: Session, rows: Rows, now: datetime, seconds: int | None, again: bool
) -> None:
    before, later = None if seconds is None else now + seconds * SECOND, now + timedelta(days=1)
    if before is not None:
        await rows.add(ToldTopic(user_id=1, topic="t", told_at=before))
    assert await messages.tell_again(session, 1, "t", now=later, before=now) is again
    assert await rows.column(ToldTopic.told_at) == [later if again else before]


async def test_of_two_at_once_one_tells(session: Session, rows: Rows, now: datetime) -> None:
    tell, later = messages.tell_again, now + SECOND
    assert await tell(session, 1, "t", now=later, before=now)
    assert not await tell(session, 1, "t", now=later, before=now)
    assert await tell(session, 1, "u", now=later, before=now)
    assert await tell(session, 2, "t", now=later, before=now)
    assert await rows.count(ToldTopic) == 3


async def test_the_last_pause_of_a_chat_counts(session: Session, rows: Rows, now: datetime) -> None:
    for chat, seconds in ((1, 5), (2, 9), (1, 2)):
        await pauses.pause_chat(session, chat, seconds, now)
        await session.flush()
    assert await pauses.pauses(session) == {1: now + 2 * SECOND, 2: now + 9 * SECOND}
    assert await rows.count(ChatPause) == 2


async def test_a_clock_that_is_put_back_makes_no_pause_longer(
    session: Session, rows: Rows, now: datetime
) -> None:
    """A pause of five seconds was stored when the clock was a month ahead."""
    await pauses.pause_chat(session, 1, 5, now + timedelta(days=30))
    await pauses.pause_chat(session, 2, 90, now - 30 * SECOND)
    await rows.add(ChatPause(chat_id=3, until=now + timedelta(days=3)))
    await pauses.cut_pauses(session, now)
    found = await pauses.pauses(session)
    assert found == {1: now + 5 * SECOND, 2: now + 60 * SECOND, 3: now + timedelta(days=3)}
