"""The bot in groups: the office binds it, talk gets no answer, replies are reports, groups move and end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.db import Database
from models.delivery import live_messages
from models.delivery.inbox import Inbox, InboxState
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.groups import GroupChat
from models.people import ContactState, contact_by_account
from models.progress import ProgressReport
from reports.formats import files_text
from rules.people.roles import Tier
from services import live_updates
from services.groups import evening_tallies
from tests.handlers.conftest import People
from tests.support.chat import (
    Chats,
    Json,
    Person,
    bot_status,
    edit,
    group,
    message,
    photo,
    said,
    update,
)
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

OLD, NEW = -4_012_345_678, -1_004_012_345_678
BOARD = 90
TOPIC: Json = {"message_thread_id": 7, "is_topic_message": True}


async def bound(database: Database) -> list[tuple[int, int | None, bool]]:
    async with database.reading() as session:
        rows = await session.exec(select(GroupChat))
        return [(row.chat_id, row.thread_id, row.active) for row in rows]


async def bind(chats: Chats, people: People, chat_id: int = NEW) -> None:
    assert await chats.answers(said(people.office, "/bind 全部", chat=group(chat_id))) == []


async def with_board(chats: Chats, people: People, database: Database) -> None:
    """A bound group with a posted board."""
    await bind(chats, people)
    async with database.transaction() as session:
        (row,) = await live_messages.live_messages_of(session, NEW)
        await live_updates.settle(session, row, message_ids=[BOARD])


async def reports(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.exec(select(ProgressReport.text).order_by(col(ProgressReport.id))))


def reply(person: Person, text: str, **more: Any) -> Json:
    return said(person, text, chat=group(NEW), reply_to=BOARD, **more)


def of(raw: Json) -> int:
    """The id of the message in an update."""
    number: int = raw["message"]["message_id"]
    return number


async def test_the_office_chooses_what_the_group_is_about(
    chats: Chats, people: People, database: Database
) -> None:
    raw = update("message", message(people.office, chat=group(NEW), text="/bind@chuangcheng_bot", **TOPIC))
    asked = await chats.answer(raw)
    assert (asked.chat_id, asked.thread_id, asked.text) == (NEW, 7, says("groups.ask_scope"))
    assert asked.labels() == ["全区", "街道", "部门"]
    for other, answer in (
        (people.liaison, says("buttons.not_yours")),
        (people.stranger, says("enrolment.stranger")),
    ):
        assert await chats.press(other, asked, "街道", chat=group(NEW)) == []
        assert chats.toasts[-1] == (answer, True)
    assert await bound(database) == []
    (confirmed,) = await chats.press(people.office, asked, "街道", chat=group(NEW))
    assert confirmed.edit
    assert confirmed.text == says("groups.bound", scope="街道", time="18:00")
    assert await bound(database) == [(NEW, 7, True)]
    async with database.reading() as session:
        assert (await session.exec(select(GroupChat.tier))).one() is Tier.STREET


async def test_bound_by_name_without_a_word(chats: Chats, people: People, database: Database) -> None:
    command = said(people.office, "/bind 城管局", chat=group(NEW))
    assert await chats.answers(command) == []
    assert chats.reactions == [(NEW, of(command), "👌")]
    async with database.reading() as session:
        assert (await session.exec(select(GroupChat.unit_id))).one() == people.unit.id
    again = said(people.office, "/board", chat=group(NEW))
    assert await chats.answers(again) == []
    assert chats.reactions[1:] == [(NEW, of(again), "👌")]
    unknown = await chats.say(people.office, "/bind 火星局", chat=group(NEW))
    assert unknown.text == says("groups.no_such_unit", text="火星局")


async def test_the_thread_of_a_reply_is_no_topic(chats: Chats, people: People, database: Database) -> None:
    raw = update("message", message(people.office, chat=group(NEW), text="/bind 全部", message_thread_id=9))
    await chats.answers(raw)
    assert await bound(database) == [(NEW, None, True)]


@pytest.mark.parametrize("who", ["liaison", "leader", "responsible"])
async def test_nobody_else_binds(chats: Chats, people: People, database: Database, who: str) -> None:
    person: Person = getattr(people, who)
    for command in ("/bind", "/bind 城管局", "/unbind", "/board"):
        shown = await chats.say(person, command, chat=group(NEW))
        assert shown.text == says("groups.office_only")
    assert await bound(database) == []


async def test_a_stranger_is_told_once(chats: Chats, people: People, database: Database) -> None:
    shown = await chats.say(people.stranger, "/bind", chat=group(NEW))
    assert shown.text == says("groups.not_enrolled")
    for command in ("/bind 城管局", "/board", "/unbind"):
        assert await chats.answers(said(people.stranger, command, chat=group(NEW))) == []
    assert await bound(database) == []


async def test_nobodys_rights_are_guessed(chats: Chats, people: People, database: Database) -> None:
    """A person who writes in a group's or channel's name is asked, once, to write privately."""
    anonymous = Person(1_087_968_824)
    channel = {"id": -1_005_000_000_001, "type": "channel", "title": "频道"}

    def hidden(text: str, sender: Json, **more: Any) -> Json:
        return said(anonymous, text, chat=group(NEW), sender_chat=sender, **more)

    await with_board(chats, people, database)
    silent = [
        hidden("大家好", group(NEW)),
        hidden("/bind@other_bot", group(NEW)),
        hidden("/start", group(NEW)),
        hidden("今天清理违规广告牌匾12处", channel, is_automatic_forward=True),
    ]
    assert await chats.answers(*silent) == []
    shown = await chats.answer(hidden("/unbind", group(NEW)))
    assert shown.text == says("groups.anonymous")
    again = [
        hidden("/bind@Chuangcheng_Bot", channel),
        hidden("今天清理违规广告牌匾12处", group(NEW), reply_to=BOARD),
    ]
    assert await chats.answers(*again) == []
    assert await bound(database) == [(NEW, None, True)]
    assert await reports(database) == []


async def test_unbinding(chats: Chats, people: People, database: Database) -> None:
    await bind(chats, people)
    command = said(people.office, "/unbind", chat=group(NEW))
    assert await chats.answers(command) == []
    assert chats.reactions[-1] == (NEW, of(command), "👌")
    assert await bound(database) == [(NEW, None, False)]
    shown = await chats.say(people.office, "/unbind", chat=group(NEW))
    assert shown.text == says("groups.not_bound")


async def test_a_reply_to_the_board_is_a_report(chats: Chats, people: People, database: Database) -> None:
    """The reply gets a reaction and a private receipt; nothing is written in the group."""
    await with_board(chats, people, database)
    sent = reply(people.responsible, "今天清理违规广告牌匾12处")
    assert await chats.answers(sent) == []
    assert chats.reactions[-1] == (NEW, of(sent), "👌")
    (receipt,) = await chats.post()
    assert receipt.chat_id == people.responsible.id
    assert await chats.answers(reply(people.responsible, "收到，谢谢"), reply(people.stranger, "好")) == []
    told = await chats.answer(reply(people.stranger, "今天清理违规广告牌匾12处"))
    assert told.text == says("groups.not_enrolled")
    assert await chats.answers(reply(people.stranger, "今天清理违规广告牌匾12处")) == []
    assert chats.reactions[-1] == (NEW, of(sent), "👌")
    assert await reports(database) == ["今天清理违规广告牌匾12处"]


@pytest.mark.parametrize("minutes", [9, 11])
async def test_the_same_words_again_are_asked_about_in_the_group(
    chats: Chats, people: People, database: Database, minutes: int
) -> None:
    await with_board(chats, people, database)
    assert await chats.answers(reply(people.responsible, "今天清理违规广告牌匾12处")) == []
    chats.clock.moment += timedelta(minutes=minutes)
    asked = await chats.answers(reply(people.responsible, "今天清理违规广告牌匾12处"))
    labels = [says("progress.repeated.again_button"), says("progress.repeated.drop_button")]
    assert [one.labels() for one in asked] == ([labels] if minutes < 10 else [])
    assert len(await reports(database)) == (1 if minutes < 10 else 2)


async def test_a_decision_is_asked_for_in_the_group(chats: Chats, people: People, database: Database) -> None:
    """The card replies to the person's words and is for them alone; then one short line stays."""
    await with_board(chats, people, database)
    await chats.answers(reply(people.responsible, "今天清理违规广告牌匾12处"))
    card = await chats.answer(reply(people.responsible, "清理违规广告牌匾30处", **TOPIC))
    assert (card.chat_id, card.thread_id) == (NEW, 7)
    assert says("progress.card.ask_mode") in card.text
    for other in (people.liaison, people.office, people.stranger):
        assert await chats.press(other, card, "确认提交", chat=group(NEW)) == []
    (card,) = await chats.press(people.responsible, card, "1 本次新增", chat=group(NEW))
    (done,) = await chats.press(people.responsible, card, "确认提交", chat=group(NEW))
    assert done.edit
    assert len(done.text.splitlines()) == 1
    assert not done.buttons
    assert len(await reports(database)) == 2


