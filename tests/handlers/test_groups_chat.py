"""The bot in groups: bound by the office, silent to talk, followed to the supergroup, removed."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.campaign import GroupChat
from models.db import Database
from models.messages import Inbox, InboxState, Outbox
from models.people import ContactState, contact_by_account
from services import summaries
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, bot_status, group, message, said, update
from tests.support.chat import text_of as says

OLD, NEW = -4_012_345_678, -1_004_012_345_678


async def bound(database: Database) -> list[tuple[int, int | None, bool]]:
    async with database.reading() as session:
        rows = await session.exec(select(GroupChat))
        return [(row.chat_id, row.thread_id, row.active) for row in rows]


async def bind(chats: Chats, people: People, chat_id: int = NEW) -> None:
    await chats.say(people.office, "/bind", chat=group(chat_id))


async def test_the_office_binds_in_a_topic(chats: Chats, people: People, database: Database) -> None:
    topic = {"message_thread_id": 7, "is_topic_message": True}
    raw = update("message", message(people.office, chat=group(NEW), text="/bind@chuangcheng_bot", **topic))
    shown = await chats.answer(raw)
    assert (shown.chat_id, shown.thread_id) == (NEW, 7)
    assert shown.text == says("groups.bound", time="18:00")
    assert await bound(database) == [(NEW, 7, True)]


async def test_the_thread_of_a_reply_is_no_topic(chats: Chats, people: People, database: Database) -> None:
    raw = update("message", message(people.office, chat=group(NEW), text="/bind", message_thread_id=9))
    await chats.answers(raw)
    assert await bound(database) == [(NEW, None, True)]


@pytest.mark.parametrize("who", ["liaison", "leader", "responsible"])
async def test_nobody_else_binds(chats: Chats, people: People, database: Database, who: str) -> None:
    person: Person = getattr(people, who)
    for command in ("/bind", "/unbind"):
        shown = await chats.say(person, command, chat=group(NEW))
        assert shown.text == says("groups.office_only")
    assert await bound(database) == []


async def test_a_stranger_does_not_bind(chats: Chats, people: People, database: Database) -> None:
    shown = await chats.say(people.stranger, "/bind", chat=group(NEW))
    assert shown.text == says("enrolment.stranger")
    assert await bound(database) == []


async def test_unbinding(chats: Chats, people: People, database: Database) -> None:
    await bind(chats, people)
    shown = await chats.say(people.office, "/unbind", chat=group(NEW))
    assert shown.text == says("groups.unbound")
    assert await bound(database) == [(NEW, None, False)]


@pytest.mark.parametrize(
    "text", ["今天清理违规广告牌匾12处", "/tasks", "/start", "/report", "/brief", "/nothing", "无情况"]
)
async def test_talk_in_a_group_is_none_of_ours(
    chats: Chats, people: People, database: Database, text: str
) -> None:
    """What people say to each other is no report, and commands for a private chat are not answered here."""
    await bind(chats, people)
    for person in (people.responsible, people.stranger):
        assert await chats.answers(said(person, text, chat=group(NEW))) == []
    async with database.reading() as session:
        assert set(await session.exec(select(Inbox.state))) == {InboxState.DONE}
        assert (await session.exec(select(Outbox))).all() == []


async def test_the_tally_follows_to_the_supergroup(chats: Chats, people: People, database: Database) -> None:
    """Told in the old group and in the new one; what was promised before goes to the new one, once."""
    await bind(chats, people, OLD)
    at = chats.clock.moment.replace(hour=10)  # 18:00 in Shanghai
    async with database.transaction() as session:
        assert await summaries.tally_tick(session, now=at, campaign=chats.campaign)
    in_old = message(people.office, chat={**group(OLD), "type": "group"}, migrate_to_chat_id=NEW)
    in_new = message(people.office, chat=group(NEW), migrate_from_chat_id=OLD)
    assert await chats.answers(update("message", in_old), update("message", in_new)) == []
    assert await bound(database) == [(NEW, None, True)]
    chats.clock.moment = at
    (tally,) = await chats.post()
    assert tally.chat_id == NEW


async def test_removed_from_the_group(chats: Chats, people: People, database: Database) -> None:
    await bind(chats, people)
    for status in ("left", "kicked"):
        assert await chats.answers(bot_status(people.stranger, status, chat=group(NEW))) == []
    assert await bound(database) == [(NEW, None, False)]
    assert await chats.answers(bot_status(people.stranger, "member", chat=group(NEW))) == []
    assert await bound(database) == [(NEW, None, False)], "added again it waits to be bound"


async def test_blocked_by_a_contact(chats: Chats, people: People, database: Database) -> None:
    async def state() -> ContactState:
        async with database.reading() as session:
            contact = await contact_by_account(session, people.liaison.id)
        assert contact is not None
        return contact.state

    await chats.answers(bot_status(people.liaison, "kicked"), bot_status(people.liaison, "kicked"))
    assert await state() is ContactState.UNREACHABLE
    (notice,) = await chats.post()
    assert notice.chat_id == people.office.id
    assert "城管局联络员" in notice.text
    await chats.say(people.liaison, "/start")
    assert await state() is ContactState.ENROLLED


async def test_blocked_by_a_stranger(chats: Chats, people: People) -> None:
    assert await chats.answers(bot_status(people.stranger, "kicked")) == []
    assert await chats.post() == []
