"""A handler refuses or fails: nothing is half-saved, it is tried again or given up, others go on."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

import bot.receiving.intake
import bot.receiving.update_handling
from handlers.work import Work
from locales import Text
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.drafts import Draft
from models.people import contact_by_account
from models.progress import ProgressReport
from models.tables import METADATA
from rules.delivery.retry import BROKEN_TRIES, INBOX_DELAYS
from services import help_texts
from services.access import actor_of
from services.delivery import dead_letters
from services.drafts import draft_changes
from services.errors import DomainError
from services.progress import filing, progress_dialogue
from services.tasks import task_steps
from services.turn import Turn
from tests.handlers.conftest import People
from tests.support.chat import Chats, pressed, said, update
from tests.support.chat import text_of as says
from tests.support.patience import PATIENCE
from tests.support.rows import Rows
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"
CONFIRM = says("progress.confirm_button")
DELAYS = [delay.total_seconds() for delay in INBOX_DELAYS]
BROKEN = DELAYS[:BROKEN_TRIES]
OURS = ("inbox", "outbox", "button", "sent_message")


async def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the campaign's tables, without those of messages."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in await session.execute(sa.select(table))]
            for table in METADATA.sorted_tables
            if table.name not in OURS
        }


async def inbox(database: Database) -> list[tuple[InboxState, int, str | None]]:
    async with database.reading() as session:
        rows = await session.exec(select(Inbox).order_by(col(Inbox.id)))
        return [(row.state, row.attempts, row.error) for row in rows]


def failing(*args: Any, **options: Any) -> Any:
    raise RuntimeError("a mistake in the program")


async def fail_late(*args: Any, **options: Any) -> Any:
    """Refuse after all writes of a confirmation."""
    raise DomainError("tasks.not_yours")


def _reports_now(database: Database) -> int:
    """How many reports others see. A handler awaits its own transaction alone, so this awaits nothing."""
    engine = sa.create_engine(database.url.set(drivername=database.url.drivername.replace("+aiosqlite", "")))
    with engine.connect() as connection:
        found: int = connection.execute(sa.select(sa.func.count()).select_from(ProgressReport)).scalar_one()
    engine.dispose()
    return found


# -- refused -------------------------------------------------------------------------------------------


async def test_a_refusal_leaves_nothing_half_saved(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A confirmation is refused at its very end, and is possible again right after."""
    card = await chats.say(people.responsible, SENTENCE)
    before = await contents(database)
    with monkeypatch.context() as patched:
        patched.setattr(filing, "note_report", fail_late)
        assert await chats.press(people.responsible, card, CONFIRM) == []
    assert chats.toasts[-1] == (says("tasks.not_yours"), True)
    assert await contents(database) == before
    assert await chats.post() == []
    await chats.press(people.responsible, card, CONFIRM)
    async with database.reading() as session:
        assert len((await session.exec(select(ProgressReport))).all()) == 1