async def test_other_words_are_asked_for_as_a_reply(chats: Chats, people: People, database: Database) -> None:
    await with_board(chats, people, database)
    await chats.answers(reply(people.responsible, "今天清理违规广告牌匾12处"))
    card = await chats.answer(reply(people.responsible, "清理违规广告牌匾30处"))
    (asked,) = await chats.press(people.responsible, card, "修改", chat=group(NEW))
    assert asked.text.endswith(says("groups.reply_here"))
    again = said(people.responsible, "今天清理违规广告牌匾3处", chat=group(NEW), reply_to=asked.message_id)
    card = await chats.answer(again)
    await chats.press(people.responsible, card, "确认提交", chat=group(NEW))
    assert (await reports(database))[1] == "今天清理违规广告牌匾3处"


async def test_an_album_in_reply(chats: Chats, people: People, database: Database) -> None:
    await with_board(chats, people, database)
    album: Any = {"chat": group(NEW), "media_group_id": "album"}
    first: Any = {"caption": "今天清理违规广告牌匾12处", "reply_to": BOARD}
    parts = [
        update("message", message(people.responsible, photo=photo("a"), **album, **first)),
        update("message", message(people.responsible, photo=photo("b"), **album)),
    ]
    assert await chats.answers(*parts) == []
    assert await reports(database) == []
    assert await chats.cards() == []
    assert chats.reactions[-1] == (NEW, of(parts[0]), "👌")
    (receipt,) = await chats.post()
    assert receipt.chat_id == people.responsible.id
    assert says("progress.receipt.files", files=files_text(["photo"] * 2)) in receipt.text


