"""Buttons and replies from the time that a restore has lost: people read that it is no longer there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.db import Database
from models.delivery.inbox import Inbox
from models.drafts import Draft
from models.restorations import Restoration
from services.delivery import restoration
from services.delivery.restoration import LastNumbers
from tests.handlers.conftest import People
from tests.support.chat import Chats, Json, group, message, pressed, said, update
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

# The moment of all messages that the tests reply to.
SHOWN_AT = datetime.fromtimestamp(1_797_000_000, UTC)
HOUR = timedelta(hours=1)
GONE = says("outbox.restored.gone")
GROUP = group(-1_004_012_345_678)


@pytest.fixture
async def lost(database: Database) -> None:
    await _restore(database, SHOWN_AT - HOUR, SHOWN_AT + HOUR)


async def _restore(database: Database, backed_up_at: datetime, restored_at: datetime) -> None:
    async with database.transaction() as session:
        session.add(Restoration(backed_up_at=backed_up_at, restored_at=restored_at))


@pytest.mark.usefixtures("lost")
async def test_a_button_of_the_lost_time_says_so(chats: Chats, people: People) -> None:
    assert await chats.answers(pressed(people.responsible, "a-key-of-that-time", 77)) == []
    assert chats.toasts == [(GONE, True)]


async def test_buttons_that_an_edit_of_the_lost_time_brought_say_so(
    chats: Chats, people: People, database: Database
) -> None:
    await _restore(database, SHOWN_AT + HOUR, SHOWN_AT + 3 * HOUR)
    raw = pressed(people.responsible, "a-key-of-that-time", 77)
    raw["callback_query"]["message"]["edit_date"] = int((SHOWN_AT + 2 * HOUR).timestamp())
    assert await chats.answers(raw) == []
    assert chats.toasts == [(GONE, True)]


@pytest.mark.parametrize(("since", "until"), [(HOUR, 2 * HOUR), (-2 * HOUR, -HOUR)])
async def test_any_other_button_is_only_too_old(
    chats: Chats, people: People, database: Database, since: timedelta, until: timedelta
) -> None:
    await _restore(database, SHOWN_AT + since, SHOWN_AT + until)
    await chats.answers(pressed(people.responsible, "a-key-of-another-time", 77))
    await chats.answers(pressed(people.stranger, "a-key-of-another-time", 77))
    assert [text for text, _ in chats.toasts] == [says("buttons.expired"), says("enrolment.stranger")]


@pytest.mark.usefixtures("lost")
async def test_the_words_of_a_reply_are_a_report_all_the_same(
    chats: Chats, people: People, database: Database
) -> None:
    person = people.responsible
    gone, card = await chats.answers(said(person, "今天清理违规广告牌匾12处", reply_to=77))
    assert gone.text == GONE
    assert "12处" in card.text
    async with database.reading() as session:
        assert await session.get(Draft, 1) is not None


@pytest.mark.usefixtures("lost")
async def test_a_small_word_in_reply_signs_nothing_and_gets_one_line(chats: Chats, people: People) -> None:
    (gone,) = await chats.answers(said(people.responsible, "收到", reply_to=77))
    assert gone.text == GONE


@pytest.mark.usefixtures("lost")
async def test_a_group_reads_it_where_a_report_was_meant(chats: Chats, people: People) -> None:
    await chats.answers(said(people.office, "/bind 全部", chat=GROUP))

    def reply(text: str) -> Json:
        return said(people.responsible, text, chat=GROUP, reply_to=77)

    assert await chats.answers(reply("收到")) == []
    (gone,) = await chats.answers(reply("今天清理违规广告牌匾12处"))
    assert gone.text == GONE
    # Nobody's message but ours can be lost.
    raw = update("message", message(people.responsible, chat=GROUP, text="清理12处"))
    raw["message"]["reply_to_message"] = message(people.office, chat=GROUP, text="大家报一下")
    assert await chats.answers(raw) == []


@pytest.mark.parametrize("count", [0, 2])
async def test_the_office_opens_the_list_to_which_the_restore_sends_it(
    chats: Chats, people: People, database: Database, count: int
) -> None:
    async with database.transaction() as session:
        now, lane = chats.clock.moment, people.liaison.id
        for number in range(count):
            row = Inbox(bot_id=1, update_id=number + 1, lane=lane, payload="{}", received_at=now)
            session.add(row)
        await session.flush()
        await restoration.conclude(tick_for(session, now, chats.campaign), now, LastNumbers({}, {}), 0)
    (told,) = await chats.post()
    assert told.chat_id == people.office.id
    if not count:
        assert told.labels() == []
        return
    (listed,) = await chats.press(people.office, told, says("outbox.dead.list_button"))
    assert listed.text.startswith(says("outbox.dead.title", html=True, count=count))
    assert listed.text.count("城管局联络员") == count