async def test_a_refused_answer_is_not_shown_with_others(
    chats: Chats, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words that the handler said before its refusal are not sent."""
    monkeypatch.setattr(task_steps, "acknowledge", fail_late)
    listed = await chats.say(people.responsible, "/tasks")
    (card,) = await chats.press(people.responsible, listed, "1. ")
    assert await chats.press(people.responsible, card, says("tasks.acknowledge_button")) == []
    assert chats.toasts[-1] == (says("tasks.not_yours"), True)


async def test_a_refusal_holds_nothing_of_what_was_undone(
    chats: Chats, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sessions and rows go at once: they need not wait for the garbage collector."""
    monkeypatch.setattr(draft_changes, "add", fail_late)
    await chats.say(people.responsible, SENTENCE)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            await chats.say(people.responsible, SENTENCE)
        assert [one for one in gc.get_objects() if isinstance(one, Work)] == []
    finally:
        gc.enable()


async def test_a_refusal_in_words_is_one_answer(
    chats: Chats, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_changes, "add", fail_late)
    assert (await chats.say(people.responsible, SENTENCE)).text == says("tasks.not_yours")
    async with chats.database.reading() as session:
        assert (await session.exec(select(Draft))).all() == []


# -- failed --------------------------------------------------------------------------------------------


async def test_a_failure_rolls_all_back_and_is_tried_again(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handler fails twice at its end; the third time it works, and takes effect once."""
    card = await chats.say(people.responsible, SENTENCE)
    seen = []

    async def fails_twice(*args: Any, **options: Any) -> None:
        seen.append(_reports_now(database))
        if len(seen) <= 2:
            failing()
        await task_steps.note_report(*args, **options)

    monkeypatch.setattr(filing, "note_report", fails_twice)
    delays = await chats.handle(pressed(people.responsible, card.data(CONFIRM), card.message_id))
    assert delays == BROKEN
    assert seen == [0, 0, 0], "nothing of an attempt is there before its commit, nor after its failure"
    assert (await inbox(database))[-1] == (InboxState.DONE, 2, None)
    (receipt,) = await chats.post()
    assert "-0001" in receipt.text


async def test_a_poison_update_becomes_a_dead_letter(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its last try, the person and the office are told, and the person's next message is handled."""
    monkeypatch.setattr(help_texts, "help_for", failing)
    before = await contents(database)
    delays = await chats.handle(said(people.liaison, "/help"), said(people.liaison, "/tasks"))
    assert delays == BROKEN
    assert sum(delays) <= 3, "its chat does not wait for what never heals"
    assert await inbox(database) == [
        (InboxState.DEAD, len(BROKEN) + 1, "RuntimeError"),
        (InboxState.DONE, 0, None),
    ]
    assert await contents(database) == before
    (listed,) = await chats.answers()
    assert "清理违规广告牌匾" in listed.text
    told = {shown.chat_id: shown.text for shown in await chats.post()}
    assert told[people.liaison.id] == says("outbox.dead_letter_sender")
    assert told[people.office.id] == says("outbox.dead_letter_office", number=1)
    assert "/help" not in "".join(told.values())


async def test_the_office_lets_it_run_again_or_notes_that_it_was_seen(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(help_texts, "help_for", failing)
        await chats.handle(said(people.liaison, "/help"), said(people.leader, "/help"))
    told = [shown for shown in await chats.post() if shown.chat_id == people.office.id]
    (shown,) = await chats.press(people.office, told[0], says("outbox.dead.list_button"))
    assert "城管局联络员" in shown.text
    assert "城管局分管领导" in shown.text
    assert "/help" not in shown.text
    again = says("outbox.dead.again_button", number=1)
    assert await chats.press(people.liaison, shown, again) == []
    assert (await inbox(database))[0][0] is InboxState.DEAD
    (left,) = await chats.press(people.office, shown, again)
    assert "城管局联络员" not in left.text
    handled = await chats.handle_waiting(people.liaison.id)
    assert [one.chat_id for one in handled] == [people.liaison.id]
    (none,) = await chats.press(people.office, left, says("outbox.dead.seen_button", number=2))
    assert none.text == says("outbox.dead.none")
    async with database.reading() as session:
        seen = (await session.exec(select(Inbox.seen_at).where(Inbox.id == 2))).one()
    assert seen == chats.clock.moment


async def test_the_list_says_how_many_it_leaves_out(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        rows = Rows(session, chats.clock.moment)
        for number in range(dead_letters.LISTED + 3):
            await rows.update(update_id=100 + number, lane=people.liaison.id, state=InboxState.DEAD)
    async with database.transaction() as session:
        office = await contact_by_account(session, people.office.id)
        assert office is not None
        actor = await actor_of(session, office)
        shown = await dead_letters.listed(turn_for(session, actor, chats.clock.moment))
    assert shown.lines[-1] == Text("outbox.dead.rest", count=3)


async def test_a_database_that_is_away_is_waited_for(
    chats: Chats, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> Any:
        raise OperationalError("SELECT", {}, OSError("database is locked"))

    monkeypatch.setattr(help_texts, "help_for", away)
    assert await chats.handle(said(people.liaison, "/help")) == DELAYS


@pytest.mark.parametrize(
    "body",
    [
        {"chat": {"id": 5_000_000_999, "type": "private"}},
        {"message_id": "x", "date": "yesterday", "chat": {"id": 5_000_000_999}},
        {"message_id": 1, "date": 10**18, "chat": {"id": 5_000_000_999, "type": "private"}},
        [1, 2, 3],
        "text",
    ],
)
async def test_an_update_that_cannot_be_parsed(
    chats: Chats, people: People, database: Database, body: Any
) -> None:
    """An example is a kind of message that this version does not know."""
    assert await chats.handle(update("message", body)) == BROKEN
    ((state, *_),) = await inbox(database)
    assert state is InboxState.DEAD
    told = {shown.chat_id: shown.text for shown in await chats.post()}
    # What names no chat has no sender who could be told, and the office hears that.
    line = "outbox.dead_letter_office" if 5_000_000_999 in told else "outbox.dead_letter_office_alone"
    assert told[people.office.id] == says(line, number=1)


async def test_rendering_that_fails_is_a_failure_like_any(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is not kept if its author hears nothing of it."""
    card = await chats.say(people.responsible, SENTENCE)
    with monkeypatch.context() as patched:
        patched.setattr(bot.receiving.update_handling, "render_view", failing)
        await chats.handle(pressed(people.responsible, card.data(CONFIRM), card.message_id))
    async with database.reading() as session:
        assert (await session.exec(select(ProgressReport))).all() == []


async def test_other_chats_are_not_held_up(
    chats: Chats, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one chat waits for its next try, however long, the others are answered at once."""
    monkeypatch.setattr(bot.receiving.intake, "next_attempt", lambda attempts, **how: timedelta(days=1))
    answered = asyncio.Event()
    real = progress_dialogue.receive

    async def receive(turn: Turn, *args: Any, **options: Any) -> Any:
        if turn.chat == people.responsible.id:
            failing()
        view = await real(turn, *args, **options)
        answered.set()
        return view

    monkeypatch.setattr(progress_dialogue, "receive", receive)
    running = asyncio.create_task(chats.intake.run())
    try:
        await chats.intake.store([said(people.responsible, SENTENCE), said(people.responsible, "/tasks")])
        await chats.intake.store([said(people.other_liaison, "出动20人")])
        async with asyncio.timeout(PATIENCE):
            await answered.wait()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await chats.intake.stop(30)
    assert {prompt.chat_id for prompt in chats.screen.prompts} == {people.other_liaison.id}
    states = [state for state, *_ in await inbox(database)]
    assert states == [InboxState.NEW, InboxState.NEW, InboxState.DONE]