async def test_an_edited_reply_corrects_the_report(chats: Chats, people: People, database: Database) -> None:
    await with_board(chats, people, database)
    sent = reply(people.responsible, "今天清理违规广告牌匾12处")
    await chats.answers(sent)
    await chats.post()
    assert await chats.answers(edit(sent, text="今天清理违规广告牌匾21处")) == []
    assert chats.reactions[-1] == (NEW, of(sent), "👌")
    (receipt,) = await chats.post()
    assert receipt.chat_id == people.responsible.id
    assert "21处" in receipt.text
    assert await reports(database) == ["今天清理违规广告牌匾21处"]
    talk = said(people.responsible, "下午开会", chat=group(NEW))
    by_stranger = edit({"message": {**sent["message"], "from": people.stranger.user}}, text="今天99处")
    assert await chats.answers(edit(talk, text="明天开会"), by_stranger) == []
    assert await reports(database) == ["今天清理违规广告牌匾21处"]


async def test_a_voice_is_no_report(chats: Chats, people: People, database: Database) -> None:
    await with_board(chats, people, database)
    voice = {"file_id": "v", "file_unique_id": "uv", "duration": 3}
    heard = message(people.responsible, chat=group(NEW), reply_to=BOARD, voice=voice)
    assert (await chats.answer(update("message", heard))).text == says("groups.unreadable")
    recorded = message(people.responsible, chat=group(NEW), reply_to=BOARD, audio=voice)
    assert (await chats.answer(update("message", recorded))).text == says("groups.unreadable")
    talk = message(people.responsible, chat=group(NEW), voice=voice)
    gif = {"file_id": "g", "file_unique_id": "ug", "width": 1, "height": 1, "duration": 1}
    file = {"file_id": "g", "file_unique_id": "ug"}
    funny = message(people.responsible, chat=group(NEW), reply_to=BOARD, animation=gif, document=file)
    assert await chats.answers(update("message", talk), update("message", funny)) == []
    assert await reports(database) == []


@pytest.mark.parametrize(
    "text", ["今天清理违规广告牌匾12处", "/tasks", "/start", "/report", "/brief", "/nothing", "无情况"]
)
async def test_talk_in_a_group_is_none_of_ours(
    chats: Chats, people: People, database: Database, text: str
) -> None:
    """Talk among people is no report, and commands for a private chat get no answer in a group."""
    await bind(chats, people)
    for person in (people.responsible, people.stranger):
        assert await chats.answers(said(person, text, chat=group(NEW))) == []
    async with database.reading() as session:
        assert set(await session.exec(select(Inbox.state))) == {InboxState.DONE}
        assert (await session.exec(select(Outbox))).all() == []
        assert (await session.exec(select(Draft))).all() == []


async def test_the_tally_follows_to_the_supergroup(chats: Chats, people: People, database: Database) -> None:
    """Both the old and the new group tell of the move; earlier promises go to the new group, once."""
    await bind(chats, people, OLD)
    at = chats.clock.moment.replace(hour=10)  # 18:00 in Shanghai
    async with database.transaction() as session:
        assert await evening_tallies.tally_tick(tick_for(session, at, chats.campaign))
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
    (notice,) = await chats.post()
    assert notice.chat_id == people.office.id
    shown = await chats.answer(bot_status(people.stranger, "member", chat=group(NEW)))
    assert shown.text == says("groups.added"), "added again it waits to be bound"
    assert await chats.answers(bot_status(people.stranger, "left", chat=group(NEW))) == []
    assert await chats.answers(bot_status(people.stranger, "member", chat=group(NEW))) == []
    assert await bound(database) == [(NEW, None, False)]


async def test_a_channel_is_not_told_how_to_bind(chats: Chats, people: People) -> None:
    channel = {**group(NEW), "type": "channel"}
    assert await chats.answers(bot_status(people.office, "administrator", chat=channel, old="left")) == []


async def test_promoted_and_demoted(chats: Chats, people: People, database: Database) -> None:
    async def may_pin() -> bool:
        async with database.reading() as session:
            return (await session.exec(select(GroupChat.may_pin))).one()

    await bind(chats, people)
    admin: Any = {"chat": group(NEW), "old": "administrator"}
    demoted = [bot_status(people.stranger, "member", **admin) for _ in range(2)]
    assert await chats.answers(*demoted) == []
    assert not await may_pin()
    (notice,) = await chats.post()
    assert (notice.chat_id, notice.text) == (
        people.office.id,
        says("groups.lost_pin", title="创城工作群"),
    )
    without = bot_status(people.stranger, "administrator", chat=group(NEW), old="member", may_pin=False)
    assert await chats.answers(without) == []
    assert not await may_pin()
    promoted = bot_status(people.stranger, "administrator", chat=group(NEW), old="member")
    assert await chats.answers(promoted) == []
    assert await may_pin()
    async with database.reading() as session:
        (row,) = await live_messages.live_messages_of(session, NEW)
        assert (row.kind, row.dirty) == (LiveKind.BOARD, True)


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
